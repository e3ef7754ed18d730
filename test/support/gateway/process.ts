/** A process of the product that the test can look into from outside: its log, its metrics, its end. */
import { readFileSync } from 'node:fs';
import { ManagedProcess } from '../control-plane/managed-process.ts';
import { waitFor } from '../control-plane/wait.ts';
import { parseExposition, type Exposition } from './exposition.ts';

/** `src/main.ts` of this checkout, or the build that `TIDEGATE_MAIN` names. */
export function mainFile(): string {
  return process.env['TIDEGATE_MAIN'] ?? new URL('../../../src/main.ts', import.meta.url).pathname;
}

/** For one that hangs; a busy machine takes seconds to let a process say its last words. */
const stopGraceMilliseconds = 20_000;

/** How to start one. */
export interface GatewayProcessOptions {
  readonly command: 'operator' | 'proxy' | 'standalone';
  readonly args: readonly string[];
  readonly adminPort: number;
  readonly logFile: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A running `tidegate <command>`. */
export class GatewayProcess implements AsyncDisposable {
  readonly adminURL: string;
  readonly process: ManagedProcess;

  protected constructor(adminURL: string, process: ManagedProcess) {
    this.adminURL = adminURL;
    this.process = process;
  }

  /** Starts it; {@link GatewayProcess.ready} waits for it. */
  static async spawn({ command, args, adminPort, logFile, env }: GatewayProcessOptions): Promise<GatewayProcess> {
    // Only what the process is given here decides what it does.
    const { KUBECONFIG: _kubeconfig, POD_NAMESPACE: _namespace, POD_NAME: _name, ...inherited } = process.env;
    const child = await ManagedProcess.start({
      name: command,
      command: process.execPath,
      args: [mainFile(), command, ...args, `--admin-listen=127.0.0.1:${adminPort}`],
      logFile,
      env: { ...inherited, ...env },
    });
    return new GatewayProcess(`http://127.0.0.1:${adminPort}`, child);
  }

  /** Waits until it says that it is ready; throws with its log when it ends instead. */
  async ready(): Promise<void> {
    try {
      await waitFor('the process to be ready', async () => {
        if (!this.process.isRunning) return 'ended';
        return (await fetch(`${this.adminURL}/readyz`)).ok;
      });
      if (!this.process.isRunning) throw new Error('the process has ended');
    } catch (error) {
      await this[Symbol.asyncDispose]();
      throw new Error(`${this.process.name} did not get ready:\n${this.log().slice(-4000)}`, { cause: error });
    }
  }

  /** Everything that it has logged. */
  log(): string {
    return readFileSync(this.process.logFile, 'utf8');
  }

  /** JSON lines of the log, parsed. */
  logLines(): Record<string, unknown>[] {
    return this.log()
      .split('\n')
      .filter((line) => line.startsWith('{') && line.endsWith('}'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  async metricsText(): Promise<string> {
    return (await fetch(`${this.adminURL}/metrics`)).text();
  }

  async metrics(): Promise<Exposition> {
    return parseExposition(await this.metricsText());
  }

  /** Resident memory in bytes. */
  residentBytes(): number {
    const status = readFileSync(`/proc/${this.process.pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process.stop(stopGraceMilliseconds);
  }
}
