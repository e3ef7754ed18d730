/**
 * The operator: watches, compiles, publishes, tells. All replicas watch and compile; the one that holds the Lease
 * `tidegate-operator` writes.
 */
import type { Registry } from 'prom-client';

import type { Guardrail } from '../api/generated/guardrail.ts';
import type { LLMProvider } from '../api/generated/llmprovider.ts';
import type { TidegateConfiguration } from '../config/types.ts';
import { sleep, systemClock } from '../kube/clock.ts';
import { EventRecorder } from '../kube/events.ts';
import { LeaderElector, type LeaderElectorOptions, type LeadershipOutcome } from '../kube/leader.ts';
import type { KubeMetrics } from '../kube/metrics.ts';
import { Reflector } from '../kube/reflector.ts';
import { SECRETS } from '../kube/resources.ts';
import type { Clock, KubeObject, Log, PartialObjectMetadata, Transport } from '../kube/types.ts';
import { WorkQueue } from '../kube/workqueue.ts';
import type { CheckResult } from '../telemetry/admin.ts';
import { GUARDRAIL_STATUS } from './guardrail-status.ts';
import { CONTROLLER, createOperatorMetrics, type OperatorMetrics } from './metrics.ts';
import { PROVIDER_STATUS } from './provider-status.ts';
import { Proxies } from './proxies.ts';
import { Reach } from './reach.ts';
import { Reconciler, type Leadership } from './reconciler.ts';
import { SecretContents } from './secret-contents.ts';
import { watchedNamespaces, watchGuardrails, watchProviders, watchSecretVersions, type Watched } from './sources.ts';
import type { ObjectStatus, Reported, StatusKind, WantedStatus } from './status-kind.ts';
import { StatusWriter } from './status-writer.ts';
import { TableStore } from './table-store.ts';
import { within } from './within.ts';

/** Name of the Lease that the leader holds. */
export const LEADER_LEASE = 'tidegate-operator';

export interface OperatorOptions {
  readonly transport: Transport;
  readonly kubeMetrics: KubeMetrics;
  /** The operator declares its own metrics here. */
  readonly registry: Registry;
  readonly log: Log;
  readonly config: TidegateConfiguration;
  /** Where the table, the Leases and, by default, the LLMProviders and Guardrails are. */
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
/** Milliseconds between looks at dead proxies' Leases and at parts of the table that nobody watches. */
const UPKEEP_MS = 60_000;
/** Milliseconds by which the leader's Lease may be overdue before the process counts as unhealthy. */
const LEASE_TOLERANCE_MS = 20_000;
/** Milliseconds that events have to go out when leadership ends. */
const EVENTS_MS = 3_000;

export class Operator {
  readonly #options: OperatorOptions;
  readonly #clock: Clock;
  readonly #metrics: OperatorMetrics;
  readonly #queue: WorkQueue<'pass'>;
  readonly #providers: Watched<LLMProvider>;
  readonly #guardrails: Watched<Guardrail>;
  readonly #secretVersions: ReturnType<typeof watchSecretVersions>;
  readonly #secrets: SecretContents;
  readonly #proxies: Proxies;
  readonly #reach: Reach;
  readonly #tableVersion: Reflector<PartialObjectMetadata>;
  readonly #store: TableStore;
  readonly #recorder: EventRecorder;
  readonly #elector: LeaderElector;
  readonly #reconciler: Reconciler;
  #leadership: Leadership | undefined;

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
    const watch = { transport, metrics: kubeMetrics, log, clock: this.#clock };
    const namespaces = watchedNamespaces(config.watchNamespaces, namespace);

    // What people write. The own writes of statuses come back, too, and are no news.
    this.#providers = watchProviders(namespaces, {
      ...watch,
      onChange: (key) => {
        if (this.#leadership?.providers.isEcho(key) !== true) again();
      },
    });
    this.#guardrails = watchGuardrails(namespaces, {
      ...watch,
      onChange: (key) => {
        if (this.#leadership?.guardrails.isEcho(key) !== true) again();
      },
    });
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
    this.#reach = new Reach({
      metrics: this.#metrics,
      log,
      clock: this.#clock,
      sources: { LLMProviders: this.#providers, Guardrails: this.#guardrails, Secrets: this.#secretVersions },
      onChange: again,
    });
    // What the proxies say that they serve.
    this.#proxies = new Proxies({ ...watch, namespace, tableSecret, onChange: again });
    // Whether somebody else touches the table.
    this.#tableVersion = new Reflector<PartialObjectMetadata>({
      ...watch,
      resource: SECRETS,
      namespace,
      fieldSelector: `metadata.name=${tableSecret}`,
      metadataOnly: true,
      onChange: () => {
        this.#reconciler.doubtTable();
        again();
      },
    });

    this.#store = new TableStore({ transport, log, metrics: this.#metrics, namespace, name: tableSecret });
    this.#reconciler = new Reconciler({
      clock: this.#clock,
      metrics: this.#metrics,
      providers: this.#providers,
      guardrails: this.#guardrails,
      secrets: this.#secrets,
      proxies: this.#proxies,
      store: this.#store,
      tableVersion: this.#tableVersion,
      urls: { publicURL: config.publicURL, defaultNamespace: config.defaultNamespace ?? namespace },
    });
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
    const watches = [this.#providers, this.#guardrails, this.#secretVersions, this.#proxies, this.#tableVersion];
    for (const watch of watches) watch.start();
    this.#reach.start();
    const passes = this.#pass();
    this.#queue.add('pass');
    try {
      return await this.#elector.run(signal);
    } finally {
      await this.#queue.shutDown();
      await passes;
      this.#reach.stop();
      await this.#secrets.stop();
      await Promise.all(watches.map((watch) => watch.stop()));
    }
  }

  /** Ready: all caches are filled as far as they can be, and everything has been compiled once. */
  ready(): CheckResult {
    const { pending } = this.#reach;
    if (pending !== undefined) return { ok: false, reason: `not listed yet: ${pending}` };
    if (!this.#proxies.isSynced) return { ok: false, reason: "not listed yet: the proxies' Leases" };
    return this.#reconciler.hasPassed ? { ok: true } : { ok: false, reason: 'nothing has been compiled yet' };
  }

  /** Unhealthy: it leads although its Lease ran out. */
  health(): CheckResult {
    const error = this.#elector.check(LEASE_TOLERANCE_MS);
    return error === undefined ? { ok: true } : { ok: false, reason: error.message };
  }

  async #lead(signal: AbortSignal): Promise<void> {
    await this.#loadPublished(signal);
    if (signal.aborted) return;
    const providers = this.#writer(PROVIDER_STATUS, this.#providers);
    const guardrails = this.#writer(GUARDRAIL_STATUS, this.#guardrails);
    providers.start();
    guardrails.start();
    this.#leadership = { signal, providers, guardrails };
    this.#queue.add('pass');
    await this.#upkeep(signal);
    this.#leadership = undefined;
    // Passes and writes that are under way end before the Lease is given up.
    await this.#queue.shutDown();
    await Promise.all([providers.stop(), guardrails.stop()]);
    await within(this.#clock, EVENTS_MS, (limit) => this.#recorder.close(limit));
  }

  #writer<S extends ObjectStatus, W extends WantedStatus>(
    kind: StatusKind<S, W>,
    objects: Pick<Watched<Reported<S> & KubeObject>, 'get'>,
  ): StatusWriter<S, W> {
    const { transport, kubeMetrics, log } = this.#options;
    return new StatusWriter({
      kind,
      transport,
      kubeMetrics,
      metrics: this.#metrics,
      log,
      object: (key) => objects.get(key),
      tell: (regarding, text) => this.#recorder.record(regarding, text),
      clock: this.#clock,
    });
  }

  /** Tells what the proxies serve before this process has compiled anything. */
  async #loadPublished(signal: AbortSignal): Promise<void> {
    for (let waitMs = 200; !signal.aborted; waitMs = Math.min(waitMs * 2, 10_000)) {
      try {
        await this.#store.load(signal);
        if (this.#store.published !== undefined) this.#reconciler.noteTable(this.#store.published);
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
      if (!this.#store.isSharded && this.#store.isTidy) continue;
      this.#reconciler.doubtTable();
      this.#queue.add('pass');
    }
  }

  /** One pass after the other, as long as there is cause for one. */
  async #pass(): Promise<void> {
    const controller = CONTROLLER;
    for (let key = await this.#queue.get(); key !== undefined; key = await this.#queue.get()) {
      const begunAt = this.#clock.monotonic();
      const leadership = this.#leadership;
      try {
        const dueInMs = await this.#reconciler.pass(leadership);
        if (dueInMs !== undefined) this.#queue.addAfter('pass', dueInMs);
        this.#metrics.passes.inc({ controller, result: 'success' });
        this.#queue.forget(key);
      } catch (error) {
        this.#metrics.passes.inc({ controller, result: 'error' });
        this.#metrics.passErrors.inc({ controller });
        if (leadership?.signal.aborted !== true) this.#options.log.error({ err: error }, 'a pass failed');
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
}
