import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { chunked } from '../../../test/support/chunks.ts';
import { describeCorpus, UsageCorpus } from '../../../test/support/usage-corpus.ts';
import { providerEntry, requestHead, responseHead } from '../../../test/support/wire.ts';
import type { TokenClass } from '../../usage/record.ts';
import { anthropicWire } from './wire.ts';

const corpus = new UsageCorpus('anthropic', anthropicWire, providerEntry([], { type: 'Anthropic' }));
const metered = corpus.metered.bind(corpus);
const body = corpus.body.bind(corpus);

describeCorpus(corpus, { shrinking: new Set(['stream-cache-total-shrinks']) });

describe('an answer that ends early', () => {
  const stream = corpus.find('stream');
  const bytes = body('stream');
  const beforeEnd = bytes.subarray(0, bytes.indexOf('event: message_delta'));

  test.each([
    ['ClientDisconnected', 'client_disconnected'],
    ['UpstreamFailed', 'upstream_failed'],
  ] as const)('mistake 1: by %s keeps what its beginning said', async (how, reason) => {
    expect(await metered(stream, [beforeEnd], how)).toEqual({
      kind: 'Metered',
      tokens: { input: 25, cached_input: 0, cache_write_5m: 0, cache_write_1h: 0, output: 1 },
      model: 'claude-opus-5',
      serviceTier: 'standard',
      incomplete: reason,
    });
    expect(await metered(stream, [bytes.subarray(0, 20)], how)).toEqual({ kind: 'Missing', reason });
    expect(await metered(corpus.find('message'), [], how)).toEqual({ kind: 'Missing', reason });
  });

  test('after its last figure is whole', async () => {
    const afterFigure = bytes.subarray(0, bytes.indexOf('event: message_stop'));
    for (const how of ['ClientDisconnected', 'UpstreamFailed'] as const) {
      expect(await metered(stream, [afterFigure], how)).toEqual(stream.expected);
    }
  });

  test('in the middle of a compressed stream keeps the figure that came before', async () => {
    const compressed = gzipSync(bytes);
    const cutOff = [compressed.subarray(0, compressed.length - 4)];
    expect(await metered(stream, cutOff, 'UpstreamFailed', { 'content-encoding': 'gzip' })).toEqual(stream.expected);
  });
});

describe('the figures of a stream', () => {
  const stream = corpus.find('stream');
  const count = fc.nat({ max: 1_000_000 });
  const nullable = fc.option(count, { nil: null });
  const events = (...list: readonly object[]): Buffer =>
    Buffer.from(list.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(''));

  test('mistake 2: cached tokens are not counted twice, and what later events repeat is not added up', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({ input: count, short: count, long: count, read: count, output: count }),
        fc.array(fc.record({ input: nullable, write: nullable, read: nullable, output: count }), { minLength: 1 }),
        async (first, deltas) => {
          const start = {
            type: 'message_start',
            message: {
              model: 'claude-opus-5',
              usage: {
                input_tokens: first.input,
                cache_creation_input_tokens: first.short + first.long,
                cache_read_input_tokens: first.read,
                cache_creation: { ephemeral_5m_input_tokens: first.short, ephemeral_1h_input_tokens: first.long },
                output_tokens: first.output,
              },
            },
          };
          const later = deltas.map(({ input, write, read, output }, index) => ({
            type: 'message_delta',
            delta: { stop_reason: index === deltas.length - 1 ? 'end_turn' : null },
            usage: {
              input_tokens: input,
              cache_creation_input_tokens: write,
              cache_read_input_tokens: read,
              output_tokens: output,
            },
          }));
          const last = (name: 'input' | 'write' | 'read', otherwise: number): number =>
            deltas.reduce((known, delta) => delta[name] ?? known, otherwise);
          const result = await metered(stream, [events(start, ...later, { type: 'message_stop' })]);
          const tokens = result.kind === 'Metered' ? result.tokens : {};
          const written = (['cache_write_5m', 'cache_write_1h', 'cache_write'] satisfies TokenClass[]).map(
            (name) => tokens[name] ?? 0,
          );
          expect(tokens).toMatchObject({
            input: last('input', first.input),
            cached_input: last('read', first.read),
            output: deltas.at(-1)?.output,
          });
          expect(written.every((value) => value >= 0)).toBe(true);
          expect(written.reduce((total, value) => total + value, 0)).toBe(last('write', first.short + first.long));
          expect(result).not.toHaveProperty('incomplete');
        },
      ),
    );
  });

  test('are those of the last event that has them, whatever comes between', async () => {
    const usage = { input_tokens: 5, output_tokens: 1 };
    const answer = events(
      { type: 'message_start', message: { model: 'm', usage } },
      {
        type: 'content_block_start',
        index: 0,
        content_block: { type: 'text', text: '', usage: { input_tokens: 900 } },
      },
      { type: 'content_block_delta', index: 0, delta: { type: 'x', usage: { output_tokens: 900 } } },
      { type: 'an_event_of_the_future', usage: null },
      { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 7 } },
    );
    expect(await metered(stream, [answer])).toEqual({
      kind: 'Metered',
      tokens: { input: 5, output: 7 },
      model: 'm',
    });
  });
});

describe('an answer that cannot be read', () => {
  test('because its usage is too large says so', async () => {
    const bytes = Buffer.from(JSON.stringify({ model: 'm', usage: { x: 'x'.repeat(100_000), input_tokens: 1 } }));
    expect(await metered(corpus.find('message'), chunked(bytes, 999))).toEqual({
      kind: 'Missing',
      reason: 'too_large',
      model: 'm',
    });
  });
});

test('mistake 5: the meter keeps little of a long stream', async () => {
  const event = Buffer.from(
    `data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"${'x'.repeat(1000)}"}}\n\n`,
  );
  const operation = anthropicWire.classify(requestHead('POST', '/v1/messages'), providerEntry());
  const meter = anthropicWire.meter(operation, responseHead({ 'content-type': 'text/event-stream' }));
  const half = event.length >> 1;
  meter?.push(event);
  const before = process.memoryUsage().arrayBuffers;
  for (let i = 0; i < 200_000; i++) {
    meter?.push(event.subarray(half));
    meter?.push(event.subarray(0, half));
  }
  // 200 MB have passed; what is counted includes what waits to be collected.
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(128 * 1024 * 1024);
  expect(await meter?.finish('Complete')).toEqual({ kind: 'Missing', reason: 'not_reported' });
});
