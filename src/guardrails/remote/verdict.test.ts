import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { edited, type Edit } from '../engine/judge.ts';
import { followed, joined, VerdictBuilder } from './verdict.ts';

const edit = (start: number, end: number, replacement: string): Edit => ({ start, end, replacement });

/** Edits within a text of this length, as a judge may have them. */
const editsOf = (length: number) =>
  fc
    .array(fc.tuple(fc.nat(length), fc.nat(length), fc.constantFrom('', '{A}', '{LONGER}', 'x')), { maxLength: 6 })
    .map((all) =>
      joined(all.map(([a, b, r]) => edit(Math.min(a, b), Math.max(a, b), r)).filter((e) => e.start < e.end)),
    );

describe('edits one after another', () => {
  test.each<[string, Edit[], Edit[], string]>([
    ['apart', [edit(0, 2, '{A}')], [edit(5, 7, '{B}')], '{A}cd{B}gh'],
    ['before', [edit(4, 6, '{A}')], [edit(0, 2, '{B}')], '{B}cd{A}gh'],
    ['around', [edit(2, 4, '{A}')], [edit(1, 6, '{B}')], 'a{B}fgh'],
    ['within', [edit(2, 4, '{LONG}')], [edit(3, 5, '{B}')], 'ab{B}efgh'],
    ['over its begin', [edit(2, 4, '{A}')], [edit(0, 3, '{B}')], '{B}efgh'],
    ['over its end', [edit(2, 4, '{A}')], [edit(4, 6, '{B}')], 'ab{B}fgh'],
    ['over two', [edit(1, 2, '{A}'), edit(4, 5, '{A}')], [edit(3, 7, '{B}')], 'a{B}fgh'],
    ['next to it', [edit(2, 4, '{A}')], [edit(5, 6, '{B}')], 'ab{A}{B}fgh'],
  ])('%s', (_what, first, second, expected) => {
    expect(edited('abcdefgh', followed(first, second))).toBe(expected);
  });

  test('come to the same as one and then the other, unless they touch', () => {
    const text = 'abcdefghijklmnopqrst';
    fc.assert(
      fc.property(
        editsOf(20).chain((first) => fc.tuple(fc.constant(first), editsOf(edited(text, first).length))),
        ([first, second]) => {
          const both = followed(first, second);
          for (const [i, { start, end }] of both.entries()) {
            expect(start).toBeLessThan(end + 1);
            expect(start).toBeGreaterThanOrEqual(both[i - 1]?.end ?? 0);
          }
          const once = edited(text, both);
          // What either replaced is gone, and nothing else is.
          const twice = edited(edited(text, first), second);
          expect(twice.replaceAll(/[^a-t]/g, '')).toContain(once.replaceAll(/[^a-t]/g, ''));
          const touches = second.some(({ start, end }) => /[{}A-Zx]/.test(edited(text, first).slice(start, end)));
          const deletes = first.some(({ replacement }) => replacement === '');
          if (!touches && !deletes) expect(once).toBe(twice);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('a verdict', () => {
  test('counts findings by rule and action, and names the first that blocks', () => {
    const builder = new VerdictBuilder();
    builder.add([{ rule: 'pii/Email', action: 'Mask', count: 2 }], [{ text: 1, start: 4, end: 6, replacement: 'x' }]);
    builder.add(
      [
        { rule: 'topic/a', action: 'Block', count: 1 },
        { rule: 'pii/Email', action: 'Mask', count: 1 },
        { rule: 'topic/b', action: 'Block', count: 1 },
      ],
      [{ text: 1, start: 5, end: 9, replacement: 'y' }],
    );
    const texts = [
      { scope: 'User', text: 'a' },
      { scope: 'User', text: 'b' },
    ] as const;
    expect(builder.build(texts)).toEqual({
      findings: [
        { rule: 'pii/Email', action: 'Mask', count: 3 },
        { rule: 'topic/a', action: 'Block', count: 1 },
        { rule: 'topic/b', action: 'Block', count: 1 },
      ],
      blockedBy: 'topic/a',
      edits: [[], [edit(4, 9, 'x')]],
    });
  });
});
