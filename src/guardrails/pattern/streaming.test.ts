import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { detectorOf, detectPiecewise } from '../../../test/support/guardrails/detect.ts';
import { cuts, pattern, text } from '../../../test/support/guardrails/patterns.ts';
import { compilePattern } from './compile-pattern.ts';

const RUNS = Number(process.env['TIDEGATE_PROPERTY_RUNS'] ?? 3000);

/** Like `detectPiecewise`, without when it was decided. */
function piecewise(...[detector, subject, lengths]: Parameters<typeof detectPiecewise>): unknown[] {
  return detectPiecewise(detector, subject, lengths).map(({ start, end }) => ({ start, end }));
}

describe('a text that comes in pieces', () => {
  test('has the matches of the whole text, whatever pattern, text, pieces and longest match', () => {
    fc.assert(
      fc.property(pattern, text, cuts, fc.integer({ min: 1, max: 40 }), (source, subject, lengths, maxLength) => {
        const compiled = compilePattern(source, { maxLength });
        if (compiled.kind === 'Invalid') return;
        const whole = compiled.detector.find(subject, 0, true);
        expect(piecewise(compiled.detector, subject, lengths)).toEqual(whole);
      }),
      { numRuns: RUNS },
    );
  });

  test('is looked on in from anywhere but within a match as from its beginning', () => {
    fc.assert(
      fc.property(pattern, text, fc.nat(), fc.integer({ min: 1, max: 40 }), (source, subject, seed, maxLength) => {
        const compiled = compilePattern(source, { maxLength });
        if (compiled.kind === 'Invalid') return;
        const { detector } = compiled;
        const all = detector.find(subject, 0, true);
        const from = seed % (subject.length + 1);
        if (all.some(({ start, end }) => start < from && from < end)) return;
        expect(detector.find(subject, from, true)).toEqual(all.filter(({ start }) => start >= from));
      }),
      { numRuns: RUNS },
    );
  });

  test('has them also when the machines forget all the time', () => {
    fc.assert(
      fc.property(pattern, text, cuts, (source, subject, lengths) => {
        const compiled = compilePattern(source, { budget: 1, maxLength: 10 });
        if (compiled.kind === 'Invalid') return;
        const whole = compiled.detector.find(subject, 0, true);
        expect(piecewise(compiled.detector, subject, lengths)).toEqual(whole);
      }),
      { numRuns: Math.ceil(RUNS / 3) },
    );
  });

  test('has them, and is as much decided, without tables: all ways are gone at once', () => {
    fc.assert(
      fc.property(pattern, text, cuts, fc.integer({ min: 1, max: 40 }), (source, subject, lengths, maxLength) => {
        const usual = compilePattern(source, { maxLength });
        const without = compilePattern(source, { maxLength, credit: 0 });
        expect(without.kind).toBe(usual.kind);
        if (usual.kind === 'Invalid' || without.kind === 'Invalid') return;
        const whole = usual.detector.find(subject, 0, true);
        expect(piecewise(without.detector, subject, lengths)).toEqual(whole);
        expect(without.detector.undecided(subject, 0)).toBe(usual.detector.undecided(subject, 0));
      }),
      { numRuns: RUNS },
    );
  });

  test('never has more of it held back than the longest match', () => {
    fc.assert(
      fc.property(pattern, text, fc.integer({ min: 1, max: 10 }), (source, subject, maxLength) => {
        const compiled = compilePattern(source, { maxLength });
        if (compiled.kind === 'Invalid') return;
        // One more where half a pair has come.
        expect(compiled.detector.undecided(subject, 0)).toBeGreaterThanOrEqual(subject.length - maxLength - 1);
      }),
    );
  });

  test('may split a pair of surrogates', () => {
    const subject = 'a😀b😀';
    expect(piecewise(detectorOf('😀'), subject, [1])).toEqual(detectorOf('😀').find(subject, 0, true));
    expect(piecewise(detectorOf('[^a]+'), subject, [2, 1])).toEqual([{ start: 1, end: 6 }]);
    expect(piecewise(detectorOf('\\x{D83D}|b'), subject, [1])).toEqual([{ start: 3, end: 4 }]);
  });

  test('has a match decided as soon as no more text could change it', () => {
    const heard = (source: string, subject: string): number[] =>
      detectPiecewise(detectorOf(source), subject, [1]).map((match) => match.heard);
    expect(heard('EMP\\d{6}', 'EMP123456789')).toEqual([9]);
    expect(heard('\\bTICKET-\\d{4,6}\\b', 'TICKET-1234 or')).toEqual([12]);
    expect(heard('a|ab', 'xab')).toEqual([2]);
    expect(heard('ab|a', 'xac')).toEqual([3]);
    expect(heard('BEGIN.*?END', 'BEGIN x END and so on')).toEqual([11]);
    expect(heard('end$', 'end of the end')).toEqual([14]);
  });
});

describe('what is not decided', () => {
  test.each([
    ['\\bTICKET-\\d{4,6}\\b', 'see TICKET-12', 4],
    ['\\bTICKET-\\d{4,6}\\b', 'see TICKET-1234', 4],
    ['\\bTICKET-\\d{4,6}\\b', 'see TICKET-1234567', 18],
    ['\\bTICKET-\\d{4,6}\\b', 'see xTICKET-12', 14],
    ['(?i)project[- ]falcon', 'about Project', 6],
    ['(?i)project[- ]falcon', 'about pROJECT falcoN', 20],
    ['EMP\\d{6}', 'EMP12345 and E', 13],
    ['EMP\\d{6}', 'EMP123456', 9],
    ['\\b\\w{3}\\b', 'abcdefgh', 8],
    ['\\b\\w{3}\\b', 'abcdefgh ij', 9],
    ['^abc', 'ab', 0],
    ['^abc', 'xab', 3],
    ['abc$', 'abc', 0],
    ['(?m)abc$', 'abc\n', 4],
    ['a|ab', 'a', 1],
    ['ab|a', 'a', 0],
    ['a.*b', 'xx a and more', 3],
    ['x', 'half a pair \ud83d', 12],
  ])('of %s in %j begins at %d', (source, subject, expected) => {
    expect(detectorOf(source).undecided(subject, 0)).toBe(expected);
  });

  test('is never before where one looks from', () => {
    expect(detectorOf('a+').undecided('aaaa', 2)).toBe(2);
    expect(detectorOf('a+').undecided('aaaa', 4)).toBe(4);
  });

  test('is at most the longest match, and one place more for what depends on the text behind it', () => {
    expect(detectorOf('a+', { maxLength: 3 }).undecided('aaaaaaaa', 0)).toBe(6);
    expect(detectorOf('a+\\b', { maxLength: 3 }).undecided('aaaaaaaa', 0)).toBe(5);
  });
});

describe('what a detector looks behind', () => {
  test('is one code unit where a condition may ask, and nothing elsewhere', () => {
    expect(detectorOf('\\bab').lookBehind).toBe(1);
    expect(detectorOf('a$').lookBehind).toBe(1);
    expect(detectorOf('ab').lookBehind).toBe(0);
  });

  test('tells a word from its end', () => {
    expect(detectorOf('\\bab').find('xab', 1, true)).toEqual([]);
    expect(detectorOf('^ab').find('xab', 1, true)).toEqual([]);
  });
});
