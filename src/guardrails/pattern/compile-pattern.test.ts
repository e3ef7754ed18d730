import { describe, expect, test } from '@jest/globals';
import { detectorOf } from '../../../test/support/guardrails/detect.ts';
import { compilePattern } from './compile-pattern.ts';

function found(pattern: string, text: string, maxLength?: number): string[] {
  const detector = detectorOf(pattern, maxLength === undefined ? {} : { maxLength });
  return detector.find(text, 0, true).map(({ start, end }) => text.slice(start, end));
}

describe('a pattern', () => {
  test.each([
    [
      '\\bTICKET-\\d{4,6}\\b',
      'TICKET-1234, TICKET-1234567, xTICKET-1234, TICKET-123456.',
      ['TICKET-1234', 'TICKET-123456'],
    ],
    ['(?i)project[- ]falcon', 'Project falcon and PROJECT-FALCON', ['Project falcon', 'PROJECT-FALCON']],
    ['EMP\\d{6}', 'EMP12345 EMP123456', ['EMP123456']],
    ['(?P<user>\\w+)@(?<host>\\w+)', 'me@home you@work', ['me@home', 'you@work']],
    ['a+b|a+', 'aaab aa', ['aaab', 'aa']],
    ['社員番号\\d+', '私の社員番号12です', ['社員番号12']],
  ])('%s finds what it says', (pattern, text, expected) => {
    expect(found(pattern, text)).toEqual(expected);
  });

  test('finds matches one after another, from any place on', () => {
    expect(detectorOf('aa').find('aaaaa', 0, true)).toEqual([
      { start: 0, end: 2 },
      { start: 2, end: 4 },
    ]);
    expect(detectorOf('aa').find('aaaaa', 3, true)).toEqual([{ start: 3, end: 5 }]);
    expect(detectorOf('.').find('😀', 1, true)).toEqual([]);
  });

  test('has no empty matches', () => {
    expect(found('a*', 'baab')).toEqual(['aa']);
    expect(found('^a|b??', 'aba')).toEqual(['a']);
  });

  test('that is longer than allowed ends at the preferred end that is not too far', () => {
    expect(found('a+', 'aaaaaaa', 3)).toEqual(['aaa', 'aaa', 'a']);
    expect(found('a+b', 'aaaaab', 3)).toEqual(['aab']);
    expect(found('a+b|a+', 'aaaaab', 3)).toEqual(['aaa', 'aab']);
    expect(found('a+?b', 'aaab', 2)).toEqual(['ab']);
    expect(found('(?s).+', '😀😀', 3)).toEqual(['😀', '😀']);
    expect(found('a{4,9}', 'aaaaa', 4)).toEqual(['aaaa']);
    expect(found('a+', 'a'.repeat(300))).toEqual(['a'.repeat(256), 'a'.repeat(44)]);
  });

  test('that begins before another but is too long does not hide it', () => {
    expect(found('abcdef|cd', 'abcdef', 3)).toEqual(['cd']);
    expect(found('abcdef|cd', 'abcdef')).toEqual(['abcdef']);
  });

  test('that could never find anything is refused', () => {
    for (const pattern of ['', '^$', '\\b', 'a{0}', 'a*?', '|a', '[^\\x00-\\x{10FFFF}]']) {
      expect(compilePattern(pattern)).toMatchObject({
        kind: 'Invalid',
        message: expect.stringContaining('empty text'),
      });
    }
  });

  test('that only matches more than is allowed is refused', () => {
    expect(compilePattern('a{300}')).toEqual({
      kind: 'Invalid',
      message: 'at character 1: a match has at least 300 characters, and only 256 are looked at together',
    });
    expect(compilePattern('a{256}').kind).toBe('Compiled');
  });

  test('that cannot be read is refused with a message', () => {
    expect(compilePattern('ab(?=c)')).toEqual({
      kind: 'Invalid',
      message: 'at character 3: "(?=" looks ahead, which RE2 syntax does not have',
    });
  });
});

describe('a megabyte', () => {
  // A machine that tried each beginning, or each way of repeating, would not come back from these.
  test.each([
    ['(a+)+b', 'a', 0],
    ['(x+x+)+y', 'x', 0],
    ['(.*)(.*)(.*)=', 'a b ', 0],
    ['(?:a?){100}a{100}c', 'a', 0],
    ['(?:[ab]*a[ab]{10})+c', 'abbab', 0],
    ['\\b.{200}=', 'ab ', 0],
    ['(a|aa)+$', 'a', 1],
  ])('is read once by %s', (pattern, unit, matches) => {
    const text = unit.repeat(1e6 / unit.length);
    expect(detectorOf(pattern).find(text, 0, true)).toHaveLength(matches);
  });
});
