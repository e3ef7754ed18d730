import { readFileSync } from 'node:fs';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { chunked, cut, cuts } from '../../../test/support/chunks.ts';
import { type Headers, providerEntry, requestHead, responseHead } from '../../../test/support/wire.ts';
import type { MeteredUsage, TokenCounts } from '../../usage/record.ts';
import { openAIWire } from './wire.ts';

interface Case {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly contentType: string;
  readonly expected: MeteredUsage;
}

const corpus = new URL('../../../test/corpus/usage/openai/', import.meta.url);
const cases = JSON.parse(readFileSync(new URL('cases.json', corpus), 'utf8')) as readonly Case[];
const body = (name: string): Buffer => readFileSync(new URL(`${name}.body`, corpus));

type End = 'Complete' | 'ClientDisconnected' | 'UpstreamFailed';

/** What the wire's meter says of an answer to `call` that came in these chunks. */
async function metered(
  call: Case,
  chunks: readonly Buffer[],
  how: End = 'Complete',
  headers: Headers = {},
): Promise<MeteredUsage> {
  const operation = openAIWire.classify(requestHead(call.method, call.path), providerEntry());
  const response = responseHead({ 'content-type': call.contentType, ...headers }, call.status);
  const meter = openAIWire.meter(operation, response);
  if (meter === undefined) return { kind: 'NotMetered' };
  for (const chunk of chunks) meter.push(chunk);
  return await meter.finish(how);
}

const sum = (tokens: TokenCounts): number => Object.values(tokens).reduce((total, count) => total + count, 0);

const chat = cases.find(({ name }) => name === 'chat') as Case;
const stream = cases.find(({ name }) => name === 'chat-stream') as Case;

describe.each(cases)('the usage of $name', (call) => {
  const bytes = body(call.name);

  test('is read from the whole answer', async () => {
    expect(await metered(call, [bytes])).toEqual(call.expected);
  });

  test.each([1, 2, 7, 1000])('is read from chunks of %d bytes', async (size) => {
    const chunks = chunked(bytes, size);
    expect(await metered(call, chunks)).toEqual(call.expected);
  });

  test('is read however the answer is cut', async () => {
    await fc.assert(
      fc.asyncProperty(cuts, async (at) => {
        expect(await metered(call, cut(bytes, at))).toEqual(call.expected);
      }),
      { numRuns: 20 },
    );
  });

  test.each([
    ['gzip', gzipSync(bytes)],
    ['x-gzip', gzipSync(bytes)],
    ['deflate', deflateSync(bytes)],
    ['deflate', deflateRawSync(bytes)],
    ['br', brotliCompressSync(bytes)],
    ['zstd', zstdCompressSync(bytes)],
  ])('is read from %s', async (encoding, compressed) => {
    expect(await metered(call, chunked(compressed, 1000), 'Complete', { 'content-encoding': encoding })).toEqual(
      call.expected,
    );
  });

  test('is the same or honestly missing when the upstream is cut off anywhere', async () => {
    const step = Math.max(1, Math.floor(bytes.length / 200));
    for (let length = 0; length < bytes.length; length += step) {
      const result = await metered(call, [bytes.subarray(0, length)], 'UpstreamFailed');
      if (result.kind === 'Missing') expect(['upstream_failed', 'unparsable']).toContain(result.reason);
      if (result.kind === 'NotMetered') expect(call.expected.kind).toBe('NotMetered');
      if (result.kind !== 'Metered') continue;
      const expected = call.expected.kind === 'Metered' ? call.expected.tokens : {};
      if (call.name === 'chat-stream-usage-in-every-chunk')
        expect(sum(result.tokens)).toBeLessThanOrEqual(sum(expected));
      else expect(result.tokens).toEqual(expected);
    }
  });
});

describe('an answer that ends early', () => {
  const bytes = body('chat-stream');
  const beforeUsage = bytes.subarray(0, bytes.indexOf('"usage":{'));

  test.each([
    ['ClientDisconnected', 'client_disconnected'],
    ['UpstreamFailed', 'upstream_failed'],
  ] as const)('by %s has no figure, for that reason', async (how, reason) => {
    expect(await metered(stream, [beforeUsage], how)).toMatchObject({
      kind: 'Missing',
      reason,
      model: 'gpt-4o-2024-08-06',
    });
    expect(await metered(chat, [], how)).toEqual({ kind: 'Missing', reason });
  });

  test('after the figure is metered', async () => {
    const afterUsage = bytes.subarray(0, bytes.length - 10);
    for (const how of ['ClientDisconnected', 'UpstreamFailed'] as const) {
      expect(await metered(stream, [afterUsage], how)).toEqual(stream.expected);
    }
  });

  test('in the middle of gzip keeps the figure that came before', async () => {
    const compressed = gzipSync(body('chat'));
    const cutOff = [compressed.subarray(0, compressed.length - 4)];
    expect(await metered(chat, cutOff, 'UpstreamFailed', { 'content-encoding': 'gzip' })).toEqual(chat.expected);
    expect(await metered(chat, [compressed.subarray(0, 30)], 'Complete', { 'content-encoding': 'gzip' })).toEqual({
      kind: 'Missing',
      reason: 'undecodable',
    });
  });
});

describe('an answer that cannot be read', () => {
  test.each([
    ['an unknown encoding', 'compress', body('chat')],
    ['stacked encodings', 'gzip, br', body('chat')],
    ['an encoding that is none', 'gzip', body('chat')],
    ['an encoding named like a property', 'constructor', body('chat')],
  ])('because of %s is undecodable', async (_, encoding, bytes) => {
    expect(await metered(chat, [bytes], 'Complete', { 'content-encoding': encoding })).toEqual({
      kind: 'Missing',
      reason: 'undecodable',
    });
  });

  test('because its usage is too large says so', async () => {
    const bytes = Buffer.from(JSON.stringify({ model: 'm', usage: { x: 'x'.repeat(100_000), prompt_tokens: 1 } }));
    expect(await metered(chat, chunked(bytes, 999))).toEqual({ kind: 'Missing', reason: 'too_large', model: 'm' });
  });

  test('of arbitrary bytes yields a result and no exception', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 200 }),
        fc.constantFrom(chat, stream),
        fc.constantFrom('', 'gzip', 'deflate', 'br', 'zstd'),
        async (noise, call, encoding) => {
          const chunks = chunked(Buffer.from(noise), 50);
          expect((await metered(call, chunks, 'Complete', { 'content-encoding': encoding })).kind).toBe('Missing');
        },
      ),
    );
  });
});

describe('the meter', () => {
  test('takes the last figure and never adds', async () => {
    const bytes = Buffer.from(
      [
        { usage: { prompt_tokens: 5, completion_tokens: 1 } },
        { usage: { prompt_tokens: 5, completion_tokens: 9 } },
        { usage: null },
      ]
        .map((event) => `data: ${JSON.stringify(event)}\n\n`)
        .join(''),
    );
    expect(await metered(stream, [bytes])).toEqual({ kind: 'Metered', tokens: { input: 5, output: 9 } });
  });

  test('reads an answer without a content type as JSON', async () => {
    expect(await metered({ ...chat, contentType: '' }, [body('chat')])).toEqual(chat.expected);
  });

  test('keeps little of a long stream', async () => {
    const event = Buffer.from(`data: {"model":"m","choices":[{"delta":{"content":"${'x'.repeat(1000)}"}}]}\n\n`);
    const operation = openAIWire.classify(requestHead('POST', '/chat/completions'), providerEntry());
    const meter = openAIWire.meter(operation, responseHead({ 'content-type': 'text/event-stream' }));
    const half = event.length >> 1;
    meter?.push(event);
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 200_000; i++) {
      meter?.push(event.subarray(half));
      meter?.push(event.subarray(0, half));
    }
    // 200 MB have passed; what is counted includes what waits to be collected.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(128 * 1024 * 1024);
    expect(await meter?.finish('Complete')).toEqual({ kind: 'Missing', reason: 'not_reported', model: 'm' });
  });
});
