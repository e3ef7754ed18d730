import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { chunked, cut, cuts } from '../../../../../test/support/chunks.ts';
import { chunk, event, exception, message } from '../../../../../test/upstreams/bedrock/frames.ts';
import { FrameReader } from '../../../bedrock/frame-reader.ts';
import { ArrayFrames } from './array-frames.ts';
import { AWSFrames } from './aws-frames.ts';
import { type Frame, type Framing, MAX_EVENT_BYTES } from './frame.ts';
import { SSEFrames } from './sse-frames.ts';

/** What is left of a frame when its chunk is gone. */
interface Seen {
  readonly kind: Frame['kind'];
  readonly raw: string;
  readonly name?: string | undefined;
  readonly data?: string;
  readonly changed?: string;
}

function seen(frame: Frame, other: string): Seen {
  const { kind } = frame;
  const raw = frame.raw.toString('latin1');
  if (frame.kind !== 'Event') return { kind, raw };
  const changed = frame.with(Buffer.from(other)).toString('latin1');
  return { kind, raw, name: frame.name, data: frame.data.toString(), changed };
}

function frames(framing: Framing, chunks: readonly Buffer[], other = '{"other":1}'): readonly Seen[] {
  const all = chunks.flatMap((chunk) => {
    const found = framing.push(chunk).map((frame) => seen(frame, other));
    chunk.fill(0x21);
    return found;
  });
  return [...all, ...framing.end().map((frame) => seen(frame, other))];
}

const events = (all: readonly Seen[]): readonly Seen[] => all.filter(({ kind }) => kind === 'Event');
const rawOf = (all: readonly Seen[]): string => all.map(({ raw }) => raw).join('');

describe('server-sent events', () => {
  const part = fc.constantFrom(
    'data: {"a":1}',
    'data:',
    ': c',
    'event: x',
    'id: 7',
    '\n',
    '\r',
    '\r\n',
    '\n\n',
    'data: [',
    '\ufeff',
    'é',
  );

  test('are all there, byte for byte, and the same however they are cut', () => {
    fc.assert(
      fc.property(fc.array(part), cuts, (parts, at) => {
        const bytes = Buffer.from(parts.join(''));
        const whole = frames(new SSEFrames(), [Buffer.from(bytes)]);
        expect(rawOf(whole)).toBe(bytes.toString('latin1'));
        for (const chunks of [cut(bytes, at), chunked(bytes, 1)]) {
          const found = frames(new SSEFrames(), chunks);
          expect(rawOf(found)).toBe(bytes.toString('latin1'));
          const said = (all: readonly Seen[]) => events(all).map(({ name, data }) => ({ name, data }));
          expect(said(found)).toEqual(said(whole));
        }
      }),
    );
  });

  test.each([
    ['LF', 'event: x\nid: 7\ndata: 1\n\n', 'event: x\nid: 7\ndata: NEW\n\n'],
    ['CRLF', 'event: x\r\ndata:1\r\nretry: 3\r\n\r\n', 'event: x\r\ndata:NEW\r\nretry: 3\r\n\r\n'],
    ['CR', 'data: 1\r: comment\r\r', 'data: NEW\r: comment\r\r'],
    ['several lines of data', 'data: 1\nid: 7\ndata: 2\n\n', 'data: NEW\nid: 7\n\n'],
    ['a byte order mark', '\ufeffdata: 1\n\n', '\ufeffdata: NEW\n\n'],
    ['the end of the stream in place of the line end', 'data: 1', 'data: NEW'],
    ['a comment within', 'event: y\n: hm\ndata:  1\n\n', 'event: y\n: hm\ndata: NEW\n\n'],
  ])('keep all but their data when they change: %s', (_, text, changed) => {
    const [only, ...more] = events(frames(new SSEFrames(), [Buffer.from(text)], 'NEW'));
    expect(Buffer.from(only!.changed!, 'latin1').toString()).toBe(changed);
    expect(more).toEqual([]);
  });

  test('data of several lines is written in several lines', () => {
    for (const end of ['\n', '\r', '\r\n']) {
      const text = `data: {${end}data: "a": 1}${end}id: 1${end}${end}`;
      const [only] = events(frames(new SSEFrames(), [Buffer.from(text)], '{\n"b": 2\n}'));
      expect(only!.data).toBe('{\n"a": 1}');
      expect(only!.changed).toBe(`data: {${end}data: "b": 2${end}data: }${end}id: 1${end}${end}`);
    }
  });

  test('an event whose last line end is cut in two ends with all of it: what is written next does not come between', () => {
    const text = Buffer.from('data: 1\r\n\r\ndata: 2\r\n\r\n');
    for (const size of [1, 2, 3, 5, 7, 10]) {
      const framing = new SSEFrames();
      const found = chunked(text, size).flatMap((chunk) => framing.push(chunk));
      expect(found.map(({ raw }) => raw.toString())).toEqual(['data: 1\r\n\r\n', 'data: 2\r\n\r\n']);
    }
    // Where lines end in CR alone, no event waits for what may never come.
    expect(new SSEFrames().push(Buffer.from('data: 1\r\r'))).toHaveLength(1);
  });

  test('a document of another kind is no event, but for a failure among the events', () => {
    const kinds = (text: string): string[] => {
      const framing = new SSEFrames();
      return [...framing.push(Buffer.from(text)), ...framing.end()].map(({ kind }) => kind);
    };
    expect(kinds('{"choices":[]}')).toEqual(['Unreadable']);
    expect(kinds(': hi\n\nid: 1\nretry: 2\n\nevent\n\n')).toEqual(['Other', 'Other', 'Other', 'Other']);
    expect(kinds('data: {}\n\n{\n "error": {"code": 503}\n}\n')).toEqual(['Event', 'Other']);
    expect(kinds('{"error": {}, "choices": []}\n\n')).toEqual(['Unreadable']);
  });

  test('a comment between events does not wait for the next event', () => {
    const framing = new SSEFrames();
    expect(framing.push(Buffer.from('data: 1\n\n: still here\n')).map(({ kind }) => kind)).toEqual(['Event', 'Other']);
    expect(framing.push(Buffer.from(': and here\ndata: ')).map(({ kind }) => kind)).toEqual(['Other']);
  });

  test('an event that is too long is given up, and what follows it is read', () => {
    const framing = new SSEFrames();
    const kinds = [];
    for (const part of ['data: "', ...Array<string>(MAX_EVENT_BYTES / 1024 / 1024 + 2).fill('x'.repeat(1024 * 1024))]) {
      kinds.push(...framing.push(Buffer.from(part)).map(({ kind }) => kind));
    }
    expect(kinds).toEqual(['Unreadable', 'Other', 'Other']);
    const rest = framing.push(Buffer.from('"\n\ndata: 1\n\n'));
    expect(rest.map(({ kind }) => kind)).toEqual(['Other', 'Event']);
  });
});

describe('elements of an array', () => {
  const value = fc.record({
    text: fc.constantFrom('', '}', ']', '{[', '\\"', '"', 'é\u2028'),
    more: fc.array(fc.nat(), { maxLength: 2 }),
  });

  test('are all there, whatever they hold and however they are cut', () => {
    fc.assert(
      fc.property(fc.array(value), fc.boolean(), cuts, (values, isPretty, at) => {
        const documents = values.map((one) => JSON.stringify(one, undefined, isPretty ? 2 : undefined));
        const bytes = Buffer.from(`[${documents.join('\n,\r\n')}\n]\n`);
        for (const chunks of [cut(bytes, at), chunked(bytes, 1)]) {
          const found = frames(new ArrayFrames(), chunks, '{}');
          expect(rawOf(found)).toBe(bytes.toString('latin1'));
          expect(events(found).map(({ data }) => data)).toEqual(documents);
          expect(events(found).map(({ changed }) => changed)).toEqual(
            documents.map((_, i) => (i === 0 ? '[{}' : '\n,\r\n{}')),
          );
          expect(found.filter(({ kind }) => kind === 'End')).toHaveLength(1);
        }
      }),
    );
  });

  test.each(['<html>', 'null', '"text"'])('what is no array of objects cannot be read: %s', (text) => {
    const found = frames(new ArrayFrames(), chunked(Buffer.from(text), 2));
    expect(found[0]!.kind).toBe('Unreadable');
    expect(rawOf(found)).toBe(text);
    expect(events(found)).toEqual([]);
  });

  test('an element that is too long is given up, and what follows it is read', () => {
    const text = `[{"a":"${'x'.repeat(MAX_EVENT_BYTES + 2 * 1024 * 1024)}"},{"b":1}]`;
    const framing = new ArrayFrames();
    const kinds = chunked(Buffer.from(text), 1024 * 1024).flatMap((part) => framing.push(part).map(({ kind }) => kind));
    expect(kinds.filter((kind) => kind !== 'Other')).toEqual(['Unreadable', 'Event', 'End']);
  });

  test('an element that is cut off cannot be read', () => {
    expect(frames(new ArrayFrames(), [Buffer.from('[{"a":1},{"b')]).map(({ kind }) => kind)).toEqual([
      'Event',
      'Unreadable',
    ]);
  });
});

describe('frames of AWS', () => {
  const stream = Buffer.concat([
    event('messageStart', { role: 'assistant' }),
    event('contentBlockDelta', { delta: { text: 'é🚀' } }),
    exception('throttlingException', { message: 'slow down' }),
  ]);

  test('are all there, however they are cut, and an exception ends them', () => {
    fc.assert(
      fc.property(cuts, (at) => {
        const found = frames(new AWSFrames(), cut(stream, at));
        expect(rawOf(found)).toBe(stream.toString('latin1'));
        expect(found.map(({ kind, name }) => [kind, name])).toEqual([
          ['Event', 'messageStart'],
          ['Event', 'contentBlockDelta'],
          ['End', undefined],
        ]);
      }),
    );
  });

  test('keep their headers when they change, and have lengths and checksums of their own', () => {
    const headers = { ':event-type': 'metadata', 'x-more': 'kept', ':message-type': 'event' };
    const [frame] = frames(new AWSFrames(), [message(headers, Buffer.from('{}'))], '{"longer":true}');
    expect(frame!.changed).toBe(message(headers, Buffer.from('{"longer":true}')).toString('latin1'));
  });

  test('a chunk is read and written through its base64; its padding stays', () => {
    const [frame] = frames(new AWSFrames(), [chunk({ said: 'é' }, 3)], '{"said":"something else"}');
    expect(frame!.data).toBe('{"said":"é"}');
    expect(frame!.changed).toBe(chunk({ said: 'something else' }, 3).toString('latin1'));
  });

  test.each([
    ['the prelude', 5],
    ['the prelude’s checksum', 9],
    ['the headers', 20],
    ['the payload', -8],
    ['the checksum', -1],
  ])('one flipped bit in %s makes the rest unreadable', (_, at) => {
    const bytes = event('messageStart', { role: 'assistant' });
    const index = at < 0 ? bytes.length + at : at;
    bytes[index] = bytes[index]! ^ 4;
    for (const size of [1, 5, bytes.length]) {
      const found = frames(new AWSFrames(), chunked(Buffer.concat([bytes, stream]), size));
      expect(found.filter(({ kind }) => kind !== 'Other').map(({ kind }) => kind)).toEqual(['Unreadable']);
      expect(rawOf(found)).toBe(Buffer.concat([bytes, stream]).toString('latin1'));
    }
  });

  test('one that is too long is given up, and what follows it is read', () => {
    const long = message({ ':event-type': 'chunk', ':message-type': 'event' }, Buffer.alloc(MAX_EVENT_BYTES, 0x20));
    const framing = new AWSFrames();
    const kinds = chunked(Buffer.concat([long, stream]), 1024 * 1024).flatMap((part) =>
      framing.push(part).map(({ kind }) => kind),
    );
    expect(kinds[0]).toBe('Unreadable');
    expect(kinds.filter((kind) => kind !== 'Other')).toEqual(['Unreadable', 'Event', 'Event', 'End']);
  });

  test('a chunk without bytes cannot be read; the next one can', () => {
    const bytes = Buffer.concat([event('chunk', { p: 'abc' }), chunk({ a: 1 }, 0)]);
    expect(frames(new AWSFrames(), [bytes]).map(({ kind }) => kind)).toEqual(['Unreadable', 'Event']);
  });

  test('own frames are read by the gateway’s own reader', () => {
    const payloads: string[] = [];
    const reader = new FrameReader({ begin: () => true, payload: (piece) => payloads.push(piece.toString()) });
    reader.push(new AWSFrames().write({ name: 'messageStop', data: '{"stopReason":"end_turn"}' }));
    expect(payloads).toEqual(['{"stopReason":"end_turn"}']);
    expect(reader.isBetweenFrames).toBe(true);
  });
});
