import { expect, test } from '@jest/globals';
import { contains } from './char-set.ts';
import { unicodeClass } from './unicode.ts';

test.each([
  ['L', /\p{L}/u],
  ['Lu', /\p{Lu}/u],
  ['Nd', /\p{Nd}/u],
  ['Cs', /\p{Cs}/u],
  ['Co', /\p{Co}/u],
  ['Greek', /\p{Script=Greek}/u],
  ['Han', /\p{Script=Han}/u],
])('%s is what the JavaScript engine says', (name, expression) => {
  const set = unicodeClass(name) ?? [];
  const wrong: number[] = [];
  for (let code = 0; code <= 0x10_ffff; code += 1) {
    if (contains(set, code) !== expression.test(String.fromCodePoint(code))) wrong.push(code);
  }
  expect(wrong).toEqual([]);
});

test('there is a name for everything', () => {
  expect(unicodeClass('Any')).toEqual([0, 0x10_ffff]);
});

test('other names are none', () => {
  for (const name of ['', 'Greak', 'l', 'L}', 'Script=Greek', 'constructor']) {
    expect(unicodeClass(name)).toBeUndefined();
  }
});
