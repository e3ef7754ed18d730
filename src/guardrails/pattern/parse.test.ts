import { describe, expect, test } from '@jest/globals';
import { parse } from './parse.ts';
import { PatternError, type Node } from './syntax.ts';

function problem(pattern: string): string {
  try {
    parse(pattern);
  } catch (error) {
    if (error instanceof PatternError) return error.message;
    throw error;
  }
  return 'none';
}

const literal = (char: string): Node => ({ kind: 'Set', set: [char.codePointAt(0)!, char.codePointAt(0)!] });

describe('a pattern is read', () => {
  test('as alternatives of sequences', () => {
    expect(parse('ab|(?:c)|')).toEqual({
      kind: 'Alternate',
      nodes: [{ kind: 'Concat', nodes: [literal('a'), literal('b')] }, literal('c'), { kind: 'Concat', nodes: [] }],
    });
  });

  test.each([
    ['a*', 0, Infinity, true],
    ['a+?', 1, Infinity, false],
    ['a??', 0, 1, false],
    ['a{3}', 3, 3, true],
    ['a{3,}', 3, Infinity, true],
    ['a{0,1000}?', 0, 1000, false],
    ['(?U)a+', 1, Infinity, false],
    ['(?U)a+?', 1, Infinity, true],
  ])('%s with its counts', (pattern, min, max, greedy) => {
    expect(parse(pattern)).toMatchObject({ kind: 'Repeat', node: literal('a'), min, max, greedy });
  });

  test.each([
    ['^', 'BeginText'],
    ['$', 'EndText'],
    ['(?m:^)', 'BeginLine'],
    ['(?m:$)', 'EndLine'],
    ['\\A', 'BeginText'],
    ['\\z', 'EndText'],
    ['\\b', 'WordBorder'],
    ['\\B', 'NoWordBorder'],
  ])('%s as a condition', (pattern, look) => {
    expect(parse(pattern)).toEqual({ kind: 'Look', look });
  });

  test('with flags that last to the end of their group', () => {
    const both = { kind: 'Set', set: [0x41, 0x41, 0x61, 0x61] };
    expect(parse('((?i)a)a')).toEqual({ kind: 'Concat', nodes: [both, literal('a')] });
    expect(parse('(?i)(?-i:a)a')).toEqual({ kind: 'Concat', nodes: [literal('a'), both] });
    expect(parse('(?i)a|a')).toEqual({ kind: 'Alternate', nodes: [both, both] });
  });

  test('with an operator after flags and empty quotes for what stands before them', () => {
    expect(parse('a(?i)*')).toMatchObject({ kind: 'Repeat', node: literal('a') });
    expect(parse('a\\Q\\E*')).toMatchObject({ kind: 'Repeat', node: literal('a') });
  });

  test('with braces that are no counts as they are', () => {
    for (const text of ['{', 'a{', 'a{,2}', 'a{1', 'a{01}', '}', ']']) {
      const parts = Array.from(text, literal);
      expect(parse(text)).toEqual(parts.length === 1 ? parts[0] : { kind: 'Concat', nodes: parts });
    }
  });

  test('with quotes that end at \\E or nowhere', () => {
    expect(parse('\\Qa+\\E+')).toMatchObject({ nodes: [literal('a'), { kind: 'Repeat', node: literal('+'), min: 1 }] });
    expect(parse('\\Q(*')).toEqual({ kind: 'Concat', nodes: [literal('('), literal('*')] });
    expect(parse('\\Q\\Ea')).toEqual(literal('a'));
  });

  test('up to a thousand groups deep', () => {
    expect(problem(`${'('.repeat(1000)}a${')'.repeat(1000)}`)).toBe('none');
    expect(problem(`${'('.repeat(1001)}a${')'.repeat(1001)}`)).toBe(
      'at character 1001: groups are nested more than 1000 deep',
    );
  });
});

describe('what RE2 does not have is refused by name and place', () => {
  test.each([
    ['a(?=b)', 'at character 2: "(?=" looks ahead, which RE2 syntax does not have'],
    ['a(?!b)', 'at character 2: "(?!" looks ahead, which RE2 syntax does not have'],
    ['😀(?<=b)', 'at character 2: "(?<=" looks behind, which RE2 syntax does not have'],
    ['(?<!b)', 'at character 1: "(?<!" looks behind, which RE2 syntax does not have'],
    ['(a)\\1', 'at character 4: \\1 is a back-reference, which RE2 syntax does not have'],
    ['(?P<n>a)\\k<n>', 'at character 9: \\k is a back-reference, which RE2 syntax does not have'],
    ['(?P<n>a)(?P=n)', 'at character 9: "(?P=" is a back-reference, which RE2 syntax does not have'],
    ['a++', 'at character 3: possessive operators are not in RE2 syntax'],
    ['a{2}+', 'at character 5: possessive operators are not in RE2 syntax'],
    ['(?>a)', 'at character 1: "(?>" is an atomic group, which RE2 syntax does not have'],
    ['(?R)', 'at character 1: "(?R" is a recursion, which RE2 syntax does not have'],
    ['(?#a)', 'at character 1: "(?#" is a comment, which RE2 syntax does not have'],
    ['(?x)a', 'at character 1: RE2 syntax has no group that begins like this'],
    ['a\\Z', 'at character 2: \\Z is not in RE2 syntax; write \\z'],
    ['\\u0041', 'at character 1: \\u is not in RE2 syntax; write \\x{…}'],
    ['\\C', 'at character 1: \\C means a single byte; patterns see characters'],
    ['\\h', 'at character 1: \\h is not in RE2 syntax'],
  ])('%s', (pattern, message) => {
    expect(problem(pattern)).toBe(message);
  });
});

describe('mistakes are told with their place', () => {
  test.each([
    ['*a', 'at character 1: there is nothing before this "*" to repeat'],
    ['a|+', 'at character 3: there is nothing before this "+" to repeat'],
    ['({2})', 'at character 2: there is nothing before these counts to repeat'],
    ['a**', 'at character 3: an operator follows an operator; write (?:…) around what is to be repeated twice'],
    ['a{2}{3}', 'at character 5: an operator follows an operator; write (?:…) around what is to be repeated twice'],
    ['a{1001}', 'at character 2: {1001} repeats more than 1000 times'],
    ['a{2,1001}', 'at character 2: {2,1001} repeats more than 1000 times'],
    ['a{3,2}', 'at character 2: {3,2} has its counts in the wrong order'],
    ['a(b', 'at character 2: the group that begins here has no ")"'],
    ['a)b', 'at character 2: this ")" closes nothing'],
    ['(?<>a)', 'at character 1: the group has an empty name'],
    ['(?<n>a)(?P<n>b)', 'at character 8: there are two groups called "n"'],
    ['a\\', 'at character 2: the pattern ends in a single "\\"'],
  ])('%s', (pattern, message) => {
    expect(problem(pattern)).toBe(message);
  });
});
