/** Client-go's controller rate limiter: per key exponential, over all keys a token bucket. */
import type { Clock } from './types.ts';

export interface RetryDelaysOptions {
  readonly clock: Clock;
  readonly initialMs: number;
  readonly maxMs: number;
  /** Retries of all keys together, per second and at once. */
  readonly perSecond: number;
  readonly burst: number;
}

export class RetryDelays {
  readonly #options: RetryDelaysOptions;
  readonly #failures = new Map<string, number>();
  readonly #bucket: TokenBucket;

  constructor(options: RetryDelaysOptions) {
    this.#options = options;
    this.#bucket = new TokenBucket(options);
  }

  /** Counts a failure of the key; how long it should wait. */
  next(key: string): number {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    const { initialMs, maxMs } = this.#options;
    return Math.max(Math.min(initialMs * 2 ** failures, maxMs), this.#bucket.reserve());
  }

  failures(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  forget(key: string): void {
    this.#failures.delete(key);
  }
}

/** Fills at a steady rate up to a burst. */
export class TokenBucket {
  readonly #clock: Clock;
  readonly #perMs: number;
  readonly #burst: number;
  #tokens: number;
  #filledAt: number;

  constructor({
    clock,
    perSecond,
    burst,
  }: {
    readonly clock: Clock;
    readonly perSecond: number;
    readonly burst: number;
  }) {
    this.#clock = clock;
    this.#perMs = perSecond / 1000;
    this.#burst = burst;
    this.#tokens = burst;
    this.#filledAt = clock.monotonic();
  }

  /** Takes one, on credit if need be; milliseconds until it is there. */
  reserve(): number {
    this.#fill();
    this.#tokens -= 1;
    return this.#tokens >= 0 ? 0 : -this.#tokens / this.#perMs;
  }

  /** Takes one if there is one. */
  take(): boolean {
    this.#fill();
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  #fill(): void {
    const now = this.#clock.monotonic();
    this.#tokens = Math.min(this.#burst, this.#tokens + (now - this.#filledAt) * this.#perMs);
    this.#filledAt = now;
  }
}
