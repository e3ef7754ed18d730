import { expect, test } from '@jest/globals';
import { longestOf } from './longest.ts';
import { parse } from './parse.ts';

test.each([
  ['', 0],
  ['abc', 3],
  ['a?b+c*', Infinity],
  ['abc|d|ef', 3],
  ['(?:ab){3,5}', 10],
  ['(?:^|\\b)*a{0}', 0],
  ['^\\bab$', 2],
  ['[^a]😀.', 6],
])('a match of %s has at most %d code units', (pattern, expected) => {
  expect(longestOf(parse(pattern))).toBe(expected);
});
