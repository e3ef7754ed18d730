/** `POST /llm/v1/connection-tests`, over an upstream that answers what each test says. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterEach, describe, expect, test } from '@jest/globals';
import { startHarness, UPSTREAM_KEY } from '../../../test/support/proxy/harness.ts';
import type { Harness, HarnessOptions } from '../../../test/support/proxy/harness.ts';
import { waitFor } from '../../../test/support/control-plane/wait.ts';
import type { ProviderType } from '../../table/types.ts';

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

let harness: Harness | undefined;
let seen: Seen[] = [];

type Reply = (response: ServerResponse) => void;
const replies =
  (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Reply =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body));
  };

const models = replies(200, { object: 'list', data: [] });

async function start(reply: Reply, options: Partial<HarnessOptions> = {}): Promise<Harness> {
  seen = [];
  harness = await startHarness({
    onRequest: (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { method = '', url = '', headers } = request;
        seen.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
        reply(response);
      });
    },
    ...options,
  });
  return harness;
}

afterEach(async () => {
  await harness?.[Symbol.asyncDispose]();
  harness = undefined;
});

interface Tested {
  readonly status: number;
  readonly headers: Headers;
  readonly result: Record<string, unknown>;
}

async function ask(body: unknown, headers: Readonly<Record<string, string>> = {}, method = 'POST'): Promise<Tested> {
  const answer = await fetch(`${harness?.proxy.url ?? ''}/llm/v1/connection-tests`, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(method === 'GET' ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return { status: answer.status, headers: answer.headers, result: (await answer.json()) as Record<string, unknown> };
}

const codeOf = ({ headers }: Tested): string | null => headers.get('x-tidegate-error');

describe('a test that passes', () => {
  test('without a model makes the free call with the provider’s own credential and headers', async () => {
    await start(models, { entry: { headers: [{ name: 'x-team', value: 'blue' }] } });
    const { status, result, headers } = await ask({ provider: 'up' });
    expect(status).toBe(200);
    expect(headers.get('x-tidegate-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(result).toEqual({
      namespace: 'default',
      provider: 'up',
      passed: true,
      billed: false,
      durationMilliseconds: expect.any(Number),
      upstream: { status: 200 },
    });
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({
      method: 'GET',
      url: '/v1/models',
      headers: { authorization: `Bearer ${UPSTREAM_KEY}`, 'x-team': 'blue' },
    });
  });

  test('with a model makes one billed call, counted once as any other', async () => {
    const answer = {
      id: 'chatcmpl-1',
      object: 'chat.completion',
      model: 'gpt-5-mini',
      choices: [{ index: 0, message: { role: 'assistant', content: 'pong' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 8, completion_tokens: 5, total_tokens: 13 },
    };
    const { metric, requests } = await start(replies(200, answer), { entry: { models: [{ name: 'gpt-5-mini' }] } });
    const { result } = await ask({ provider: 'up', namespace: 'default', model: 'gpt-5-mini' });
    expect(result).toMatchObject({ passed: true, billed: true, model: 'gpt-5-mini' });
    expect(seen).toHaveLength(1);
    expect(JSON.parse(seen[0]?.body ?? '')).toMatchObject({ model: 'gpt-5-mini' });
    await waitFor('the record', () => Promise.resolve(requests().length === 1));
    expect(requests()[0]).toMatchObject({
      provider: 'up',
      operation: 'chat',
      model: 'gpt-5-mini',
      status: 200,
      tokens: { input: 8, output: 5 },
    });
    const labels = ['provider="up"', 'operation="chat"', 'model="gpt-5-mini"'];
    expect(await metric('tidegate_requests_total', ...labels)).toBe(1);
    expect(await metric('tidegate_tokens_total', ...labels)).toBe(13);
    expect(await metric('tidegate_open_requests')).toBe(0);
  });
});

describe('a web page with status 200', () => {
  const page = replies(200, '<!doctype html><title>Sign in</title>', { 'content-type': 'text/html' });
  test.each<[ProviderType, string | undefined]>([
    ['OpenAI', undefined],
    ['Anthropic', undefined],
    ['Anthropic', 'claude-opus-5'],
    ['GoogleAI', undefined],
    ['OpenAICompatible', undefined],
  ])('is no pass of a provider of type %s (model: %s)', async (type, model) => {
    await start(page, { entry: { type } });
    const { result } = await ask({ provider: 'up', model });
    expect(result).toMatchObject({ passed: false, reason: 'UpstreamError', upstream: { status: 200 } });
    expect(result['hint']).toMatch(/base ?URL/i);
  });
});

describe('an upstream that refuses', () => {
  test('is told in its own words, without the key that they repeat', async () => {
    await start(
      replies(401, { error: { message: `Incorrect API key provided: ${UPSTREAM_KEY}.`, code: 'invalid_api_key' } }),
    );
    const { status, result } = await ask({ provider: 'up' });
    expect(status).toBe(200);
    expect(result).toMatchObject({
      passed: false,
      billed: false,
      upstream: { status: 401, message: 'Incorrect API key provided: [redacted].' },
      reason: 'UpstreamError',
      hint: expect.stringContaining('key'),
    });
  });

  test('a billed call is not billed', async () => {
    await start(replies(404, { error: { message: 'The model `x` does not exist', code: 'model_not_found' } }));
    expect((await ask({ provider: 'up', model: 'x' })).result).toMatchObject({ passed: false, billed: false });
  });

  test('with a redirect is not followed', async () => {
    await start(replies(302, '', { location: 'http://169.254.169.254/' }));
    const { result } = await ask({ provider: 'up' });
    expect(result).toMatchObject({ passed: false, upstream: { status: 302 } });
    expect(result['hint']).toContain('Redirects are not followed');
    expect(seen).toHaveLength(1);
  });

  test('at any length is read to a bound', async () => {
    await start(replies(500, { error: { message: 'x'.repeat(8_000_000) } }));
    const { result } = await ask({ provider: 'up' });
    expect(result).toMatchObject({ passed: false, upstream: { status: 500 } });
    expect(JSON.stringify(result).length).toBeLessThan(3000);
  });
});

describe('an upstream that cannot be reached', () => {
  test.each<[string, Partial<HarnessOptions>, string]>([
    ['refuses connections', { entry: { baseURL: 'http://127.0.0.1:1/v1' } }, 'ConnectionRefused'],
    ['has a name that nobody knows', { entry: { baseURL: 'http://nowhere.invalid/v1' } }, 'NameNotResolved'],
    ['has a denied address', { deniedCIDRs: ['127.0.0.0/8'] }, 'AddressDenied'],
  ])('because it %s', async (_why, options, reason) => {
    const { origin } = await start(models, options);
    const { status, result } = await ask({ provider: 'up', model: 'gpt-5' });
    expect(status).toBe(200);
    expect(result).toMatchObject({ passed: false, billed: false, reason });
    expect(result['upstream']).toBeUndefined();
    expect(result['hint']).not.toBe('');
    expect(JSON.stringify(result)).not.toContain('127.0.0.1');
    expect(JSON.stringify(result)).not.toContain(new URL(origin).port);
    expect(JSON.stringify(result)).not.toContain('nowhere.invalid');
  });

  test('because it speaks no TLS', async () => {
    const { setEntries, origin } = await start(models);
    setEntries({ baseURL: `${origin.replace('http:', 'https:')}/v1` });
    const { result } = await ask({ provider: 'up' });
    expect(result).toMatchObject({ passed: false, reason: 'TLSFailed' });
  });

  test('because it hangs up: what was sent may have been billed, and its figure is missing', async () => {
    const { metric, requests } = await start((response) => response.socket?.destroy());
    const { result } = await ask({ provider: 'up', model: 'gpt-5' });
    expect(result).toMatchObject({ passed: false, billed: true, reason: 'ConnectionLost' });
    expect(seen).toHaveLength(1);
    await waitFor('the record', () => Promise.resolve(requests().length === 1));
    expect(await metric('tidegate_usage_missing_total', 'reason="upstream_failed"')).toBe(1);
  });
});

describe('a request', () => {
  test.each([
    ['not JSON', '{', {}, 400, 'InvalidRequest'],
    ['an unknown field', { provider: 'up', stream: true }, {}, 400, 'InvalidRequest'],
    ['a body over 16 KiB', { provider: 'up', model: 'm'.repeat(17_000) }, {}, 413, 'RequestTooLarge'],
    ['an unknown provider', { provider: 'down' }, {}, 404, 'ProviderNotFound'],
    ['a provider of another namespace', { provider: 'up', namespace: 'other' }, {}, 404, 'ProviderNotFound'],
  ])('with %s is refused', async (_what, body, headers, status, code) => {
    await start(models);
    const answer = await ask(body, headers);
    expect([answer.status, codeOf(answer)]).toEqual([status, code]);
    expect(answer.result).toHaveProperty('error.message');
    expect(seen).toHaveLength(0);
  });

  test('with another method is refused and told which', async () => {
    await start(models);
    const answer = await ask(undefined, {}, 'GET');
    expect([answer.status, codeOf(answer), answer.headers.get('allow')]).toEqual([405, 'MethodNotAllowed', 'POST']);
  });

  test.each<[string, Partial<HarnessOptions>, object, number, string]>([
    ['a disabled provider', { entry: { enabled: false } }, {}, 403, 'ProviderDisabled'],
    [
      'a provider without its Secret',
      { entry: { availability: { state: 'Unavailable', reason: 'SecretNotFound', message: 'no Secret' } } },
      {},
      503,
      'CredentialsUnavailable',
    ],
    ['a model that is not allowed', { entry: { models: [{ name: 'a' }] } }, { model: 'b' }, 403, 'ModelNotAllowed'],
    [
      'a caller who may not invoke',
      { authorizer: { authorize: (_identity, verb) => ({ kind: 'Denied', message: `no ${verb}` }) } },
      {},
      403,
      'Forbidden',
    ],
    [
      'a caller whom nobody can vouch for',
      { authorizer: { authorize: () => Promise.resolve({ kind: 'Unavailable', message: 'away' }) } },
      {},
      503,
      'IdentityUnavailable',
    ],
    [
      'a caller without a token',
      { authenticator: { authenticate: () => ({ kind: 'Unauthenticated', message: 'who are you' }) } },
      {},
      401,
      'Unauthenticated',
    ],
  ])('for %s is refused before anything is called', async (_what, options, body, status, code) => {
    const { requests } = await start(models, options);
    const answer = await ask({ provider: 'up', ...body });
    expect([answer.status, codeOf(answer)]).toEqual([status, code]);
    expect(seen).toHaveLength(0);
    await waitFor('the record', () => Promise.resolve(requests().length === 1));
    expect(requests()[0]).toMatchObject({ status, code });
  });
});

test('more than two tests of one provider at a time are refused, so that nobody makes a flood of them', async () => {
  const held: ServerResponse[] = [];
  await start((response) => void held.push(response));
  const first = [ask({ provider: 'up' }), ask({ provider: 'up' })];
  await waitFor('both calls', () => Promise.resolve(held.length === 2));
  const third = await ask({ provider: 'up' });
  expect([third.status, codeOf(third), third.headers.get('retry-after')]).toEqual([503, 'Overloaded', '1']);
  for (const response of held) models(response);
  for (const { result } of await Promise.all(first)) expect(result).toMatchObject({ passed: true });
  const again = ask({ provider: 'up' });
  await waitFor('another call', () => Promise.resolve(held.length === 3));
  models(held[2] as ServerResponse);
  expect((await again).result).toMatchObject({ passed: true });
});

test('a client that hangs up leaves a call behind that is counted when it ends', async () => {
  const held: ServerResponse[] = [];
  const { proxy, requests, metric } = await start((response) => void held.push(response));
  const hangUp = new AbortController();
  const gone = fetch(`${proxy.url}/llm/v1/connection-tests`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"provider":"up","model":"gpt-5"}',
    signal: hangUp.signal,
  });
  await waitFor('the call', () => Promise.resolve(held.length === 1));
  hangUp.abort();
  await expect(gone).rejects.toThrow();
  // Round trips on other connections, in which the proxy hears of the end of that one.
  for (let i = 0; i < 5; i += 1) await (await fetch(`${proxy.url}/llm/v1/providers`)).text();
  expect(requests().filter(({ provider }) => provider === 'up')).toHaveLength(0);
  replies(200, { choices: [], usage: { prompt_tokens: 3, completion_tokens: 2 } })(held[0] as ServerResponse);
  const record = (): Record<string, unknown> | undefined => requests().find(({ provider }) => provider === 'up');
  await waitFor('the record', () => Promise.resolve(record() !== undefined));
  expect(record()).toMatchObject({ status: 499, tokens: { input: 3, output: 2 } });
  expect(await metric('tidegate_tokens_total')).toBe(5);
});

test('a process that ends ends its tests, too', async () => {
  const { proxy, requests } = await start(() => undefined);
  const asked = ask({ provider: 'up' });
  await waitFor('the call', () => Promise.resolve(seen.length === 1));
  await proxy.close();
  expect(codeOf(await asked)).toBe('Draining');
  expect(requests()).toHaveLength(1);
});

describe('a provider that passes its callers’ credentials on', () => {
  const asksForKey = (response: ServerResponse): void => {
    const isKnown = seen.at(-1)?.headers['authorization'] === 'Bearer own-credential-1234';
    if (isKnown) models(response);
    else replies(401, { error: { message: 'missing api key' } })(response);
  };
  const tokens: HarnessOptions['authenticator'] = {
    authenticate: (credential) =>
      credential === 'gateway-token'
        ? { kind: 'Authenticated', identity: { username: 'u', groups: [] } }
        : { kind: 'Unauthenticated', message: 'no token' },
  };
  const options: Partial<HarnessOptions> = { entry: { credential: { kind: 'Passthrough' } }, authenticator: tokens };

  test('is reachable when it asks for a credential, and the gateway’s token is not given to it', async () => {
    await start(asksForKey, options);
    const { result } = await ask({ provider: 'up' }, { authorization: 'Bearer gateway-token' });
    expect(result).toMatchObject({ passed: true, upstream: { status: 401 } });
    expect(result['hint']).toContain('X-Tidegate-Authorization');
    expect(seen[0]?.headers['authorization']).toBeUndefined();
  });

  test('proves nothing of a model without a credential', async () => {
    await start(asksForKey, options);
    const { result } = await ask({ provider: 'up', model: 'm' }, { authorization: 'Bearer gateway-token' });
    expect(result).toMatchObject({ passed: false, billed: false, reason: 'UpstreamError' });
  });

  test('is tested with the caller’s own credential when it comes beside the gateway’s header', async () => {
    await start(asksForKey, options);
    const { result } = await ask(
      { provider: 'up' },
      { 'x-tidegate-authorization': 'Bearer gateway-token', authorization: 'Bearer own-credential-1234' },
    );
    expect(result).toMatchObject({ passed: true, upstream: { status: 200 } });
    expect(result['hint']).toBeUndefined();
  });
});
