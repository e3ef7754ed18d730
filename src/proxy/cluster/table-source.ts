/**
 * Where the proxy's table comes from: one Secret, watched by its name, and the further Secrets that its index names. The
 * last good table stays in force whatever happens to these; a table is taken whole or not at all.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isKubeError } from '../../kube/errors.ts';
import type { KubeMetrics } from '../../kube/metrics.ts';
import { getObject } from '../../kube/objects.ts';
import { Reflector } from '../../kube/reflector.ts';
import { SECRETS } from '../../kube/resources.ts';
import type { Secret, Transport } from '../../kube/types.ts';
import {
  decodeTable,
  fromFiles,
  fromSecrets,
  readBaseSecret,
  TableCodecError,
  TableIndex,
  type RoutingTable,
} from '../../table/index.ts';
import type { Logger } from '../../telemetry/log.ts';
import { prepareGuardrails } from '../guardrails/provider-guardrails.ts';

/** Why the newest table is not the one in force. */
export interface TableProblem {
  readonly code: string;
  readonly message: string;
}

export interface TableSourceOptions {
  readonly transport: Transport;
  readonly kubeMetrics: KubeMetrics;
  readonly log: Logger;
  readonly namespace: string;
  /** Name of the Secret that holds the index. */
  readonly tableSecret: string;
  /** A new table is to be served. */
  readonly onTable: (table: RoutingTable) => void;
  /** Something has been learnt: a table was taken, refused, or its problem is gone. */
  readonly onChange: () => void;
}

/** Milliseconds before a table is read again that was caught in the middle of a publication, or could not be fetched. */
const RETRY_MILLISECONDS = 500;
const MAX_RETRY_MILLISECONDS = 30_000;

export class TableSource {
  readonly #options: TableSourceOptions;
  readonly #reflector: Reflector<Secret>;
  #index: TableIndex | undefined;
  #problem: TableProblem | undefined;
  #mountedProblem: string | undefined;
  /** One reading at a time; a change that comes meanwhile makes it read once more. */
  #isReading = false;
  #isStale = false;
  #failures = 0;
  #retry: NodeJS.Timeout | undefined;
  readonly #stopped = new AbortController();

  constructor(options: TableSourceOptions) {
    this.#options = options;
    const { transport, kubeMetrics, log, namespace, tableSecret } = options;
    this.#reflector = new Reflector<Secret>({
      transport,
      metrics: kubeMetrics,
      log,
      resource: SECRETS,
      namespace,
      fieldSelector: `metadata.name=${tableSecret}`,
      // A replica that starts beside an API server that lags would otherwise serve what is no longer true.
      firstList: 'Latest',
      onChange: () => this.#changed(),
    });
  }

  get revision(): string | undefined {
    return this.#index?.revision;
  }

  /** Undefined: the newest table that was seen is served. */
  get problem(): TableProblem | undefined {
    return this.#problem;
  }

  start(): void {
    this.#reflector.start();
  }

  /** Ends the watch and what is being read. The table stays in force. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    clearTimeout(this.#retry);
    await this.#reflector.stop();
  }

  /**
   * Takes the copy of the table that is mounted at `directory`, for a start while the API server is away. The watch wins:
   * nothing is taken once it has given a table. False: there is none that can be used.
   */
  async takeMounted(directory: string): Promise<boolean> {
    try {
      const table = decodeTable(fromFiles(await readMounted(directory)));
      if (this.#index === undefined) await prepareGuardrails(table.guardrails);
      if (this.#index !== undefined) return false;
      this.#take(table);
      this.#options.log.info({ directory, revision: table.revision }, 'serving the mounted copy of the table');
      return true;
    } catch (error) {
      const level = messageOf(error) === this.#mountedProblem ? 'debug' : 'warn';
      this.#mountedProblem = messageOf(error);
      this.#options.log[level]({ err: error, directory }, 'the mounted copy of the table cannot be used');
      return false;
    }
  }

  #changed(): void {
    if (this.#stopped.signal.aborted) return;
    if (this.#isReading) {
      this.#isStale = true;
      return;
    }
    clearTimeout(this.#retry);
    this.#isReading = true;
    void this.#read().finally(() => {
      this.#isReading = false;
      if (!this.#isStale) return;
      this.#isStale = false;
      this.#changed();
    });
  }

  async #read(): Promise<void> {
    const { log, namespace, tableSecret } = this.#options;
    const base = this.#reflector.get(`${namespace}/${tableSecret}`);
    if (base === undefined) {
      // Deleted, or never there. What is served stays; it is a problem only where nothing is served.
      this.#note({ code: 'IndexMissing', message: `there is no Secret "${namespace}/${tableSecret}"` });
      return;
    }
    try {
      const facts = readBaseSecret(tableSecret, base.data);
      if (facts.revision !== this.#index?.revision) {
        const secrets = await this.#fetch(base, facts.otherSecrets);
        const index = this.#index;
        const table = decodeTable(fromSecrets(tableSecret, secrets), {
          reuse: (hash) => index?.entryWithHash(hash),
          reuseGuardrail: (hash) => index?.guardrailWithHash(hash),
        });
        await prepareGuardrails(table.guardrails);
        if (this.#stopped.signal.aborted) return;
        this.#take(table);
        log.info({ revision: table.revision, providers: table.providers.length }, 'serving a new table');
      }
      this.#failures = 0;
      this.#note(undefined);
    } catch (error) {
      this.#refused(error);
    }
  }

  async #fetch(base: Secret, others: readonly string[]): Promise<Map<string, Secret['data']>> {
    const { transport, namespace, tableSecret } = this.#options;
    const { signal } = this.#stopped;
    const fetched = await Promise.all(
      others.map(async (name) => {
        const { data } = await getObject<Secret>(transport, SECRETS, { namespace, name, signal });
        return [name, data] as const;
      }),
    );
    return new Map([[tableSecret, base.data], ...fetched]);
  }

  #refused(error: unknown): void {
    if (this.#stopped.signal.aborted) return;
    const { log } = this.#options;
    // Caught between two writes of a publication, or not reachable: time mends it. Damage only a new publication does.
    const mayPass = error instanceof TableCodecError ? error.passing : true;
    if (mayPass) {
      const wait = Math.min(MAX_RETRY_MILLISECONDS, RETRY_MILLISECONDS * 2 ** this.#failures);
      this.#failures += 1;
      this.#retry = setTimeout(() => this.#changed(), wait);
      this.#retry.unref();
    }
    if (mayPass && this.#failures === 1) {
      log.debug({ err: error }, 'the table could not be read; trying again');
      return;
    }
    if (!this.#note({ code: codeOf(error), message: messageOf(error) })) return;
    log.error({ err: error, serving: this.#index?.revision }, 'the table is refused; the last good one stays in force');
  }

  #take(table: RoutingTable): void {
    const index = new TableIndex(table, this.#index);
    // First: what it throws at is not served, and must not be acknowledged.
    this.#options.onTable(index.table);
    this.#index = index;
    this.#options.onChange();
  }

  /** False: that was known. */
  #note(problem: TableProblem | undefined): boolean {
    if (problem?.code === this.#problem?.code && problem?.message === this.#problem?.message) return false;
    this.#problem = problem;
    this.#options.onChange();
    return true;
  }
}

async function readMounted(directory: string): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    // The kubelet's own entries (`..data`) begin with dots; its files are links.
    if (entry.name.startsWith('.') || entry.isDirectory()) continue;
    files.set(entry.name, await readFile(join(directory, entry.name)));
  }
  return files;
}

function codeOf(error: unknown): string {
  return error instanceof TableCodecError || isKubeError(error) ? error.code : 'Internal';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'the table cannot be read';
}
