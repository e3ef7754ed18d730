/** The proxies as their Leases show them: who is alive, which revision each serves, and what they could not take. */
import { isKubeError } from '../kube/errors.ts';
import { LeaseObserver } from '../kube/lease.ts';
import { deleteObject, listObjects } from '../kube/objects.ts';
import { Reflector } from '../kube/reflector.ts';
import type { KubeMetrics } from '../kube/metrics.ts';
import { keyOf, LEASES } from '../kube/resources.ts';
import type { Clock, Lease, Log, Transport } from '../kube/types.ts';
import {
  PROXY_LEASE_PREFIX,
  PROXY_LEASE_SECONDS,
  readAcknowledgement,
  TABLE_LABEL,
  type Acknowledgement,
} from '../table/index.ts';

export interface ProxiesOptions {
  readonly transport: Transport;
  readonly metrics: KubeMetrics;
  readonly log: Log;
  readonly clock: Clock;
  readonly namespace: string;
  /** Name of the table Secret whose proxies count. */
  readonly tableSecret: string;
  /** What some proxy serves has changed, or one came or went. */
  readonly onChange: () => void;
}

/** The live proxies, counted. */
export interface ProxySummary {
  readonly live: number;
  /** Live proxies by the revision that each serves. */
  readonly byRevision: ReadonlyMap<string, number>;
  /** What the proxies said that could not take the newest table. */
  readonly refusal: string | undefined;
}

interface Proxy {
  readonly acknowledgement: Acknowledgement;
  /** `monotonic` time at which it was found dead; undefined while it lives. */
  deadSince: number | undefined;
}

const TICK_MS = 1_000;
const LIST_TIMEOUT_MS = 5_000;
/** Milliseconds that the Lease of a dead proxy is kept. */
const KEEP_DEAD_MS = 10 * 60_000;

export class Proxies {
  readonly #options: ProxiesOptions;
  readonly #observer: LeaseObserver;
  readonly #leases: Reflector<Lease>;
  readonly #proxies = new Map<string, Proxy>();
  #cancelTick: (() => void) | undefined;
  /** `monotonic` time at which the Leases could last not be watched. */
  #blindAt = -Infinity;
  readonly #stopping = new AbortController();
  #looking: Promise<void> | undefined;

  constructor(options: ProxiesOptions) {
    this.#options = options;
    this.#observer = new LeaseObserver(options.clock);
    this.#leases = new Reflector<Lease>({
      transport: options.transport,
      metrics: options.metrics,
      log: options.log,
      resource: LEASES,
      namespace: options.namespace,
      labelSelector: labelSelector(options),
      firstList: 'Latest',
      onChange: (key) => this.#observe(key),
    });
  }

  start(): void {
    this.#leases.start();
    this.#tick();
  }

  async stop(): Promise<void> {
    this.#cancelTick?.();
    this.#stopping.abort();
    await this.#looking;
    await this.#leases.stop();
  }

  get isSynced(): boolean {
    return this.#leases.isSynced;
  }

  /** What the live proxies say, all together. */
  summary(): ProxySummary {
    const byRevision = new Map<string, number>();
    const refusals = new Set<string>();
    let live = 0;
    for (const { acknowledgement, deadSince } of this.#proxies.values()) {
      if (deadSince !== undefined) continue;
      live++;
      const { revision, tableError } = acknowledgement;
      if (revision !== undefined) byRevision.set(revision, (byRevision.get(revision) ?? 0) + 1);
      if (tableError !== undefined) refusals.add(`${tableError.code}: ${tableError.message}`);
    }
    return { live, byRevision, refusal: [...refusals].sort().join('; ') || undefined };
  }

  /** Deletes the Leases of proxies that died long ago. Only the leader may. */
  async removeLongDead(signal: AbortSignal): Promise<void> {
    const { transport, clock, log } = this.#options;
    for (const [key, { deadSince }] of this.#proxies) {
      if (deadSince === undefined || clock.monotonic() - deadSince < KEEP_DEAD_MS) continue;
      const { namespace, name = '', resourceVersion } = this.#leases.get(key)?.metadata ?? {};
      try {
        await deleteObject(transport, LEASES, {
          namespace,
          name,
          signal,
          ...(resourceVersion !== undefined && { resourceVersion }),
        });
        log.info({ lease: key }, 'removed the Lease of a proxy that is gone');
      } catch (error) {
        if (!isKubeError(error, 'NotFound', 'Conflict', 'Aborted'))
          log.warn({ lease: key, err: error }, 'a dead Lease could not be removed');
      }
    }
  }

  #observe(key: string): void {
    const lease = this.#leases.get(key);
    if (lease === undefined || !(lease.metadata.name ?? '').startsWith(PROXY_LEASE_PREFIX)) {
      this.#observer.forget(key);
      if (this.#proxies.delete(key)) this.#options.onChange();
      return;
    }
    this.#observer.observe(lease);
    const before = this.#proxies.get(key);
    const acknowledgement = readAcknowledgement(lease.metadata.annotations);
    const deadSince = this.#deadSince(key, lease, before);
    this.#proxies.set(key, { acknowledgement, deadSince });
    const isLive = deadSince === undefined;
    const wasLive = before !== undefined && before.deadSince === undefined;
    const isNews =
      isLive !== wasLive || (isLive && JSON.stringify(before?.acknowledgement) !== JSON.stringify(acknowledgement));
    if (isNews) this.#options.onChange();
  }

  /** A Lease without a holder was given up. One that merely ran out is for `#tick`, which knows what silence is worth. */
  #deadSince(key: string, { spec }: Lease, before: Proxy | undefined): number | undefined {
    if ((spec?.holderIdentity ?? '') === '') return before?.deadSince ?? this.#options.clock.monotonic();
    return this.#observer.isLive(key) ? undefined : before?.deadSince;
  }

  /** Looks around every second: a Lease that runs out sends no event. */
  #tick(): void {
    const { clock } = this.#options;
    this.#cancelTick = clock.schedule(TICK_MS, () => this.#tick());
    const now = clock.monotonic();
    if (this.#leases.lastError !== undefined) this.#blindAt = now;
    // Nobody can renew a Lease while the API server is away: its silence says nothing of the proxies.
    if (now - this.#blindAt < PROXY_LEASE_SECONDS * 1000) return;
    if (this.#overdue.length === 0 || this.#looking !== undefined) return;
    this.#looking = this.#bury().finally(() => {
      this.#looking = undefined;
    });
  }

  /** Keys of proxies that count as alive although their Leases have run out, as far as the watch tells. */
  get #overdue(): readonly string[] {
    return [...this.#proxies].flatMap(([key, { deadSince }]) =>
      deadSince === undefined && !this.#observer.isLive(key) ? [key] : [],
    );
  }

  /** A watch can fall silent without an error, so nobody is declared dead before the Leases have been listed. */
  async #bury(): Promise<void> {
    const { transport, namespace, clock, log, onChange } = this.#options;
    try {
      const selection = { namespace, labelSelector: labelSelector(this.#options) };
      const call = { timeoutMs: LIST_TIMEOUT_MS, retries: 0, signal: this.#stopping.signal };
      const { items } = await listObjects<Lease>(transport, LEASES, { ...selection, ...call });
      for (const lease of items) this.#observer.observe(lease);
      const isNews = items.some(
        (lease) => lease.metadata.resourceVersion !== this.#leases.get(keyOf(lease))?.metadata.resourceVersion,
      );
      if (isNews) {
        log.warn({}, "the watch of the proxies' Leases had missed changes: listing anew");
        this.#leases.relist();
      }
    } catch (error) {
      if (!this.#stopping.signal.aborted) log.debug({ err: error }, 'the Leases of the proxies could not be listed');
      this.#blindAt = clock.monotonic();
      return;
    }
    const dead = this.#overdue;
    for (const key of dead) {
      const proxy = this.#proxies.get(key);
      if (proxy !== undefined) proxy.deadSince = clock.monotonic();
      log.warn({ lease: key }, 'a proxy no longer renews its Lease');
    }
    if (dead.length > 0) onChange();
  }
}

function labelSelector({ tableSecret }: ProxiesOptions): string {
  return `${TABLE_LABEL}=${tableSecret}`;
}
