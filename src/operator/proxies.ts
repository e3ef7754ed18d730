/** The proxies as their Leases show them: who is alive, which revision each serves, and what they could not take. */
import { isKubeError } from '../kube/errors.ts';
import { LeaseObserver } from '../kube/lease.ts';
import { deleteObject } from '../kube/objects.ts';
import { Reflector } from '../kube/reflector.ts';
import type { KubeMetrics } from '../kube/metrics.ts';
import { LEASES } from '../kube/resources.ts';
import type { Clock, Lease, Log, Transport } from '../kube/types.ts';
import { PROXY_LEASE_PREFIX, readAcknowledgement, TABLE_LABEL, type Acknowledgement } from '../table/index.ts';

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

/** Milliseconds that the Lease of a dead proxy is kept. */
const KEEP_DEAD_MS = 10 * 60_000;

export class Proxies {
  readonly #options: ProxiesOptions;
  readonly #observer: LeaseObserver;
  readonly #leases: Reflector<Lease>;
  readonly #proxies = new Map<string, Proxy>();
  #cancelTimer: (() => void) | undefined;

  constructor(options: ProxiesOptions) {
    this.#options = options;
    this.#observer = new LeaseObserver(options.clock);
    this.#leases = new Reflector<Lease>({
      transport: options.transport,
      metrics: options.metrics,
      log: options.log,
      resource: LEASES,
      namespace: options.namespace,
      labelSelector: `${TABLE_LABEL}=${options.tableSecret}`,
      onChange: (key) => this.#observe(key),
    });
  }

  start(): void {
    this.#leases.start();
  }

  async stop(): Promise<void> {
    this.#cancelTimer?.();
    await this.#leases.stop();
    this.#cancelTimer?.();
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
    const isLive = this.#observer.isLive(key);
    const acknowledgement = readAcknowledgement(lease.metadata.annotations);
    this.#proxies.set(key, {
      acknowledgement,
      deadSince: isLive ? undefined : (before?.deadSince ?? this.#options.clock.monotonic()),
    });
    this.#schedule();
    const wasLive = before !== undefined && before.deadSince === undefined;
    const isNews =
      isLive !== wasLive || (isLive && JSON.stringify(before?.acknowledgement) !== JSON.stringify(acknowledgement));
    if (isNews) this.#options.onChange();
  }

  /** Looks again when the first live Lease would run out. */
  #schedule(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    let next = Infinity;
    for (const [key, { deadSince }] of this.#proxies) {
      if (deadSince === undefined) next = Math.min(next, this.#observer.expiresInMs(key));
    }
    if (next !== Infinity) this.#cancelTimer = this.#options.clock.schedule(next + 1, () => this.#expire());
  }

  #expire(): void {
    let died = false;
    for (const [key, proxy] of this.#proxies) {
      if (proxy.deadSince !== undefined || this.#observer.isLive(key)) continue;
      proxy.deadSince = this.#options.clock.monotonic();
      this.#options.log.warn({ lease: key }, 'a proxy no longer renews its Lease');
      died = true;
    }
    this.#schedule();
    if (died) this.#options.onChange();
  }
}
