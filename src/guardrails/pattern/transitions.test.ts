import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { addTo, has, WORD_BITS } from './positions.ts';
import { Transitions } from './transitions.ts';

const SIZE = 100;
const WORDS = ((SIZE + WORD_BITS) >> 5) + 2;
const position = fc.integer({ min: WORD_BITS, max: WORD_BITS + SIZE - 1 });

/** What follows, as it comes about: single ones, runs up to a common end, what all lead to, what is equally far. */
const follows = fc
  .record({
    single: fc.array(fc.tuple(position, position), { maxLength: 20 }),
    run: fc.tuple(position, position, position),
    join: fc.tuple(fc.array(position), fc.array(position, { maxLength: 20 })),
    shift: fc.tuple(position, position, fc.integer({ min: -40, max: 40 })),
  })
  .map(({ single, run, join, shift }) => {
    const sets = Array.from({ length: SIZE }, () => new Set<number>());
    const add = (from: number, to: number): void => {
      if (to >= WORD_BITS && to < WORD_BITS + SIZE) sets[from - WORD_BITS]?.add(to);
    };
    for (const [from, to] of single) add(from, to);
    for (let from = run[0]; from < run[1]; from += 1) for (let to = from + 1; to <= run[2]; to += 1) add(from, to);
    for (const from of join[0]) for (const to of join[1]) add(from, to);
    for (let from = shift[0]; from <= shift[1]; from += 1) add(from, from + shift[2]);
    return sets.map((set) => [...set].sort((a, b) => a - b));
  });

function setOf(positions: readonly number[]): Int32Array {
  const set = new Int32Array(WORDS);
  for (const one of positions) addTo(set, 0, one);
  return set;
}

function members(set: Int32Array): number[] {
  return Array.from({ length: WORDS * WORD_BITS }, (_, i) => i).filter((one) => has(set, one));
}

const sorted = (positions: Iterable<number>): number[] => [...new Set(positions)].sort((a, b) => a - b);

test('a step of all positions leads to what follows any of them', () => {
  fc.assert(
    fc.property(follows, fc.array(position), fc.array(position), (following, from, besides) => {
      const to = new Int32Array(WORDS).fill(-1);
      Transitions.of(following, WORDS).apply(setOf(from), setOf(besides), to);
      expect(members(to)).toEqual(sorted([...besides, ...from.flatMap((one) => following[one - WORD_BITS] ?? [])]));
    }),
    { numRuns: 2000 },
  );
});

test('reversed, it leads to what any of them follows', () => {
  fc.assert(
    fc.property(follows, fc.array(position), (following, from) => {
      const to = new Int32Array(WORDS).fill(-1);
      Transitions.of(following, WORDS).reversed().apply(setOf(from), new Int32Array(WORDS), to);
      const before = following.flatMap((follow, i) =>
        follow.some((one) => from.includes(one)) ? [i + WORD_BITS] : [],
      );
      expect(members(to)).toEqual(before);
    }),
    { numRuns: 2000 },
  );
});

test('what copies of an item, a common way out or what may be left out have in common is paid for once', () => {
  const all = Array.from({ length: SIZE }, (_, i) => i + WORD_BITS);
  const last = WORD_BITS + SIZE - 1;
  const one = Transitions.of(
    all.map(() => []),
    WORDS,
  ).cost;
  const cost = (follow: (from: number) => number[]): number =>
    Transitions.of(
      all.map((from) => sorted(follow(from).filter((to) => to <= last))),
      WORDS,
    ).cost - one;
  expect(cost((from) => [from, from + 1])).toBe(0);
  expect(cost((from) => [from + 1, last])).toBeLessThan(20);
  expect(cost((from) => [from + 1, from + 3, from + 5])).toBeLessThan(20);
  expect(cost((from) => all.filter((to) => to > from))).toBeLessThan(20);
});
