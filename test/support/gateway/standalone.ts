/** `tidegate standalone` as a process of its own, over a folder of manifests that the test writes. */
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../control-plane/ports.ts';
import type { Exposition } from './exposition.ts';
import { GatewayProcess } from './process.ts';

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
  /** `http://127.0.0.1:<port>` of the main listener, or `https://…` when `config` has `tls`. */
  readonly url: string;
  readonly process: GatewayProcess;
  readonly #folder: string;

  private constructor(url: string, process: GatewayProcess, folder: string) {
    this.url = url;
    this.process = process;
    this.#folder = folder;
  }

  /** Starts it and waits until it is ready. Draining is short unless `config` says otherwise. */
  static async start(options: StandaloneOptions): Promise<StandaloneGateway> {
    const folder = mkdtempSync(join(tmpdir(), 'tidegate-standalone-'));
    const [port = 0, adminPort = 0] = await freePorts(2);
    const manifests = join(folder, 'manifests');
    mkdirSync(manifests);
    for (const [name, documents] of Object.entries(options.manifests)) writeManifest(folder, name, documents);
    writeConfiguration(folder, options.config);
    const process = await GatewayProcess.spawn({
      command: 'standalone',
      args: [
        `--manifests=${manifests}`,
        `--config=${join(folder, 'config.yaml')}`,
        `--listen=127.0.0.1:${port}`,
        ...(options.args ?? []),
      ],
      adminPort,
      logFile: join(folder, 'log'),
      ...(options.env && { env: options.env }),
    });
    await process.ready();
    const scheme = options.config !== undefined && 'tls' in options.config ? 'https' : 'http';
    return new StandaloneGateway(`${scheme}://127.0.0.1:${port}`, process, folder);
  }

  get adminURL(): string {
    return this.process.adminURL;
  }

  /** Base URL for an SDK: the provider's, without a version segment. */
  provider(name: string): string {
    return `${this.url}/llm/v1/providers/${name}`;
  }

  metrics(): Promise<Exposition> {
    return this.process.metrics();
  }

  /** Replaces the configuration, which the process looks at every five seconds; a text is written as it is. */
  configure(config: object | string): void {
    writeConfiguration(this.#folder, config);
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
    await this.process[Symbol.asyncDispose]();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function writeManifest(folder: string, name: string, documents: readonly object[]): void {
  const text = documents.map((document) => JSON.stringify(document)).join('\n---\n');
  replaceFile(join(folder, 'manifests', name), text, join(folder, 'manifest.new'));
}

function writeConfiguration(folder: string, config: object | string = {}): void {
  const whole = {
    apiVersion: 'config.tidegate.io/v1alpha1',
    kind: 'TidegateConfiguration',
    shutdown: { endpointSeconds: 0, drainSeconds: 1 },
    ...(typeof config === 'string' ? {} : config),
  };
  const text = typeof config === 'string' ? config : JSON.stringify(whole);
  replaceFile(join(folder, 'config.yaml'), text, join(folder, 'config.yaml.new'));
}

/** At once: nobody reads half of it, or nothing. */
function replaceFile(file: string, text: string, draft: string): void {
  writeFileSync(draft, text);
  renameSync(draft, file);
}
