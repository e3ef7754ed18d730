/** etcd, as the store of one test control plane. */
import { join } from 'node:path';
import { ManagedProcess } from './managed-process.ts';
import { waitFor } from './wait.ts';

const graceMilliseconds = 3_000;

/** A running etcd; it lives in `folder/etcd` and forgets nothing across restarts of the API server. */
export class Etcd {
  readonly url: string;
  readonly #process: ManagedProcess;

  private constructor(url: string, process: ManagedProcess) {
    this.url = url;
    this.#process = process;
  }

  static async start(binary: string, folder: string, clientPort: number, peerPort: number): Promise<Etcd> {
    const url = `http://127.0.0.1:${clientPort}`;
    const peer = `http://127.0.0.1:${peerPort}`;
    const process = await ManagedProcess.start({
      name: 'etcd',
      command: binary,
      args: [
        `--data-dir=${join(folder, 'etcd')}`,
        `--listen-client-urls=${url}`,
        `--advertise-client-urls=${url}`,
        `--listen-peer-urls=${peer}`,
        `--initial-advertise-peer-urls=${peer}`,
        `--initial-cluster=default=${peer}`,
        '--unsafe-no-fsync=true',
        '--log-level=warn',
      ],
      logFile: join(folder, 'etcd.log'),
    });
    const etcd = new Etcd(url, process);
    try {
      await waitFor('etcd to be healthy', async () => {
        if (!process.isRunning) return true;
        const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(1_000) });
        return response.ok;
      });
      if (!process.isRunning) throw new Error(`etcd ended at once:\n${process.logTail()}`);
      return etcd;
    } catch (error) {
      await etcd.stop();
      throw error;
    }
  }

  /** Forgets all revisions before the present one. */
  async compact(): Promise<void> {
    const { header } = await this.#call<{ header: { revision: string } }>('/v3/maintenance/status', {});
    await this.#call('/v3/kv/compaction', { revision: header.revision, physical: true });
  }

  async stop(): Promise<void> {
    await this.#process.stop(graceMilliseconds);
  }

  async #call<T>(path: string, body: object): Promise<T> {
    const response = await fetch(`${this.url}${path}`, { method: 'POST', body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`etcd ${path} answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as T;
  }
}
