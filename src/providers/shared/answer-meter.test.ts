/** What no answer may do to a meter, whatever its bytes: throw, and end a request or the process by it. */
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { providerEntry, requestHead, responseHead } from '../../../test/support/wire.ts';
import type { ProviderEntry } from '../../table/types.ts';
import type { MeteredUsage } from '../../usage/record.ts';
import { RealtimeWatch } from '../openai/realtime/watch.ts';
import { wireFor } from '../registry.ts';
import { AnswerMeter, type UsageListener } from './answer-meter.ts';

type Type = ProviderEntry['type'];

const CALLS: readonly (readonly [type: Type, path: string, usage: string])[] = [
  ['OpenAI', '/v1/chat/completions', 'usage'],
  ['Anthropic', '/v1/messages', 'usage'],
  ['GoogleAI', '/v1beta/models/gemini-2.5-pro:generateContent', 'usageMetadata'],
  ['Bedrock', '/model/amazon.nova-lite-v1:0/invoke', 'usage'],
];

const ENCODINGS = { identity: (bytes: Buffer) => bytes, gzip: gzipSync };

async function metered(type: Type, path: string, text: string, encoding: 'identity' | 'gzip'): Promise<MeteredUsage> {
  const wire = wireFor(type);
  const operation = wire.classify(requestHead('POST', path), providerEntry([], { type }));
  const headers = { 'content-type': 'application/json', 'content-encoding': encoding };
  const meter = wire.meter(operation, responseHead(headers, 200));
  meter?.push(ENCODINGS[encoding](Buffer.from(text)));
  return (await meter?.finish('Complete')) ?? { kind: 'NotMetered' };
}

describe.each(['identity', 'gzip'] as const)('an answer in %s with a raw line feed in a string', (encoding) => {
  test.each(CALLS)('of its usage has no readable one: %s %s', async (type, path, usage) => {
    const text = `{"${usage}":{"input_tokens":1,"promptTokenCount":"a\nb","note":"a\nb\\n"}}`;
    expect(await metered(type, path, text, encoding)).toEqual({ kind: 'Missing', reason: 'unparsable' });
  });

  test.each(CALLS)('of a name or a model is metered all the same: %s %s', async (type, path, usage) => {
    const text = `{"a\n\\u0062":1,"model":"a\n\\u0062","${usage}":{"input_tokens":1,"output_tokens":2,"promptTokenCount":1,"candidatesTokenCount":2}}`;
    expect(await metered(type, path, text, encoding)).toMatchObject({
      kind: 'Metered',
      tokens: { input: 1, output: 2 },
      model: 'a\n\\u0062',
    });
  });
});

test('an event of a WebSocket with a raw line feed in its usage has no readable one', () => {
  const watch = new RealtimeWatch(providerEntry());
  watch.upstreamMessage(Buffer.from('{"type":"response.done","response":{"usage":{"note":"a\nb"}}}'), true);
  expect(watch.take()).toEqual([{ usage: { kind: 'Missing', reason: 'unparsable' } }]);
});

test.each(['identity', 'gzip'] as const)('a reader that throws is no failure of the answer (%s)', async (encoding) => {
  const listener: UsageListener = {
    scan: { reportDepth: 1, maxDepth: 8, validateUTF8: false, nameLengths: new Set([1]) },
    findings: { tokens: undefined, model: undefined, malformed: false, tooLarge: false },
    canSkip: () => false,
    visitor: () => ({
      key: () => {
        throw new Error('a defect');
      },
      begin: () => 0,
      end: () => undefined,
    }),
  };
  const headers = { 'content-type': 'application/json', 'content-encoding': encoding };
  const meter = new AnswerMeter(responseHead(headers, 200), listener);
  meter.push(ENCODINGS[encoding](Buffer.from('{"a":1}')));
  expect(await meter.finish('Complete')).toEqual({ kind: 'Missing', reason: 'unparsable' });
});
