/** Prices of the models that the books are kept with, and the cost that follows: written apart from the product's. */
import { TOKEN_CLASSES, type TokenClass } from '../../../src/usage/record.ts';
import { Book } from '../../upstreams/book.ts';
import type { BookedUsage } from '../../upstreams/types.ts';
import type { BilledCall } from './calls.ts';

/** `pricing` of a model in an LLMProvider: USD per million tokens. */
export interface Pricing {
  readonly input: number;
  readonly output: number;
  readonly cachedInput: number;
  readonly cacheWrite5m: number;
  readonly cacheWrite1h: number;
}

/** Odd numbers, none of which is a catalog's; one model is free. */
export function pricingOf(model: string): Pricing {
  if (model === 'text-embedding-3-small') {
    return { input: 0, output: 0, cachedInput: 0, cacheWrite5m: 0, cacheWrite1h: 0 };
  }
  const base = Buffer.from(model).reduce((sum, byte) => sum + byte, 0);
  return {
    input: (base % 97) + 0.123457,
    output: (base % 89) + 3.000001,
    cachedInput: (base % 7) + 0.05,
    cacheWrite5m: (base % 11) + 1.25,
    cacheWrite1h: (base % 13) + 2.5,
  };
}

const RATES: Readonly<Record<TokenClass, keyof Pricing>> = {
  input: 'input',
  cached_input: 'cachedInput',
  cache_write_5m: 'cacheWrite5m',
  cache_write_1h: 'cacheWrite1h',
  // Billed at the catalog's rate, so no call of the books may have any.
  cache_write: 'cacheWrite5m',
  output: 'output',
  reasoning: 'output',
};

/** Tokens and picodollars (1e-12 USD) of one entry, by class. */
export function costOf(
  call: BilledCall,
  usage: BookedUsage,
): { readonly byClass: ReadonlyMap<TokenClass, { readonly count: number; readonly picodollars: bigint }> } {
  const book = new Book();
  book.enter(usage);
  const counts = book.classes();
  if (counts.cache_write > 0) throw new Error(`${call.path}: cache writes of unknown lifetime cannot be priced here`);
  const pricing = pricingOf(call.model);
  const byClass = new Map(
    TOKEN_CLASSES.map((tokenClass) => {
      const count = counts[tokenClass];
      const picodollarsPerToken = BigInt(Math.round(pricing[RATES[tokenClass]] * 1e6));
      return [tokenClass, { count, picodollars: BigInt(count) * picodollarsPerToken }] as const;
    }),
  );
  return { byClass };
}
