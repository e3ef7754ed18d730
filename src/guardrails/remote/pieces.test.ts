import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { requestsOf } from './pieces.ts';

const text = (value: string) => ({ scope: 'User' as const, text: value });
const limits = { length: 10, overlap: 3, requestLength: 20, requestPieces: 3 };

describe('pieces of texts', () => {
  test('begin before the one before them ends, and are put together as far as a request goes', () => {
    const requests = requestsOf([text('abcdefghijklmno'), text('xyz'), text('  \n'), text('123')], limits);
    expect(requests.map((pieces) => pieces.map(({ text: index, start, value }) => [index, start, value]))).toEqual([
      [
        [0, 0, 'abcdefghij'],
        [0, 7, 'hijklmno'],
      ],
      [
        [1, 0, 'xyz'],
        [3, 0, '123'],
      ],
    ]);
  });

  test('cover every text, and cut no character in two', () => {
    const unicode = fc.string({ unit: 'binary', maxLength: 60 });
    fc.assert(
      fc.property(fc.array(unicode, { maxLength: 5 }), (texts) => {
        const all = requestsOf(texts.map(text), limits).flat();
        for (const [index, whole] of texts.entries()) {
          const own = all.filter((piece) => piece.text === index);
          if (whole.trim() === '') {
            expect(own).toEqual([]);
            continue;
          }
          let end = 0;
          for (const { start, value } of own) {
            expect(start).toBeLessThanOrEqual(end);
            expect(whole.slice(start, start + value.length)).toBe(value);
            expect(value.isWellFormed()).toBe(true);
            end = start + value.length;
          }
          expect(end).toBe(whole.length);
        }
      }),
    );
  });

  test('fit into requests', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 60 }), { maxLength: 12 }), (texts) => {
        for (const pieces of requestsOf(texts.map(text), limits)) {
          expect(pieces.length).toBeLessThanOrEqual(3);
          expect(pieces.reduce((sum, { value }) => sum + value.length, 0)).toBeLessThanOrEqual(20);
        }
      }),
    );
  });
});
