import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { codesOf, decimalDigits, nextPair, nextPrefix, nextRun, nextWord } from './candidates.ts';
import { NONE, View } from './view.ts';

/** All that a walk finds from the beginning on. */
function all(next: (from: number) => number): readonly number[] {
  const found: number[] = [];
  for (let i = next(0); i !== NONE; i = next(i + 1)) found.push(i);
  return found;
}

const texts = fc
  .array(fc.constantFrom('1', '2', 'a', 'b', ' ', '-', 'é'), { maxLength: 40 })
  .map((units) => units.join(''));

describe('candidates', () => {
  test('runs are those that an expression finds, and a shorter one at the end', () => {
    const digits = codesOf(decimalDigits);
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: 5 }), (text, count) => {
        const wanted = [...text.matchAll(/\d+/g)].filter(
          ({ 0: run, index }) => run.length >= count || index + run.length === text.length,
        );
        expect(all((from) => nextRun(text, from, count, digits))).toEqual(wanted.map(({ index }) => index));
      }),
    );
  });

  test('a run that began before is none', () => {
    expect(nextRun('12345 67', 2, 2, codesOf(decimalDigits))).toBe(6);
    expect(nextRun('12345', 2, 2, codesOf(decimalDigits))).toBe(NONE);
    expect(nextRun('aab', 0, 2, codesOf('b'))).toBe(2);
  });

  test('a run begins also behind an escape that ends with what it consists of', () => {
    const capitals = codesOf('0123456789ABCDEF');
    expect(all((from) => nextRun('\\u000AABCDEF ', from, 6, capitals))).toEqual([2, 6]);
    expect(all((from) => nextRun('\\0ABCDEF ', from, 6, capitals))).toEqual([1, 2]);
    expect(all((from) => nextRun('\\nABCDEF ', from, 6, capitals))).toEqual([2]);
    for (const from of [3, 4, 5, 6]) expect(nextRun('\\u000AABCDEF ', from, 6, capitals)).toBe(6);
    expect(nextRun('\\u000AABCDEF ', 7, 6, capitals)).toBe(NONE);
  });

  test('pairs are two letters before a number, and what may become one at the end', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const view = new View(text);
        const found = all((from) => nextPair(text, from, view));
        const wanted = [...text.matchAll(/(?<![\dabé])[ab]{2}(?=[ -]?(?:\d\d|\d$))/g)].map(({ index }) => index);
        const isDecided = (index: number): boolean => index < text.length - 3;
        expect(found.filter(isDecided)).toEqual(wanted.filter(isDecided));
        expect(found).toEqual(expect.arrayContaining(wanted));
      }),
      { numRuns: 1000 },
    );
  });

  test('words begin with an initial and touch no letter or digit before', () => {
    const initials = codesOf(decimalDigits);
    fc.assert(
      fc.property(texts, (text) => {
        const wanted = [...text.matchAll(/(?<![\da-zé])\d/g)].map(({ index }) => index);
        expect(all((from) => nextWord(text, from, initials))).toEqual(wanted);
      }),
    );
  });

  test.each([
    ['xx-key', 2],
    ['xx-ke', 2],
    ['xx-', 2],
    ['xx', NONE],
    ['xx-k-', 4],
    ['xx-kex', NONE],
  ])('the prefix -key in %j is at %d', (text, at) => {
    expect(nextPrefix(text, 0, '-key')).toBe(at);
  });
});
