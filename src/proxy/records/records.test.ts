import { afterEach, describe, expect, test } from '@jest/globals';
import { exchange, post } from '../../../test/support/gateway/http.ts';
import type { RawAnswer } from '../../../test/support/gateway/http.ts';
import { startHarness } from '../../../test/support/proxy/harness.ts';
import type { Harness, HarnessOptions } from '../../../test/support/proxy/harness.ts';
import { MAX_WAITING, recordHeaders } from './answer.ts';
import type { RequestAnswer, RequestDocument } from './document.ts';

const answers: Record<string, (asked: URL) => [number, string]> = {
  '/v1/chat/completions': () => [
    200,
    JSON.stringify({
      object: 'chat.completion',
      model: 'gpt-5-mini-2025-08-07',
      service_tier: 'default',
      choices: [],
      usage: { prompt_tokens: 1000, completion_tokens: 20, total_tokens: 1020 },
    }),
  ],
};

let harness: Harness | undefined;
afterEach(async () => {
  await harness?.[Symbol.asyncDispose]();
  harness = undefined;
});
async function start(options: Partial<HarnessOptions> = {}): Promise<Harness> {
  harness = await startHarness({
    onRequest: (request, response) => {
      request.resume();
      const url = new URL(request.url ?? '', 'http://upstream');
      const [status, text] = answers[url.pathname]?.(url) ?? [404, '{"error":{"message":"no such thing"}}'];
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(text);
    },
    ...options,
  });
  return harness;
}

const get = (url: string, headers: Record<string, string> = {}): Promise<RawAnswer> => exchange(url, { headers });
const body = '{"model":"gpt-5-mini","messages":[]}';
const idOf = ({ headers }: RawAnswer): string => String(headers['x-tidegate-request-id']);
const as = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });

/** The record of `answer`, which comes when its request has ended. */
async function recordOf({ proxy }: Harness, answer: RawAnswer | string, token = 'none'): Promise<RequestDocument> {
  const id = typeof answer === 'string' ? answer : idOf(answer);
  for (;;) {
    const found = await get(`${proxy.url}/llm/v1/requests/${id}`, as(token));
    if (found.status === 200) return (JSON.parse(found.body.toString()) as RequestAnswer).request;
    if (found.headers['x-tidegate-error'] !== 'RequestNotFound') throw new Error(found.body.toString());
  }
}

describe('the record of a request', () => {
  test('holds what the access log says of it, and what explains it', async () => {
    const started = await start();
    const before = Date.now();
    const answer = await post(`${started.url}/chat/completions?trace=1`, body);
    const record = await recordOf(started, answer);
    const { level: _level, time: _time, msg: _msg, ...logged } = started.requests()[0] ?? {};
    expect(record).toMatchObject(logged);
    expect(record).toEqual({
      ...logged,
      startedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      path: '/llm/v1/providers/up/chat/completions',
      requested: { namespace: 'default', provider: 'up' },
      revision: started.proxy.revision,
      generation: 3,
      forwarded: true,
      streamed: false,
      clientDisconnected: false,
      servedModel: 'gpt-5-mini-2025-08-07',
      serviceTier: 'default',
      costUSDByClass: { input: '0.00025', output: '0.00004' },
      waitedMs: expect.any(Number),
      firstByteMs: expect.any(Number),
    });
    expect(record.costUSD).toBe('0.00029');
    expect(Math.abs(Date.parse(record.startedAt) - before)).toBeLessThan(60_000);
  });

  test('tells which proxy has it, and is not to be kept', async () => {
    const started = await start();
    const id = idOf(await post(`${started.url}/chat/completions`, body));
    await recordOf(started, id);
    const answer = await get(`${started.proxy.url}/llm/v1/requests/${id.toUpperCase()}`);
    const { proxy } = JSON.parse(answer.body.toString()) as RequestAnswer;
    expect(proxy).toBe('proxy-0');
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'x-tidegate-proxy': 'proxy-0',
    });
  });

  test('of a name that is none says what was asked for', async () => {
    const started = await start();
    const answer = await post(`${started.proxy.url}/llm/v1/namespaces/team/providers/opneai/v1/messages`, body);
    expect(await recordOf(started, answer)).toMatchObject({
      status: 404,
      code: 'ProviderNotFound',
      message: 'There is no provider "opneai" in the namespace "team".',
      path: '/llm/v1/namespaces/team/providers/opneai/v1/messages',
      requested: { namespace: 'team', provider: 'opneai' },
      forwarded: false,
    });
  });

  test('of an error that is the upstream’s says that it was asked', async () => {
    const started = await start();
    const record = await recordOf(started, await get(`${started.url}/files/file-0a1b`));
    expect(record).toMatchObject({ status: 404, forwarded: true, path: '/llm/v1/providers/up/files/*' });
    expect(record.code).toBeUndefined();
  });

  test('of an upstream that is not there has the gateway’s words for it', async () => {
    const started = await start();
    started.setEntries({ baseURL: 'http://127.0.0.1:1' });
    const record = await recordOf(started, await post(`${started.url}/chat/completions`, body));
    expect(record).toMatchObject({ status: 502, code: 'UpstreamUnreachable', forwarded: true });
    expect(record.message).toContain('refused the connection');
  });

  test('of a client that hung up says so', async () => {
    let asked: () => void = () => undefined;
    const isAsked = new Promise<void>((resolve) => (asked = resolve));
    const started = await start({ onRequest: () => asked() });
    const abort = new AbortController();
    const answer = fetch(`${started.url}/chat/completions`, { method: 'POST', body, signal: abort.signal });
    await isAsked;
    abort.abort();
    await expect(answer).rejects.toThrow();
    while (started.requests().length === 0) await new Promise(setImmediate);
    const id = String(started.requests()[0]?.['requestId']);
    expect(await recordOf(started, id)).toMatchObject({
      status: 499,
      code: 'ClientDisconnected',
      clientDisconnected: true,
      usageMissing: 'client_disconnected',
    });
  });
});

describe('who may read it', () => {
  const asked: unknown[][] = [];
  const access: Pick<HarnessOptions, 'authenticator' | 'authorizer'> = {
    authenticator: {
      authenticate: (credential) =>
        credential === undefined || credential === 'bad'
          ? { kind: 'Unauthenticated', message: 'send a token', reason: 'expired' }
          : { kind: 'Authenticated', identity: { username: credential, groups: [] } },
    },
    authorizer: {
      authorize: async ({ username }, verb, namespace, name, subresource) => {
        if (subresource === undefined) return { kind: 'Allowed' };
        asked.push([username, verb, namespace, name, subresource]);
        if (username === 'away') return { kind: 'Unavailable', message: 'nobody can be asked' };
        return username === 'admin' ? { kind: 'Allowed' } : { kind: 'Denied', message: 'not yours' };
      },
    },
  };
  const outcome = ({ status, headers }: RawAnswer): unknown[] => [status, headers['x-tidegate-error']];

  test('whoever may get the requests of its provider', async () => {
    const started = await start(access);
    const answer = await post(`${started.url}/chat/completions`, body, as('ann'));
    expect(await recordOf(started, answer, 'admin')).toMatchObject({ user: 'ann', provider: 'up' });
    asked.length = 0;
    const url = `${started.proxy.url}/llm/v1/requests/${idOf(answer)}`;
    const denied = await get(url, as('ann'));
    expect(outcome(denied)).toEqual([403, 'Forbidden']);
    expect(denied.headers['x-tidegate-proxy']).toBe('proxy-0');
    expect(denied.body.toString()).toContain('not yours');
    expect(outcome(await get(url, as('away')))).toEqual([503, 'IdentityUnavailable']);
    const unknown = await get(url, as('bad'));
    expect(outcome(unknown)).toEqual([401, 'Unauthenticated']);
    expect(unknown.headers['x-tidegate-proxy']).toBeUndefined();
    expect(asked).toEqual([
      ['ann', 'get', 'default', 'up', 'requests'],
      ['away', 'get', 'default', 'up', 'requests'],
    ]);
  });

  test('of a request about no provider that there is: who may get all of the namespace', async () => {
    const started = await start(access);
    const elsewhere = await post(`${started.proxy.url}/llm/v1/namespaces/team/providers/none/x`, body, as('ann'));
    const nowhere = await get(`${started.proxy.url}/nothing`, as('ann'));
    await recordOf(started, elsewhere, 'admin');
    await recordOf(started, nowhere, 'admin');
    asked.length = 0;
    await recordOf(started, elsewhere, 'admin');
    await recordOf(started, nowhere, 'admin');
    expect(asked).toEqual([
      ['admin', 'get', 'team', '', 'requests'],
      ['admin', 'get', 'default', '', 'requests'],
    ]);
  });

  test('of a caller who was refused: who may get those of the provider', async () => {
    const started = await start(access);
    const answer = await post(`${started.url}/chat/completions`, body, as('bad'));
    const record = await recordOf(started, answer, 'admin');
    expect(record).toMatchObject({ status: 401, code: 'Unauthenticated', reason: 'expired', provider: 'up' });
    expect(record).not.toHaveProperty('user');
    expect(record).not.toHaveProperty('message');
  });

  test('nobody learns from an id that is none', async () => {
    const started = await start(access);
    asked.length = 0;
    const answer = await get(`${started.proxy.url}/llm/v1/requests/01234567-89ab-4cde-8f01-23456789abcd`, as('ann'));
    expect(outcome(answer)).toEqual([404, 'RequestNotFound']);
    expect(answer.headers).toMatchObject({ 'x-tidegate-proxy': 'proxy-0', 'x-should-retry': 'false' });
    expect(asked).toEqual([]);
  });

  test('no flood of reads keeps calls from the authorizer', async () => {
    let isWaiting = true;
    const held: (() => void)[] = [];
    const started = await start({
      ...access,
      authorizer: {
        authorize: (_identity, _verb, _namespace, _name, subresource) => {
          if (subresource === undefined || !isWaiting) return { kind: 'Allowed' };
          return new Promise((resolve) => held.push(() => resolve({ kind: 'Allowed' })));
        },
      },
    });
    const id = idOf(await post(`${started.proxy.url}/llm/v1/namespaces/x/providers/none/x`, body, as('ann')));
    const url = `${started.proxy.url}/llm/v1/requests/${id}`;
    while (started.requests().length === 0) await new Promise(setImmediate);
    const reads = Array.from({ length: MAX_WAITING }, () => get(url, as('ann')));
    while (held.length < MAX_WAITING) await new Promise(setImmediate);
    const refused = await get(url, as('ann'));
    expect(outcome(refused)).toEqual([503, 'Overloaded']);
    expect(refused.headers['retry-after']).toBeDefined();
    expect(outcome(await post(`${started.url}/chat/completions`, body, as('ann')))).toEqual([200, undefined]);
    isWaiting = false;
    for (const release of held) release();
    expect((await Promise.all(reads)).map(({ status }) => status)).toEqual(Array.from(reads, () => 200));
    expect((await get(url, as('ann'))).status).toBe(200);
  });

  test.each([
    ['GET', '/llm/v1/requests/not-a-uuid', 400, 'InvalidRequest', undefined],
    ['GET', '/llm/v1/requests/', 400, 'InvalidRequest', undefined],
    ['POST', '/llm/v1/requests/01234567-89ab-4cde-8f01-23456789abcd', 405, 'MethodNotAllowed', 'GET, HEAD'],
    ['DELETE', '/llm/v1/requests/01234567-89ab-4cde-8f01-23456789abcd', 405, 'MethodNotAllowed', 'GET, HEAD'],
  ])('%s %s is refused', async (method, path, status, code, allow) => {
    const { proxy } = await start(access);
    const answer = await exchange(`${proxy.url}${path}`, { method, headers: as('admin') });
    expect(outcome(answer)).toEqual([status, code]);
    expect(answer.headers['allow']).toBe(allow);
  });
});

describe('how many are kept', () => {
  test('none, when there is no room for any', async () => {
    const started = await start({ recordBytes: 0 });
    const answer = await post(`${started.url}/chat/completions`, body);
    const found = await get(`${started.proxy.url}/llm/v1/requests/${idOf(answer)}`);
    expect(found.status).toBe(404);
    expect(found.body.toString()).toContain('it keeps none (`requestRecords.maxBytes` is 0)');
  });

  test('the newest, and callers who are not known push out no others', async () => {
    const authenticator: HarnessOptions['authenticator'] = {
      authenticate: (credential) =>
        credential === 'good'
          ? { kind: 'Authenticated', identity: { username: 'ann', groups: [] } }
          : { kind: 'Unauthenticated', message: 'send a token' },
    };
    const started = await start({ recordBytes: 65_536, authenticator });
    const good = await post(`${started.url}/chat/completions`, body, as('good'));
    const first = await post(`${started.url}/chat/completions`, body);
    await recordOf(started, good, 'good');
    await recordOf(started, first, 'good');
    for (let i = 0; i < 60; i += 1) await post(`${started.url}/chat/completions`, body);
    while (started.requests().length < 64) await new Promise(setImmediate);
    expect(await recordOf(started, good, 'good')).toMatchObject({ user: 'ann' });
    const gone = await get(`${started.proxy.url}/llm/v1/requests/${idOf(first)}`, as('good'));
    expect(gone.headers['x-tidegate-error']).toBe('RequestNotFound');
  });
});

test('no record holds what a caller must keep to itself, wherever it stands', async () => {
  const secret = 'sk-proj-0a1B2c3D4e5F';
  const started = await start();
  const headers = { ...as(secret), 'x-api-key': secret, 'x-note': secret, cookie: `a=${secret}` };
  const text = JSON.stringify({ model: 'gpt-5-mini', messages: [{ role: 'user', content: secret }] });
  const { url, proxy } = started;
  const sent = [
    await post(`${url}/chat/completions?key=${secret}&note=${secret}`, text, headers),
    await post(`${url}/chat/completions?key=${secret}`, `{"${secret}": ${secret}`, headers),
    await post(`${url}/files/${secret}/content`, text, headers),
    await post(`${url}/${secret}:${secret}`, text, headers),
    await post(`${proxy.url}/${secret}?${secret}`, text, headers),
    await post(`${proxy.url}/llm/v1/providers/${secret}/x`, text, headers),
    await post(`${proxy.url}/llm/v1/namespaces/${secret}/providers/up/x`, text, headers),
    await get(`${proxy.url}/llm/v1/requests/${secret}`, headers),
    await get(`${proxy.url}/llm/v1/authentication?key=${secret}`, headers),
  ];
  started.setEntries({ models: [{ name: 'other' }] });
  sent.push(await post(`${url}/chat/completions?${secret}_model=${secret}`, text, { ...headers, [secret]: 'a' }));
  for (const answer of sent) {
    const record = await recordOf(started, answer);
    expect(record.requestId).toBe(idOf(answer));
    expect(JSON.stringify(record).toLowerCase()).not.toContain(secret.toLowerCase());
  }
});

describe('of what is refused before it is known who asks, or about whom', () => {
  test('a record repeats no header: those of a web page of another site are told to it alone', async () => {
    const started = await start({ localOnly: true });
    const answer = await get(`${started.url}/models`, { origin: 'https://hunter-two.example' });
    expect(answer.headers['x-tidegate-error']).toBe('Forbidden');
    expect(answer.body.toString()).toContain('hunter-two');
    const record = await recordOf(started, answer);
    expect(record).toMatchObject({ status: 403, code: 'Forbidden', provider: 'up' });
    expect(JSON.stringify(record)).not.toContain('hunter-two');
  });

  test('a record that whoever may in the default namespace reads names no provider of another', async () => {
    const started = await start();
    const url = `${started.proxy.url}/llm/v1/connection-tests`;
    const text = JSON.stringify({ namespace: 'team-b', provider: 'acquisition' });
    const answer = await post(url, text, { 'content-type': 'application/json' });
    expect(answer.body.toString()).toContain('acquisition');
    const record = await recordOf(started, answer);
    expect(record).toMatchObject({ status: 404, code: 'ProviderNotFound' });
    expect(JSON.stringify(record)).not.toMatch(/acquisition|team-b/);
  });

  test('nor does one of somebody who asked for a record and may not read it', async () => {
    const started = await start({
      authenticator: {
        authenticate: (credential = '') => ({ kind: 'Authenticated', identity: { username: credential, groups: [] } }),
      },
      authorizer: {
        authorize: ({ username }, _verb, namespace, name, subresource) =>
          subresource === undefined || username === 'admin' || name === ''
            ? { kind: 'Allowed' }
            : { kind: 'Denied', message: `not yours: ${namespace}/${name}` },
      },
    });
    const id = idOf(await post(`${started.url}/chat/completions`, body, as('ann')));
    await recordOf(started, id, 'admin');
    const answer = await get(`${started.proxy.url}/llm/v1/requests/${id}`, as('ann'));
    expect(answer.body.toString()).toContain('not yours: default/up');
    const record = await recordOf(started, answer);
    expect(record).toMatchObject({ status: 403, code: 'Forbidden', user: 'ann' });
    expect(JSON.stringify(record)).not.toContain('default/up');
  });
});

test('HEAD has the head of the answer and no body', async () => {
  const started = await start();
  const id = idOf(await post(`${started.url}/chat/completions`, body));
  await recordOf(started, id);
  const url = `${started.proxy.url}/llm/v1/requests/${id}`;
  const answer = await exchange(url, { method: 'HEAD' });
  expect(answer).toMatchObject({ status: 200, headers: { 'x-tidegate-proxy': 'proxy-0' } });
  expect(answer.body.length).toBe(0);
});

test('a machine may be called anything: the header that names it stays a header', () => {
  expect(recordHeaders({ hostName: 'Jörgs 机器' }).slice(-2)).toEqual(['x-tidegate-proxy', 'J-rgs---']);
  expect(recordHeaders({ hostName: 'proxy-0.a' }).at(-1)).toBe('proxy-0.a');
});
