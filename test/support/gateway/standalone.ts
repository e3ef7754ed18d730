/** `tidegate standalone` as a process of its own, over a folder of manifests that the test writes. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManagedProcess } from '../control-plane/managed-process.ts';
import { freePorts } from '../control-plane/ports.ts';
import { waitFor } from '../control-plane/wait.ts';
import { parseExposition, type Exposition } from './exposition.ts';

/** `src/main.ts` of this checkout. */
export const mainFile = new URL('../../../src/main.ts', import.meta.url).pathname;

const stopGraceMilliseconds = 5_000;

/** Names of manifest files, each with its documents. */
export type Manifests = Readonly<Record<string, readonly object[]>>;

/** How to start a gateway. */
export interface StandaloneOptions {
  readonly manifests: Manifests;
  /** TidegateConfiguration without `apiVersion` and `kind`. */
  readonly config?: object;
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
}

/** A running gateway. */
export class StandaloneGateway implements AsyncDisposable {
  /** `http://127.0.0.1:<port>` of the main listener. */
  readonly url: string;
  readonly adminURL: string;
  readonly process: ManagedProcess;
  readonly #folder: string;

  private constructor(url: string, adminURL: string, process: ManagedProcess, folder: string) {
    this.url = url;
    this.adminURL = adminURL;
    this.process = process;
    this.#folder = folder;
  }

  /** Starts it and waits until it is ready. Draining is short unless `config` says otherwise. */
  static async start(options: StandaloneOptions): Promise<StandaloneGateway> {
    const folder = mkdtempSync(join(tmpdir(), 'tidegate-standalone-'));
    const [port, adminPort] = (await freePorts(2)) as [number, number];
    mkdirSync(join(folder, 'manifests'));
    const config = {
      apiVersion: 'config.tidegate.io/v1alpha1',
      kind: 'TidegateConfiguration',
      shutdown: { endpointSeconds: 0, drainSeconds: 1 },
      ...options.config,
    };
    writeFileSync(join(folder, 'config.yaml'), JSON.stringify(config));
    for (const [name, documents] of Object.entries(options.manifests)) writeManifest(folder, name, documents);
    const child = await ManagedProcess.start({
      name: 'standalone',
      command: process.execPath,
      args: [
        mainFile,
        'standalone',
        `--manifests=${join(folder, 'manifests')}`,
        `--config=${join(folder, 'config.yaml')}`,
        `--listen=127.0.0.1:${port}`,
        `--admin-listen=127.0.0.1:${adminPort}`,
        ...(options.args ?? []),
      ],
      logFile: join(folder, 'log'),
      env: { ...process.env, ...options.env },
    });
    const gateway = new StandaloneGateway(`http://127.0.0.1:${port}`, `http://127.0.0.1:${adminPort}`, child, folder);
    try {
      await gateway.ready();
    } catch (error) {
      const log = gateway.log();
      await gateway[Symbol.asyncDispose]();
      throw new Error(`the gateway did not get ready:\n${log}`, { cause: error });
    }
    return gateway;
  }

  /** Base URL for an SDK: the provider's, without a version segment. */
  provider(name: string): string {
    return `${this.url}/llm/v1/providers/${name}`;
  }

  /** Everything that it has logged. */
  log(): string {
    return readFileSync(this.process.logFile, 'utf8');
  }

  /** Lines of the access log, parsed. */
  logLines(): Record<string, unknown>[] {
    return this.log()
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  async metricsText(): Promise<string> {
    return (await fetch(`${this.adminURL}/metrics`)).text();
  }

  async metrics(): Promise<Exposition> {
    return parseExposition(await this.metricsText());
  }

  /** Writes or replaces a file of manifests. */
  write(name: string, documents: readonly object[]): void {
    writeManifest(this.#folder, name, documents);
  }

  /** Removes a file of manifests. */
  remove(name: string): void {
    rmSync(join(this.#folder, 'manifests', name));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process.stop(stopGraceMilliseconds);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  private async ready(): Promise<void> {
    await waitFor('the gateway to be ready', async () => {
      if (!this.process.isRunning) return 'ended';
      return (await fetch(`${this.adminURL}/readyz`)).ok;
    });
    if (!this.process.isRunning) throw new Error('the gateway process has ended');
  }
}

function writeManifest(folder: string, name: string, documents: readonly object[]): void {
  writeFileSync(join(folder, 'manifests', name), documents.map((document) => JSON.stringify(document)).join('\n---\n'));
}
