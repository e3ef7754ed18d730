/** What a reflector is told, and how long it waits for what. */
import type { KubeMetrics } from './metrics.ts';
import type { Indexer } from './store.ts';
import type { Clock, KubeObject, Log, ObjectKey, Random, Resource, Transport } from './types.ts';

/** Milliseconds, unless named otherwise. */
export interface ReflectorIntervals {
  /** The server closes a watch after a random time between these. */
  readonly minWatchSeconds: number;
  readonly maxWatchSeconds: number;
  /** Silence after which a watch counts as dead: the server sends a bookmark about every minute. */
  readonly idleLimit: number;
  /** The same for what is open longer than the server's own limit. */
  readonly idleGrace: number;
  /** Of failures. */
  readonly backoffInitial: number;
  readonly backoffMax: number;
  readonly backoffReset: number;
  /** After 403 and 404, which rarely heal by themselves. */
  readonly slowRetry: number;
  /** A watch that ends sooner is not renewed at once. */
  readonly shortWatch: number;
  /** Between comparisons of the cache with a list, ± 10 %. */
  readonly audit: number;
  /** How long the watch may take to deliver what that list shows. */
  readonly auditGrace: number;
  readonly listTimeout: number;
}

/** client-go's, where it has the same. */
export const DEFAULT_INTERVALS: ReflectorIntervals = {
  minWatchSeconds: 300,
  maxWatchSeconds: 600,
  idleLimit: 150_000,
  idleGrace: 30_000,
  backoffInitial: 800,
  backoffMax: 30_000,
  backoffReset: 120_000,
  slowRetry: 10_000,
  shortWatch: 1_000,
  audit: 600_000,
  auditGrace: 5_000,
  listTimeout: 60_000,
};

export interface ReflectorOptions<T extends KubeObject> {
  readonly transport: Transport;
  readonly metrics: KubeMetrics;
  readonly log: Log;
  readonly resource: Resource;
  /** Left out: all namespaces. */
  readonly namespace?: string | undefined;
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
  /** Ask for `metadata` only. */
  readonly metadataOnly?: boolean;
  /** Cuts an object down before it is cached. Default {@link stripForCache}; one of your own should call it. */
  readonly transform?: (object: T) => T;
  /**
   * Of the first list. `AnyVersion`, the default: what the server has at hand, which may be older than what an earlier
   * process has seen. `Latest`: a consistent read, for caches from whose gaps something would be taken away.
   */
  readonly firstList?: 'AnyVersion' | 'Latest';
  /** For `byIndex`. */
  readonly indexers?: Readonly<Record<string, Indexer<T>>>;
  /** Something about this key has changed, or may have. What it throws is logged and counted, nothing more. */
  readonly onChange?: (key: ObjectKey) => void;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly intervals?: Partial<ReflectorIntervals>;
}
