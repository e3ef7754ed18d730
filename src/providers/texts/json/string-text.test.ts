import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { anyText, edited, edits, literal, literalChoices, spliced } from '../../../../test/support/texts.ts';
import type { TextEdit } from '../types.ts';
import { StringText } from './string-text.ts';

const splice = (
  raw: string,
  ...edits: readonly (readonly [start: number, end: number, replacement: string])[]
): string => {
  const document = Buffer.from(raw);
  const text = new StringText(document, 0, document.length);
  const changes: TextEdit[] = edits.map(([start, end, replacement]) => ({ start, end, replacement }));
  return spliced(document, text.splice(changes)).toString();
};

describe('a string of a document', () => {
  test.each<[string, string, [number, number, string], string]>([
    [
      'what stays keeps its escapes',
      String.raw`"\u0061\/ secret \u00e9é"`,
      [3, 9, 'X'],
      String.raw`"\u0061\/ X \u00e9é"`,
    ],
    ['an insertion', '"ab"', [1, 1, '-'], '"a-b"'],
    ['what needs escapes gets them', '"ab"', [0, 1, '"\\\n'], String.raw`"\"\\\nb"`],
    ['a pair of escapes', String.raw`"\ud83d\ude00!"`, [0, 2, 'x'], '"x!"'],
    ['the first half of a pair of escapes', String.raw`"\ud83d\ude00!"`, [0, 1, 'x'], String.raw`"x\ude00!"`],
    ['the first half of a raw pair', '"😀!"', [0, 1, 'x'], String.raw`"x\ude00!"`],
    ['the second half of a raw pair', '"😀!"', [1, 3, 'x'], String.raw`"\ud83dx"`],
    ['between the halves of a raw pair', '"😀"', [1, 1, '-'], String.raw`"\ud83d-\ude00"`],
    ['the end', '"ab"', [2, 2, 'c'], '"abc"'],
    ['an empty text', '""', [0, 0, 'c'], '"c"'],
  ])('%s', (_, raw, edit, expected) => {
    expect(splice(raw, edit)).toBe(expected);
  });

  test('two edits within one character are one splice', () => {
    expect(splice('"a😀b"', [1, 2, 'x'], [2, 3, 'y'], [3, 4, 'z'])).toBe('"axyz"');
    expect(splice('"😀"', [0, 1, 'x'], [1, 1, 'y'])).toBe(String.raw`"xy\ude00"`);
  });

  test('says what it was edited to, whatever stands in it and however it is written', () => {
    const scene = fc
      .tuple(anyText, literalChoices)
      .chain(([text, choices]) => fc.tuple(fc.constant(text), fc.constant(choices), edits(text.length)));
    fc.assert(
      fc.property(scene, ([text, choices, changes]) => {
        const raw = Buffer.from(literal(text, choices));
        const string = new StringText(raw, 0, raw.length);
        expect(string.text).toBe(text);
        const splices = string.splice(changes);
        expect(JSON.parse(spliced(raw, splices).toString())).toBe(edited(text, changes));
        // No more is written anew than what the edits replace, and the characters that they cut.
        const replaced = changes.reduce((sum, { start, end }) => sum + end - start, 0);
        const rewritten = splices.map(
          ({ start, end }) => JSON.parse(`"${raw.toString('utf8', start, end)}"`) as string,
        );
        expect(rewritten.join('').length).toBeLessThanOrEqual(replaced + 2 * changes.length);
      }),
      { numRuns: 3000 },
    );
  });
});
