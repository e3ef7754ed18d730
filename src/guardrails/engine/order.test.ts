import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { inOrder, insert } from './order.ts';

/** What a rule finds: by begin, but of matches that begin within one character as written in no order of their ends. */
const matches = fc
  .array(fc.tuple(fc.nat({ max: 9 }), fc.integer({ min: 1, max: 4 })), { maxLength: 12 })
  .map((places) =>
    places.map(([start, length]) => ({ start, end: start + length })).toSorted((a, b) => a.start - b.start),
  );

test('findings of rules stand by their begin, then the longest first, then by rule', () => {
  fc.assert(
    fc.property(fc.array(matches, { maxLength: 6 }), (rules) => {
      const lists = rules.map((found, order) => {
        const list: { start: number; end: number; order: number }[] = [];
        for (const match of found) insert(list, { ...match, order });
        return list;
      });
      const sorted = rules
        .flatMap((found, order) => found.map((match) => ({ ...match, order })))
        .toSorted((a, b) => a.start - b.start || b.end - a.end || a.order - b.order);
      expect(inOrder(lists)).toEqual(sorted);
    }),
  );
});
