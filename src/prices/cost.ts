/** What the tokens of one answer cost. */
import { TOKEN_CLASSES } from '../usage/record.ts';
import type { AudioTokens, MeteredUsage, TokenClass, TokenCounts } from '../usage/record.ts';
import type { Rates } from './card.ts';

export interface Cost {
  /** Picodollars of all priced tokens. */
  readonly total: bigint;
  /** Picodollars by class; absent where nothing is priced. A free class has 0. */
  readonly byClass: Readonly<Partial<Record<TokenClass, bigint>>>;
  /** Tokens without a price, by class. */
  readonly unpriced: TokenCounts;
}

/** The tokens of a metered answer. */
type Metered = Extract<MeteredUsage, { kind: 'Metered' }>;

/** The prompt of an answer as price steps count it: with what was read from and written to a cache. */
export function promptTokens(tokens: TokenCounts): number {
  return (
    (tokens.input ?? 0) +
    (tokens.cached_input ?? 0) +
    (tokens.cache_write ?? 0) +
    (tokens.cache_write_5m ?? 0) +
    (tokens.cache_write_1h ?? 0)
  );
}

/** Multiplies and adds whole numbers only: the sum is exact. */
export function costOf({ tokens, audio }: Pick<Metered, 'tokens' | 'audio'>, rates: Rates): Cost {
  const bill = new Bill();
  bill.addMixed('input', tokens.input, rates.input, audio?.input, rates.audioInput);
  bill.addMixed('cached_input', tokens.cached_input, rates.cachedInput, audio?.cachedInput, rates.audioCachedInput);
  bill.add('cache_write_5m', tokens.cache_write_5m, rates.cacheWrite5m);
  bill.add('cache_write_1h', tokens.cache_write_1h, rates.cacheWrite1h);
  bill.add('cache_write', tokens.cache_write, rates.cacheWrite);
  bill.addMixed('output', tokens.output, rates.output, audio?.output, rates.audioOutput);
  bill.add('reasoning', tokens.reasoning, rates.reasoning ?? rates.output);
  return bill;
}

/** What several calls cost together. */
export function sumOf(costs: readonly Cost[]): Cost {
  const bill = new Bill();
  for (const cost of costs) bill.addCost(cost);
  return bill;
}

/** What two answers cost together, which may have rates of their own. */
export function sumOfCosts(one: Cost, other: Cost): Cost {
  const byClass = { ...one.byClass };
  const unpriced = { ...one.unpriced };
  for (const name of TOKEN_CLASSES) {
    const cost = other.byClass[name];
    if (cost !== undefined) byClass[name] = (byClass[name] ?? 0n) + cost;
    const count = other.unpriced[name];
    if (count !== undefined) unpriced[name] = (unpriced[name] ?? 0) + count;
  }
  return { total: one.total + other.total, byClass, unpriced };
}

class Bill implements Cost {
  total = 0n;
  readonly byClass: Partial<Record<TokenClass, bigint>> = {};
  readonly unpriced: TokenCounts = {};

  add(tokenClass: TokenClass, count: number | undefined, rate: bigint | undefined): void {
    if (count === undefined || count <= 0) return;
    if (rate === undefined) {
      this.unpriced[tokenClass] = (this.unpriced[tokenClass] ?? 0) + count;
      return;
    }
    const cost = BigInt(count) * rate;
    this.byClass[tokenClass] = (this.byClass[tokenClass] ?? 0n) + cost;
    this.total += cost;
  }

  addCost({ total, byClass, unpriced }: Cost): void {
    this.total += total;
    for (const [name, amount] of Object.entries(byClass) as [TokenClass, bigint][]) {
      this.byClass[name] = (this.byClass[name] ?? 0n) + amount;
    }
    for (const [name, count] of Object.entries(unpriced) as [TokenClass, number][]) {
      this.unpriced[name] = (this.unpriced[name] ?? 0) + count;
    }
  }

  /** A class of which a part is audio; never more than the whole of it. */
  addMixed(
    tokenClass: TokenClass,
    count: number | undefined,
    rate: bigint | undefined,
    audio: AudioTokens[keyof AudioTokens],
    audioRate: bigint | undefined,
  ): void {
    const heard = Math.min(audio ?? 0, count ?? 0);
    this.add(tokenClass, (count ?? 0) - heard, rate);
    this.add(tokenClass, heard, audioRate);
  }
}
