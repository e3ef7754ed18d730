import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { LineSplitter, LineTooLongError } from './lines.ts';

/** The same bytes in pieces of the given sizes, over and over. */
function chunksOf(bytes: Buffer, sizes: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let at = 0, turn = 0; at < bytes.byteLength; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return chunks;
}

const line = fc.string({ unit: 'binary', minLength: 1 }).filter((text) => !text.includes('\n') && text.isWellFormed());
const sizes = fc.array(fc.integer({ min: 1, max: 17 }), { minLength: 1, maxLength: 8 });

describe('lines', () => {
  test('are the same however the bytes are cut, also within a character', () => {
    fc.assert(
      fc.property(fc.array(line), fc.string(), sizes, (lines, unfinished, sizes) => {
        const rest = unfinished.replaceAll('\n', '');
        const bytes = Buffer.from(lines.map((each) => `${each}\n`).join('') + rest);
        const splitter = new LineSplitter(1_000_000);
        expect(chunksOf(bytes, sizes).flatMap((chunk) => splitter.push(chunk))).toEqual(lines);
        expect(splitter.pendingBytes).toBe(Buffer.byteLength(rest));
      }),
    );
  });

  test('that are too long are refused wherever the bytes are cut, and no sooner', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 64 }), fc.integer({ min: 1, max: 128 }), sizes, (max, length, sizes) => {
        const push = () => {
          const splitter = new LineSplitter(max);
          for (const chunk of chunksOf(Buffer.from(`${'x'.repeat(length)}\n`), sizes)) splitter.push(chunk);
        };
        if (length > max) expect(push).toThrow(LineTooLongError);
        else expect(push).not.toThrow();
      }),
    );
  });

  test('that are empty are left out', () => {
    expect(new LineSplitter(10).push(Buffer.from('\n\na\n\n'))).toEqual(['a']);
  });
});
