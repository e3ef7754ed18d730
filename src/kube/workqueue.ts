/**
 * Keys that need work, each at most once. A key is worked on by one worker at a time; added meanwhile, it comes once
 * more afterwards, however often it was added.
 */
import { systemClock } from './clock.ts';
import type { KubeMetrics } from './metrics.ts';
import { RetryDelays } from './rate-limit.ts';
import type { Clock } from './types.ts';

export interface WorkQueueOptions {
  /** Label in the metrics. */
  readonly name: string;
  readonly metrics: KubeMetrics;
  readonly clock?: Clock;
  /** First wait of a failing key, doubled with each failure. Default 5 ms. */
  readonly initialRetryMs?: number;
  /** Default 1000 s. */
  readonly maxRetryMs?: number;
}

/** Of all keys together. */
const retriesPerSecond = 10;
const retryBurst = 100;

interface Delayed {
  readonly dueAt: number;
  readonly cancel: () => void;
}

export class WorkQueue<K extends string = string> {
  readonly #name: string;
  readonly #metrics: KubeMetrics;
  readonly #clock: Clock;
  readonly #delays: RetryDelays;
  readonly #untrack: () => void;
  /** To be worked on, whether waiting or to come again after the present work; with the time of being added. */
  readonly #dirty = new Map<K, number>();
  /** Being worked on, with the time of begin. */
  readonly #processing = new Map<K, number>();
  /** Dirty and not being worked on, oldest first. */
  readonly #waiting = new Set<K>();
  readonly #delayed = new Map<K, Delayed>();
  readonly #workers: ((key: K | undefined) => void)[] = [];
  readonly #idle = Promise.withResolvers<void>();
  #isShutDown = false;

  constructor(options: WorkQueueOptions) {
    this.#name = options.name;
    this.#metrics = options.metrics;
    this.#clock = options.clock ?? systemClock;
    this.#delays = new RetryDelays({
      clock: this.#clock,
      initialMs: options.initialRetryMs ?? 5,
      maxMs: options.maxRetryMs ?? 1_000_000,
      perSecond: retriesPerSecond,
      burst: retryBurst,
    });
    this.#untrack = options.metrics.queue.track(options.name, () => this.#state());
    options.metrics.queue.adds.inc({ name: options.name }, 0);
    options.metrics.queue.retries.inc({ name: options.name }, 0);
  }

  /** Keys that wait for a worker. */
  get depth(): number {
    return this.#waiting.size;
  }

  add(key: K): void {
    if (this.#isShutDown || this.#dirty.has(key)) return;
    this.#metrics.queue.adds.inc({ name: this.#name });
    this.#dirty.set(key, this.#clock.monotonic());
    if (this.#processing.has(key)) return;
    this.#waiting.add(key);
    this.#dispatch();
  }

  /** Adds later; of several such calls the earliest counts. */
  addAfter(key: K, ms: number): void {
    if (this.#isShutDown) return;
    if (ms <= 0) {
      this.add(key);
      return;
    }
    const dueAt = this.#clock.monotonic() + ms;
    const earlier = this.#delayed.get(key);
    if (earlier !== undefined && earlier.dueAt <= dueAt) return;
    earlier?.cancel();
    const cancel = this.#clock.schedule(ms, () => {
      this.#delayed.delete(key);
      this.add(key);
    });
    this.#delayed.set(key, { dueAt, cancel });
  }

  /** Adds after a wait that grows with each call for the same key, until `forget`. */
  addRateLimited(key: K): void {
    if (this.#isShutDown) return;
    this.#metrics.queue.retries.inc({ name: this.#name });
    this.addAfter(key, this.#delays.next(key));
  }

  /** The key is well again: its next failure waits briefly. */
  forget(key: K): void {
    this.#delays.forget(key);
  }

  /** Calls of `addRateLimited` since the last `forget`. */
  retries(key: K): number {
    return this.#delays.failures(key);
  }

  /** The next key, as soon as there is one; `undefined` once the queue is shut down. Each needs a `done`. */
  get(): Promise<K | undefined> {
    return new Promise((resolve) => {
      if (this.#isShutDown) {
        resolve(undefined);
        return;
      }
      this.#workers.push(resolve);
      this.#dispatch();
    });
  }

  /** The work on a key has ended, well or not. */
  done(key: K): void {
    const begunAt = this.#processing.get(key);
    if (begunAt === undefined) return;
    this.#metrics.queue.worked.observe({ name: this.#name }, (this.#clock.monotonic() - begunAt) / 1000);
    this.#processing.delete(key);
    if (this.#isShutDown) {
      this.#settle();
    } else if (this.#dirty.has(key)) {
      this.#waiting.add(key);
      this.#dispatch();
    }
  }

  /** Hands out nothing more and forgets what waits; resolves when all that was handed out is done. */
  shutDown(): Promise<void> {
    this.#isShutDown = true;
    for (const { cancel } of this.#delayed.values()) cancel();
    this.#delayed.clear();
    this.#dirty.clear();
    this.#waiting.clear();
    for (const resolve of this.#workers.splice(0)) resolve(undefined);
    this.#settle();
    return this.#idle.promise;
  }

  #settle(): void {
    if (this.#processing.size > 0) return;
    this.#untrack();
    this.#idle.resolve();
  }

  #dispatch(): void {
    for (const key of this.#waiting) {
      const resolve = this.#workers.shift();
      if (resolve === undefined) return;
      const now = this.#clock.monotonic();
      this.#metrics.queue.queued.observe({ name: this.#name }, (now - (this.#dirty.get(key) ?? now)) / 1000);
      this.#waiting.delete(key);
      this.#dirty.delete(key);
      this.#processing.set(key, now);
      resolve(key);
    }
  }

  #state(): { depth: number; unfinishedSeconds: number; longestSeconds: number } {
    const now = this.#clock.monotonic();
    const ages = [...this.#processing.values()].map((begunAt) => (now - begunAt) / 1000);
    return {
      depth: this.#waiting.size,
      unfinishedSeconds: ages.reduce((sum, age) => sum + age, 0),
      longestSeconds: Math.max(0, ...ages),
    };
  }
}
