/** The upstream's own account of what it reported: the figure that a gateway's meter must arrive at. */
import type { TokenClass } from '../../src/usage/record.ts';
import type { BookedUsage } from './types.ts';

/** Sums of everything that was reported to callers. */
export interface BookTotals {
  readonly answers: number;
  readonly input: number;
  readonly cached: number;
  readonly cacheWrite5m: number;
  readonly cacheWrite1h: number;
  readonly cacheWrite: number;
  readonly output: number;
  readonly reasoning: number;
}

/** Entries in the order in which they were made. */
export class Book {
  readonly #entries: BookedUsage[] = [];

  enter(usage: BookedUsage): void {
    this.#entries.push(usage);
  }

  get entries(): readonly BookedUsage[] {
    return this.#entries;
  }

  totals(): BookTotals {
    const sum = (pick: (entry: BookedUsage) => number): number =>
      this.#entries.reduce((total, entry) => total + pick(entry), 0);
    return {
      answers: this.#entries.length,
      input: sum((entry) => entry.input),
      cached: sum((entry) => entry.cached),
      cacheWrite5m: sum((entry) => entry.cacheWrite5m ?? 0),
      cacheWrite1h: sum((entry) => entry.cacheWrite1h ?? 0),
      cacheWrite: sum((entry) => entry.cacheWrite ?? 0),
      output: sum((entry) => entry.output),
      reasoning: sum((entry) => entry.reasoning),
    };
  }

  /** The totals in the gateway's own classes, which are disjoint. */
  classes(): Readonly<Record<TokenClass, number>> {
    const { input, cached, cacheWrite5m, cacheWrite1h, cacheWrite, output, reasoning } = this.totals();
    return {
      input: input - cached - cacheWrite5m - cacheWrite1h - cacheWrite,
      cached_input: cached,
      cache_write_5m: cacheWrite5m,
      cache_write_1h: cacheWrite1h,
      cache_write: cacheWrite,
      output: output - reasoning,
      reasoning,
    };
  }

  clear(): void {
    this.#entries.length = 0;
  }
}
