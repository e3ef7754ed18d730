import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { disjoint } from './token-usage.ts';

const nothing = {
  prompt: undefined,
  cached: undefined,
  cacheWrite: undefined,
  completion: undefined,
  reasoning: undefined,
};

describe('disjoint', () => {
  test('takes cached and written tokens out of the input, and reasoning out of the output', () => {
    expect(disjoint({ prompt: 100, cached: 60, cacheWrite: 30, completion: 50, reasoning: 20 })).toEqual({
      input: 10,
      cached_input: 60,
      cache_write: 30,
      output: 30,
      reasoning: 20,
    });
  });

  test('leaves out what was not reported', () => {
    expect(disjoint({ ...nothing, prompt: 7 })).toEqual({ input: 7 });
    expect(disjoint({ ...nothing, completion: 7 })).toEqual({ output: 7 });
    expect(disjoint(nothing)).toEqual({});
  });

  test('sums to the total of the provider, with no class below zero, whatever the parts claim', () => {
    const count = fc.option(fc.nat({ max: 1000 }), { nil: undefined });
    fc.assert(
      fc.property(count, count, count, count, count, (prompt, cached, cacheWrite, completion, reasoning) => {
        const tokens = Object.values(disjoint({ prompt, cached, cacheWrite, completion, reasoning }));
        expect(tokens.reduce((sum, count) => sum + count, 0)).toBe((prompt ?? 0) + (completion ?? 0));
        expect(tokens.every((count) => count >= 0)).toBe(true);
      }),
    );
  });
});
