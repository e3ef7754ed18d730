/** A provider of type GoogleAI: bytes in are bytes out, and what is counted is what the upstream has in its book. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { waitFor } from '../support/control-plane/wait.ts';
import { callerSockets } from '../support/gateway/caller-sockets.ts';
import { googleProvider, googleSecret } from '../support/gateway/google.ts';
import { exchange, post, send, StandaloneGateway, upstreamKey } from '../support/gateway/index.ts';
import { google, scenarioHeader, UpstreamServer, type Scenario } from '../upstreams/index.ts';

let upstream: UpstreamServer;
let gateway: StandaloneGateway;

const encodings = ['gzip', 'br', 'zstd', 'deflate'] as const;
const sizes = [1, 2, 3, 7, 64, 1000];

const MODEL = '/v1beta/models/gemini-2.5-flash';
const GENERATE = `${MODEL}:generateContent`;
const EVENTS = `${MODEL}:streamGenerateContent?alt=sse`;
const ARRAY = `${MODEL}:streamGenerateContent`;
const body = { contents: [{ role: 'user', parts: [{ text: 'Say "hello" in 日本語 🚀.' }] }] };

beforeAll(async () => {
  upstream = await UpstreamServer.start({ wire: google(), keys: [upstreamKey] });
  const models = ['gemini-2.5-flash', 'gemini-2.5-flash-lite', 'gemini-embedding-2'].map((name) => ({ name }));
  gateway = await StandaloneGateway.start({
    manifests: {
      'gemini.yaml': [
        googleProvider('gemini', upstream.origin),
        googleProvider('limited', upstream.origin, { models, secretRef: { name: 'gemini' } }),
        googleProvider('drained', upstream.origin, { secretRef: { name: 'gemini' }, onClientDisconnect: 'Drain' }),
        googleSecret('gemini'),
      ],
    },
  });
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

beforeEach(() => upstream.forget());

const url = (path: string, name = 'gemini'): string => gateway.provider(name) + path;

function doing(scenario: Scenario): Record<string, string> {
  return { [scenarioHeader]: JSON.stringify(scenario) };
}

describe('mistake 22: fields stripped: a request', () => {
  test.each([
    ['odd white space', '{ "contents" :\t[ ] ,\n\n "x":1.0e+2 }\n'],
    ['numbers that JavaScript cannot hold', '{"contents":[],"seed":12345678901234567890}'],
    ['escapes', '{"contents":[{"parts":[{"text":"\\u00e9\\/\\ud83d\\ude80"}]}]}'],
    ['fields of a future', '{"contents":[],"cachedContent":"cachedContents/a","future":{"x":null}}'],
  ])('with %s reaches the upstream as it is', async (_name, text) => {
    for (const name of ['gemini', 'limited']) {
      expect((await post(url(GENERATE, name), text)).status).toBe(200);
      expect(upstream.last.request.body.toString()).toBe(text);
    }
  });

  test('keeps the spelling of its path and query', async () => {
    const target = '/v1beta/models/gemini%2D2.5-flash:generateContent?alt=json&q=%7e+x&q=&empty';
    await post(url(target), body);
    expect(upstream.last.request.target).toBe(target);
  });

  test('keeps its headers', async () => {
    const headers = { 'x-goog-api-client': 'gl-node/24', 'x-server-timeout': '60', 'x-custom': 'a, b' };
    await post(url(GENERATE), body, headers);
    for (const [name, value] of Object.entries(headers)) expect(upstream.last.request.header(name)).toBe(value);
  });
});

describe.each([
  ['one body', GENERATE],
  ['a stream of events', EVENTS],
  ['a stream as an array', ARRAY],
])('%s comes back as it is', (_name, path) => {
  test.each(sizes)('cut into pieces of %d bytes', async (chunkBytes) => {
    const answer = await post(url(path), body, doing({ chunkBytes }));
    expect(answer.status).toBe(200);
    expect(answer.body.equals(upstream.last.sent)).toBe(true);
    expect(answer.headers['content-type']).toMatch(path === EVENTS ? /event-stream/ : /json/);
  });

  test.each(encodings)('in %s', async (encoding) => {
    const answer = await post(url(path), body, doing({ encoding, chunkBytes: 5 }));
    expect(answer.headers['content-encoding']).toBe(encoding);
    expect(answer.body.equals(upstream.last.sent)).toBe(true);
  });

  test('with 10 MB', async () => {
    const answer = await post(url(path), body, doing({ bodyBytes: 10_000_000 }));
    expect(answer.body.equals(upstream.last.sent)).toBe(true);
  });
});

test.each([400, 401, 403, 404, 429, 500, 503])('an error %d comes back as it is', async (error) => {
  const answer = await post(url(EVENTS), body, doing({ error }));
  expect(answer.status).toBe(error);
  expect(answer.body.equals(upstream.last.sent)).toBe(true);
  expect(answer.headers['x-tidegate-error']).toBeUndefined();
});

describe('a stream as an array that breaks off', () => {
  test.each([0, 1, 3])('after %d of its chunks is a whole array that ends with the error', async (cutAfterFrames) => {
    const answer = await post(url(ARRAY), body, doing({ cutAfterFrames }));
    const elements = JSON.parse(answer.body.toString()) as { error?: { code: number; status: string } }[];
    expect(elements).toHaveLength(cutAfterFrames + 1);
    expect(elements.at(-1)?.error).toMatchObject({ code: 502, status: 'UNAVAILABLE' });
  });
});

describe('a model that is not allowed', () => {
  test.each([
    '/v1beta/models/gemini-2.5-pro:generateContent',
    '/v1beta/models%2Fgemini-2.5-pro:generateContent',
    '/v1beta/models/gemini-2.5-flash%3AgenerateContent',
    '/v1beta//models/gemini-2.5-pro:generateContent',
    '/v1beta/models/gemini%2D2.5-pro:streamGenerateContent?alt=sse',
    '/v1beta/models/gemini-2.5-flash:batchGenerateContent',
    '/v1beta/models/gemini-2.5-flash:generateContent?$httpMethod=POST',
    '/v1beta/tunedModels/gemini-2.5-flash:generateContent',
    '/upload/v1beta/fileSearchStores/a:uploadToFileSearchStore',
  ])('does not get past the path %s', async (path) => {
    const answer = await post(url(path, 'limited'), body);
    expect(answer.status).toBe(403);
    expect(answer.headers['x-tidegate-error']).toBe('ModelNotAllowed');
    expect(upstream.exchanges).toHaveLength(0);
  });

  test.each([
    [`${MODEL}:generateContent`, { ...body, model: 'models/gemini-2.5-pro' }],
    [`${MODEL}:countTokens`, { generateContentRequest: { ...body, model: 'models/gemini-2.5-pro' } }],
    ['/v1beta/models/gemini-embedding-2:batchEmbedContents', { requests: [{ model: 'models/gemini-2.5-pro' }] }],
    ['/v1beta/openai/chat/completions', { model: 'models/gemini-2.5-pro', messages: [] }],
    ['/v1beta/cachedContents', { ...body, model: 'models/gemini-2.5-pro' }],
  ])('does not get past the body of %s', async (path, sent) => {
    const answer = await post(url(path, 'limited'), sent);
    expect(answer.status).toBe(403);
    expect(answer.headers['x-tidegate-error']).toBe('ModelNotAllowed');
    expect(upstream.exchanges).toHaveLength(0);
  });
});

/** Kinds of calls; each is made with each of the scenarios. */
const calls = [
  { path: GENERATE, body },
  { path: EVENTS, body },
  { path: ARRAY, body },
  { path: '/v1beta/models/gemini-2.5-flash-lite:generateContent', body },
  { path: EVENTS, body: { ...body, tools: [{ googleSearch: {} }] } },
  { path: '/v1beta/models/gemini-embedding-2:embedContent', body: { content: { parts: [{ text: 'a' }] } } },
  { path: '/v1beta/models/gemini-embedding-2:batchEmbedContents', body: { requests: [{ content: {} }] } },
  { path: '/v1beta/cachedContents', body: { ...body, model: 'models/gemini-2.5-flash' } },
  { path: '/v1beta/interactions', body: { model: 'gemini-2.5-flash', input: 'hello' } },
  { path: '/v1beta/interactions', body: { model: 'gemini-2.5-flash', input: 'hello', stream: true } },
  { path: '/v1beta/openai/chat/completions', body: { model: 'gemini-2.5-flash', messages: [] } },
  { path: '/v1beta/openai/chat/completions', body: { model: 'gemini-2.5-flash', messages: [], stream: true } },
];

const scenarios: readonly Scenario[] = [
  {},
  { chunkBytes: 3 },
  { encoding: 'gzip' },
  { encoding: 'br', chunkBytes: 5 },
  { encoding: 'zstd' },
  { usage: { input: 1_000_000, cached: 900_000, output: 5_000, reasoning: 2_000 } },
  { bodyBytes: 500_000 },
];

/** A stream whose client goes once it has the two chunks before the upstream hangs. */
async function abortedStream(name: string, path: string): Promise<void> {
  const hangUp = new AbortController();
  const answer = await send(url(path, name), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...doing({ hangAfterFrames: 2 }) },
    body: JSON.stringify(body),
    signal: hangUp.signal,
  });
  let seen = '';
  await new Promise<void>((resolve) => {
    answer.on('data', (chunk: Buffer) => {
      seen += chunk.toString('latin1');
      if (seen.split('usageMetadata').length === 3 && seen.includes('responseId', seen.lastIndexOf('usageMetadata')))
        resolve();
    });
  });
  answer.on('error', () => {});
  hangUp.abort();
}

test('mistake 1: usage lost with streams: tokens by class are those of the upstream after mixed requests, aborts and failures', async () => {
  const run = async (path: string, sent: object, scenario: Scenario = {}, name = 'limited'): Promise<number> =>
    (await post(url(path, name), sent, doing(scenario))).status;
  // Other tests count, too.
  await waitFor('earlier calls', async () => (await gateway.metrics()).sum('tidegate_open_requests') === 0);
  const before = await gateway.metrics();
  for (const { path, body: sent } of calls) {
    const statuses = await Promise.all(scenarios.map((scenario) => run(path, sent, scenario)));
    expect(statuses.every((status) => status === 200)).toBe(true);
  }
  expect(upstream.book.totals().answers).toBe(calls.length * scenarios.length);

  // None of these reports a figure.
  await Promise.all([400, 429, 500, 503].map((error) => run(EVENTS, body, { error })));
  await run(`${MODEL}:countTokens`, body);
  await run(GENERATE, body, { withoutUsage: true });
  await run(ARRAY, body, { streamUsage: 'Never' });
  // These report what they were until they broke off.
  await run(EVENTS, body, { streamErrorAfterFrames: 2 });
  await run(ARRAY, body, { streamErrorAfterFrames: 3 });
  await Promise.allSettled([run(EVENTS, body, { cutAfterFrames: 2 }), run(ARRAY, body, { cutAfterFrames: 1 })]);
  await abortedStream('limited', EVENTS);
  await abortedStream('limited', ARRAY);
  await waitFor('all records', async () => (await gateway.metrics()).sum('tidegate_open_requests') === 0);
  await waitFor('the aborts', () => upstream.exchanges.every(({ outcome }) => outcome !== 'Open'));

  const metrics = await gateway.metrics();
  const counted = (name: string, labels: Record<string, string>): number =>
    metrics.sum(name, labels) - before.sum(name, labels);
  const classes = upstream.book.classes();
  const tokens = Object.fromEntries(
    Object.keys(classes).map((token_type) => [token_type, counted('tidegate_tokens_total', { token_type })]),
  );
  expect(tokens).toEqual(classes);
  expect(classes.cache_write).toBeGreaterThan(0);
  const missing = (reason: string): number => counted('tidegate_usage_missing_total', { reason });
  expect(missing('not_reported')).toBe(2);
  expect(missing('upstream_failed')).toBe(4);
  expect(missing('client_disconnected')).toBe(2);
});

test('mistake 4: what becomes of an answer whose client hung up: drained, it is metered to its end', async () => {
  const hangUp = new AbortController();
  const answer = await send(url(EVENTS, 'drained'), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...doing({ hangAfterFrames: 2 }) },
    body: JSON.stringify(body),
    signal: hangUp.signal,
  });
  await new Promise((resolve) => answer.once('data', resolve));
  answer.on('error', () => {});
  hangUp.abort();
  // Its own end is closed at once; what counts is that the gateway has closed the other one.
  await waitFor('the gateway to see it', () => callerSockets(gateway.url) === 0);
  upstream.release();
  await waitFor('the rest', () => upstream.last.outcome === 'Complete');
  await waitFor('the record', async () => (await gateway.metrics()).sum('tidegate_open_requests') === 0);
  const metrics = await gateway.metrics();
  const labels = { provider: 'drained', token_type: 'output' };
  expect(metrics.sum('tidegate_tokens_total', labels)).toBe(upstream.book.classes().output);
  expect(metrics.sum('tidegate_usage_missing_total', { provider: 'drained' })).toBe(0);
  expect(metrics.sum('tidegate_client_disconnects_total', { provider: 'drained' })).toBe(1);
});

test('nothing of a caller is in the log, wherever it put its token', async () => {
  const token = 'token-of-nobody-else';
  await exchange(url(`/v1beta/models?key=${token}`));
  await exchange(url('/v1beta/models'), { headers: { 'x-goog-api-key': token } });
  expect(gateway.process.log()).not.toContain(token);
  expect(gateway.process.log()).not.toContain(upstreamKey);
  expect(upstream.exchanges.every(({ request }) => !request.rawHeaders.join().includes(token))).toBe(true);
  expect(upstream.exchanges.every(({ request }) => !request.target.includes(token))).toBe(true);
});
