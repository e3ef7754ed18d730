import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { foldedNameAt, foldName } from './names.ts';

describe('names of members', () => {
  test.each([
    ['systemInstruction', 'systeminstruction'],
    ['system_instruction', 'systeminstruction'],
    ['ROLE', 'role'],
    ['me\u017f\u017fages', 'messages'],
    ['to\u212Aens', 'tokens'],
    ['', ''],
  ])('%s is %s', (name, folded) => {
    expect(foldName(name)).toBe(folded);
  });

  test('are the same when they are read from a document, however often and in whatever order', () => {
    const name = fc.oneof(
      fc.constantFrom('role', 'Role', 'type', 'content', '', 'a'.repeat(60)),
      fc.string({ unit: fc.constantFrom('a', 'b', '_', 'A', 'é', '字') }),
    );
    fc.assert(
      fc.property(fc.array(name, { maxLength: 40 }), (names) => {
        for (const name of names) {
          const document = Buffer.from(`{ "${name}":1}`);
          expect(foldedNameAt(document, 2)).toBe(foldName(name));
        }
      }),
    );
  });

  test('that the end of the document cuts are read to there', () => {
    expect(foldedNameAt(Buffer.from('"ab'), 0)).toBe('ab');
  });
});
