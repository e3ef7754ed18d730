import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ANY, charSet, contains, negate, onlyMember } from './char-set.ts';

const bounds = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 5 })), { maxLength: 6 })
  .map((ranges) => ranges.flatMap(([first, more]) => [first, first + more]));

test('a set has the members of its ranges, sorted, and no more ranges than it needs', () => {
  fc.assert(
    fc.property(bounds, (pairs) => {
      const set = charSet(pairs);
      for (let code = 0; code < 40; code += 1) {
        const expected = pairs.some((lo, i) => i % 2 === 0 && lo <= code && code <= pairs[i + 1]!);
        expect(contains(set, code)).toBe(expected);
        expect(contains(negate(set), code)).toBe(!expected);
      }
      for (let i = 2; i < set.length; i += 2) expect(set[i]).toBeGreaterThan(set[i - 1]! + 1);
      expect(negate(negate(set))).toEqual(set);
    }),
  );
});

test('all and nothing are each other', () => {
  expect(negate(ANY)).toEqual([]);
  expect(negate([])).toEqual(ANY);
});

test('a set of one is told from others', () => {
  expect(onlyMember([5, 5])).toBe(5);
  expect(onlyMember([5, 6])).toBeUndefined();
  expect(onlyMember([5, 5, 7, 7])).toBeUndefined();
  expect(onlyMember([])).toBeUndefined();
});
