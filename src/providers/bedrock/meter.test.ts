import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { chunked, cut, cuts } from '../../../test/support/chunks.ts';
import { describeCorpus, sumOf, UsageCorpus } from '../../../test/support/usage-corpus.ts';
import { providerEntry } from '../../../test/support/wire.ts';
import { chunk, event, exception } from '../../../test/upstreams/bedrock/frames.ts';
import { bedrockWire } from './wire.ts';

const corpus = new UsageCorpus(
  'bedrock',
  bedrockWire,
  providerEntry([], { type: 'Bedrock', baseURL: 'https://bedrock-runtime.us-east-1.amazonaws.com' }),
);
const metered = corpus.metered.bind(corpus);
const body = corpus.body.bind(corpus);

describeCorpus(corpus, {
  late: new Set(['converse-stream-metadata-first', 'invoke-stream-claude-cache-in-metrics-only']),
});
const stream = corpus.find('invoke-stream-claude');
const converse = corpus.find('converse');
const converseStream = corpus.find('converse-stream');

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
    expect(await metered(corpus.find(name), [body(name)])).toMatchObject({
      tokens: { cached_input: 2048, cache_write: 340 },
    });
  });

  test('are counted once, however many events repeat them', async () => {
    const name = 'invoke-stream-claude-cumulative';
    const usage = await metered(corpus.find(name), [body(name)]);
    expect(usage.kind === 'Metered' && sumOf(usage.tokens)).toBe(12 + 2048 + 340 + 57);
  });

  test('mistake 2: arbitrary figures come out in disjoint classes, of which none is counted twice', async () => {
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
  test('because its usage is too large says so', async () => {
    const bytes = Buffer.from(JSON.stringify({ usage: { x: 'x'.repeat(100_000), inputTokens: 1, outputTokens: 1 } }));
    expect(await metered(converse, chunked(bytes, 999))).toEqual({ kind: 'Missing', reason: 'too_large' });
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
    const meter = corpus.meter(stream);
    for (const [index, byte] of Buffer.concat(frames).entries()) {
      expect(meter?.isCutOff).toBe(!ends.has(index));
      meter?.push(Buffer.from([byte]));
    }
    expect(meter?.isCutOff).toBe(false);
  });

  test('keeps little of a long stream, and of a frame that is larger than any real one', async () => {
    const meter = corpus.meter(stream);
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
