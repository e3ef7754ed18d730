import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { edited, type Edit } from '../../../guardrails/engine/judge.ts';
import { joined } from '../../../guardrails/remote/verdict.ts';
import { editedPiece } from './stream-texts.ts';

const edits = fc
  .array(fc.tuple(fc.nat(20), fc.nat(20), fc.constantFrom('', '{A}', 'x')), { maxLength: 5 })
  .map((all) =>
    joined(
      all
        .map(([a, b, replacement]): Edit => ({ start: Math.min(a, b), end: Math.max(a, b), replacement }))
        .filter(({ start, end }) => start < end),
    ),
  );

test('pieces of a text, edited one by one, are the edited text', () => {
  const text = 'abcdefghijklmnopqrst';
  fc.assert(
    fc.property(edits, fc.array(fc.nat(20)), (all, cuts) => {
      const places = [0, ...cuts.toSorted((a, b) => a - b), text.length];
      const pieces = places.slice(1).map((end, i) => editedPiece(text.slice(places[i], end), places[i] ?? 0, all));
      expect(pieces.join('')).toBe(edited(text, all));
    }),
    { numRuns: 2000 },
  );
});
