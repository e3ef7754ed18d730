import { expect, test } from '@jest/globals';
import { literalsOf } from './literals.ts';
import { parse } from './parse.ts';

test.each([
  ['\\bTICKET-\\d{4,6}\\b', 'TICKET-', 'TICKET-'],
  ['[a-z]+@example\\.com', '', '@example.com'],
  ['abc', 'abc', 'abc'],
  ['(?:ab|ac)d', 'a', 'a'],
  ['(?:ab|c)defg', '', 'defg'],
  ['(?:ab){2}c', 'ababc', 'ababc'],
  ['(?:ab){2,}c', 'abab', 'abab'],
  ['(?:xa?)+yz', 'x', 'yz'],
  ['a*bc', '', 'bc'],
  ['a?', '', ''],
  ['(?i)abc', '', ''],
  ['(?i)12-3', '12-3', '12-3'],
  ['a{0}b', 'b', 'b'],
  ['(?:a{20}){20}b', 'a'.repeat(40), 'a'.repeat(40)],
  ['😀|😁', '', ''],
  ['😀a|😀b', '😀', '😀'],
  ['\\x{D83D}a', '', 'a'],
])('every match of %s begins with "%s" and has "%s" in it', (pattern, prefix, inner) => {
  expect(literalsOf(parse(pattern))).toMatchObject({ prefix, inner });
});
