/**
 * The operator: watches, compiles, publishes, tells. All replicas watch and compile; the one that holds the Lease
 * `tidegate-operator` writes.
 */
import type { Registry } from 'prom-client';

import { REASONS } from '../api/conditions.ts';
import type { LLMProvider } from '../api/generated/llmprovider.ts';
import { createCompiler, referencedSecrets } from '../compile/index.ts';
import type { TidegateConfiguration } from '../config/types.ts';
import { sleep, systemClock } from '../kube/clock.ts';
import { EventRecorder } from '../kube/events.ts';
import { LeaderElector, type LeaderElectorOptions, type LeadershipOutcome } from '../kube/leader.ts';
import type { KubeMetrics } from '../kube/metrics.ts';
import { Reflector } from '../kube/reflector.ts';
import { SECRETS } from '../kube/resources.ts';
import type { Clock, Log, PartialObjectMetadata, Transport } from '../kube/types.ts';
import { WorkQueue } from '../kube/workqueue.ts';
import { TableCodecError, type RoutingTable } from '../table/index.ts';
import type { CheckResult } from '../telemetry/admin.ts';
import { carryOver } from './carry-over.ts';
import { CONTROLLER, createOperatorMetrics, type OperatorMetrics } from './metrics.ts';
import { BrokenSince, decideStatuses } from './pass.ts';
import { Proxies } from './proxies.ts';
import { RecentRevisions } from './revisions.ts';
import { SecretContents } from './secret-contents.ts';
import { watchedNamespaces, watchProviders, watchSecretVersions, type Watched } from './sources.ts';
import { shownReason, StatusWriter, type Wanted } from './status-writer.ts';
import { TableStore } from './table-store.ts';

/** Name of the Lease that the leader holds. */
export const LEADER_LEASE = 'tidegate-operator';

export interface OperatorOptions {
  readonly transport: Transport;
  readonly kubeMetrics: KubeMetrics;
  /** The operator declares its own metrics here. */
  readonly registry: Registry;
  readonly log: Log;
  readonly config: TidegateConfiguration;
  /** Where the table, the Leases and, by default, the LLMProviders are. */
  readonly namespace: string;
  /** Name of the Secret that the table is published in. */
  readonly tableSecret: string;
  /** Differs between any two operators that may run at the same time. */
  readonly identity: string;
  /** Another one leads now: end the process at once. */
  readonly onLost: () => void;
  readonly election?: Pick<LeaderElectorOptions, 'leaseMs' | 'renewDeadlineMs' | 'retryMs'>;
  readonly clock?: Clock;
}

/** Milliseconds between the beginnings of two passes. */
const PASS_INTERVAL_MS = 75;
/** Milliseconds that a pass waits for Secrets that are being read. */
const READ_PATIENCE_MS = 1_000;
/** Milliseconds between looks at dead proxies' Leases and at parts of the table that nobody watches. */
const UPKEEP_MS = 60_000;
/** Milliseconds by which the leader's Lease may be overdue before the process counts as unhealthy. */
const LEASE_TOLERANCE_MS = 20_000;

export class Operator {
  readonly #options: OperatorOptions;
  readonly #clock: Clock;
  readonly #metrics: OperatorMetrics;
  readonly #queue: WorkQueue<'pass'>;
  readonly #providers: Watched<LLMProvider>;
  readonly #secretVersions: ReturnType<typeof watchSecretVersions>;
  readonly #secrets: SecretContents;
  readonly #proxies: Proxies;
  readonly #tableVersion: Reflector<PartialObjectMetadata>;
  readonly #store: TableStore;
  readonly #recorder: EventRecorder;
  readonly #elector: LeaderElector;
  readonly #revisions = new RecentRevisions();
  readonly #brokenSince = new BrokenSince();
  readonly #compile = createCompiler();
  /** While this process leads. */
  #leadership: { readonly signal: AbortSignal; readonly writer: StatusWriter } | undefined;
  #hasPassed = false;
  #tableNeedsLook = false;

  constructor(options: OperatorOptions) {
    this.#options = options;
    const { transport, kubeMetrics, log, config, namespace, tableSecret, identity } = options;
    this.#clock = options.clock ?? systemClock;
    this.#metrics = createOperatorMetrics(options.registry);
    this.#queue = new WorkQueue({
      name: 'pass',
      metrics: kubeMetrics,
      clock: this.#clock,
      initialRetryMs: 200,
      maxRetryMs: 30_000,
    });
    const again = (): void => this.#queue.add('pass');
    const watch = { transport, metrics: kubeMetrics, log };
    const namespaces = watchedNamespaces(config.watchNamespaces, namespace);

    // What people write.
    this.#providers = watchProviders(namespaces, { ...watch, onChange: again });
    // Which Secrets there are, in which version; only those that are referenced lead to a pass.
    this.#secretVersions = watchSecretVersions(namespaces, {
      ...watch,
      onChange: (key) => {
        if (this.#secrets.noteChange(key)) again();
      },
    });
    this.#secrets = new SecretContents({
      transport,
      log,
      clock: this.#clock,
      versions: this.#secretVersions,
      onChange: again,
    });
    // What the proxies say that they serve.
    this.#proxies = new Proxies({ ...watch, clock: this.#clock, namespace, tableSecret, onChange: again });
    // Whether somebody else touches the table.
    this.#tableVersion = new Reflector<PartialObjectMetadata>({
      ...watch,
      resource: SECRETS,
      namespace,
      fieldSelector: `metadata.name=${tableSecret}`,
      metadataOnly: true,
      onChange: () => {
        this.#tableNeedsLook = true;
        again();
      },
    });

    this.#store = new TableStore({ transport, log, metrics: this.#metrics, namespace, name: tableSecret });
    this.#recorder = new EventRecorder({
      transport,
      metrics: kubeMetrics,
      log,
      controller: 'tidegate.io/operator',
      instance: identity,
      clock: this.#clock,
    });
    this.#elector = new LeaderElector({
      transport,
      metrics: kubeMetrics,
      log,
      namespace,
      name: LEADER_LEASE,
      identity,
      ...options.election,
      lead: (signal) => this.#lead(signal),
      onLost: options.onLost,
      clock: this.#clock,
    });
  }

  /** Works until the signal aborts, then ends everything and releases the Lease; or until leadership is lost. */
  async run(signal: AbortSignal): Promise<LeadershipOutcome> {
    const watches = [this.#providers, this.#secretVersions, this.#proxies, this.#tableVersion];
    for (const watch of watches) watch.start();
    const passes = this.#pass();
    this.#queue.add('pass');
    try {
      return await this.#elector.run(signal);
    } finally {
      await this.#queue.shutDown();
      await passes;
      await this.#secrets.stop();
      await Promise.all(watches.map((watch) => watch.stop()));
    }
  }

  /** Ready: all caches are filled and everything has been compiled once. */
  ready(): CheckResult {
    if (!this.#areCachesFilled) return { ok: false, reason: 'the caches are not filled yet' };
    return this.#hasPassed ? { ok: true } : { ok: false, reason: 'nothing has been compiled yet' };
  }

  /** Unhealthy: it leads although its Lease ran out. */
  health(): CheckResult {
    const error = this.#elector.check(LEASE_TOLERANCE_MS);
    return error === undefined ? { ok: true } : { ok: false, reason: error.message };
  }

  get #areCachesFilled(): boolean {
    return this.#providers.isSynced && this.#secretVersions.isSynced && this.#proxies.isSynced;
  }

  async #lead(signal: AbortSignal): Promise<void> {
    const { transport, kubeMetrics, log } = this.#options;
    await this.#loadPublished(signal);
    if (signal.aborted) return;
    const writer = new StatusWriter({
      transport,
      kubeMetrics,
      metrics: this.#metrics,
      log,
      provider: (key) => this.#providers.get(key),
      tell: (regarding, text) => this.#recorder.record(regarding, text),
    });
    writer.start();
    this.#leadership = { signal, writer };
    this.#queue.add('pass');
    await this.#upkeep(signal);
    this.#leadership = undefined;
    // Passes and writes that are under way end before the Lease is given up.
    await this.#queue.shutDown();
    await writer.stop();
    await this.#recorder.close();
  }

  /** Tells what the proxies serve before this process has compiled anything. */
  async #loadPublished(signal: AbortSignal): Promise<void> {
    for (let waitMs = 200; !signal.aborted; waitMs = Math.min(waitMs * 2, 10_000)) {
      try {
        await this.#store.load(signal);
        if (this.#store.published !== undefined) this.#revisions.note(this.#store.published, this.#clock.now());
        await this.#store.pruneAll(signal);
        return;
      } catch (error) {
        if (!signal.aborted) this.#options.log.warn({ err: error }, "the published routing table can't be read yet");
        await sleep(this.#clock, waitMs, signal);
      }
    }
  }

  async #upkeep(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await sleep(this.#clock, UPKEEP_MS, signal);
      if (signal.aborted) return;
      await this.#proxies.removeLongDead(signal);
      if (!this.#store.isSharded) continue;
      this.#tableNeedsLook = true;
      this.#queue.add('pass');
    }
  }

  /** One pass after the other, as long as there is cause for one. */
  async #pass(): Promise<void> {
    const controller = CONTROLLER;
    for (let key = await this.#queue.get(); key !== undefined; key = await this.#queue.get()) {
      const begunAt = this.#clock.monotonic();
      try {
        await this.#reconcile();
        this.#metrics.passes.inc({ controller, result: 'success' });
        this.#queue.forget(key);
      } catch (error) {
        this.#metrics.passes.inc({ controller, result: 'error' });
        this.#metrics.passErrors.inc({ controller });
        if (this.#leadership?.signal.aborted !== true) this.#options.log.error({ err: error }, 'a pass failed');
        this.#queue.addRateLimited(key);
      }
      const took = this.#clock.monotonic() - begunAt;
      this.#metrics.passSeconds.observe({ controller }, took / 1000);
      await this.#pause(PASS_INTERVAL_MS - took);
      this.#queue.done(key);
    }
  }

  async #pause(ms: number): Promise<void> {
    const leadership = this.#leadership?.signal ?? new AbortController().signal;
    if (ms > 0) await sleep(this.#clock, ms, leadership);
  }

  async #reconcile(): Promise<void> {
    if (!this.#providers.isSettled || !this.#proxies.isSynced) {
      this.#queue.addAfter('pass', 200);
      return;
    }
    const providers = this.#providers.list();
    this.#secrets.reference(referencedSecrets(providers));
    await this.#secrets.settled(READ_PATIENCE_MS);
    // Nothing is published from half of the truth: what is known may be less than what is published.
    if (!this.#hasPassed && !this.#secrets.isComplete) {
      this.#queue.addAfter('pass', 200);
      return;
    }
    const leadership = this.#leadership;
    const begunAt = this.#clock.monotonic();
    const result = this.#compile({ providers, secrets: this.#secrets.states() });
    this.#metrics.compileSeconds.observe((this.#clock.monotonic() - begunAt) / 1000);
    this.#metrics.secrets.set(this.#secrets.held);
    const published = leadership === undefined ? undefined : this.#store.published;
    const table = carryOver(result, published, (key) => this.#providers.knowledgeOf(key) === 'Synced');
    this.#revisions.note(table, this.#clock.now());
    this.#hasPassed = true;
    if (leadership === undefined) return;

    const failure = await this.#publish(table, leadership.signal);
    const { wanted, dueAt } = decideStatuses({
      verdicts: result.verdicts,
      table,
      proxies: this.#proxies.summary(),
      publishError: failure && unpublished(failure.error),
      revisions: this.#revisions,
      provider: (key) => this.#providers.get(key),
      brokenSince: this.#brokenSince,
      urls: {
        publicURL: this.#options.config.publicURL,
        defaultNamespace: this.#options.config.defaultNamespace ?? this.#options.namespace,
      },
      now: this.#clock.now(),
    });
    this.#show(table, wanted);
    leadership.writer.want(wanted);
    if (dueAt !== undefined) this.#queue.addAfter('pass', Math.max(1, dueAt - this.#clock.now()));
    if (failure !== undefined) throw failure.error;
  }

  async #publish(table: RoutingTable, signal: AbortSignal): Promise<{ readonly error: unknown } | undefined> {
    try {
      if (this.#tableNeedsLook) {
        this.#tableNeedsLook = false;
        const seen = this.#tableVersion.list()[0]?.metadata.resourceVersion;
        if (!this.#store.isCurrent(seen) || this.#store.isSharded) await this.#store.load(signal);
      }
      await this.#store.publish(table, signal);
      return undefined;
    } catch (error) {
      this.#tableNeedsLook = true;
      return { error };
    }
  }

  #show(table: RoutingTable, wanted: ReadonlyMap<string, Wanted>): void {
    const { live, byRevision } = this.#proxies.summary();
    const newest = byRevision.get(table.revision) ?? 0;
    const withTable = [...byRevision.values()].reduce((sum, count) => sum + count, 0);
    this.#metrics.proxies.set({ table: 'Newest' }, newest);
    this.#metrics.proxies.set({ table: 'Other' }, withTable - newest);
    this.#metrics.proxies.set({ table: 'None' }, live - withTable);
    const counts = new Map<string, number>();
    for (const item of wanted.values()) counts.set(shownReason(item), (counts.get(shownReason(item)) ?? 0) + 1);
    for (const reason of REASONS) this.#metrics.providers.set({ reason }, counts.get(reason) ?? 0);
  }
}

/** For people, and the same as long as the cause is: what the API server says changes from one try to the next. */
function unpublished(error: unknown): string {
  const why = error instanceof TableCodecError ? error.message : 'the API server does not take it';
  return `the newest routing table can't be published: ${why}`;
}
