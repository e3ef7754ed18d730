import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { TOKEN_CLASSES, type TokenCounts } from '../usage/record.ts';
import type { Rates } from './card.ts';
import { costOf } from './cost.ts';

const RATE_NAMES = [
  'input',
  'output',
  'cachedInput',
  'cacheWrite5m',
  'cacheWrite1h',
  'cacheWrite',
  'reasoning',
  'audioInput',
  'audioCachedInput',
  'audioOutput',
] as const;

const optional = <K extends string, T>(
  names: readonly K[],
  value: fc.Arbitrary<T>,
): fc.Arbitrary<Partial<Record<K, T>>> =>
  fc.record(Object.fromEntries(names.map((name) => [name, value])) as Record<K, fc.Arbitrary<T>>, { requiredKeys: [] });

const count = fc.oneof(fc.nat({ max: 2_000_000 }), fc.maxSafeNat());
const tokenCounts: fc.Arbitrary<TokenCounts> = optional(TOKEN_CLASSES, count);
/** Up to a dollar per token, as `spec.models[].pricing` may say. */
const rates: fc.Arbitrary<Rates> = optional(RATE_NAMES, fc.bigInt({ min: 0n, max: 1_000_000_000_000n }));
const audio = optional(['input', 'cachedInput', 'output'] as const, count);

const all: Rates = Object.fromEntries(RATE_NAMES.map((name, i) => [name, BigInt(i + 1)]));

describe('the cost of an answer', () => {
  test('is the exact sum of tokens times rates, by class and in total', () => {
    fc.assert(
      fc.property(tokenCounts, rates, (tokens, rates) => {
        const byClass = {
          input: rates.input,
          cached_input: rates.cachedInput,
          cache_write_5m: rates.cacheWrite5m,
          cache_write_1h: rates.cacheWrite1h,
          cache_write: rates.cacheWrite,
          output: rates.output,
          reasoning: rates.reasoning ?? rates.output,
        };
        const cost = costOf({ tokens }, rates);
        let total = 0n;
        for (const tokenClass of TOKEN_CLASSES) {
          const [tokensOf, rate] = [tokens[tokenClass] ?? 0, byClass[tokenClass]];
          const expected = tokensOf > 0 && rate !== undefined ? BigInt(tokensOf) * rate : undefined;
          expect(cost.byClass[tokenClass]).toBe(expected);
          total += expected ?? 0n;
        }
        expect(cost.total).toBe(total);
      }),
    );
  });

  test('counts every token once: either in the cost or among the unpriced', () => {
    fc.assert(
      fc.property(tokenCounts, audio, rates, (tokens, audio, rates) => {
        const ones = Object.fromEntries(Object.keys(rates).map((name) => [name, 1n])) as Rates;
        const { byClass, unpriced } = costOf({ tokens, audio }, ones);
        for (const tokenClass of TOKEN_CLASSES) {
          const counted = (byClass[tokenClass] ?? 0n) + BigInt(unpriced[tokenClass] ?? 0);
          expect(counted).toBe(BigInt(tokens[tokenClass] ?? 0));
        }
      }),
    );
  });

  test('never falls when there are more tokens', () => {
    fc.assert(
      fc.property(
        tokenCounts,
        rates,
        fc.constantFrom(...TOKEN_CLASSES),
        fc.nat(),
        (tokens, rates, tokenClass, more) => {
          const before = costOf({ tokens }, rates).total;
          const after = costOf({ tokens: { ...tokens, [tokenClass]: (tokens[tokenClass] ?? 0) + more } }, rates).total;
          expect(after >= before).toBe(true);
        },
      ),
    );
  });

  test('mistake 2: cached tokens are charged once, at their own rate', () => {
    // 1,000 of 5,000 prompt tokens were not cached; $3, $0.30 and $15 per 1M.
    const tokens = { input: 1000, cached_input: 4000, output: 100 };
    const { total } = costOf({ tokens }, { input: 3_000_000n, cachedInput: 300_000n, output: 15_000_000n });
    expect(total).toBe(3_000_000_000n + 1_200_000_000n + 1_500_000_000n);
  });

  test('mistake 15: a class without a rate is unpriced, never free', () => {
    const cost = costOf({ tokens: { input: 10, cached_input: 20 } }, { input: 5n });
    expect(cost).toMatchObject({ total: 50n, byClass: { input: 50n }, unpriced: { cached_input: 20 } });
    expect(cost.byClass.cached_input).toBeUndefined();
  });

  test('of what is free is 0, which is not unpriced', () => {
    expect(costOf({ tokens: { input: 10 } }, { input: 0n })).toMatchObject({
      total: 0n,
      byClass: { input: 0n },
      unpriced: {},
    });
  });

  test('takes audio out of its class, and never more than the class has', () => {
    const tokens = { input: 10, cached_input: 10, output: 10 };
    const cost = costOf({ tokens, audio: { input: 4, cachedInput: 10, output: 99 } }, all);
    expect(cost.byClass).toEqual({ input: 6n * 1n + 4n * 8n, cached_input: 10n * 9n, output: 10n * 10n });
    const { reasoning, output, input } = all;
    const textOnly = { reasoning, output, input } as Rates;
    expect(costOf({ tokens, audio: { input: 4 } }, textOnly).unpriced).toEqual({ input: 4, cached_input: 10 });
  });
});
