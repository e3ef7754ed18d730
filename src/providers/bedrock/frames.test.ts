import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { chunked, cut, cuts } from '../../../test/support/chunks.ts';
import { message } from '../../../test/upstreams/bedrock/frames.ts';
import { ChunkBytes } from './chunk-bytes.ts';
import { frameKind } from './frame-headers.ts';
import { FrameReader } from './frame-reader.ts';
import { frame } from './frame-writer.ts';

interface Read {
  readonly frames: { headers: Buffer; payload: Buffer; whole: boolean }[];
  readonly reader: FrameReader;
}

/** The frames that a reader makes of these chunks. */
function read(chunks: readonly Buffer[], wanted = true): Read {
  const frames: Read['frames'] = [];
  const reader = new FrameReader({
    begin: (headers) => {
      frames.push({ headers: Buffer.from(headers), payload: Buffer.alloc(0), whole: false });
      return wanted;
    },
    payload: (piece, first, last) => {
      const present = frames.at(-1);
      if (present === undefined) throw new Error('a payload without a frame');
      expect(first).toBe(present.payload.length === 0 && !present.whole);
      present.payload = Buffer.concat([present.payload, piece]);
      present.whole = last;
    },
  });
  for (const chunk of chunks) reader.push(chunk);
  return { frames, reader };
}

const headers = fc.dictionary(fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme-ascii' }), fc.string(), {
  maxKeys: 5,
});
const payload = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));

describe('FrameReader', () => {
  test('reads the frames of another writer, however they are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(headers, payload), { maxLength: 5 }), cuts, (parts, at) => {
        const bytes = Buffer.concat(parts.map(([head, body]) => message(head, body)));
        const { frames, reader } = read(cut(bytes, at));
        expect(frames.map((one) => one.payload.toString('hex'))).toEqual(parts.map(([, body]) => body.toString('hex')));
        expect(frames.every(({ whole }) => whole)).toBe(true);
        expect([reader.malformed, reader.isBetweenFrames]).toEqual([false, true]);
      }),
    );
  });

  test('reads byte by byte', () => {
    const bytes = Buffer.concat([message({}, Buffer.alloc(0)), message({ ':event-type': 'x' }, Buffer.from('y'))]);
    const { frames } = read(chunked(bytes, 1));
    expect(frames.map((one) => one.payload.toString())).toEqual(['', 'y']);
  });

  test('skips payloads that nobody wants', () => {
    const { frames, reader } = read(chunked(message({ a: 'b' }, Buffer.alloc(1000)), 7), false);
    expect([frames.length, frames[0]?.payload.length, reader.isBetweenFrames]).toEqual([1, 0, true]);
  });

  test.each([
    ['a checksum of the lengths that is wrong', (bytes: Buffer) => bytes.writeUInt8(bytes.readUInt8(8) ^ 1, 8)],
    ['a length that is changed', (bytes: Buffer) => bytes.writeUInt8(9, 3)],
  ])('gives up at %s', (_, damage) => {
    const bytes = message({ ':event-type': 'x' }, Buffer.from('{}'));
    damage(bytes);
    const { frames, reader } = read([bytes, message({}, Buffer.from('{}'))]);
    expect([frames.length, reader.malformed, reader.isBetweenFrames]).toEqual([0, true, false]);
  });

  test('of arbitrary bytes throws nothing', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), cuts, (bytes, at) => {
        read(cut(Buffer.from(bytes), at));
      }),
    );
  });
});

describe('frame', () => {
  test('writes what another writer writes', () => {
    fc.assert(
      fc.property(headers, payload, (head, body) => {
        expect(frame(head, body).toString('hex')).toBe(message(head, body).toString('hex'));
      }),
    );
  });
});

describe('frameKind', () => {
  const headersOf = (head: Record<string, string>): Buffer => {
    const bytes = frame(head, Buffer.alloc(0));
    return bytes.subarray(12, -4);
  };

  test('reads what a frame is', () => {
    const kind = { message: 'event', type: 'chunk' };
    expect(frameKind(headersOf({ ':event-type': 'chunk', ':message-type': 'event', other: 'x' }))).toEqual(kind);
    expect(frameKind(headersOf({ ':exception-type': 'throttlingException', ':message-type': 'exception' }))).toEqual({
      message: 'exception',
      type: 'throttlingException',
    });
  });

  test('passes over headers of every other type', () => {
    const other = (type: number, value: number[]): number[] => [1, 0x61, type, ...value];
    const all = [
      other(0, []),
      other(1, []),
      other(2, [7]),
      other(3, [0, 7]),
      other(4, [0, 0, 0, 7]),
      other(5, Array(8).fill(0) as number[]),
      other(6, [0, 2, 1, 2]),
      other(8, Array(8).fill(0) as number[]),
      other(9, Array(16).fill(0) as number[]),
    ];
    const bytes = Buffer.concat([Buffer.from(all.flat()), headersOf({ ':message-type': 'event' })]);
    expect(frameKind(bytes).message).toBe('event');
  });

  test('of arbitrary bytes throws nothing', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        frameKind(Buffer.from(bytes));
      }),
    );
  });
});

describe('ChunkBytes', () => {
  const decoded = (chunks: readonly Buffer[]): string => {
    const pieces: Buffer[] = [];
    const bytes = new ChunkBytes((piece) => pieces.push(Buffer.from(piece)));
    for (const chunk of chunks) bytes.push(chunk);
    return Buffer.concat(pieces).toString('hex');
  };

  test('decodes the member bytes, wherever it stands and however the payload is cut', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.string(), fc.boolean(), cuts, (bytes, padding, last, at) => {
        const base64 = Buffer.from(bytes).toString('base64');
        const members = last ? { p: padding, bytes: base64 } : { bytes: base64, p: padding, n: null, f: 1.5 };
        const text = JSON.stringify(members).replaceAll('/', '\\/');
        expect(decoded(cut(Buffer.from(text), at))).toBe(Buffer.from(bytes).toString('hex'));
      }),
    );
  });

  test.each(['{}', '{"byte":"AAAA"}', '{"bytess":"AAAA"}', '{"p":"bytes"}', '{"bytes":null,"p":"AAAA"}', ''])(
    'finds nothing in %s',
    (text) => {
      expect(decoded(chunked(Buffer.from(text), 1))).toBe('');
    },
  );
});
