/** Type Anthropic: bytes in are bytes out, and what the gateway counts is what the upstream has in its book. */
import { connect } from 'node:http2';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { TOKEN_CLASSES } from '../../src/usage/record.ts';
import { waitFor } from '../support/control-plane/wait.ts';
import { anthropicProvider, anthropicSecret } from '../support/gateway/anthropic.ts';
import { collect, post, send, StandaloneGateway, upstreamKey, type RawAnswer } from '../support/gateway/index.ts';
import { anthropic, scenarioHeader, UpstreamServer, type Scenario } from '../upstreams/index.ts';

let upstream: UpstreamServer;
let gateway: StandaloneGateway;

beforeAll(async () => {
  upstream = await UpstreamServer.start({ wire: anthropic(), keys: [upstreamKey] });
  gateway = await StandaloneGateway.start({
    manifests: { 'anthropic.yaml': [anthropicProvider('anthropic', upstream.origin), anthropicSecret()] },
  });
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

beforeEach(() => upstream.forget());

const encodings = ['gzip', 'br', 'zstd', 'deflate'] as const;
const message = {
  model: 'claude-opus-5',
  max_tokens: 100,
  messages: [{ role: 'user', content: 'Say "hello" in 日本語 🚀.' }],
  thinking: { type: 'enabled', budget_tokens: 1024 },
};
const streamed = { ...message, stream: true };

const headersFor = (scenario: Scenario): Record<string, string> => ({
  'anthropic-version': '2023-06-01',
  [scenarioHeader]: JSON.stringify(scenario),
});

function call(body: object | string, scenario: Scenario = {}, path = 'messages'): Promise<RawAnswer> {
  return post(`${gateway.provider('anthropic')}/v1/${path}`, body, headersFor(scenario));
}

describe('bytes', () => {
  test.each([
    ['odd white space', '{ "model" :\t"claude-opus-5",\n\n "messages" : [ ] , "max_tokens":1.0e+2, "stream":true }\n'],
    [
      'cache_control in odd places (mistake 22)',
      '{"system":[{"type":"text","text":"x","cache_control":{"type":"ephemeral","ttl":"1h"}}],"model":"claude-opus-5","messages":[],"max_tokens":1}',
    ],
    [
      'unknown fields and large numbers',
      '{"zeta":null,"messages":[],"max_tokens":1,"n":12345678901234567890,"model":"claude-opus-5"}',
    ],
  ])('of a request with %s arrive as they are', async (_, body) => {
    expect((await call(body)).status).toBe(200);
    expect(upstream.last.request.body.toString()).toBe(body);
  });

  test.each(encodings)('of an answer in %s come back as they are, streamed and not', async (encoding) => {
    for (const body of [message, streamed]) {
      const answer = await call(body, { encoding, chunkBytes: 5 });
      expect(answer.headers['content-encoding']).toBe(encoding);
      expect(answer.body.equals(upstream.last.sent)).toBe(true);
    }
  });

  test.each([1, 2, 3, 7, 64, 1000])('of a stream cut into pieces of %d come back as they are', async (chunkBytes) => {
    const answer = await call(streamed, { chunkBytes });
    expect(answer.body.equals(upstream.last.sent)).toBe(true);
    expect(answer.body.toString()).toContain('event: ping');
  });

  test('of large events come back as they are', async () => {
    const answer = await call(streamed, { contentFrames: 20, bodyBytes: 10_000_000 });
    expect(answer.body.equals(upstream.last.sent)).toBe(true);
  });

  test.each([400, 402, 413, 429, 500, 529])('of an error %d come back as they are', async (error) => {
    const answer = await call(message, { error });
    expect(answer.status).toBe(error);
    expect(answer.body.equals(upstream.last.sent)).toBe(true);
  });

  test("of the upstream's error in a stream come back as they are", async () => {
    const answer = await call(streamed, { streamErrorAfterFrames: 4 });
    expect(answer.body.equals(upstream.last.sent)).toBe(true);
  });
});

test('a batch asked for over HTTP/2 names its results at the gateway, too', async () => {
  const path = '/llm/v1/providers/anthropic/v1/messages/batches';
  const session = connect(gateway.url);
  const stream = session.request({
    ':method': 'POST',
    ':path': path,
    'anthropic-version': '2023-06-01',
    'content-type': 'application/json',
  });
  stream.end(JSON.stringify({ requests: [{ custom_id: 'one', params: message }] }));
  const batch = (await json(stream)) as { id: string; results_url: string };
  session.destroy();
  expect(batch.results_url).toBe(`${gateway.url}${path}/${batch.id}/results`);
});

test("mistakes 1 and 2: tokens by class are those of the upstream's book, and what broke off is counted as that", async () => {
  const before = await gateway.metrics();
  const whole: readonly Scenario[] = [
    {},
    { chunkBytes: 3 },
    { encoding: 'gzip' },
    { encoding: 'br', chunkBytes: 5 },
    { encoding: 'zstd' },
    { usage: { input: 1_000_000, cached: 900_000, cacheWrite5m: 50_000, cacheWrite1h: 40_000, output: 5_000 } },
  ];
  for (const body of [message, streamed]) await Promise.all(whole.map((scenario) => call(body, scenario)));
  await call({ model: message.model, messages: [] }, {}, 'messages/count_tokens');
  await Promise.all([429, 500, 529, 401].map((error) => call(message, { error })));
  await call(message, { withoutUsage: true });
  await call(streamed, { streamUsage: 'Never' });
  await call(streamed, { streamErrorAfterFrames: 4 });
  await call(streamed, { streamErrorAfterFrames: 0 });
  await cut();
  const aborts = 3;
  await Promise.all(Array.from({ length: aborts }, () => abort()));

  await waitFor('all records', async () => (await gateway.metrics()).sum('tidegate_open_requests') === 0);
  await waitFor('the book', () => upstream.openRequests === 0);
  const after = await gateway.metrics();
  const counted = (name: string, labels: Readonly<Record<string, string>>): number =>
    after.sum(name, labels) - before.sum(name, labels);
  const tokens = TOKEN_CLASSES.map((name) => [name, counted('tidegate_tokens_total', { token_type: name })]);
  expect(Object.fromEntries(tokens)).toEqual(upstream.book.classes());
  // All of it has a price: claude-opus-5 at the standard tier is in the catalog.
  expect(counted('tidegate_unpriced_tokens_total', {})).toBe(0);
  expect(counted('tidegate_cost_usd_total', {})).toBeGreaterThan(1);
  expect(upstream.book.entries).toHaveLength(2 * whole.length + 1 + 1 + aborts);
  expect(counted('tidegate_usage_missing_total', { reason: 'not_reported' })).toBe(2);
  // Two errors in streams, one of them before any figure, and the cut.
  expect(counted('tidegate_usage_missing_total', { reason: 'upstream_failed' })).toBe(3);
  expect(counted('tidegate_usage_missing_total', { reason: 'client_disconnected' })).toBe(aborts);
});

/** A stream that the upstream breaks after some of the answer. */
async function cut(): Promise<void> {
  const answer = await open({ cutAfterFrames: 5 });
  await Promise.allSettled([collect(answer)]);
}

/** A stream whose client goes once it has begun. */
async function abort(): Promise<void> {
  const hangUp = new AbortController();
  const answer = await open({ hangAfterFrames: 3 }, hangUp.signal);
  await new Promise((resolve) => answer.once('data', resolve));
  answer.on('error', () => {});
  hangUp.abort();
}

function open(scenario: Scenario, signal?: AbortSignal): ReturnType<typeof send> {
  return send(`${gateway.provider('anthropic')}/v1/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headersFor(scenario) },
    body: JSON.stringify(streamed),
    ...(signal !== undefined && { signal }),
  });
}
