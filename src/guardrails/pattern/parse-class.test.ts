import { describe, expect, test } from '@jest/globals';
import { negate, type CharSet } from './char-set.ts';
import { parse } from './parse.ts';

function setOf(pattern: string): CharSet {
  const node = parse(pattern);
  if (node.kind !== 'Set') throw new Error(`${pattern} is a ${node.kind}`);
  return node.set;
}

const range = (first: string, last: string = first): number[] => [first.codePointAt(0)!, last.codePointAt(0)!];

describe('a class', () => {
  test.each([
    ['[abc]', range('a', 'c')],
    ['[a-cx]', [...range('a', 'c'), ...range('x')]],
    ['[]a]', [...range(']'), ...range('a')]],
    ['[a-]', [...range('-'), ...range('a')]],
    ['[-a]', [...range('-'), ...range('a')]],
    ['[a-c-e]', [...range('-'), ...range('a', 'c'), ...range('e')]],
    ['[\\d_]', [...range('0', '9'), ...range('_')]],
    ['[[:alpha:]]', [...range('A', 'Z'), ...range('a', 'z')]],
    ['[[:^ascii:]]', [0x80, 0x10_ffff]],
    ['[^\\n]', negate([10, 10])],
    ['[^^]', negate(range('^'))],
    ['[\\]\\\\]', range('\\', ']')],
    ['[😀-😂]', range('😀', '😂')],
    ['[\\x{1F600}-\\x{1F602}]', range('😀', '😂')],
    ['[[:]', [...range(':'), ...range('[')]],
    ['[\\a\\f\\t\\n\\r\\v]', [7, 7, 9, 13]],
    ['\\012', [10, 10]],
    ['\\x7f', [127, 127]],
    ['\\W', negate(setOf('\\w'))],
    ['\\P{Greek}', negate(setOf('\\p{Greek}'))],
    ['\\p{^Greek}', negate(setOf('\\p{Greek}'))],
    ['\\P{^Greek}', setOf('\\p{Greek}')],
    ['\\pN', setOf('\\p{N}')],
    ['\\p{Any}', [0, 0x10_ffff]],
    ['(?i)[k]', [...range('K'), ...range('k'), 0x21_2a, 0x21_2a]],
    ['(?i)[^k]', negate(setOf('(?i)k'))],
    ['(?i)\\W', negate(setOf('(?i)\\w'))],
  ])('%s', (pattern, expected) => {
    expect(setOf(pattern)).toEqual(expected);
  });

  test.each([
    ['a[bc', 'at character 2: the class that begins here has no "]"'],
    ['[', 'at character 1: the class that begins here has no "]"'],
    ['[]', 'at character 1: the class that begins here has no "]"'],
    ['[b-a]', 'at character 2: the range b-a runs backwards'],
    ['[a-\\d]', 'at character 4: \\d is not in RE2 syntax'],
    ['[[:alfa:]]', 'at character 2: there is no class [:alfa:]'],
    ['\\p{Greak}', 'at character 1: there is no Unicode category or script called "Greak"'],
    ['\\p', 'at character 1: \\p needs a name, such as \\p{L}'],
    ['\\x4', 'at character 1: \\x needs two hexadecimal digits, or more in braces'],
    ['\\x{110000}', 'at character 1: there is no code point \\x{110000}'],
    ['[\\8]', 'at character 2: \\8 is a back-reference, which RE2 syntax does not have'],
    ['\\é', 'at character 1: \\é is not in RE2 syntax'],
  ])('%s is refused', (pattern, message) => {
    expect(() => parse(pattern)).toThrow(message);
  });
});
