/** What trips agents and their users: names with a suffix, compaction, lists of models, upstreams without keys, encodings. */
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { waitFor } from '../../support/control-plane/wait.ts';
import { anthropicProvider, anthropicSecret } from '../../support/gateway/anthropic.ts';
import { exchange, post, provider, secret, StandaloneGateway, upstreamKey } from '../../support/gateway/index.ts';
import { anthropic, openAI, scenarioHeader, UpstreamServer, type Scenario } from '../../upstreams/index.ts';

const messages = [{ role: 'user', content: 'Hi' }];
const compacted = { id: 'resp_1', object: 'response.compaction', created_at: 1, output: [] };
const usage = { input_tokens: 900, input_tokens_details: { cached_tokens: 300 }, output_tokens: 40, total_tokens: 940 };

let upstream: UpstreamServer;
let claude: UpstreamServer;
let open: UpstreamServer;
let gateway: StandaloneGateway;

beforeAll(async () => {
  const wire = openAI();
  const answerTo: typeof wire.answer = (request, scenario) =>
    request.target === '/v1/responses/compact'
      ? {
          status: 200,
          headers: { 'content-type': 'application/json' },
          frames: [Buffer.from(JSON.stringify({ ...compacted, usage }))],
        }
      : wire.answer(request, scenario);
  upstream = await UpstreamServer.start({ wire: { ...wire, answer: answerTo }, keys: [upstreamKey] });
  claude = await UpstreamServer.start({ wire: anthropic(), keys: [upstreamKey] });
  open = await UpstreamServer.start({ wire: openAI() });
  const limited = [{ name: 'gpt-4o-mini' }, { name: 'gpt-5' }];
  gateway = await StandaloneGateway.start({
    manifests: {
      'openai.yaml': [provider('openai', upstream.origin, { models: limited }), secret('openai')],
      'anthropic.yaml': [
        anthropicProvider('anthropic', claude.origin, {
          models: [{ name: 'claude-sonnet-5' }, { name: 'claude-opus-4-8[1m]' }],
        }),
        anthropicSecret(),
      ],
      'keyless.yaml': [provider('keyless', open.origin, { type: 'OpenAICompatible', secretRef: undefined })],
    },
  });
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  for (const server of [upstream, claude, open]) await server[Symbol.asyncDispose]();
});

beforeEach(() => {
  for (const server of [upstream, claude, open]) server.forget();
});

const doing = (scenario: Scenario): Record<string, string> => ({
  'anthropic-version': '2023-06-01',
  [scenarioHeader]: JSON.stringify(scenario),
});

test.each([
  ['openai', 'v1/chat/completions', 'gpt-4o-mini', 'gpt-4o'],
  ['openai', 'v1/responses', 'gpt-4o-mini', 'gpt-4o'],
  ['anthropic', 'v1/messages', 'claude-sonnet-5', 'claude-opus-5'],
  ['anthropic', 'v1/messages', 'claude-opus-4-8', 'claude-haiku-4-5-20251001'],
])('mistake 25: [1m] behind a name changes nothing about what is allowed: %s %s %s', async (name, path, yes, no) => {
  const server = name === 'openai' ? upstream : claude;
  const call = (model: string): ReturnType<typeof post> =>
    post(`${gateway.provider(name)}/${path}`, { model, max_tokens: 9, messages, input: 'Hi' }, doing({}));
  for (const model of [yes, `${yes}[1m]`]) {
    const answer = await call(model);
    expect(answer.headers['x-tidegate-error']).toBeUndefined();
    // The name goes to the upstream as it came: what it means there is the upstream's to say.
    expect(JSON.parse(server.last.request.body.toString())).toMatchObject({ model });
  }
  for (const model of [no, `${no}[1m]`, `${yes}[2m]`, `[1m]${yes}`]) {
    expect((await call(model)).headers['x-tidegate-error']).toBe('ModelNotAllowed');
  }
});

test('mistake 25: compaction by the upstream is forwarded, metered and kept to the allowlist', async () => {
  const call = (model: string): ReturnType<typeof post> =>
    post(`${gateway.provider('openai')}/v1/responses/compact`, { model, input: [] });
  const before = await gateway.metrics();
  const answer = await call('gpt-5');
  expect(JSON.parse(answer.body.toString())).toEqual({ ...compacted, usage });
  await waitFor('the record', async () => {
    const metrics = await gateway.metrics();
    const counted = (token_type: string): number =>
      metrics.sum('tidegate_tokens_total', { token_type }) - before.sum('tidegate_tokens_total', { token_type });
    return counted('input') === 600 && counted('cached_input') === 300 && counted('output') === 40;
  });
  expect((await call('gpt-4o')).headers['x-tidegate-error']).toBe('ModelNotAllowed');
});

test('mistake 25: discovery finds the ids that agents look for, [1m] among them, and none that is not allowed', async () => {
  const answer = await exchange(`${gateway.provider('anthropic')}/v1/models?limit=1000`, { headers: doing({}) });
  const { data } = JSON.parse(answer.body.toString()) as { data: { id: string }[] };
  expect(data.map(({ id }) => id)).toEqual(['claude-sonnet-5', 'claude-opus-4-8', 'claude-opus-4-8[1m]']);
});

test('a further mistake: an upstream without keys is given none, and works', async () => {
  for (const stream of [false, true]) {
    const body = { model: 'gpt-4o', messages, stream };
    const headers = { authorization: 'Bearer token-of-the-caller' };
    const answer = await post(`${gateway.provider('keyless')}/v1/chat/completions`, body, headers);
    expect(answer.status).toBe(200);
    expect(open.last.request.header('authorization')).toBeUndefined();
    expect(open.last.request.rawHeaders.join('\n')).not.toContain('token-of-the-caller');
  }
});

test('a further mistake: an answer that is changed or made never has the encoding of another', async () => {
  const url = `${gateway.provider('openai')}/v1/models`;
  // Asked for it plain, the upstream compresses all the same: what cannot be cut down is refused, and plainly.
  const refused = await exchange(url, { headers: { ...doing({ encoding: 'gzip' }), 'accept-encoding': 'gzip' } });
  expect(upstream.last.request.header('accept-encoding')).toBe('identity');
  expect([refused.status, refused.headers['x-tidegate-error']]).toEqual([502, 'ModelListUnreadable']);
  expect(refused.headers['content-encoding']).toBeUndefined();
  expect(JSON.parse(refused.body.toString())).toHaveProperty('error.message');

  const cutDown = await exchange(url, { headers: { ...doing({}), 'accept-encoding': 'gzip' } });
  expect(cutDown.headers['content-encoding']).toBeUndefined();
  expect(cutDown.headers['content-length']).toBe(String(cutDown.body.length));

  const error = await post(
    `${gateway.provider('openai')}/v1/chat/completions`,
    { model: 'gpt-5', messages },
    { ...doing({ encoding: 'gzip', error: 429 }), 'accept-encoding': 'gzip' },
  );
  expect([error.status, error.headers['content-encoding']]).toEqual([429, 'gzip']);
  expect(JSON.parse(gunzipSync(error.body).toString())).toHaveProperty('error.code', 'rate_limit_exceeded');
});
