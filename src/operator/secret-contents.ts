/**
 * Contents of the referenced Secrets. Everything else is known by name and version only: a Secret is read in full when a
 * provider references it, read again when its version moves, and forgotten when nothing references it any more. A read
 * that fails is never taken for a missing Secret: the Secret is unreadable then. Nor does a gap in the cache of versions take a
 * known Secret away before the API server has confirmed it.
 */
import type { SecretState } from '../compile/index.ts';
import { isKubeError } from '../kube/errors.ts';
import { getObject } from '../kube/objects.ts';
import { SECRETS } from '../kube/resources.ts';
import type { Clock, Log, PartialObjectMetadata, Secret, Transport } from '../kube/types.ts';
import { Redacted } from '../redacted.ts';
import type { Knowledge } from './sources.ts';

/** The cache of names and versions. */
export interface SecretVersions {
  get(key: string): PartialObjectMetadata | undefined;
  knowledgeOf(key: string): Knowledge;
}

export interface SecretContentsOptions {
  readonly transport: Transport;
  readonly versions: SecretVersions;
  readonly log: Log;
  readonly clock: Clock;
  /** The state of a referenced Secret has changed. */
  readonly onChange: () => void;
}

interface Entry {
  /** Undefined until the first read has ended, well or not. */
  state?: SecretState;
  /** The version that `state` shows, and the one in the cache of versions that it was read for: the read may be newer. */
  versions: readonly (string | undefined)[];
  /** Failed reads in a row. */
  failures: number;
  reading?: Promise<void>;
  cancelRetry?: () => void;
}

const READ_TIMEOUT_MS = 5_000;
const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 30_000;
/** After so many failures in a row a Secret counts as unreadable. */
const PATIENCE = 4;

export class SecretContents {
  readonly #options: SecretContentsOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #stopping = new AbortController();

  constructor(options: SecretContentsOptions) {
    this.#options = options;
  }

  /** Number of Secrets whose contents are held. */
  get held(): number {
    let held = 0;
    for (const { state } of this.#entries.values()) if (state?.kind === 'Present') held++;
    return held;
  }

  /** Something about this Secret may have changed. True when it is a referenced one; a read of it need not wait then. */
  noteChange(key: string): boolean {
    const entry = this.#entries.get(key);
    entry?.cancelRetry?.();
    delete entry?.cancelRetry;
    return entry !== undefined;
  }

  /** Says which Secrets are referenced, and brings what is known of them up to date; reads go on in the background. */
  reference(keys: ReadonlySet<string>): void {
    for (const [key, entry] of this.#entries) {
      if (keys.has(key)) continue;
      entry.cancelRetry?.();
      this.#entries.delete(key);
    }
    for (const key of keys) {
      let entry = this.#entries.get(key);
      if (entry === undefined) {
        entry = { failures: 0, versions: [] };
        this.#entries.set(key, entry);
      }
      this.#refresh(key, entry);
    }
  }

  /** Waits until no read is under way, at most so long. */
  async settled(timeoutMs: number): Promise<void> {
    const reads = [...this.#entries.values()].flatMap(({ reading }) => reading ?? []);
    if (reads.length === 0) return;
    const timeout = Promise.withResolvers<void>();
    const cancel = this.#options.clock.schedule(timeoutMs, timeout.resolve);
    await Promise.race([Promise.all(reads), timeout.promise]);
    cancel();
  }

  /** Whether something is known of every referenced Secret, if only that it can't be read. */
  get isComplete(): boolean {
    for (const { state } of this.#entries.values()) if (state === undefined) return false;
    return true;
  }

  /** What is known now, for a compile pass. */
  states(): ReadonlyMap<string, SecretState> {
    const states = new Map<string, SecretState>();
    for (const [key, { state }] of this.#entries) if (state !== undefined) states.set(key, state);
    return states;
  }

  /** Ends all reads and timers, and forgets all contents. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    const reads = [...this.#entries.values()].flatMap(({ reading, cancelRetry }) => {
      cancelRetry?.();
      return reading ?? [];
    });
    await Promise.all(reads);
    this.#entries.clear();
  }

  #refresh(key: string, entry: Entry): void {
    if (entry.reading !== undefined || entry.cancelRetry !== undefined || this.#stopping.signal.aborted) return;
    const knowledge = this.#options.versions.knowledgeOf(key);
    if (knowledge === 'Pending') return;
    if (knowledge !== 'Synced') {
      entry.state ??= { kind: 'Unreadable', message: 'Secrets of the namespace cannot be listed' };
      return;
    }
    const metadata = this.#options.versions.get(key);
    if (metadata === undefined && (entry.state === undefined || entry.state.kind === 'Missing')) {
      entry.state = { kind: 'Missing' };
      entry.versions = [];
      return;
    }
    const resourceVersion = metadata?.metadata.resourceVersion;
    if (metadata !== undefined && entry.versions.includes(resourceVersion)) return;
    entry.reading = this.#read(key, entry, resourceVersion).finally(() => {
      delete entry.reading;
    });
  }

  async #read(key: string, entry: Entry, version: string | undefined): Promise<void> {
    const slash = key.indexOf('/');
    const target = { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
    const call = { timeoutMs: READ_TIMEOUT_MS, signal: this.#stopping.signal };
    try {
      const secret = await getObject<Secret>(this.#options.transport, SECRETS, { ...target, ...call });
      entry.state = { kind: 'Present', data: contents(secret) };
      entry.versions = [version, secret.metadata.resourceVersion];
      entry.failures = 0;
      // There, though not in the cache: it lags behind, and is asked again.
      if (version === undefined) this.#lookAgain(key, entry, FIRST_RETRY_MS);
    } catch (error) {
      if (this.#stopping.signal.aborted) return;
      if (isKubeError(error, 'NotFound')) {
        entry.state = { kind: 'Missing' };
        entry.versions = [version];
        entry.failures = 0;
      } else this.#failed(key, entry, error);
    }
    if (this.#entries.get(key) === entry) this.#options.onChange();
  }

  #failed(key: string, entry: Entry, error: unknown): void {
    entry.failures++;
    // Also of one that was read before: what was read is not what is there now, and `Active` must not say so. The routes
    // compiled from it stay in the table, see carry-over.ts.
    if (isKubeError(error, 'Forbidden')) entry.state = { kind: 'Unreadable', message: 'access is denied' };
    else if (entry.failures >= PATIENCE) {
      entry.state = { kind: 'Unreadable', message: 'the API server fails to answer' };
    }
    const fields = { secret: key, failures: entry.failures, code: isKubeError(error) ? error.code : undefined };
    this.#options.log.warn(fields, 'a referenced Secret could not be read; what is served stays as it is');
    const delay = Math.min(FIRST_RETRY_MS * 2 ** (entry.failures - 1), LAST_RETRY_MS);
    this.#lookAgain(key, entry, delay);
  }

  #lookAgain(key: string, entry: Entry, ms: number): void {
    entry.cancelRetry = this.#options.clock.schedule(ms, () => {
      delete entry.cancelRetry;
      if (this.#entries.get(key) === entry) this.#options.onChange();
    });
  }
}

function contents(secret: Secret): ReadonlyMap<string, Redacted> {
  const decoded = Object.entries(secret.data ?? {}).map(
    ([key, value]) => [key, new Redacted(Buffer.from(value, 'base64').toString('utf8'))] as const,
  );
  return new Map(decoded);
}
