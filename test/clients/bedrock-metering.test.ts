/** What the gateway sends on and counts is what Bedrock sent and has in its book, whatever happened to the answers. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { waitFor } from '../support/control-plane/wait.ts';
import { bedrockKeys, bedrockProvider } from '../support/gateway/bedrock.ts';
import { collect, exchange, post, type RawAnswer, send, StandaloneGateway } from '../support/gateway/index.ts';
import { applicationProfile, bedrock } from '../upstreams/bedrock/index.ts';
import { scenarioHeader, UpstreamServer, type Scenario } from '../upstreams/index.ts';

let upstream: UpstreamServer;
let gateway: StandaloneGateway;

beforeAll(async () => {
  upstream = await UpstreamServer.start({ wire: bedrock({ keys: bedrockKeys() }) });
  gateway = await StandaloneGateway.start({
    manifests: {
      'bedrock.yaml': bedrockProvider('bedrock', upstream.origin),
      'draining.yaml': bedrockProvider('draining', upstream.origin, { onClientDisconnect: 'Drain' }),
      'limited.yaml': bedrockProvider('limited', upstream.origin, { models: [{ name: applicationProfile }] }),
    },
  });
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

afterEach(() => upstream.forget());

const CLAUDE = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
const claude = { anthropic_version: 'bedrock-2023-05-31', max_tokens: 9, messages: [{ role: 'user', content: 'Hi' }] };
const messages = [{ role: 'user', content: [{ text: 'Hi' }] }];
const model = (id: string, action: string): string => `model/${encodeURIComponent(id)}/${action}`;
const chat = { model: 'openai.gpt-oss-20b-1:0', messages: [{ role: 'user', content: 'Hi' }] };
const anthropic = { model: CLAUDE, max_tokens: 9, messages: [{ role: 'user', content: 'Hi' }] };

/** Kinds of calls; each is made with each of the scenarios. */
const calls: readonly { readonly path: string; readonly body: object }[] = [
  { path: model(CLAUDE, 'invoke'), body: claude },
  { path: model(CLAUDE, 'invoke-with-response-stream'), body: claude },
  { path: model(applicationProfile, 'converse'), body: { messages } },
  { path: model(CLAUDE, 'converse-stream'), body: { messages } },
  { path: model('us.amazon.nova-pro-v1:0', 'invoke-with-response-stream'), body: { messages } },
  { path: model('meta.llama3-1-8b-instruct-v1:0', 'invoke-with-response-stream'), body: { prompt: 'Hi' } },
  { path: model('amazon.titan-text-express-v1', 'invoke-with-response-stream'), body: { inputText: 'Hi' } },
  { path: model('amazon.titan-embed-text-v2:0', 'invoke'), body: { inputText: 'Hi' } },
  { path: model('mistral.mistral-7b-instruct-v0:2', 'invoke'), body: { prompt: 'Hi' } },
  { path: model('cohere.command-r-v1:0', 'invoke'), body: { message: 'Hi' } },
  { path: model('openai.gpt-oss-20b-1:0', 'invoke-with-response-stream'), body: { messages } },
  { path: 'openai/v1/chat/completions', body: chat },
  { path: 'openai/v1/chat/completions', body: { ...chat, stream: true } },
  { path: 'openai/v1/responses', body: { model: chat.model, input: 'Hi', stream: true } },
  { path: 'anthropic/v1/messages', body: anthropic },
  { path: 'anthropic/v1/messages', body: { ...anthropic, stream: true } },
];

const intact: readonly Scenario[] = [
  {},
  { chunkBytes: 1 },
  { chunkBytes: 11, encoding: 'gzip' },
  { encoding: 'br' },
  { encoding: 'zstd' },
  { bodyBytes: 300_000 },
  { usage: { input: 1_000_000, cached: 900_000, output: 5_000 } },
];

/** Answers that break off, or fail in the middle of a stream. */
const broken: readonly Scenario[] = [
  { cutAfterFrames: 1 },
  { cutAfterFrames: 3 },
  { cutAfterFrames: 2, chunkBytes: 5 },
  { cutAfterFrames: 5, encoding: 'gzip' },
  { streamErrorAfterFrames: 2 },
];

const headersFor = (scenario: Scenario): Record<string, string> => ({
  'anthropic-version': '2023-06-01',
  [scenarioHeader]: JSON.stringify(scenario),
});

const run = (path: string, body: object, scenario: Scenario): Promise<RawAnswer> =>
  post(`${gateway.provider('bedrock')}/${path}`, body, headersFor(scenario));

async function abort(path: string, body: object): Promise<void> {
  const leaving = new AbortController();
  const answer = await send(`${gateway.provider('bedrock')}/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headersFor({ hangAfterFrames: 2 }) },
    body: JSON.stringify(body),
    signal: leaving.signal,
  });
  answer.once('data', () => leaving.abort());
  await collect(answer).catch(() => undefined);
}

const isStreamed = ({ path, body }: (typeof calls)[number]): boolean => path.endsWith('stream') || 'stream' in body;

test('tokens by class are those of Bedrock after many mixed requests, aborts and failures', async () => {
  const before = await gateway.metrics();
  for (const call of calls) {
    const answers = await Promise.all(intact.map((scenario) => run(call.path, call.body, scenario)));
    expect(answers.map(({ status }) => status)).toEqual(intact.map(() => 200));
    if (!isStreamed(call)) continue;
    await Promise.all(broken.map((scenario) => run(call.path, call.body, scenario).catch(() => undefined)));
    await abort(call.path, call.body);
  }
  await Promise.all([400, 403, 429, 500].map((error) => run(calls[0]?.path ?? '', claude, { error })));
  await waitFor('all records', async () => (await gateway.metrics()).sum('tidegate_open_requests') === 0);
  await waitFor('the upstream', () => upstream.openRequests === 0);

  const metrics = await gateway.metrics();
  const book = upstream.book.classes();
  const counted = Object.fromEntries(
    Object.keys(book).map((token_type) => {
      const sum = metrics.sum('tidegate_tokens_total', { token_type });
      return [token_type, sum - before.sum('tidegate_tokens_total', { token_type })];
    }),
  );
  expect(counted).toEqual(book);
  expect(book.cache_write_5m).toBeGreaterThan(0);
  expect(book.cache_write_1h).toBeGreaterThan(0);
});

test('mistake 4: where Bedrock bills on, the answer that its client leaves is read to its end', async () => {
  const before = (await gateway.metrics()).sum('tidegate_tokens_total', { provider: 'draining' });
  const leaving = new AbortController();
  const answer = await send(`${gateway.provider('draining')}/${model(CLAUDE, 'converse-stream')}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headersFor({ hangAfterFrames: 2 }) },
    body: JSON.stringify({ messages }),
    signal: leaving.signal,
  });
  answer.once('data', () => leaving.abort());
  await collect(answer).catch(() => undefined);
  upstream.release();
  await waitFor('the metered tokens', async () => {
    const { input, output } = upstream.book.totals();
    const counted = (await gateway.metrics()).sum('tidegate_tokens_total', { provider: 'draining' }) - before;
    return output > 0 && counted === input + output;
  });
  expect(upstream.last.outcome).toBe('Complete');
});

describe('byte identity', () => {
  test.each([
    {},
    { chunkBytes: 1 },
    { chunkBytes: 7, encoding: 'gzip' },
    { chunkBytes: 13, encoding: 'br' },
    { bodyBytes: 3_000_000 },
  ] satisfies Scenario[])('mistake 22: nothing of requests or answers is changed, with %j', async (scenario) => {
    for (const { path, body } of calls) {
      if (path.startsWith('openai/') && 'stream' in body) continue;
      const answer = await run(path, body, scenario);
      await waitFor('the upstream', () => upstream.last.outcome === 'Complete');
      expect(answer.body.equals(upstream.last.sent)).toBe(true);
      expect(upstream.last.request.body.toString()).toBe(JSON.stringify(body));
    }
  });

  test.each([
    '/model/us.anthropic.claude-sonnet-4-5-20250929-v1:0/invoke',
    '/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/invoke',
    '/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3a0/invoke',
    `/model/${encodeURIComponent(applicationProfile)}/invoke`,
  ])('mistake 16: the path %s is sent and signed as it came', async (path) => {
    const answer = await post(`${gateway.provider('bedrock')}${path}`, claude);
    expect(answer.status).toBe(200);
    expect(upstream.last.request.target).toBe(path);
  });
});

describe('refusals', () => {
  const errorOf = async (path: string, body: object, name = 'limited'): Promise<unknown> => {
    const answer = await post(`${gateway.provider(name)}/${path}`, body, { 'anthropic-version': '2023-06-01' });
    return [answer.status, answer.headers['x-amzn-errortype'], JSON.parse(answer.body.toString())];
  };

  test('mistake 13: take the shape of the API that the path speaks', async () => {
    const message = expect.stringContaining('allows');
    expect(await errorOf(model(CLAUDE, 'converse'), { messages })).toEqual([403, 'AccessDeniedException', { message }]);
    expect(await errorOf('openai/v1/chat/completions', chat)).toMatchObject([403, undefined, { error: { message } }]);
    expect(await errorOf('anthropic/v1/messages', anthropic)).toMatchObject([
      403,
      undefined,
      { type: 'error', error: { type: 'permission_error', message } },
    ]);
  });

  test('an allowlist of an ARN lets pass what names it, in whatever encoding', async () => {
    for (const encoded of [encodeURIComponent(applicationProfile), applicationProfile.replaceAll('/', '%2f')]) {
      const answer = await post(`${gateway.provider('limited')}/model/${encoded}/invoke`, claude);
      expect(answer.status).toBe(200);
    }
  });

  test.each([
    `model/${encodeURIComponent(encodeURIComponent(applicationProfile))}/invoke`,
    `model/${encodeURIComponent(applicationProfile)}/../x/invoke`,
    'async-invoke',
    'model-customization-jobs',
  ])('an allowlist lets nothing else pass: %s', async (path) => {
    const before = upstream.exchanges.length;
    const answer = await post(`${gateway.provider('limited')}/${path}`, claude);
    expect([400, 403]).toContain(answer.status);
    expect(upstream.exchanges).toHaveLength(before);
  });

  test('a bidirectional stream is refused in words', async () => {
    const answer = await exchange(
      `${gateway.provider('bedrock')}/${model('amazon.nova-sonic-v1:0', 'invoke-with-bidirectional-stream')}`,
      { method: 'POST', body: [Buffer.from('x')] },
    );
    expect([answer.status, answer.headers['x-amzn-errortype']]).toEqual([400, 'ValidationException']);
    expect(answer.body.toString()).toContain('InvokeModelWithResponseStream');
  });
});
