/**
 * One pass: everything that is known is compiled; the leader publishes what came out and says which statuses are wanted.
 * A pass looks at what is, never at which event came.
 */
import { setImmediate } from 'node:timers/promises';

import { GUARDRAIL_REASONS, PROVIDER_REASONS, type Reason } from '../api/conditions.ts';
import type { Guardrail, GuardrailStatus } from '../api/generated/guardrail.ts';
import type { LLMProvider, LLMProviderStatus } from '../api/generated/llmprovider.ts';
import { createCompiler, referencedSecrets, type CompileResult } from '../compile/index.ts';
import type { Clock, KubeObject, ObjectReader } from '../kube/types.ts';
import { TableCodecError, type RoutingTable } from '../table/index.ts';
import { BrokenSince } from './broken-since.ts';
import { carryOver, keptReferences } from './carry-over.ts';
import { decideGuardrailStatuses, readyReason, type WantedGuardrail } from './guardrail-status.ts';
import type { OperatorMetrics } from './metrics.ts';
import { shownReason, type WantedProvider } from './provider-status.ts';
import { decideStatuses, type StatusesInput } from './statuses.ts';
import type { Proxies } from './proxies.ts';
import { RecentRevisions } from './revisions.ts';
import type { SecretContents } from './secret-contents.ts';
import type { Watched } from './sources.ts';
import type { StatusWriter } from './status-writer.ts';
import type { TableStore } from './table-store.ts';

export interface ReconcilerOptions {
  readonly clock: Clock;
  readonly metrics: OperatorMetrics;
  readonly providers: Watched<LLMProvider>;
  readonly guardrails: Watched<Guardrail>;
  readonly secrets: SecretContents;
  readonly proxies: Proxies;
  readonly store: TableStore;
  /** The base Secret of the table, as it is seen. */
  readonly tableVersion: Pick<ObjectReader<KubeObject>, 'list'>;
  readonly urls: StatusesInput['urls'];
}

/** While this process leads. */
export interface Leadership {
  /** Aborts when it is over. */
  readonly signal: AbortSignal;
  /** Write the statuses of each kind. */
  readonly providers: StatusWriter<LLMProviderStatus, WantedProvider>;
  readonly guardrails: StatusWriter<GuardrailStatus, WantedGuardrail>;
}

interface PublishFailure {
  readonly error: unknown;
}

/** Why nothing is known of a Guardrail. */
const UNLISTED = 'Guardrails of the namespace cannot be listed';
/** Milliseconds that a pass waits for Secrets that are being read. */
const READ_PATIENCE_MS = 1_000;
/** Milliseconds until the next pass while the caches are being filled. */
const FILLING_MS = 200;

export class Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #revisions = new RecentRevisions();
  readonly #brokenProviders = new BrokenSince();
  readonly #brokenGuardrails = new BrokenSince();
  readonly #compile = createCompiler();
  #hasPassed = false;
  #tableNeedsLook = false;

  constructor(options: ReconcilerOptions) {
    this.#options = options;
  }

  /** Whether everything has been compiled at least once. */
  get hasPassed(): boolean {
    return this.#hasPassed;
  }

  /** Takes note of the table that proxies serve before this process has compiled anything. */
  noteTable(table: RoutingTable): void {
    this.#revisions.note(table, this.#options.clock.now());
  }

  /** The published table may have been touched: the leader's next pass looks. */
  doubtTable(): void {
    this.#tableNeedsLook = true;
  }

  /**
   * Returns after how many milliseconds a pass is due although nothing changes, if one is. Without `leadership` it only
   * compiles. Rejects when the table could not be published; the statuses are wanted all the same.
   */
  async pass(leadership: Leadership | undefined): Promise<number | undefined> {
    const { clock, secrets, proxies, store } = this.#options;
    const watched = this.#options;
    if (!watched.providers.isSettled || !watched.guardrails.isSettled || !proxies.isSynced) return FILLING_MS;
    const listed = this.#listed();
    const providers = watched.providers.list();
    const guardrails = watched.guardrails.list();
    secrets.reference(referencedSecrets(providers, guardrails));
    await secrets.settled(READ_PATIENCE_MS);
    // Nothing is published from half of the truth: what is known may be less than what is published.
    if (!this.#hasPassed && !secrets.isComplete) return FILLING_MS;

    await this.#compile.prepare({ guardrails, secrets: secrets.states() }, async () => {
      await setImmediate();
      leadership?.signal.throwIfAborted();
    });
    // What a namespace has that could be listed only meanwhile would count as missing.
    if (this.#listed() !== listed) return 1;
    const result = this.#compileAll(providers, guardrails);
    const published = leadership === undefined ? undefined : store.published;
    const table = carryOver(result, published, {
      providers: (key) => watched.providers.knowledgeOf(key),
      guardrails: (key) => watched.guardrails.knowledgeOf(key),
    });
    const served = proxies.summary();
    this.#revisions.note(table, clock.now(), served.byRevision.keys());
    this.#hasPassed = true;
    if (leadership === undefined) return undefined;

    const failure = await this.#publish(table, leadership.signal);
    const dueAt = this.#want(leadership, result, table, failure);
    if (failure !== undefined) throw failure.error;
    return dueAt === undefined ? undefined : Math.max(1, dueAt - clock.now());
  }

  /** The namespaces whose objects are known, as a word to compare. */
  #listed(): string {
    const { providers, guardrails } = this.#options;
    return JSON.stringify([providers.namespaces('Synced'), guardrails.namespaces('Synced')]);
  }

  #compileAll(providers: readonly LLMProvider[], guardrails: readonly Guardrail[]): CompileResult {
    const { clock, metrics, providers: listed, guardrails: watched, secrets, store } = this.#options;
    const begunAt = clock.monotonic();
    const result = this.#compile({
      providers,
      guardrails,
      unreadableGuardrail: (key) => (watched.knowledgeOf(key) === 'Synced' ? undefined : UNLISTED),
      publishedGuardrails: store.published?.guardrails ?? [],
      keptReferences: keptReferences(store.published, (key) => listed.knowledgeOf(key)),
      secrets: secrets.states(),
    });
    metrics.compileSeconds.observe((clock.monotonic() - begunAt) / 1000);
    metrics.secrets.set(secrets.held);
    return result;
  }

  /** Says which statuses are wanted. Returns when others will be although nothing changes, in milliseconds since the epoch. */
  #want(
    leadership: Leadership,
    { verdicts, guardrails }: CompileResult,
    table: RoutingTable,
    failure: PublishFailure | undefined,
  ): number | undefined {
    const { clock, proxies, urls } = this.#options;
    const now = clock.now();
    const ofProviders = decideStatuses({
      verdicts,
      table,
      proxies: proxies.summary(),
      publishError: failure && unpublished(failure.error),
      revisions: this.#revisions,
      provider: (key) => this.#options.providers.get(key),
      brokenSince: this.#brokenProviders,
      urls,
      now,
    });
    const ofGuardrails = decideGuardrailStatuses({
      verdicts: guardrails,
      guardrail: (key) => this.#options.guardrails.get(key),
      brokenSince: this.#brokenGuardrails,
      now,
    });
    this.#show(table, ofProviders.wanted, guardrails);
    leadership.providers.want(ofProviders.wanted);
    leadership.guardrails.want(ofGuardrails.wanted);
    const dueAt = Math.min(ofProviders.dueAt ?? Infinity, ofGuardrails.dueAt ?? Infinity);
    return dueAt === Infinity ? undefined : dueAt;
  }

  async #publish(table: RoutingTable, signal: AbortSignal): Promise<PublishFailure | undefined> {
    const { store, tableVersion } = this.#options;
    try {
      if (this.#tableNeedsLook) {
        this.#tableNeedsLook = false;
        const seen = tableVersion.list()[0]?.metadata.resourceVersion;
        if (!store.isCurrent(seen) || store.isSharded) await store.load(signal);
      }
      await store.publish(table, signal);
      await store.tidy(signal);
      return undefined;
    } catch (error) {
      this.#tableNeedsLook = true;
      return { error };
    }
  }

  #show(
    table: RoutingTable,
    wanted: ReadonlyMap<string, WantedProvider>,
    guardrails: CompileResult['guardrails'],
  ): void {
    const { metrics, proxies } = this.#options;
    const { live, byRevision } = proxies.summary();
    const newest = byRevision.get(table.revision) ?? 0;
    const withTable = [...byRevision.values()].reduce((sum, count) => sum + count, 0);
    metrics.proxies.set({ table: 'Newest' }, newest);
    metrics.proxies.set({ table: 'Other' }, withTable - newest);
    metrics.proxies.set({ table: 'None' }, live - withTable);
    countByReason(metrics.providers, PROVIDER_REASONS, Array.from(wanted.values(), shownReason));
    countByReason(metrics.guardrails, GUARDRAIL_REASONS, Array.from(guardrails.values(), readyReason));
  }
}

function countByReason(gauge: OperatorMetrics['providers'], all: readonly Reason[], shown: readonly Reason[]): void {
  const counts = new Map<Reason, number>();
  for (const reason of shown) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  for (const reason of all) gauge.set({ reason }, counts.get(reason) ?? 0);
}

/** For people, and the same as long as the cause is: sizes and the API server's words change from one try to the next. */
export function unpublished(error: unknown): string {
  const why = !(error instanceof TableCodecError)
    ? 'the API server does not take it'
    : error.code === 'TooLarge'
      ? 'it is too large'
      : error.message;
  return `the newest routing table can't be published: ${why}`;
}
