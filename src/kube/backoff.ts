/** Waiting times that grow with failures in a row. */
import type { Clock, Random } from './types.ts';

export interface BackoffOptions {
  readonly initialMs: number;
  readonly maxMs: number;
  /** After so long without a failure it starts over. */
  readonly resetMs: number;
  readonly clock: Clock;
  readonly random: Random;
}

/** Doubles from `initialMs` to `maxMs`; each wait is between half of that and all of it, so that replicas spread out. */
export class Backoff {
  readonly #options: BackoffOptions;
  #step: number;
  #last = -Infinity;

  constructor(options: BackoffOptions) {
    this.#options = options;
    this.#step = options.initialMs;
  }

  /** The next wait in milliseconds. */
  next(): number {
    const { initialMs, maxMs, resetMs, clock, random } = this.#options;
    const now = clock.monotonic();
    if (now - this.#last > resetMs) this.#step = initialMs;
    this.#last = now;
    const step = this.#step;
    this.#step = Math.min(step * 2, maxMs);
    return step * (0.5 + random() / 2);
  }
}
