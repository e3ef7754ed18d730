import { describe, expect, test } from '@jest/globals';
import { providerEntry, requestHead } from '../../../test/support/wire.ts';
import type { ProviderEntry } from '../../table/types.ts';
import { RealtimeWatch } from '../openai/realtime/watch.ts';
import { wireFor } from '../registry.ts';
import type { BodyScan, ClientMessageScan } from '../wire.ts';

const list = (element: (index: number) => string, count: number): string =>
  Array.from({ length: count }, (_, index) => element(index)).join(',');

/** Bodies that name `count` models, `name` telling each. */
const BODIES: readonly (readonly [
  type: ProviderEntry['type'],
  path: string,
  body: (name: (index: number) => string, count: number) => string,
])[] = [
  [
    'OpenAI',
    '/chat/completions',
    (name, count) => `{"model":"a","tools":[${list((i) => `{"model":"${name(i)}"}`, count)}]}`,
  ],
  [
    'Anthropic',
    '/v1/messages/batches',
    (name, count) => `{"requests":[${list((i) => `{"params":{"model":"${name(i)}"}}`, count)}]}`,
  ],
  [
    'GoogleAI',
    '/v1beta/models/a:batchEmbedContents',
    (name, count) => `{"requests":[${list((i) => `{"model":"${name(i)}"}`, count)}]}`,
  ],
];

function scan(type: ProviderEntry['type'], path: string, body: string): BodyScan | undefined {
  const entry = providerEntry(['a'], { type });
  const wire = wireFor(type);
  const head = requestHead('POST', path, { 'content-type': 'application/json' });
  const scanner = wire.bodyScanner(wire.classify(head, entry), head, entry);
  scanner?.push(Buffer.from(body));
  return scanner?.end();
}

function event(name: (index: number) => string, count: number): ClientMessageScan | undefined {
  const watch = new RealtimeWatch(providerEntry(['a']));
  const text = `{"type":"session.update","tools":[${list((i) => `{"model":"${name(i)}"}`, count)}]}`;
  return watch.clientMessage(Buffer.from(text), true);
}

describe('a body that names models without end, to fill the memory', () => {
  test.each(BODIES)('leaves each behind once: %s %s', (type, path, body) => {
    const result = scan(
      type,
      path,
      body(() => 'a', 20_000),
    );
    expect(result).toMatchObject({ kind: 'Valid', model: 'a' });
    expect(result?.kind === 'Valid' && result.toolModels.length).toBeLessThanOrEqual(1);
  });

  test.each(BODIES)('is refused when they are all different: %s %s', (type, path, body) => {
    expect(
      scan(
        type,
        path,
        body((index) => `m${index}`, 20_000),
      ),
    ).toMatchObject({
      kind: 'Invalid',
      message: expect.stringContaining('more than 1000 models are named'),
    });
  });

  test('as an event of a WebSocket, which may be endless, is treated the same', () => {
    expect(event(() => 'a', 20_000)).toEqual({ kind: 'Valid', models: ['a'] });
    expect(event((index) => `m${index}`, 20_000)).toEqual({
      kind: 'Unreadable',
      message: 'The event cannot be checked: more than 1000 models are named.',
    });
  });
});
