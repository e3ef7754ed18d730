import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { chunked } from '../../../test/support/chunks.ts';
import { describeCorpus, UsageCorpus } from '../../../test/support/usage-corpus.ts';
import { providerEntry, requestHead, responseHead } from '../../../test/support/wire.ts';
import { openAIWire } from './wire.ts';

const corpus = new UsageCorpus('openai', openAIWire, providerEntry());
const metered = corpus.metered.bind(corpus);
const body = corpus.body.bind(corpus);

describeCorpus(corpus, { late: new Set(['chat-stream-usage-in-every-chunk']) });
const chat = corpus.find('chat');
const stream = corpus.find('chat-stream');

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
  test('because its usage is too large says so', async () => {
    const bytes = Buffer.from(JSON.stringify({ model: 'm', usage: { x: 'x'.repeat(100_000), prompt_tokens: 1 } }));
    expect(await metered(chat, chunked(bytes, 999))).toEqual({ kind: 'Missing', reason: 'too_large', model: 'm' });
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

  test.each<[string, readonly object[], object]>([
    ['of chat', [{ model: 'm', choices: [] }, { error: { message: 'no', type: 'server_error' } }], { model: 'm' }],
    [
      'of a response',
      [
        { type: 'response.created', response: { model: 'm', error: null, usage: null } },
        { type: 'error', code: 'x', message: 'no' },
      ],
      { model: 'm' },
    ],
    [
      'of a response that says so at its end',
      [{ type: 'response.failed', response: { model: 'm', error: { code: 'x' }, usage: null } }],
      { model: 'm' },
    ],
  ])('mistake 13: an error in a stream %s is a failure of the upstream', async (_, events, named) => {
    const bytes = Buffer.from(events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(''));
    for (const chunks of [[bytes], [...bytes].map((byte) => Buffer.from([byte]))]) {
      expect(await metered(stream, chunks)).toEqual({ kind: 'Missing', reason: 'upstream_failed', ...named });
    }
  });

  test('mistake 13: figures before an error in a stream are those until then, those of the failed response final', async () => {
    const usage = { prompt_tokens: 5, completion_tokens: 1 };
    const text = (events: readonly object[]): Buffer =>
      Buffer.from(events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(''));
    const tokens = { input: 5, output: 1 };
    expect(await metered(stream, [text([{ usage }, { error: { message: 'no' } }])])).toEqual({
      kind: 'Metered',
      tokens,
      incomplete: 'upstream_failed',
    });
    for (const response of [
      { error: { code: 'x' }, usage },
      { usage, error: { code: 'x' } },
    ]) {
      expect(await metered(stream, [text([{ type: 'response.failed', response }])])).toEqual({
        kind: 'Metered',
        tokens,
      });
    }
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
