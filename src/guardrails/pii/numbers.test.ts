import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Numbers } from './numbers.ts';
import { View } from './view.ts';

const characters = fc.constantFrom('0', '5', '9', '/', ':', ' ', 'a', 'é', '１', '\ud800');
const texts = fc
  .tuple(fc.array(characters, { maxLength: 40 }), fc.constantFrom(1, 1, 60))
  .map(([units, times]) => units.join('').repeat(times));

/** Where an expression finds numbers that begin at `from` or later. */
const expected = (text: string, from: number): readonly (readonly [number, number])[] =>
  [...text.matchAll(/[0-9]+/g)]
    .filter(({ index }) => index >= from)
    .map(({ 0: digits, index }) => [index, index + digits.length]);

/** What a detector sees of the numbers from `from` on. */
function seen(view: View, from: number): readonly (readonly [number, number])[] {
  const found: [number, number][] = [];
  for (let place = view.numberFrom(from); place < view.boundsEnd; place += 2) {
    found.push([view.bounds[place] ?? -1, view.bounds[place + 1] ?? -1]);
  }
  return found;
}

describe('numbers of a text', () => {
  test('are those that an expression finds, one that began before left out', () => {
    fc.assert(
      fc.property(texts, fc.nat(), (text, seed) => {
        const from = seed % (text.length + 1);
        expect(seen(new View(text), from)).toEqual(expected(text, from));
      }),
    );
  });

  test('are the same for all who look at the text, from wherever each looks', () => {
    fc.assert(
      fc.property(texts, fc.array(fc.nat(), { minLength: 2, maxLength: 4 }), (text, seeds) => {
        const notes = { numbers: undefined };
        for (const seed of seeds) {
          const from = seed % (text.length + 1);
          expect(seen(new View(text, notes), from)).toEqual(expected(text, from));
        }
      }),
    );
  });

  test('do not begin with digits of an escape', () => {
    const text = '\\u0020415 \\xa04 \\x2012\\u00e9 \\07 \\u002 5';
    const numbers = seen(new View(text), 0).map(([start, end]) => text.slice(start, end));
    expect(numbers).toEqual(['415', '4', '12', '00', '9', '07', '002', '5']);
    for (let from = 0; from <= 6; from += 1) expect(seen(new View('\\u0020415 '), from)).toEqual([[6, 9]]);
  });

  test('are read again when another text was looked at meanwhile', () => {
    const notes = { numbers: undefined };
    expect(seen(new View('a 12 b', notes), 0)).toEqual([[2, 4]]);
    expect(seen(new View('345', { numbers: undefined }), 0)).toEqual([[0, 3]]);
    expect(seen(new View('a 12 b', notes), 0)).toEqual([[2, 4]]);
  });

  test('are followed by empty ones at the end of the text', () => {
    const numbers = new Numbers('1 23');
    const bounds = numbers.bounds(0);
    expect([...bounds.subarray(0, numbers.end)]).toEqual([0, 1, 2, 4]);
    expect([...bounds.subarray(numbers.end, numbers.end + 4)]).toEqual([4, 4, 4, 4]);
  });

  test('of a text full of them have room, and the next text has it, too', () => {
    const many = '1 '.repeat(20_000);
    expect(seen(new View(many), 0)).toHaveLength(20_000);
    expect(seen(new View('7'), 0)).toEqual([[0, 1]]);
  });
});
