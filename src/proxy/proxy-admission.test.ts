import { afterEach, describe, expect, test } from '@jest/globals';
import { startHarness } from '../../test/support/proxy/harness.ts';
import type { Harness, HarnessOptions } from '../../test/support/proxy/harness.ts';
import { exchange, post, sendBytes, type RawAnswer } from '../../test/support/gateway/http.ts';
import type { AuthenticationVerdict, AuthorizationVerdict } from '../identity/types.ts';

let harness: Harness | undefined;
let forwarded = 0;
afterEach(async () => {
  await harness?.[Symbol.asyncDispose]();
  harness = undefined;
});
async function start(options: Partial<HarnessOptions> = {}): Promise<Harness> {
  forwarded = 0;
  harness = await startHarness({
    onRequest: (request, response) => {
      forwarded += 1;
      request.resume();
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end('{"object":"list","data":[{"id":"a","object":"model"},{"id":"b","object":"model"}]}');
    },
    ...options,
  });
  return harness;
}
const outcome = ({ status, headers }: RawAnswer): unknown[] => [status, headers['x-tidegate-error']];
const body = '{"model":"a","messages":[]}';

/** Tokens `good` and `poor` are known; only `good` may do anything. Verdicts come late, as from an API server. */
const identity: Pick<HarnessOptions, 'authenticator' | 'authorizer'> = {
  authenticator: {
    authenticate: async (credential): Promise<AuthenticationVerdict> => {
      if (credential === 'away') return { kind: 'Unavailable', message: 'nobody can be asked' };
      if (credential !== 'good' && credential !== 'poor') return { kind: 'Unauthenticated', message: 'send a token' };
      return { kind: 'Authenticated', identity: { username: credential, groups: [] } };
    },
  },
  authorizer: {
    authorize: async ({ username }, verb, _namespace, name): Promise<AuthorizationVerdict> =>
      username === 'good'
        ? { kind: 'Allowed' }
        : { kind: 'Denied', message: `the verb "${verb}" on ${name} is missing` },
  },
};
const as = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });

describe('the order of admission', () => {
  test('who is not known learns nothing, not even which names exist', async () => {
    const { url, proxy } = await start(identity);
    const challenge = 'Bearer realm="tidegate", error="invalid_token", error_description="send a token"';
    for (const target of [`${url}/chat/completions`, `${proxy.url}/llm/v1/providers/none/chat/completions`]) {
      const answer = await post(target, body, as('bad'));
      expect(outcome(answer)).toEqual([401, 'Unauthenticated']);
      expect(answer.headers).toMatchObject({ 'www-authenticate': challenge, 'x-should-retry': 'false' });
    }
    expect(forwarded).toBe(0);
  });

  test('an unknown name is 404 to a known caller, a known one 403 without the verb', async () => {
    const { url, proxy } = await start(identity);
    const unknown = await post(`${proxy.url}/llm/v1/providers/none/x`, body, as('poor'));
    expect(outcome(unknown)).toEqual([404, 'ProviderNotFound']);
    const denied = await post(`${url}/chat/completions`, body, as('poor'));
    expect(outcome(denied)).toEqual([403, 'Forbidden']);
    expect(JSON.parse(denied.body.toString())).toMatchObject({
      error: { message: 'the verb "invoke" on up is missing' },
    });
    expect(outcome(await post(`${url}/chat/completions`, body, as('good')))).toEqual([200, undefined]);
  });

  test('an authority that cannot be asked is 503, never open', async () => {
    const { url } = await start(identity);
    const answer = await post(`${url}/chat/completions`, body, as('away'));
    expect(outcome(answer)).toEqual([503, 'IdentityUnavailable']);
    expect(answer.headers['retry-after']).toBe('5');
    expect(answer.headers['x-should-retry']).toBeUndefined();
  });

  test('a disabled provider is told before missing credentials, these before the model', async () => {
    const unavailable = {
      state: 'Unavailable',
      reason: 'SecretNotFound',
      message: 'secret "default/up" not found',
    } as const;
    const { url, setEntries } = await start({ entry: { models: [{ name: 'z' }] } });
    setEntries({ enabled: false, availability: unavailable });
    expect(outcome(await post(`${url}/chat/completions`, body))).toEqual([403, 'ProviderDisabled']);
    setEntries({ availability: unavailable });
    const answer = await post(`${url}/chat/completions`, body);
    expect(outcome(answer)).toEqual([503, 'CredentialsUnavailable']);
    expect(answer.body.toString()).toContain('secret \\"default/up\\" not found');
    setEntries({});
    expect(outcome(await post(`${url}/chat/completions`, body))).toEqual([403, 'ModelNotAllowed']);
  });

  test('a broken authority is a failure of the gateway, and told as that', async () => {
    const { url, log } = await start({
      authenticator: { authenticate: () => Promise.reject(new Error('defect')) },
    });
    expect(outcome(await post(`${url}/chat/completions`, body))).toEqual([500, 'InternalError']);
    expect(log()).toContain('"message":"defect"');
  });

  test('more open requests than allowed are 503', async () => {
    const { url, proxy } = await start({
      limits: { openRequests: 1 },
      authenticator: { authenticate: () => new Promise(() => undefined) },
    });
    const first = new AbortController();
    const going = exchange(`${url}/models`, { signal: first.signal }).catch(() => undefined);
    while (proxy.openRequests !== 1) await new Promise(setImmediate);
    const answer = await exchange(`${url}/models`);
    expect([...outcome(answer), answer.headers['retry-after']]).toEqual([503, 'Overloaded', '1']);
    first.abort();
    await going;
    while ((proxy.openRequests as number) > 0) await new Promise(setImmediate);
  });
});

describe('an allowlist', () => {
  const allowing = { entry: { models: [{ name: 'a' }] } };

  test.each([
    ['the model', body, 200, undefined],
    ['its long-context spelling', '{"model":"a[1m]"}', 200, undefined],
    ['an escaped spelling', '{"mod\\u0065l":"\\u0061"}', 200, undefined],
    ['another model', '{"model":"b"}', 403, 'ModelNotAllowed'],
    ['no model', '{"messages":[]}', 403, 'ModelNotAllowed'],
    ['two models', '{"model":"a","model":"b"}', 400, 'InvalidRequest'],
    ['two models, one escaped', '{"model":"a","mod\\u0065l":"b"}', 400, 'InvalidRequest'],
    ['a model behind a megabyte', `{"messages":"${'x'.repeat(1_000_000)}","model":"b"}`, 403, 'ModelNotAllowed'],
    ['a second document', '{"model":"a"}{"model":"b"}', 400, 'InvalidRequest'],
    ['a nested model', '{"x":{"model":"a"}}', 403, 'ModelNotAllowed'],
    ['no JSON', 'model=a', 400, 'InvalidRequest'],
    ['nothing', '', 400, 'InvalidRequest'],
  ])('with %s', async (_what, text, status, code) => {
    const { url } = await start(allowing);
    expect(outcome(await post(`${url}/chat/completions`, text))).toEqual([status, code]);
    expect(forwarded).toBe(status === 200 ? 1 : 0);
  });

  test.each([
    ['two content types', 'content-type: application/json\r\ncontent-type: multipart/form-data; boundary=x'],
    ['two encodings', 'content-encoding: identity\r\ncontent-encoding: gzip'],
  ])('is not passed by %s', async (_what, headers) => {
    const { proxy } = await start(allowing);
    const head = `POST /llm/v1/providers/up/chat/completions HTTP/1.1\r\nhost: h\r\nconnection: close\r\n${headers}`;
    const answer = await sendBytes(proxy.url, `${head}\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('must not come twice');
    expect(forwarded).toBe(0);
  });

  test.each([
    ['a tool', '{"model":"a","tools":[{"type":"image_generation","model":"b"}]}', '', {}, 'ModelNotAllowed'],
    ['fallbacks', '{"model":"a","Fallback_Models":["b"]}', '', {}, 'InvalidRequest'],
    ['a header', body, '', { 'x-litellm-model': 'b' }, 'ModelNotAllowed'],
    ['the query', body, '?model=b', {}, 'ModelNotAllowed'],
  ] as const)('is not passed by another model in %s', async (_what, text, query, headers, code) => {
    const { url, setEntries } = await start(allowing);
    for (const path of ['chat/completions', 'responses']) {
      expect((await post(`${url}/${path}${query}`, text, headers)).headers['x-tidegate-error']).toBe(code);
    }
    expect(forwarded).toBe(0);
    setEntries({ models: [] });
    expect(outcome(await post(`${url}/responses${query}`, text, headers))).toEqual([200, undefined]);
  });

  test('lets a tool run a model that it allows', async () => {
    const { url } = await start({ entry: { models: [{ name: 'a' }, { name: 'image' }] } });
    const tools = '{"model":"a","tools":[{"type":"image_generation","model":"image"}]}';
    expect(outcome(await post(`${url}/responses`, tools))).toEqual([200, undefined]);
  });

  test('shows no list that cannot be cut down, and says so', async () => {
    const { url } = await start({ ...allowing, onRequest: (_, response) => void response.end('<html>') });
    const answer = await exchange(`${url}/models`);
    expect(outcome(answer)).toEqual([502, 'ModelListUnreadable']);
    expect(answer.body.toString()).toContain('cannot be filtered to the allowed ones');
  });

  test('cuts the list of models down to itself', async () => {
    const { url } = await start(allowing);
    const answer = await exchange(`${url}/models`, { headers: { 'accept-encoding': 'gzip' } });
    expect(answer.body.toString()).toBe('{"object":"list","data":[{"id":"a","object":"model"}]}');
    expect(answer.headers['content-length']).toBe(String(answer.body.length));
  });

  test('refuses calls that cannot be checked', async () => {
    const { url } = await start(allowing);
    expect(outcome(await post(`${url}/batches`, '{}'))).toEqual([403, 'ModelNotAllowed']);
    expect(outcome(await post(`${url}/Chat//Completions/`, '{"model":"b"}'))[0]).toBeGreaterThanOrEqual(400);
    expect(forwarded).toBe(0);
  });
});

describe('descriptions', () => {
  const described = async (target: string, token = 'good'): Promise<unknown> =>
    JSON.parse((await exchange(target, { headers: as(token) })).body.toString());

  test('say what a caller may get, and never a secret', async () => {
    const { proxy, setEntries } = await start({ ...identity, publicURL: 'https://llm.example.com' });
    const missing = {
      state: 'Unavailable',
      reason: 'SecretNotFound',
      message: 'secret "default/b" not found',
    } as const;
    setEntries(
      { name: 'a', models: [{ name: 'gpt-4o', pricing: { output: 0 } }, { name: 'm' }] },
      { name: 'b', availability: missing },
      { name: 'c', enabled: false },
      { name: 'd', namespace: 'other' },
    );
    const list = (await described(`${proxy.url}/llm/v1/providers`)) as { providers: { name: string }[] };
    expect(list.providers.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
    expect(await described(`${proxy.url}/llm/v1/providers/a`)).toEqual({
      name: 'a',
      namespace: 'default',
      type: 'OpenAI',
      displayName: 'Upstream',
      enabled: true,
      auth: { mode: 'APIKey' },
      models: [
        { name: 'gpt-4o', pricing: { input: 2.5, output: 0, cachedInput: 1.25 }, overridden: ['output'] },
        { name: 'm', unpriced: true },
      ],
      url: 'https://llm.example.com/llm/v1/providers/a',
      conditions: [
        { type: 'Ready', status: 'True', observedGeneration: 3, reason: 'Active', message: 'Requests are served' },
        { type: 'Active', status: 'True', observedGeneration: 3, reason: 'Active', message: 'Requests are served' },
      ],
    });
    expect(await described(`${proxy.url}/llm/v1/providers/b`)).toMatchObject({
      conditions: [
        { type: 'Ready', status: 'False', reason: 'SecretNotFound' },
        { type: 'Active', status: 'False' },
        { type: 'SecretNotFound', status: 'True' },
      ],
    });
    expect(await described(`${proxy.url}/llm/v1/providers/c`)).toMatchObject({
      conditions: [
        { type: 'Ready', status: 'True', reason: 'Disabled' },
        { type: 'Active', status: 'False', reason: 'Disabled' },
      ],
    });
    expect(await described(`${proxy.url}/llm/v1/namespaces/other/providers/d`)).toMatchObject({
      url: 'https://llm.example.com/llm/v1/namespaces/other/providers/d',
    });
    expect(await described(`${proxy.url}/llm/v1/providers`, 'poor')).toEqual({ providers: [] });
    expect(outcome(await exchange(`${proxy.url}/llm/v1/providers/a`, { headers: as('poor') }))).toEqual([
      403,
      'Forbidden',
    ]);
    expect(outcome(await exchange(`${proxy.url}/llm/v1/providers/x`, { headers: as('poor') }))).toEqual([
      404,
      'ProviderNotFound',
    ]);
    expect(outcome(await post(`${proxy.url}/llm/v1/providers/a`, '{}', as('good')))).toEqual([405, 'MethodNotAllowed']);
    expect(outcome(await exchange(`${proxy.url}/llm/v1/providers`))).toEqual([401, 'Unauthenticated']);
  });

  test('show providers that could not be compiled', async () => {
    const { proxy } = await start();
    const broken = {
      namespace: 'default',
      name: 'broken',
      generation: 1,
      reason: 'InvalidSpec',
      message: 'spec is wrong',
    };
    proxy.setTable({ revision: 'r', providers: [], guardrails: [] }, [broken]);
    expect(await described(`${proxy.url}/llm/v1/providers/broken`)).toMatchObject({
      conditions: [
        { type: 'Ready', status: 'False', reason: 'InvalidSpec', message: 'spec is wrong' },
        { type: 'Active', status: 'False' },
      ],
    });
  });
});

test.each([
  ['with a body', 'POST', 'content-length: 2\r\n', '{}'],
  ['with another method', 'HEAD', '', ''],
  ['and something else', 'GET', 'upgrade: h2c\r\n', ''],
])('a WebSocket %s is refused, and its token goes nowhere', async (_what, method, header, bytes) => {
  const { proxy } = await start();
  const answer = await sendBytes(
    proxy.url,
    `${method} /llm/v1/providers/up/realtime?model=a HTTP/1.1\r\nhost: h\r\n${header}connection: Upgrade\r\n` +
      'upgrade: websocket, h2c\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n' +
      `sec-websocket-protocol: openai-insecure-api-key.s3cret\r\n\r\n${bytes}`,
  );
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  expect(answer).toContain('x-tidegate-error: InvalidRequest');
  expect(forwarded).toBe(0);
});

test('the token among the subprotocols of a WebSocket is the caller’s, and goes nowhere else', async () => {
  let seen = '';
  const verdicts: unknown[] = [];
  const authenticator = {
    authenticate: (token: string | undefined): AuthenticationVerdict => {
      verdicts.push(token);
      return { kind: 'Unauthenticated', message: 'Unknown.' };
    },
  };
  const { proxy } = await start({ authenticator, onUpgrade: (request) => void (seen = request.rawHeaders.join()) });
  const answer = await sendBytes(
    proxy.url,
    'GET /llm/v1/providers/up/realtime?model=a HTTP/1.1\r\nhost: h\r\nconnection: Upgrade\r\nupgrade: websocket\r\n' +
      'sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n' +
      'sec-websocket-protocol: realtime, openai-insecure-api-key.s3cret\r\n\r\n',
  );
  expect(answer).toMatch(/^HTTP\/1\.1 401 /);
  expect(verdicts).toEqual(['s3cret']);
  expect(seen).toBe('');
});

test('outside of the gateway’s URLs there is nothing', async () => {
  const { proxy } = await start();
  expect(outcome(await exchange(`${proxy.url}/`))).toEqual([404, 'NotFound']);
  expect(outcome(await exchange(`${proxy.url}/llm/v1/providers/up/..%2f/x`))).toEqual([400, 'InvalidRequest']);
});
