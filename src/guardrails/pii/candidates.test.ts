import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { codesOf, decimalDigits, nextNumber, nextPrefix, nextRun, nextStretch, nextWord } from './candidates.ts';
import { NONE } from './shape.ts';

/** All that a walk finds from the beginning on. */
function all(next: (from: number) => number): readonly number[] {
  const found: number[] = [];
  for (let i = next(0); i !== NONE; i = next(i + 1)) found.push(i);
  return found;
}

const texts = fc.array(fc.constantFrom('1', '2', 'a', ' ', '-', 'é'), { maxLength: 40 }).map((units) => units.join(''));

describe('candidates', () => {
  test('numbers are those that an expression finds, and a shorter one at the end', () => {
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: 5 }), (text, count) => {
        const wanted = [...text.matchAll(/\d+/g)].filter(
          ({ 0: digits, index }) => digits.length >= count || index + digits.length === text.length,
        );
        expect(all((from) => nextNumber(text, from, count))).toEqual(wanted.map(({ index }) => index));
      }),
    );
  });

  test('a run that began before is none', () => {
    expect(nextNumber('12345 67', 2, 2)).toBe(6);
    expect(nextNumber('12345', 2, 2)).toBe(NONE);
    expect(nextRun('aab', 0, 2, codesOf('b'))).toBe(2);
  });

  test('stretches are long enough or end with the text, whatever is before them', () => {
    const kind = codesOf('12-');
    fc.assert(
      fc.property(texts, fc.nat(), fc.integer({ min: 1, max: 5 }), (text, seed, count) => {
        const from = seed % (text.length + 1);
        const wanted = text.slice(from).search(new RegExp(`[12é-]{${count}}|[12é-]+$|$`));
        expect(nextStretch(text, from, count, kind)).toBe(from + wanted);
      }),
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
