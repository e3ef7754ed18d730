/** What users of other gateways reported, with the openai SDK: see wire-facts on mistakes 8, 12 and 25. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import OpenAI from 'openai';
import { provider, secret, StandaloneGateway, upstreamKey } from '../support/gateway/index.ts';
import { openAI, scenarioHeader, UpstreamServer, type Scenario } from '../upstreams/index.ts';

let upstream: UpstreamServer;
let gateway: StandaloneGateway;

beforeAll(async () => {
  upstream = await UpstreamServer.start({ wire: openAI({ models: [] }), keys: [upstreamKey] });
  const models = [{ name: 'gpt-5[1m]' }, { name: 'gpt-4o' }];
  gateway = await StandaloneGateway.start({
    manifests: {
      'openai.yaml': [provider('openai', upstream.origin), secret('openai')],
      'limited.yaml': [provider('limited', upstream.origin, { models }), secret('limited')],
    },
  });
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

beforeEach(() => upstream.forget());

function client(name: string, maxRetries = 0): OpenAI {
  return new OpenAI({ apiKey: 'token-of-the-caller', baseURL: `${gateway.provider(name)}/v1`, maxRetries });
}

const ask = (content: string, model = 'gpt-4o'): OpenAI.ChatCompletionCreateParamsNonStreaming => ({
  model,
  messages: [{ role: 'user', content }],
});

test.each([
  ['openai', 33 * 1024],
  ['openai', 3 * 1024 * 1024],
  ['openai', 40 * 1024 * 1024],
  ['limited', 33 * 1024],
  ['limited', 20 * 1024 * 1024],
])('mistake 8: through "%s" a body of %i bytes arrives whole', async (name, bytes) => {
  const content = 'aü日🚀'.repeat(Math.ceil(bytes / 10));
  await client(name).chat.completions.create(ask(content));
  const { body } = upstream.last.request;
  const digest = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');
  expect(digest(body)).toBe(digest(JSON.stringify(ask(content))));
});

/** What OpenAI says with a 429. */
const limits = {
  'retry-after': '1',
  'retry-after-ms': '20',
  'x-should-retry': 'false',
  'x-ratelimit-limit-requests': '500',
  'x-ratelimit-remaining-requests': '0',
  'x-ratelimit-reset-requests': '120ms',
  'x-ratelimit-remaining-tokens': '29000',
  'x-request-id': 'req_of_the_upstream',
};

const saying = (scenario: Scenario): { headers: Record<string, string> } => ({
  headers: { [scenarioHeader]: JSON.stringify(scenario) },
});

test('mistake 12: a 429 comes with every header that says when to try again', async () => {
  const call = client('openai', 2).chat.completions.create(ask('x'), saying({ error: 429, headers: limits }));
  const failure = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(failure instanceof OpenAI.RateLimitError)) throw new Error('it was no rate limit', { cause: failure });
  expect(Object.fromEntries(failure.headers)).toMatchObject(limits);
  expect(failure.requestID).toBe('req_of_the_upstream');
  expect(failure.code).toBe('rate_limit_exceeded');
  expect(Object.fromEntries(failure.headers)).not.toHaveProperty('x-tidegate-error');
  // `x-should-retry` says no, and the SDK obeys.
  expect(upstream.exchanges).toHaveLength(1);
});

test('mistake 12: a 429 that passes is tried again, as soon as the upstream says', async () => {
  upstream.misbehave({ error: 429, headers: { 'retry-after-ms': '20' } });
  const answer = await client('openai', 2).chat.completions.create(ask('x'));
  expect(answer.choices).toHaveLength(1);
  expect(upstream.exchanges.map(({ status }) => status)).toEqual([429, 200]);
});

test.each(['gpt-5', 'gpt-5[1m]', 'gpt-4o[1m]'])(
  'mistake 25: the model "%s" is allowed, whichever side marks the long context, and travels as it was sent',
  async (model) => {
    await client('limited').chat.completions.create(ask('x', model));
    expect(upstream.last.request.body.toString()).toBe(JSON.stringify(ask('x', model)));
  },
);
