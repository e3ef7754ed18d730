/** Cutting bytes into chunks, for tests that say: however it is cut. */
import fc from 'fast-check';

/** Relative positions to cut at, for {@link cut}. */
export const cuts: fc.Arbitrary<number[]> = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 });

/** `bytes` cut at the relative positions `at`. Each piece is a copy, as a chunk from a socket is. */
export function cut(bytes: Buffer, at: readonly number[]): Buffer[] {
  const positions = [...new Set(at.map((position) => Math.floor(position * bytes.length)))].sort((a, b) => a - b);
  const ends = [...positions, bytes.length];
  return ends.map((end, index) => Buffer.from(bytes.subarray(ends[index - 1] ?? 0, end)));
}

/** `bytes` in chunks of `size`, the last shorter. */
export function chunked(bytes: Buffer, size: number): Buffer[] {
  const chunks: Buffer[] = [];
  for (let start = 0; start < bytes.length; start += size)
    chunks.push(Buffer.from(bytes.subarray(start, start + size)));
  return chunks;
}
