/** JSON as someone else may write it, and edits of texts, for property tests of readers of texts. */
import fc from 'fast-check';
import type { TextEdit } from '../../src/providers/texts/types.ts';
import type { Splice } from '../../src/providers/wire.ts';

/** Any UTF-16 code units, half of them such as escapes and pairs are made of. */
export const anyText = fc
  .array(
    fc.oneof(
      fc.constantFrom('"', '\\', '\n', '/', '\u0000', 'é', '字', '😀', '\ud83d', '\ude00', 'a', '{', '\u2028'),
      fc.string({ unit: 'binary', maxLength: 3 }),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\t': '\\t', '/': '\\/', '"': '\\"', '\\': '\\\\' };

const isLone = (character: string): boolean => /^[\ud800-\udfff]$/.test(character);

/** A literal that says `text`; `choices` say how each character is written. */
export function literal(text: string, choices: readonly number[]): string {
  const written = Array.from(text, (character, i) => {
    const choice = choices[i % choices.length] ?? 0;
    const isSpecial = character < ' ' || character === '"' || character === '\\' || isLone(character);
    if (choice === 0 && !isSpecial) return character;
    if (choice <= 1 && SHORT[character] !== undefined) return SHORT[character];
    return character
      .split('')
      .map((unit) => {
        const hex = unit.charCodeAt(0).toString(16).padStart(4, '0');
        return `\\u${choice === 2 ? hex.toUpperCase() : hex}`;
      })
      .join('');
  });
  return `"${written.join('')}"`;
}

export const literalChoices = fc.array(fc.nat(3), { minLength: 1, maxLength: 5 });

/** Edits of a text of `length` code units. */
export function edits(length: number): fc.Arbitrary<readonly TextEdit[]> {
  return fc
    .array(fc.tuple(fc.nat(length), anyText), { maxLength: 4 })
    .chain((places) => fc.tuple(fc.constant(places), fc.array(fc.nat(length), { minLength: 4, maxLength: 4 })))
    .map(([places, ends]) => {
      const borders = [...places.map(([at]) => at), ...ends.slice(0, places.length)].sort((a, b) => a - b);
      return places.map(([, replacement], i) => ({
        start: borders[2 * i] ?? 0,
        end: borders[2 * i + 1] ?? 0,
        replacement,
      }));
    });
}

export function edited(text: string, edits: readonly TextEdit[]): string {
  let from = 0;
  let result = '';
  for (const { start, end, replacement } of edits) {
    result += text.slice(from, start) + replacement;
    from = end;
  }
  return result + text.slice(from);
}

/** `document` with its bytes replaced; fails when the splices are not in order or overlap. */
export function spliced(document: Buffer, splices: readonly Splice[]): Buffer {
  const parts: Buffer[] = [];
  let from = 0;
  for (const { start, end, bytes } of splices) {
    if (start < from || end < start) throw new Error(`a splice at ${start} after one to ${from}`);
    parts.push(document.subarray(from, start), bytes);
    from = end;
  }
  return Buffer.concat([...parts, document.subarray(from)]);
}
