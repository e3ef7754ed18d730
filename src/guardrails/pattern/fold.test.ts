import { expect, test } from '@jest/globals';
import { foldSet } from './fold.ts';

const foldedOf = (char: string): string => {
  const set = foldSet([char.codePointAt(0)!, char.codePointAt(0)!]);
  const members: string[] = [];
  for (let i = 0; i < set.length; i += 2) {
    for (let code = set[i]!; code <= set[i + 1]!; code += 1) members.push(String.fromCodePoint(code));
  }
  return members.join('');
};

test.each([
  ['a', 'Aa'],
  ['K', 'Kk\u212a'],
  ['ſ', 'Ssſ'],
  ['ß', 'ßẞ'],
  ['Σ', 'Σςσ'],
  ['Ω', 'Ωω\u2126'],
  ['Ꭰ', 'Ꭰꭰ'],
  ['𐐀', '𐐀𐐨'],
  ['ⓐ', 'Ⓐⓐ'],
  ['i', 'Ii'],
  ['ı', 'ı'],
  ['İ', 'İ'],
  ['1', '1'],
  ['社', '社'],
])('%s differs only in case from %s', (char, expected) => {
  expect(foldedOf(char)).toBe(expected);
});

test('every case pair of the JavaScript engine is one here', () => {
  const wrong: string[] = [];
  for (let code = 0; code <= 0x1_ffff; code += 1) {
    if (code >= 0xd800 && code <= 0xdfff) continue;
    const char = String.fromCodePoint(code);
    for (const other of [char.toLowerCase(), char.toUpperCase()]) {
      if (other === char || !/^(.)\1$/isu.test(char + other)) continue;
      if (!foldedOf(char).includes(other)) wrong.push(char);
    }
  }
  expect(wrong).toEqual([]);
});
