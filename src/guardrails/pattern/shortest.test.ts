import { expect, test } from '@jest/globals';
import { parse } from './parse.ts';
import { shortestOf } from './shortest.ts';

test.each([
  ['', 0],
  ['abc', 3],
  ['a?b+c*', 1],
  ['abc|d|ef', 1],
  ['(?:ab){3,}', 6],
  ['(?:a|){5}', 0],
  ['^\\bab$', 2],
  ['😀', 1],
])('a match of %s has at least %d code points', (pattern, expected) => {
  expect(shortestOf(parse(pattern))).toBe(expected);
});
