import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { dollars, formatDollars, perMillion, perToken } from './money.ts';

describe('money', () => {
  test('is printed with all of its digits and no more', () => {
    expect(formatDollars(0n)).toBe('0');
    expect(formatDollars(1n)).toBe('0.000000000001');
    expect(formatDollars(12_300_000_000n)).toBe('0.0123');
    expect(formatDollars(9_007_199_254_740_993_000_000_000_001n)).toBe('9007199254740993.000000000001');
    expect(formatDollars(5_000_000_000_000n)).toBe('5');
  });

  test('that is printed reads back as the same amount', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 30n }), (amount) => {
        const [whole = '', part = ''] = formatDollars(amount).split('.');
        expect(BigInt(whole + part.padEnd(12, '0'))).toBe(amount);
      }),
    );
  });

  test('per token is money per 1,000,000 tokens without a loss, down to a millionth of a dollar', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 ** 12 }), (millionths) => {
        expect(perToken(millionths / 1_000_000)).toBe(BigInt(millionths));
        expect(perMillion(BigInt(millionths))).toBe(millionths / 1_000_000);
      }),
    );
  });

  test('on a metric is the nearest double', () => {
    expect(dollars(100_000_000_000n)).toBe(0.1);
  });
});
