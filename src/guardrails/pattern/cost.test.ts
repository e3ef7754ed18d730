import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { disorderedLetters } from '../../../test/support/guardrails/hostile.ts';
import { pattern } from '../../../test/support/guardrails/patterns.ts';
import { compilePattern, patternOf } from './compile-pattern.ts';
import { MAX_COST, periodOf, stepCost } from './cost.ts';
import { Search, SLACK } from './search.ts';

const words = Array.from({ length: 170 }, (_, i) => (((i * 7919) % 46_000) + 5000).toString(36)).join('|');

/** Code units that were read in order to try beginnings, for each of the text. */
function triedIn(source: string, text: string, maxLength = 256): number {
  const search = new Search(patternOf(source, { maxLength }), text, 0);
  for (let at = 0; ;) {
    const match = search.next(at);
    if (match === undefined) return (search.effort.read - SLACK) / text.length;
    at = match.end;
  }
}

describe('a pattern that people write', () => {
  test.each([
    '[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}',
    'ghp_[A-Za-z0-9]{36}',
    'eyJ[\\w-]{10,1000}\\.[\\w-]{10,}',
    '[\\w.+-]{1,64}@[\\w.-]{1,255}\\.[a-z]{2,24}',
    '[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\\.[A-Za-z]{2,}',
    'https?://[^\\s/$.?#].[^\\s]*',
    '\\b[A-Z]{2}\\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\\b',
    '\\b\\d{4}-\\d{2}-\\d{2}(?:[T ]\\d{2}:\\d{2}(?::\\d{2})?)?\\b',
    `(?i)\\b(${words})\\b`,
    '(?i)foo.{0,100}bar.{0,100}baz',
    '(?i)(?:api[_-]?key|token|secret)["\' ]*[:=]["\' ]*[\\w-]{16,128}',
    '(?:\\w+\\s+){0,30}classified',
    'a.{240}c',
    '(a|b)*a(a|b){200}c',
    '(?:a?){100}a{100}c',
    '\\b{0,1000}a',
  ])('%s is accepted', (source) => {
    expect(compilePattern(source)).toMatchObject({ kind: 'Compiled' });
  });

  test('may look on further where a match need not begin anew at each character', () => {
    expect(compilePattern('eyJ[\\w-]{10,}\\.[\\w-]+', { maxLength: 4096 }).kind).toBe('Compiled');
  });
});

describe('a pattern that some text would make slow', () => {
  const twenty = Array.from('abcdefghijklmnopqrst', (char, i) => `${char}.{${240 - i}}${char.toUpperCase()}`).join('|');
  test.each([
    [twenty, 256, /go on in too many ways and too far: a character may take \d+ operations/],
    ['[abc]*(?:(?:a|bb){1,3}c?){80}x', 256, /go on in too many ways/],
    [
      'a.{1000}b|b.{1000}c|c.{1000}a',
      4096,
      /a character may take \d+ operations, and at most 420 are allowed; use smaller counts/,
    ],
    ['(?:(?:a|bb|ccc){1,3}d?){80}x', 256, /under way at too many places at once: a character may take/],
    ['(?:a?b?){1000}e', 256, /too many operations to count/],
  ])('%s is refused', (source, maxLength, message) => {
    expect(compilePattern(source, { maxLength })).toEqual({ kind: 'Invalid', message: expect.stringMatching(message) });
  });

  test('is one whose step takes more than is allowed, however it came about', () => {
    fc.assert(
      fc.property(pattern, fc.integer({ min: 1, max: 60 }), (source, count) => {
        const found = compilePattern(`(?:${source}){0,${count}}x`);
        if (found.kind === 'Invalid') expect(found.message).toMatch(/allowed|more than 1000 times/);
        else expect(stepCost(patternOf(`(?:${source}){0,${count}}x`).automaton)).toBeLessThanOrEqual(MAX_COST);
      }),
      { numRuns: 300 },
    );
  });
});

describe('what trying beginnings takes', () => {
  const letters = disorderedLetters(60_000);

  // Each of these would be tried from nearly every letter up to the longest match.
  test.each([
    ['b(.*a.{0,250}X)?', letters, 256],
    ['b([ab]*a[ab]{200}X)?', letters, 256],
    ['a.{0,254}X|b', letters, 256],
    ['a.*b|a', 'a'.repeat(60_000), 4096],
    ['b(.*X)?', letters, 4096],
  ])('%s has a bound that the longest match is no part of', (source, text, maxLength) => {
    const { stretches } = patternOf(source, { maxLength }).automaton;
    expect(triedIn(source, text, maxLength)).toBeLessThanOrEqual(Math.max(16, stretches.cost));
  });

  test('a pattern that is only tried does not begin at each letter', () => {
    const source = `(?i)\\b(${words})\\b`;
    expect(patternOf(source).manner).toBe('Tries');
    expect(triedIn(source, words.repeat(50))).toBeLessThanOrEqual(10);
  });
});

test.each([
  ['', 1],
  ['a', 1],
  ['eyJ', 3],
  ['aa', 1],
  ['abab', 2],
  ['abca', 3],
])('%j overlaps itself after %d at the earliest', (text, expected) => {
  expect(periodOf(text)).toBe(expected);
});
