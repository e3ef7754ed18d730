import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { chunked, cut, cuts } from '../../test/support/chunks.ts';
import { encode } from '../../test/upstreams/encoding.ts';
import { type Decoding, decodingFor } from './decoding.ts';

interface Decoded {
  readonly bytes: Buffer;
  readonly fault: Decoding['fault'];
}

async function decode(encoding: string | undefined, chunks: readonly Buffer[]): Promise<Decoded> {
  const out: Buffer[] = [];
  const decoding = decodingFor(encoding, (chunk) => out.push(chunk));
  for (const chunk of chunks) decoding.push(chunk);
  await decoding.end();
  return { bytes: Buffer.concat(out), fault: decoding.fault };
}

const encoders: readonly (readonly [string, (bytes: Buffer) => Buffer])[] = [
  ['gzip', gzipSync],
  ['GZIP', gzipSync],
  ['deflate', deflateSync],
  ['deflate', deflateRawSync],
  ['br', brotliCompressSync],
  ['zstd', zstdCompressSync],
  ['identity', (bytes) => bytes],
  ['', (bytes) => bytes],
];

describe.each(encoders)('the decoding of %s', (encoding, encode) => {
  test('gives the bytes back, however they are cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 2000 }), cuts, async (bytes, at) => {
        const decoded = await decode(encoding, cut(encode(Buffer.from(bytes)), at));
        expect(decoded).toEqual({ bytes: Buffer.from(bytes), fault: undefined });
      }),
      { numRuns: 30 },
    );
  });

  test('of nothing is nothing', async () => {
    expect(await decode(encoding, [])).toEqual({ bytes: Buffer.alloc(0), fault: undefined });
  });
});

describe('a decoding', () => {
  test('reads what several members of gzip hold', async () => {
    const bytes = Buffer.concat([gzipSync('ab'), gzipSync('cd')]);
    expect((await decode('gzip', [bytes])).bytes.toString()).toBe('abcd');
  });

  test('gives what came before a cut, and says that it is broken', async () => {
    const text = Buffer.from('abc'.repeat(100_000));
    const compressed = gzipSync(text);
    const { bytes, fault } = await decode('gzip', chunked(compressed.subarray(0, compressed.length - 9), 10));
    expect(fault).toBe('undecodable');
    expect(text.subarray(0, bytes.length).equals(bytes)).toBe(true);
  });

  test.each(['gzip', 'deflate', 'br', 'zstd'] as const)(
    'gives of a stream in %s all that had been flushed before the cut',
    async (encoding) => {
      const frames = Array.from({ length: 30 }, (_, index) => Buffer.from(`data: {"number":${index}}\n\n`));
      const pieces = await encode(frames, encoding);
      for (let sent = 1; sent < frames.length; sent++) {
        const { bytes } = await decode(encoding, chunked(Buffer.concat(pieces.slice(0, sent)), 7));
        expect(bytes.toString()).toBe(Buffer.concat(frames.slice(0, sent)).toString());
      }
    },
  );

  test('takes no further bytes after a fault', async () => {
    const { fault } = await decode('gzip', chunked(Buffer.from('this is not gzip at all'), 3));
    expect(fault).toBe('undecodable');
  });

  test('refuses encodings that it does not know', async () => {
    for (const encoding of ['compress', 'gzip, gzip', 'toString', '__proto__']) {
      expect(await decode(encoding, [Buffer.from('x')])).toEqual({ bytes: Buffer.alloc(0), fault: 'undecodable' });
    }
  });

  test('gives up when more waits to be decoded than may', async () => {
    const noise = Buffer.alloc(64 * 1024, 1);
    const decoding = decodingFor('gzip', () => {});
    decoding.push(gzipSync(noise).subarray(0, 20));
    for (let i = 0; i < 100; i++) decoding.push(noise);
    expect(decoding.fault).toBe('too_large');
    await decoding.end();
  });

  test('gives up on a decompression bomb', async () => {
    const layer = gzipSync(Buffer.alloc(64 * 1024 * 1024), { level: 1 });
    let largest = 0;
    const decoding = decodingFor('gzip', (chunk) => {
      largest = Math.max(largest, chunk.length);
    });
    // Nine members of 64 MiB each.
    for (let i = 0; i < 9; i++) decoding.push(layer);
    await decoding.end();
    expect(decoding.fault).toBe('too_large');
    expect(largest).toBeLessThanOrEqual(64 * 1024);
  });
});
