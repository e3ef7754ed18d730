import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { edited } from '../engine/judge.ts';
import { editsBetween } from './masked.ts';

describe('edits between a text and what was made of it', () => {
  test('are of the matches, each on its own', () => {
    const matches = [
      { match: 'a@b.de', mask: '{EMAIL}' },
      { match: 'Ann', mask: '{NAME}' },
    ];
    expect(editsBetween('Ann, a@b.de, Ann', '{NAME}, {EMAIL}, {NAME}', matches)).toEqual([
      { start: 0, end: 3, replacement: '{NAME}' },
      { start: 5, end: 11, replacement: '{EMAIL}' },
      { start: 13, end: 16, replacement: '{NAME}' },
    ]);
  });

  test('are one edit of all that differs where the matches do not explain it', () => {
    expect(editsBetween('call Ann now', 'call *** now', [])).toEqual([{ start: 5, end: 8, replacement: '***' }]);
    expect(editsBetween('same', 'same', [])).toEqual([]);
  });

  test('make of the text what was made of it, whatever that is', () => {
    const words = fc.array(fc.constantFrom('a', 'ab', '{A}', ' ', 'Ann', '{NAME}'), { maxLength: 12 });
    fc.assert(
      fc.property(words, words, (before, after) => {
        const [text, masked] = [`.${before.join('')}`, after.join('')];
        const edits = editsBetween(text, masked, [
          { match: 'Ann', mask: '{NAME}' },
          { match: 'ab', mask: '{A}' },
          { match: 'a', mask: '{A}' },
        ]);
        expect(edited(text, edits)).toBe(masked);
        expect(edits.every(({ start, end }) => start < end)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});
