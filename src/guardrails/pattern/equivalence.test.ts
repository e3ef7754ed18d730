import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { RE2JS } from 're2js';
import { maybePattern, pattern, plainPattern, text } from '../../../test/support/guardrails/patterns.ts';
import type { Match } from '../types.ts';
import { compilePattern, type PatternOptions } from './compile-pattern.ts';
import { parse } from './parse.ts';

const RUNS = Number(process.env['TIDEGATE_PROPERTY_RUNS'] ?? 2000);

/** RE2's matches that are not empty. */
function re2(source: string, subject: string): Match[] {
  const matcher = RE2JS.compile(source).matcher(subject);
  const found: Match[] = [];
  while (matcher.find()) {
    if (matcher.end() > matcher.start()) found.push({ start: matcher.start(), end: matcher.end() });
  }
  return found;
}

/** What a pattern finds; nothing where it is refused for never finding anything. What some text would make slow is left out. */
function find(source: string, subject: string, options?: PatternOptions): readonly Match[] {
  const compiled = compilePattern(source, options);
  if (compiled.kind === 'Compiled') return compiled.detector.find(subject, 0, true);
  fc.pre(compiled.message.includes('only the empty text'));
  return [];
}

/** Whether a function comes back. */
function accepts(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch {
    return false;
  }
}

describe('compared with RE2', () => {
  test('what it accepts as a pattern is accepted, and nothing else, and it finds the same', () => {
    fc.assert(
      fc.property(maybePattern, text, (source, subject) => {
        const isPattern = accepts(() => RE2JS.compile(source));
        expect(accepts(() => parse(source))).toBe(isPattern);
        if (isPattern) expect(find(source, subject)).toEqual(re2(source, subject));
      }),
      { numRuns: 5000 },
    );
  });

  test('any pattern finds in any text what RE2 finds', () => {
    fc.assert(
      fc.property(pattern, text, (source, subject) => {
        expect(find(source, subject)).toEqual(re2(source, subject));
      }),
      { numRuns: 2000 },
    );
  });

  test('also when its machines forget all the time', () => {
    fc.assert(
      fc.property(pattern, text, (source, subject) => {
        expect(find(source, subject, { budget: 1 })).toEqual(re2(source, subject));
      }),
      { numRuns: 1000 },
    );
  });

  test('also where machines remember nothing, so that all ways are gone at once', () => {
    fc.assert(
      fc.property(pattern, text, fc.nat({ max: 5 }), (source, subject, credit) => {
        expect(find(source, subject, { credit })).toEqual(re2(source, subject));
      }),
      { numRuns: RUNS },
    );
  });

  test('also where it leaps to where a match may begin', () => {
    const part = fc.constantFrom(
      'a',
      'b',
      'c',
      '[ab]',
      '\\d',
      '[a-c1-3]',
      'b?',
      '(ab|c)',
      '(?i:k)',
      'é',
      '\\b',
      '\\x{DE00}',
      'a{2}',
    );
    const long = fc.array(part, { minLength: 3, maxLength: 7 }).map((parts) => parts.join(''));
    const unit = fc.constantFrom(
      'a',
      'b',
      'c',
      'ab',
      '1',
      '2',
      'k',
      'K',
      '\u212a',
      'é',
      ' ',
      '-',
      '\u{1f600}',
      '\ude00',
    );
    const subject = fc.array(unit, { maxLength: 40 }).map((units) => units.join(''));
    fc.assert(
      fc.property(long, subject, (source, whole) => {
        expect(find(source, whole)).toEqual(re2(source, whole));
      }),
      { numRuns: RUNS },
    );
  });

  test('a match that is too long ends as RE2 would end it, were that all of the text', () => {
    const subject = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 30 }).map((units) => units.join(''));
    fc.assert(
      fc.property(plainPattern, subject, fc.integer({ min: 1, max: 8 }), (one, whole, maxLength) => {
        const expected: Match[] = [];
        for (let start = 0; start < whole.length; start += 1) {
          const matcher = RE2JS.compile(one).matcher(whole.slice(start, start + maxLength));
          if (!matcher.lookingAt() || matcher.end() === 0) continue;
          expected.push({ start, end: start + matcher.end() });
          start += matcher.end() - 1;
        }
        expect(find(one, whole, { maxLength })).toEqual(expected);
        expect(find(one, whole, { maxLength, credit: 0 })).toEqual(expected);
      }),
      { numRuns: RUNS },
    );
  });

  test.each([
    ['(?i)straße', 'STRASSE STRAẞE straße'],
    ['(?i)[^k]+', 'a\u212aKkb'],
    ['(?i)\\W+', 'a ſ K !'],
    ['\\p{Greek}+|\\p{Lu}\\pN', 'αβγ A1 aΩ'],
    ['[\\d\\-a-c]+', 'x1-b-cd'],
    ['[]a]+[^]a]', 'x]a]b'],
    ['(?s)a.b(?-s).', 'a\nb\na\nbc'],
    ['(?U)a+b*?', 'aaabbb'],
    ['\\Qa+b\\E+', 'a+bbb'],
    ['\\x41\\x{1F600}\\101\\a?', 'A😀A\u0007'],
    ['a{,3}b{2}\\{x{', 'a{,3}bb{x{'],
    ['(?m)^\\w+$', 'one\ntwo three\nfour'],
    ['[[:^digit:][:punct:]]+', '12ab!3'],
  ])('%s', (source, subject) => {
    expect(find(source, subject)).toEqual(re2(source, subject));
  });
});
