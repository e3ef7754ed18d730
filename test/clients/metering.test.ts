/** What the gateway counts is what the upstream itself has in its book, whatever happened to the answers. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { waitFor } from '../support/control-plane/wait.ts';
import { collect, post, provider, secret, send, StandaloneGateway, upstreamKey } from '../support/gateway/index.ts';
import { openAI, scenarioHeader, UpstreamServer, type Scenario } from '../upstreams/index.ts';

let upstream: UpstreamServer;
let gateway: StandaloneGateway;

beforeAll(async () => {
  upstream = await UpstreamServer.start({ wire: openAI(), keys: [upstreamKey] });
  const models = ['gpt-4o', 'gpt-5', 'gpt-3.5-turbo-instruct', 'text-embedding-3-small'].map((name) => ({ name }));
  gateway = await StandaloneGateway.start({
    manifests: {
      'openai.yaml': [
        provider('openai', upstream.origin, { models }),
        provider('as-client', upstream.origin, { models, secretRef: { name: 'openai' }, streamUsage: 'AsClient' }),
        secret('openai'),
      ],
    },
  });
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

const messages = [{ role: 'user', content: 'Say hello.' }];

/** Kinds of calls; each is made with each of the scenarios. */
const calls = [
  { path: 'chat/completions', body: { model: 'gpt-4o', messages } },
  { path: 'chat/completions', body: { model: 'gpt-5', messages, stream: true } },
  {
    path: 'chat/completions',
    body: { model: 'gpt-4o', messages, stream: true, stream_options: { include_usage: true } },
  },
  {
    path: 'chat/completions',
    body: { model: 'gpt-4o', messages, stream: true, stream_options: { include_usage: false } },
  },
  { path: 'completions', body: { model: 'gpt-3.5-turbo-instruct', prompt: 'Say hello.' } },
  { path: 'completions', body: { model: 'gpt-3.5-turbo-instruct', prompt: 'Say hello.', stream: true } },
  { path: 'responses', body: { model: 'gpt-5', input: 'Say hello.' } },
  { path: 'responses', body: { model: 'gpt-5', input: 'Say hello.', stream: true } },
  { path: 'embeddings', body: { model: 'text-embedding-3-small', input: 'Say hello.' } },
];

const scenarios: readonly Scenario[] = [
  {},
  { chunkBytes: 3 },
  { encoding: 'gzip' },
  { encoding: 'br', chunkBytes: 5 },
  { encoding: 'zstd' },
  { streamUsage: 'EveryChunk', chunkBytes: 13 },
  { streamUsage: 'FinishChunk' },
  { usage: { input: 1_000_000, cached: 900_000, output: 5_000, reasoning: 0 } },
  { bodyBytes: 1_000_000 },
];

async function run(path: string, body: object, scenario: Scenario = {}, name = 'openai'): Promise<number> {
  const answer = await post(`${gateway.provider(name)}/v1/${path}`, body, {
    [scenarioHeader]: JSON.stringify(scenario),
  });
  return answer.status;
}

test('tokens by class are those of the upstream after many mixed requests, aborts and failures', async () => {
  for (const { path, body } of calls) {
    const statuses = await Promise.all(scenarios.map((scenario) => run(path, body, scenario)));
    expect(statuses.every((status) => status === 200)).toBe(true);
  }
  const whole = calls.length * scenarios.length;
  expect(upstream.book.totals().answers).toBe(whole);

  // None of these reports a figure, so none may be in the book or in the counters.
  await Promise.all([429, 500, 401, 404].map((error) => run('chat/completions', calls[0]!.body, { error })));
  await run('chat/completions', calls[0]!.body, { withoutUsage: true });
  await run('chat/completions', calls[2]!.body, { streamUsage: 'Never' });
  await run('chat/completions', calls[1]!.body, {}, 'as-client');
  const aborts = 5;
  await Promise.all(Array.from({ length: aborts }, () => abortedStream()));
  await cutStream();

  const { input, cached, output, reasoning, answers } = upstream.book.totals();
  expect(answers).toBe(whole);
  await waitFor('all records', async () => (await gateway.metrics()).sum('tidegate_open_requests') === 0);
  const metrics = await gateway.metrics();
  const tokens = (token_type: string): number => metrics.sum('tidegate_tokens_total', { token_type });
  expect({
    input: tokens('input'),
    cached: tokens('cached_input'),
    output: tokens('output'),
    reasoning: tokens('reasoning'),
  }).toEqual({ input: input - cached, cached, output: output - reasoning, reasoning });

  expect(metrics.sum('tidegate_usage_missing_total', { reason: 'not_reported' })).toBe(3);
  expect(metrics.sum('tidegate_usage_missing_total', { reason: 'client_disconnected' })).toBe(aborts);
  expect(metrics.sum('tidegate_usage_missing_total', { reason: 'upstream_failed' })).toBe(1);
  expect(metrics.sum('tidegate_client_disconnects_total')).toBe(aborts);
  expect(metrics.sum('tidegate_requests_total')).toBe(whole + 4 + 3 + aborts + 1);
});

/** A stream whose client goes after the first bytes. */
async function abortedStream(): Promise<void> {
  const hangUp = new AbortController();
  const answer = await send(`${gateway.provider('openai')}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', [scenarioHeader]: '{"hangAfterFrames":2}' },
    body: JSON.stringify(calls[1]!.body),
    signal: hangUp.signal,
  });
  await new Promise((resolve) => answer.once('data', resolve));
  answer.on('error', () => {});
  hangUp.abort();
}

/** A stream that the upstream breaks. */
async function cutStream(): Promise<void> {
  const answer = await send(`${gateway.provider('openai')}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', [scenarioHeader]: '{"cutAfterFrames":2}' },
    body: JSON.stringify(calls[1]!.body),
  });
  await Promise.allSettled([collect(answer)]);
}

test('mistake 19: the exposition is one that Prometheus accepts, and models that are not allowed are no labels', async () => {
  for (const model of ['made-up-1', 'made-up-2']) await run('chat/completions', { model, messages });
  const metrics = await gateway.metrics();
  for (const name of [
    'tidegate_requests_total',
    'tidegate_tokens_total',
    'tidegate_usage_missing_total',
    'tidegate_client_disconnects_total',
  ]) {
    expect(metrics.types.get(name)).toBe('counter');
  }
  expect(metrics.types.get('tidegate_open_requests')).toBe('gauge');
  expect(metrics.types.get('tidegate_overhead_seconds')).toBe('histogram');
  expect(metrics.types.get('gen_ai_server_request_duration_seconds')).toBe('histogram');
  const labels = new Set(metrics.samples.map((sample) => sample.labels['model']));
  expect([...labels].filter((label) => label?.startsWith('made-up'))).toEqual([]);
  expect(metrics.sum('tidegate_requests_total', { model: 'other', error: 'ModelNotAllowed' })).toBe(2);
});

test("mistake 19: a provider's series go when it goes", async () => {
  gateway.write('passing.yaml', [provider('passing', upstream.origin, { secretRef: { name: 'openai' } })]);
  await waitFor('the new provider', async () => (await run('chat/completions', calls[0]!.body, {}, 'passing')) === 200);
  expect((await gateway.metrics()).sum('tidegate_requests_total', { provider: 'passing', code: '200' })).toBe(1);
  gateway.remove('passing.yaml');
  await waitFor('its end', async () => {
    const metrics = await gateway.metrics();
    return !metrics.samples.some((sample) => sample.labels['provider'] === 'passing');
  });
});
