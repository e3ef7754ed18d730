import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { chunked, cut, cuts } from '../../../test/support/chunks.ts';
import { type EventSink, EventStreamReader } from './event-stream.ts';

class Payloads implements EventSink {
  readonly whole: string[] = [];
  largestPiece = 0;
  #pieces: Buffer[] = [];

  data(piece: Buffer, first: boolean, last: boolean): void {
    expect(first).toBe(this.#pieces.length === 0);
    this.#pieces.push(Buffer.from(piece));
    this.largestPiece = Math.max(this.largestPiece, piece.length);
    if (!last) return;
    this.whole.push(Buffer.concat(this.#pieces).toString());
    this.#pieces = [];
  }
}

function read(chunks: readonly Buffer[]): Payloads {
  const payloads = new Payloads();
  const reader = new EventStreamReader(payloads);
  for (const chunk of chunks) {
    reader.push(chunk);
    // The chunk is the caller's again.
    chunk.fill(0x21);
  }
  reader.end();
  return payloads;
}

describe('EventStreamReader', () => {
  test.each<[string, string, readonly string[]]>([
    ['events', 'data: a\n\ndata: b\n\n', ['a', 'b']],
    ['no space after the colon', 'data:a\n\ndata:  b\n\n', ['a', ' b']],
    ['several lines of one event', 'data: a\ndata: b\ndata\ndata:\n\n', ['a\nb\n\n']],
    ['other fields and comments', ': hello\nevent: x\nid: 1\ndata: a\nretry: 3\ndatabase: no\n data: no\n\n', ['a']],
    ['events without data', 'event: ping\n\n: comment\n\ndata: a\n\n', ['a']],
    ['an empty payload', 'data:\n\n', ['']],
    ['a byte order mark', '\ufeffdata: a\n\n', ['a']],
    ['an event that the end cuts before its empty line', 'data: a\n\ndata: b\n', ['a', 'b']],
    ['an event that the end cuts in its line', 'data: a\n\ndata: b', ['a', 'b']],
    ['more empty lines than needed', '\n\ndata: a\n\n\n\ndata: b\n\n', ['a', 'b']],
    ['nothing', '', []],
  ])('reads %s, whatever ends lines and however they are cut', (_, text, payloads) => {
    for (const lineEnd of ['\n', '\r\n', '\r']) {
      const bytes = Buffer.from(text.replaceAll('\n', lineEnd));
      const expected = payloads;
      for (const size of [1, 2, 3, 1000]) expect(read(chunked(bytes, size)).whole).toEqual(expected);
    }
  });

  test('of an event of many lines, each line is not joined to all before it: a copy of so much for each held everyone up', () => {
    const lines = Array.from({ length: 20_000 }, (_, index) => `line ${index}`);
    const bytes = Buffer.from(`${lines.map((line) => `data: ${line}\n`).join('')}\n`);
    for (const size of [100, bytes.length]) {
      const { whole, largestPiece } = read(chunked(Buffer.from(bytes), size));
      expect(whole).toEqual([lines.join('\n')]);
      expect(largestPiece).toBeLessThanOrEqual(2048);
    }
  });

  test('reads events of several lines of any length, however they are cut', () => {
    const line = fc.oneof(
      fc.constant(''),
      fc.nat({ max: 3000 }).map((length) => 'x'.repeat(length)),
    );
    fc.assert(
      fc.property(fc.array(fc.array(line, { minLength: 1, maxLength: 6 }), { maxLength: 3 }), cuts, (events, at) => {
        const text = events.map((lines) => `${lines.map((one) => `data: ${one}\n`).join('')}\n`).join('');
        expect(read(cut(Buffer.from(text), at)).whole).toEqual(events.map((lines) => lines.join('\n')));
      }),
    );
  });

  test('reads the same from any mixture of line ends, however it is cut', () => {
    const part = fc.constantFrom('data: a', 'data:', ': c', 'event: x', '\n', '\r', '\r\n', '\n\n', 'data: long text');
    fc.assert(
      fc.property(fc.array(part), cuts, (parts, at) => {
        const bytes = Buffer.from(parts.join(''));
        expect(read(cut(bytes, at)).whole).toEqual(read([Buffer.from(bytes)]).whole);
      }),
      { numRuns: 1000 },
    );
  });

  test('hands a long payload on in pieces and holds no more than its bound', () => {
    const long = 'x'.repeat(300_000);
    const bytes = Buffer.from(`data: ${long}\ndata: end\n\n: ${long}\n\ndata: a\ndata: ${long}\n\ndata: b\n\n`);
    for (const size of [999, 40_000]) {
      const payloads = read(chunked(bytes, size));
      expect(payloads.whole).toEqual([`${long}\nend`, `a\n${long}`, 'b']);
      expect(payloads.largestPiece).toBeLessThan(64 * 1024 + size + 2);
    }
  });
});
