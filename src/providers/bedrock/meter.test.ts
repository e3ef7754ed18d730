import { readFileSync } from 'node:fs';
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { chunked, cut, cuts } from '../../../test/support/chunks.ts';
import { type Headers, providerEntry, requestHead, responseHead } from '../../../test/support/wire.ts';
import { chunk, event, exception } from '../../../test/upstreams/bedrock/frames.ts';
import type { MeteredUsage, TokenCounts } from '../../usage/record.ts';
import type { Meter } from '../wire.ts';
import { bedrockWire } from './wire.ts';

interface Case {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly contentType: string;
  readonly headers?: Headers;
  readonly expected: MeteredUsage;
}

const corpus = new URL('../../../test/corpus/usage/bedrock/', import.meta.url);
const cases = JSON.parse(readFileSync(new URL('cases.json', corpus), 'utf8')) as readonly Case[];
const body = (name: string): Buffer => readFileSync(new URL(`${name}.body`, corpus));
const find = (name: string): Case => {
  const found = cases.find((one) => one.name === name);
  if (found === undefined) throw new Error(`the corpus has no ${name}`);
  return found;
};

type End = Parameters<Meter['finish']>[0];

function meterFor(call: Case, headers: Headers = {}): Meter | undefined {
  const operation = bedrockWire.classify(requestHead(call.method, call.path), entry);
  const all = { 'content-type': call.contentType, ...call.headers, ...headers };
  return bedrockWire.meter(operation, responseHead(all, call.status));
}

/** What the wire's meter says of an answer to `call` that came in these chunks. */
async function metered(
  call: Case,
  chunks: readonly Buffer[],
  how: End = 'Complete',
  headers: Headers = {},
): Promise<MeteredUsage> {
  const meter = meterFor(call, headers);
  if (meter === undefined) return { kind: 'NotMetered' };
  for (const piece of chunks) meter.push(piece);
  return await meter.finish(how);
}

const entry = providerEntry([], { type: 'Bedrock', baseURL: 'https://bedrock-runtime.us-east-1.amazonaws.com' });

const sum = (tokens: TokenCounts): number => Object.values(tokens).reduce((total, count) => total + count, 0);
const withoutZeros = (tokens: TokenCounts): object =>
  Object.fromEntries(Object.entries(tokens).filter(([, count]) => count > 0));

const stream = find('invoke-stream-claude');
const converse = find('converse');
const converseStream = find('converse-stream');

/** A figure that looks final comes before the last one. */
const LATE = new Set(['converse-stream-metadata-first', 'invoke-stream-claude-cache-in-metrics-only']);

describe.each(cases)('the usage of $name', (call) => {
  const bytes = body(call.name);

  test('is read from the whole answer', async () => {
    expect(await metered(call, [bytes])).toEqual(call.expected);
  });

  test.each([1, 2, 7, 1000])('is read from chunks of %d bytes', async (size) => {
    expect(await metered(call, chunked(bytes, size))).toEqual(call.expected);
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
    ['deflate', deflateSync(bytes)],
    ['br', brotliCompressSync(bytes)],
    ['zstd', zstdCompressSync(bytes)],
  ])('is read from %s', async (encoding, compressed) => {
    const usage = await metered(call, chunked(compressed, 1000), 'Complete', { 'content-encoding': encoding });
    expect(usage).toEqual(call.expected);
  });

  test('is the same, less and said to be so, or honestly missing when the upstream is cut off anywhere', async () => {
    const step = Math.max(1, Math.floor(bytes.length / 200));
    const expected = call.expected.kind === 'Metered' ? call.expected : undefined;
    for (let length = 0; length < bytes.length; length += step) {
      const result = await metered(call, [bytes.subarray(0, length)], 'UpstreamFailed');
      if (result.kind === 'Missing') expect(['upstream_failed', 'unparsable']).toContain(result.reason);
      if (result.kind === 'NotMetered') expect(call.expected.kind).toBe('NotMetered');
      if (result.kind !== 'Metered') continue;
      if (result.incomplete === undefined && !LATE.has(call.name)) {
        expect(withoutZeros(result.tokens)).toEqual(withoutZeros(expected?.tokens ?? {}));
      } else expect(sum(result.tokens)).toBeLessThanOrEqual(sum(expected?.tokens ?? {}));
    }
  });
});

describe('mistake 1: usage of a stream that its client leaves is not lost', () => {
  test('what Claude has told by then counts, and is said to be incomplete', async () => {
    const bytes = body('invoke-stream-claude');
    const half = bytes.subarray(0, Math.floor(bytes.length / 2));
    expect(await metered(stream, [half], 'ClientDisconnected')).toEqual({
      kind: 'Metered',
      tokens: { input: 12, cached_input: 2048, cache_write_5m: 300, cache_write_1h: 40, output: 1 },
      model: 'claude-sonnet-4-5-20250929',
      incomplete: 'client_disconnected',
    });
  });

  test('a Converse stream tells its figures last: before, they are missing for that reason', async () => {
    const bytes = body('converse-stream');
    const before = bytes.subarray(0, bytes.length - 40);
    expect(await metered(converseStream, [before], 'ClientDisconnected')).toEqual({
      kind: 'Missing',
      reason: 'client_disconnected',
    });
    expect(await metered(converseStream, [bytes], 'ClientDisconnected')).toEqual(converseStream.expected);
  });
});

describe('mistake 3: cache counters of InvokeModelWithResponseStream', () => {
  test('are read from the model, whose figures tell how long what was written lives', async () => {
    expect(await metered(stream, [body('invoke-stream-claude')])).toMatchObject({
      tokens: { cached_input: 2048, cache_write_5m: 300, cache_write_1h: 40 },
    });
  });

  test('are read from amazon-bedrock-invocationMetrics where the model does not tell them', async () => {
    const name = 'invoke-stream-claude-cache-in-metrics-only';
    expect(await metered(find(name), [body(name)])).toMatchObject({ tokens: { cached_input: 2048, cache_write: 340 } });
  });

  test('are counted once, however many events repeat them', async () => {
    const name = 'invoke-stream-claude-cumulative';
    const usage = await metered(find(name), [body(name)]);
    expect(usage.kind === 'Metered' && sum(usage.tokens)).toBe(12 + 2048 + 340 + 57);
  });

  test('arbitrary figures come out in disjoint classes that sum to the total', async () => {
    const count = fc.nat({ max: 1_000_000 });
    await fc.assert(
      fc.asyncProperty(count, count, count, count, count, cuts, async (input, read, short, long, output, at) => {
        const usage = {
          input_tokens: input,
          cache_read_input_tokens: read,
          cache_creation_input_tokens: short + long,
          cache_creation: { ephemeral_5m_input_tokens: short, ephemeral_1h_input_tokens: long },
        };
        const metrics = {
          inputTokenCount: input,
          outputTokenCount: output,
          cacheReadInputTokenCount: read,
          cacheWriteInputTokenCount: short + long,
        };
        const documents = [
          { type: 'message_start', message: { usage: { ...usage, output_tokens: 1 } } },
          { type: 'message_delta', usage: { output_tokens: output } },
          { type: 'message_stop', 'amazon-bedrock-invocationMetrics': metrics },
        ];
        expect(await metered(stream, cut(Buffer.concat(documents.map(chunk)), at))).toEqual({
          kind: 'Metered',
          tokens: { input, cached_input: read, cache_write_5m: short, cache_write_1h: long, output },
        });
      }),
    );
  });
});

describe('an answer that cannot be read', () => {
  test.each([
    ['an unknown encoding', 'compress'],
    ['stacked encodings', 'gzip, br'],
    ['an encoding that is none', 'gzip'],
  ])('because of %s is undecodable', async (_, encoding) => {
    expect(await metered(converse, [body('converse')], 'Complete', { 'content-encoding': encoding })).toEqual({
      kind: 'Missing',
      reason: 'undecodable',
    });
  });

  test('because its usage is too large says so', async () => {
    const bytes = Buffer.from(JSON.stringify({ usage: { x: 'x'.repeat(100_000), inputTokens: 1, outputTokens: 1 } }));
    expect(await metered(converse, chunked(bytes, 999))).toEqual({ kind: 'Missing', reason: 'too_large' });
  });

  test('of arbitrary bytes yields a result and no exception', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 200 }),
        fc.constantFrom(stream, converse, converseStream),
        fc.constantFrom('', 'gzip', 'br', 'zstd'),
        async (noise, call, encoding) => {
          const chunks = chunked(Buffer.from(noise), 50);
          expect((await metered(call, chunks, 'Complete', { 'content-encoding': encoding })).kind).toBe('Missing');
        },
      ),
    );
  });

  test('of frames around arbitrary payloads yields a result and no exception', async () => {
    const frames = fc.array(
      fc.oneof(
        fc.jsonValue().map((value) => event('metadata', value as object)),
        fc.jsonValue().map((value) => event('chunk', { bytes: value })),
        fc.jsonValue().map((value) => chunk(value as object, 1)),
        fc.string().map((text) => exception(text.slice(0, 200), {})),
      ),
      { maxLength: 6 },
    );
    await fc.assert(
      fc.asyncProperty(frames, cuts, async (pieces, at) => {
        const usage = await metered(stream, cut(Buffer.concat(pieces), at));
        expect(['Missing', 'Metered']).toContain(usage.kind);
      }),
    );
  });
});

describe('the meter of a stream', () => {
  test('knows at every byte whether the stream can be ended there', () => {
    const frames = ['Hello', ' you'].map((text, index) => chunk({ generation: text }, index));
    const ends = new Set([0, frames[0]?.length, Buffer.concat(frames).length]);
    const meter = meterFor(stream);
    for (const [index, byte] of Buffer.concat(frames).entries()) {
      expect(meter?.isCutOff).toBe(!ends.has(index));
      meter?.push(Buffer.from([byte]));
    }
    expect(meter?.isCutOff).toBe(false);
  });

  test('keeps little of a long stream, and of a frame that is larger than any real one', async () => {
    const meter = meterFor(stream);
    const small = chunk({ type: 'content_block_delta', delta: { text: 'x'.repeat(1000) } }, 1);
    const large = chunk({ type: 'content_block_delta', delta: { text: 'x'.repeat(8_000_000) } }, 1);
    const half = small.length >> 1;
    meter?.push(small);
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 100_000; i++) {
      meter?.push(small.subarray(0, half));
      meter?.push(small.subarray(half));
    }
    for (let at = 0; at < large.length; at += 16_384) meter?.push(large.subarray(at, at + 16_384));
    // 160 MB have passed; what is counted includes what waits to be collected.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(128 * 1024 * 1024);
    expect(await meter?.finish('Complete')).toEqual({ kind: 'Missing', reason: 'not_reported' });
  });
});
