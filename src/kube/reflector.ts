/**
 * A cache of one collection, kept current by list and watch with client-go's semantics. Handlers get keys, never events:
 * what they act on is what the cache holds when they look.
 */
import { CacheAudit } from './audit.ts';
import { Backoff } from './backoff.ts';
import { sleep, systemClock, untilAborted } from './clock.ts';
import { KubeError } from './errors.ts';
import { initializeResource } from './metrics.ts';
import { listObjects } from './objects.ts';
import type { ListOptions } from './objects.ts';
import { recoverFrom } from './recovery.ts';
import type { Recovery } from './recovery.ts';
import { DEFAULT_INTERVALS } from './reflector-options.ts';
import type { ReflectorIntervals, ReflectorOptions } from './reflector-options.ts';
import { keyOf } from './resources.ts';
import { Store } from './store.ts';
import { stripForCache } from './strip.ts';
import type { Clock, KubeObject, ObjectKey, ObjectReader, Random } from './types.ts';
import { WatchStalledError, watch } from './watch.ts';
import type { WatchEvent } from './watch.ts';

const pageSize = 500;
const maxLineBytes = 16 * 1024 * 1024;

export type { ReflectorIntervals, ReflectorOptions } from './reflector-options.ts';

export class Reflector<T extends KubeObject> implements ObjectReader<T>, AsyncDisposable {
  readonly #options: ReflectorOptions<T>;
  readonly #intervals: ReflectorIntervals;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #store: Store<T>;
  readonly #backoff: Backoff;
  readonly #stopping = new AbortController();
  readonly #firstList = Promise.withResolvers<void>();
  readonly #label: { readonly resource: string };
  #running: Promise<unknown> | undefined;
  #isSynced = false;
  #lastError: unknown;
  #resourceVersion: string | undefined;
  #nextList: 'First' | NonNullable<Recovery['relist']> = 'First';
  #goneInARow = 0;
  /** Aborts the open watch; a new one for each. */
  #watching: AbortController | undefined;

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
    this.#intervals = { ...DEFAULT_INTERVALS, ...options.intervals };
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? Math.random;
    this.#store = new Store(options.indexers);
    this.#backoff = new Backoff({
      initialMs: this.#intervals.backoffInitial,
      maxMs: this.#intervals.backoffMax,
      resetMs: this.#intervals.backoffReset,
      clock: this.#clock,
      random: this.#random,
    });
    const { group, plural } = options.resource;
    this.#label = { resource: group === '' ? plural : `${plural}.${group}` };
    initializeResource(options.metrics, this.#label.resource);
    this.#firstList.promise.catch(() => {});
  }

  get isSynced(): boolean {
    return this.#isSynced;
  }

  /** Why list or watch fails at present; undefined while all is well. */
  get lastError(): unknown {
    return this.#lastError;
  }

  async whenSynced(signal?: AbortSignal): Promise<void> {
    const first = this.#firstList.promise;
    try {
      await (signal === undefined ? first : untilAborted(first, signal));
    } catch (error) {
      if (error instanceof KubeError) throw error;
      throw new KubeError({ code: 'Aborted', message: 'given up waiting for the first list' });
    }
  }

  get(key: ObjectKey): T | undefined {
    return this.#store.get(key);
  }

  list(): T[] {
    return this.#store.list();
  }

  keys(): ObjectKey[] {
    return this.#store.keys();
  }

  byIndex(index: string, value: string): T[] {
    return this.#store.byIndex(index, value);
  }

  /** Begins; further calls do nothing. */
  start(): void {
    if (this.#running !== undefined || this.#stopping.signal.aborted) return;
    const audit = new CacheAudit({
      clock: this.#clock,
      random: this.#random,
      intervalMs: this.#intervals.audit,
      graceMs: this.#intervals.auditGrace,
      watching: () => this.#watching?.signal,
      versions: () => this.#store.versions(),
      list: (signal) => this.#listVersions(signal),
      onMisses: (keys) => this.#onMisses(keys),
    });
    this.#running = Promise.all([this.#run(), audit.run(this.#stopping.signal)]);
  }

  /** Ends an open watch that misses changes, and lists anew. */
  relist(): void {
    this.#resourceVersion = undefined;
    this.#watching?.abort();
  }

  /** Ends list, watch and timers; what is cached stays readable. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#firstList.reject(
      new KubeError({ code: 'Aborted', message: 'the reflector was stopped before its first list' }),
    );
    await this.#running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const during = this.#resourceVersion === undefined ? 'List' : 'Watch';
      try {
        if (this.#resourceVersion === undefined) await this.#relist();
        else if (!(await this.#watchOnce(this.#resourceVersion)))
          await sleep(this.#clock, this.#backoff.next(), signal);
      } catch (error) {
        if (signal.aborted) return;
        await this.#recover(error, during);
      }
    }
  }

  async #recover(error: unknown, during: 'List' | 'Watch'): Promise<void> {
    const { metrics, log } = this.#options;
    (during === 'List' ? metrics.failedLists : metrics.failedWatches).inc(this.#label);
    if (error instanceof WatchStalledError) metrics.stalledWatches.inc(this.#label);
    if (during === 'Watch' && error instanceof KubeError && error.code === 'Malformed')
      metrics.malformedEvents.inc(this.#label);
    const isGone = error instanceof KubeError && error.code === 'Gone';
    this.#goneInARow = isGone ? this.#goneInARow + 1 : 0;
    if (!isGone) this.#lastError = error;
    const paged = this.#nextList === 'Paged';
    const { relist, wait } = recoverFrom(error, { during, goneInARow: this.#goneInARow, paged });
    if (relist !== undefined) {
      this.#nextList = relist;
      this.#resourceVersion = undefined;
    }
    const waitMs = this.#waitMs(wait);
    const fields = { ...this.#label, err: error, waitMs, relist: relist !== undefined };
    if (isGone) log.info(fields, 'history is gone: listing anew');
    // May be a server that has had nothing to bookmark yet; renewing costs one request.
    else if (error instanceof WatchStalledError) log.info(fields, 'the watch was silent: watching anew');
    else log.warn(fields, `${during.toLowerCase()} failed`);
    if (waitMs > 0) await sleep(this.#clock, waitMs, this.#stopping.signal);
  }

  #waitMs(wait: Recovery['wait']): number {
    if (wait === 'None') return 0;
    if (wait === 'Backoff') return this.#backoff.next();
    if (wait === 'Slow') return this.#intervals.slowRetry * (1 + this.#random() / 2);
    // Replicas that were refused together must not come back together.
    return Math.max(wait.seconds * 1000 * (1 + this.#random() / 2), this.#backoff.next());
  }

  async #relist(): Promise<void> {
    const { transport, resource, metrics, firstList = 'AnyVersion' } = this.#options;
    metrics.lists.inc(this.#label);
    const listing = await listObjects<T>(transport, resource, {
      ...this.#selection(),
      metadataOnly: this.#options.metadataOnly ?? false,
      signal: this.#stopping.signal,
      ...(this.#nextList === 'First' && firstList === 'AnyVersion' && { freshness: firstList }),
      ...(this.#nextList === 'Paged' && { pageSize }),
    });
    const changed = this.#store.replace(listing.items.flatMap((object) => this.#transform(object)));
    this.#resourceVersion = listing.resourceVersion;
    this.#nextList = 'Latest';
    this.#lastError = undefined;
    this.#isSynced = true;
    for (const key of changed) this.#tell(key);
    this.#firstList.resolve();
  }

  /** True when it lived long enough to be renewed at once. */
  async #watchOnce(from: string): Promise<boolean> {
    const { metrics, transport, resource, metadataOnly = false } = this.#options;
    const { minWatchSeconds, maxWatchSeconds, idleLimit, idleGrace } = this.#intervals;
    const timeoutSeconds = Math.round(minWatchSeconds + this.#random() * (maxWatchSeconds - minWatchSeconds));
    const watching = new AbortController();
    const onStop = (): void => watching.abort();
    this.#stopping.signal.addEventListener('abort', onStop, { once: true });
    const begunAt = this.#clock.monotonic();
    metrics.watches.inc(this.#label);
    try {
      const batches = watch<T>({
        transport,
        resource,
        ...this.#selection(),
        metadataOnly,
        resourceVersion: from,
        timeoutSeconds,
        idleMs: Math.min(idleLimit, timeoutSeconds * 1000 + idleGrace),
        maxLineBytes,
        clock: this.#clock,
        signal: watching.signal,
        onOpen: () => {
          this.#watching = watching;
          this.#lastError = undefined;
        },
      });
      for await (const events of batches) {
        if (watching.signal.aborted) break;
        for (const event of events) this.#take(event);
      }
    } catch (error) {
      // Ended from within, to relist.
      if (!watching.signal.aborted) throw error;
      return true;
    } finally {
      this.#watching = undefined;
      this.#stopping.signal.removeEventListener('abort', onStop);
    }
    return watching.signal.aborted || this.#clock.monotonic() - begunAt >= this.#intervals.shortWatch;
  }

  #take({ type, object }: WatchEvent<T>): void {
    this.#goneInARow = 0;
    this.#resourceVersion = object.metadata.resourceVersion;
    if (type === 'BOOKMARK') return;
    const key = keyOf(object);
    if (type === 'DELETED') this.#store.delete(key);
    else this.#keep(key, this.#transform(object)[0]);
    this.#tell(key);
  }

  #keep(key: ObjectKey, object: T | undefined): void {
    if (object === undefined) this.#store.delete(key);
    else this.#store.set(object);
  }

  /** None when the transform throws: an object that could not be stripped is not kept. */
  #transform(object: T): T[] {
    try {
      return [(this.#options.transform ?? stripForCache)(object)];
    } catch (error) {
      this.#countHandlerError(keyOf(object), error);
      return [];
    }
  }

  #tell(key: ObjectKey): void {
    try {
      this.#options.onChange?.(key);
    } catch (error) {
      this.#countHandlerError(key, error);
    }
  }

  #countHandlerError(key: ObjectKey, error: unknown): void {
    this.#options.metrics.handlerErrors.inc(this.#label);
    this.#options.log.error({ ...this.#label, key, err: error }, 'a change handler threw');
  }

  /** The audit needs versions only, however much of each object is cached. */
  async #listVersions(signal: AbortSignal): Promise<ReadonlyMap<ObjectKey, string | undefined> | undefined> {
    const { transport, resource, metrics, log } = this.#options;
    if (this.#resourceVersion === undefined) return undefined;
    metrics.lists.inc(this.#label);
    try {
      const freshness = { notOlderThan: this.#resourceVersion };
      const { items } = await listObjects(transport, resource, {
        ...this.#selection(),
        metadataOnly: true,
        signal,
        freshness,
      });
      return new Map(items.map((item) => [keyOf(item), item.metadata.resourceVersion]));
    } catch (error) {
      if (signal.aborted) return undefined;
      metrics.failedLists.inc(this.#label);
      log.debug({ ...this.#label, err: error }, 'the periodic relist failed');
      return undefined;
    }
  }

  #onMisses(keys: readonly ObjectKey[]): void {
    this.#options.metrics.cacheMisses.inc(this.#label, keys.length);
    this.#options.log.warn(
      { ...this.#label, count: keys.length, keys: keys.slice(0, 10) },
      'the watch had missed changes',
    );
    this.relist();
  }

  #selection(): Pick<ListOptions, 'namespace' | 'fieldSelector' | 'labelSelector' | 'timeoutMs' | 'retries'> {
    const { namespace, fieldSelector, labelSelector } = this.#options;
    return { namespace, fieldSelector, labelSelector, timeoutMs: this.#intervals.listTimeout, retries: 0 };
  }
}
