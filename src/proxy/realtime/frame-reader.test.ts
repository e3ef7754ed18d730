import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { cut, cuts } from '../../../test/support/chunks.ts';
import { FrameReader } from './frame-reader.ts';
import { closeFrame, textFrame } from './frames.ts';

/** A frame as RFC 6455 §5.2 says, independent of the product's own. */
function frame(opcode: number, payload: Buffer, { fin = true, mask = undefined as Buffer | undefined } = {}): Buffer {
  const { length } = payload;
  const masked = mask === undefined ? 0 : 0x80;
  const head = [(fin ? 0x80 : 0) | opcode];
  if (length < 126) head.push(masked | length);
  else if (length < 65_536) head.push(masked | 126, length >> 8, length & 0xff);
  else head.push(masked | 127, 0, 0, 0, 0, length >>> 24, (length >> 16) & 0xff, (length >> 8) & 0xff, length & 0xff);
  if (mask === undefined) return Buffer.concat([Buffer.from(head), payload]);
  return Buffer.concat([Buffer.from(head), mask, payload.map((byte, i) => byte ^ (mask[i % 4] ?? 0))]);
}

/** What a reader tells of `chunks`. */
function read(chunks: readonly Buffer[], masked = false): { messages: string[]; reader: FrameReader } {
  const messages: string[] = [];
  let message: Buffer[] = [];
  const reader = new FrameReader(masked, {
    message: (piece, last) => {
      message.push(Buffer.from(piece));
      if (!last) return;
      messages.push(Buffer.concat(message).toString('latin1'));
      message = [];
    },
  });
  for (const chunk of chunks) reader.push(chunk);
  return { messages, reader };
}

const mask = fc.option(fc.uint8Array({ minLength: 4, maxLength: 4 }), { nil: undefined });
const payload = fc
  .oneof({ weight: 6, arbitrary: fc.uint8Array({ maxLength: 300 }) }, fc.constant(new Uint8Array(70_000).fill(65)))
  .map((bytes) => Buffer.from(bytes));
/** A message in fragments, each perhaps followed by a ping. */
const message = fc.array(fc.tuple(payload, fc.boolean()), { minLength: 1, maxLength: 4 });

describe('frames', () => {
  test('tell the same messages however they are cut, fragmented and masked, and whatever control frames are between', () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 4 }), mask, cuts, (messages, key, at) => {
        const keyed = key === undefined ? {} : { mask: Buffer.from(key) };
        const bytes = messages.flatMap((fragments) =>
          fragments.flatMap(([piece, ping], i) => [
            frame(i === 0 ? 1 : 0, piece, { fin: i === fragments.length - 1, ...keyed }),
            ...(ping ? [frame(9, Buffer.from('ping'), keyed)] : []),
          ]),
        );
        const expected = messages.map((fragments) =>
          Buffer.concat(fragments.map(([piece]) => piece)).toString('latin1'),
        );
        const { messages: told, reader } = read(cut(Buffer.concat(bytes), at), key !== undefined);
        expect(told).toEqual(expected);
        expect(reader.fault).toBeUndefined();
        expect(reader.isBetweenMessages).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  test('are copied before they are unmasked: what travels on stays as it came', () => {
    const bytes = frame(1, Buffer.from('hello'), { mask: Buffer.from([1, 2, 3, 4]) });
    const before = Buffer.from(bytes);
    expect(read([bytes], true).messages).toEqual(['hello']);
    expect(bytes).toEqual(before);
  });

  test('of the gateway itself are read as what they are', () => {
    const text = Buffer.from('é'.repeat(40_000));
    for (const length of [0, 125, 126, 65_535, 65_536]) {
      const piece = text.subarray(0, length);
      expect(read([textFrame(piece)]).messages).toEqual([piece.toString('latin1')]);
    }
    expect(read([closeFrame(1001, 'ü'.repeat(200), false)]).reader).toMatchObject({ closed: true, fault: undefined });
    expect(read([closeFrame(1001, '', true)], true).reader).toMatchObject({ closed: true, fault: undefined });
  });

  test('after a close frame are of no interest', () => {
    const { messages, reader } = read([closeFrame(1001, 'x', false), Buffer.from('rubbish')]);
    expect([messages, reader.fault, reader.isBetweenFrames]).toEqual([[], undefined, false]);
    expect(reader.bytesBehindClose).toBe(7);
    reader.push(Buffer.from('more'));
    expect(reader.bytesBehindClose).toBe(4);
  });

  test.each([
    ['an extension', Buffer.from([0xc1, 0x00])],
    ['an unknown kind', Buffer.from([0x83, 0x00])],
    ['a mask that a server must not use', Buffer.from([0x81, 0x80, 1, 2, 3, 4])],
    ['a fragmented control frame', Buffer.from([0x09, 0x00])],
    ['a long control frame', Buffer.from([0x89, 126, 0, 126])],
    ['a continuation of nothing', Buffer.from([0x80, 0x00])],
    ['a message within a message', Buffer.from([0x01, 0x00, 0x81, 0x00])],
    ['a length beyond all reason', Buffer.from([0x81, 127, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])],
  ])('with %s are a fault, and nothing after it is looked at', (_what, bytes) => {
    const { messages, reader } = read([bytes, frame(1, Buffer.from('later'))]);
    expect(reader.fault).toBeDefined();
    expect(messages).toEqual([]);
    expect(reader.isBetweenFrames).toBe(false);
  });

  test('of a client must be masked', () => {
    expect(read([frame(1, Buffer.from('x'))], true).reader.fault).toBeDefined();
  });
});
