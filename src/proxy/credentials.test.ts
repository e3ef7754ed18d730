/** Where a caller's credential may be, which one counts, and that it goes nowhere else: neither upstream nor into a log. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { exchange, sendBytes } from '../../test/support/gateway/http.ts';
import { waitFor } from '../../test/support/control-plane/wait.ts';
import { startHarness } from '../../test/support/proxy/harness.ts';
import type { Harness, HarnessOptions } from '../../test/support/proxy/harness.ts';
import { ServiceAccountAuthenticator } from '../identity/service-account.ts';
import { openAccess } from '../identity/open.ts';
import { SubjectAccessAuthorizer } from '../identity/subject-access.ts';
import type { Identity } from '../identity/types.ts';

let harness: Harness | undefined;
let received = '';
let judged: (string | undefined)[] = [];

afterEach(async () => {
  await harness?.[Symbol.asyncDispose]();
  harness = undefined;
});

/** Every credential is good, and names its caller. */
async function start(options: Partial<HarnessOptions> = {}): Promise<Harness> {
  received = '';
  judged = [];
  harness = await startHarness({
    onRequest: (request, response) => {
      received += `${request.url ?? ''} ${request.rawHeaders.join(' ')}\n`;
      request.resume();
      response.end('{}');
    },
    authenticator: {
      authenticate: (credential) => {
        judged.push(credential);
        return credential === undefined
          ? { kind: 'Unauthenticated', message: 'No credential.' }
          : { kind: 'Authenticated', identity: { username: 'dave', groups: [] } };
      },
    },
    ...options,
  });
  return harness;
}

const PLACES: [place: string, headers: Record<string, string>][] = [
  ['X-Tidegate-Authorization', { 'X-Tidegate-Authorization': 'Bearer s3cret-own' }],
  ['Authorization', { authorization: 'bearer s3cret-bearer' }],
  ['x-api-key', { 'x-api-key': 's3cret-anthropic' }],
  ['x-goog-api-key', { 'x-goog-api-key': 's3cret-google' }],
  ['api-key', { 'api-key': 's3cret-azure' }],
];

describe('a credential', () => {
  test.each(PLACES)('in %s is taken, and neither forwarded nor logged', async (_place, headers) => {
    const { url, log, requests } = await start();
    expect((await exchange(`${url}/models`, { headers })).status).toBe(200);
    expect(judged).toEqual([Object.values(headers)[0]?.replace(/^bearer /i, '')]);
    await waitFor('the record', () => Promise.resolve(requests().length === 1));
    expect(received).not.toContain('s3cret');
    expect(log()).not.toContain('s3cret');
  });

  test.each([
    ['?key=s3cret', '/v1/models'],
    ['?a=1&%6bey=s3cret&b=%20', '/v1/models?a=1&b=%20'],
    ['?%6B%65%79=s3cret', '/v1/models'],
    ['?key=s3cret&key=s3cret-2&k%65y=s3cret-3', '/v1/models'],
    ['?key=s3cret&alt=sse', '/v1/models?alt=sse'],
  ])('in the query %s is taken, and neither forwarded nor logged', async (query, forwarded) => {
    const { url, log, requests } = await start();
    expect((await exchange(`${url}/models${query}`)).status).toBe(200);
    expect(judged).toEqual(['s3cret']);
    await waitFor('the record', () => Promise.resolve(requests().length === 1));
    expect(received.split(' ')[0]).toBe(forwarded);
    expect(received + log()).not.toContain('s3cret');
  });

  test.each([
    ['a path that is refused', '/llm/v1/providers/up/../x?key=s3cret', {}],
    ['a URL that is none of the gateway’s', '/nothing?key=s3cret', {}],
    ['a description', '/llm/v1/providers/none?key=s3cret', {}],
    ['the way in', '/llm/v1/authentication?key=s3cret', {}],
    ['a head that is refused', '/llm/v1/providers/up/x?key=s3cret', { connection: 'authorization' }],
    ['an upstream that is away', '/llm/v1/providers/away/x?key=s3cret', {}],
  ])('in the query of %s is not logged or answered', async (_what, path, headers) => {
    const { proxy, log, requests, setEntries } = await start();
    setEntries({}, { name: 'away', baseURL: 'http://127.0.0.1:1' });
    const bytes = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    const close = bytes.length === 0 ? 'connection: close\r\n' : '';
    const answer = await sendBytes(proxy.url, `GET ${path} HTTP/1.1\r\nhost: h\r\n${bytes.join('')}${close}\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 [2-5]/);
    await waitFor('the record', () => Promise.resolve(requests().length === 1));
    expect(answer + log()).not.toContain('s3cret');
  });

  test('of several counts in the order of the contract, and none of the others goes on either', async () => {
    const { url, log, requests } = await start();
    for (let from = 0; from <= PLACES.length; from += 1) {
      const headers = Object.assign({}, ...PLACES.slice(from).map(([, header]) => header)) as Record<string, string>;
      await exchange(`${url}/models?key=s3cret-query`, { headers });
    }
    const order = ['own', 'bearer', 'anthropic', 'google', 'azure', 'query'];
    expect(judged).toEqual(order.map((name) => `s3cret-${name}`));
    await waitFor('the records', () => Promise.resolve(requests().length === order.length));
    expect(received + log()).not.toContain('s3cret');
  });

  test.each(['Authorization', 'X-Tidegate-Authorization', 'x-api-key', 'x-goog-api-key', 'api-key'])(
    'that comes twice in %s is refused: what stands in front may have looked at the other one',
    async (name) => {
      const { proxy, log } = await start();
      const twice = ['one', 'two'].map((token) => `${name}: Bearer s3cret-${token}\r\n`).join('');
      const answer = await sendBytes(
        proxy.url,
        `GET /llm/v1/providers/up/models HTTP/1.1\r\nhost: h\r\n${twice}connection: close\r\n\r\n`,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 400 /);
      expect(answer).toContain(`The header ${name.toLowerCase()} must not come twice.`);
      expect(judged).toEqual([]);
      expect(received + answer + log()).not.toContain('s3cret');
    },
  );

  test('in another form than a bearer token is none', async () => {
    const { url } = await start();
    for (const authorization of [
      'Basic czNjcmV0',
      'Bearer',
      'Bearer ',
      's3cret',
      'AWS4-HMAC-SHA256 Credential=s3cret',
    ]) {
      expect((await exchange(`${url}/models`, { headers: { authorization } })).status).toBe(401);
    }
    expect(judged).toEqual([undefined, undefined, undefined, undefined, undefined]);
    expect(received).toBe('');
  });
});

describe('a credential that no token can be', () => {
  const authenticator = new ServiceAccountAuthenticator({
    client: { create: () => Promise.reject(new Error('nobody is asked about it')) },
    audiences: ['tidegate'],
    grace: 0,
  });

  test.each([
    ['over 16 KiB', `?key=${'a'.repeat(17 * 1024)}`, {}],
    ['over 16 KiB in a header', '', { 'x-api-key': 'a'.repeat(40 * 1024) }],
    ['with control characters', '?key=s3cret%00%0d%0ax', {}],
    ['with spaces', '?key=s3%20cret', {}],
    ['with spaces in a header', '', { authorization: 'Bearer s3 cret, Bearer other' }],
    ['of another script', '?key=s3cret%D0%96', {}],
    ['encoded badly', '?key=s3cret%zz', {}],
  ])('%s is refused in words', async (_what, query, headers) => {
    const { url, log, requests } = await start({ authenticator });
    const answer = await exchange(`${url}/models${query}`, { headers });
    expect([answer.status, answer.headers['x-tidegate-error']]).toEqual([401, 'Unauthenticated']);
    expect(answer.headers['www-authenticate']).toContain('error="invalid_token"');
    expect(JSON.parse(answer.body.toString())).toMatchObject({
      error: { message: expect.stringMatching(/^The (?:credential|token) /) },
    });
    await waitFor('the record', () => Promise.resolve(requests().length === 1));
    const shown = answer.body.toString() + answer.rawHeaders.join(' ') + log();
    expect(shown).not.toMatch(/s3cret|s3 cret|a{20}/);
  });

  test('over the limit of all headers is refused before anything reads it', async () => {
    const { url } = await start({ authenticator });
    const answer = await exchange(`${url}/models`, { headers: { 'x-api-key': 'a'.repeat(70 * 1024) } });
    expect(answer.status).toBe(431);
  });
});

describe('a 403', () => {
  const authorizer = new SubjectAccessAuthorizer({
    client: { create: () => Promise.resolve({ status: { allowed: false } }) },
    resource: { group: 'tidegate.io', plural: 'llmproviders' },
    grace: 0,
  });
  const headers = { authorization: 'Bearer t' };

  test.each([
    ['a call', '/llm/v1/providers/up/models', 'GET', 'invoke'],
    ['a description', '/llm/v1/providers/up', 'GET', 'get'],
    ['a connection test', '/llm/v1/connection-tests', 'POST', 'invoke'],
  ])('of %s names the verb and the object that a role must have', async (_what, path, method, verb) => {
    const { proxy } = await start({ authorizer });
    const body = method === 'POST' ? { body: '{"provider":"up"}' } : {};
    const answer = await exchange(`${proxy.url}${path}`, {
      method,
      headers: { ...headers, 'content-type': 'application/json' },
      ...body,
    });
    expect([answer.status, answer.headers['x-tidegate-error']]).toEqual([403, 'Forbidden']);
    const { error } = JSON.parse(answer.body.toString()) as { error: { message: string } };
    for (const word of ['"dave"', `the verb "${verb}"`, 'llmproviders.tidegate.io', '"up"', 'namespace "default"']) {
      expect(error.message).toContain(word);
    }
  });
});

describe('the caller on records', () => {
  const identity: Identity = {
    username: 'https://login.example.com#erin',
    agent: 'agent-7f',
    groups: ['staff', 'ml-team'],
  };

  test('is in the access log with agent and groups, and on no metric', async () => {
    const { url, requests, registry } = await start({
      authenticator: { authenticate: () => ({ kind: 'Authenticated', identity }) },
    });
    await exchange(`${url}/models`);
    await exchange(`${url}/chat/completions`, { method: 'POST', body: '{"model":"gpt-4o"}' });
    await waitFor('the records', () => Promise.resolve(requests().length === 2));
    for (const line of requests()) {
      expect(line).toMatchObject({ user: identity.username, agent: 'agent-7f', groups: ['staff', 'ml-team'] });
    }
    const exposition = await registry.metrics();
    expect(exposition).toContain('tidegate_requests_total{');
    for (const name of ['erin', 'agent-7f', 'staff', 'ml-team']) expect(exposition).not.toContain(name);
  });

  test('who is not let in is there with the reason', async () => {
    const verdict = { kind: 'Unauthenticated', reason: 'expired', message: 'The token expired at noon.' } as const;
    const { url, requests } = await start({ authenticator: { authenticate: () => verdict } });
    await exchange(`${url}/models`);
    await waitFor('the record', () => Promise.resolve(requests().length === 1));
    expect(requests()[0]).toMatchObject({ status: 401, code: 'Unauthenticated', reason: 'expired' });
  });

  test('takes little room there, whatever its issuer says', async () => {
    const groups = Array.from({ length: 500 }, (_none, i) => `${i}-${'g'.repeat(1000)}`);
    const large = { username: 'u'.repeat(10_000), agent: 'a'.repeat(10_000), groups };
    const { url, requests } = await start({
      authenticator: { authenticate: () => ({ kind: 'Authenticated', identity: large }) },
    });
    await exchange(`${url}/models`);
    await waitFor('the record', () => Promise.resolve(requests().length === 1));
    expect(requests()[0]).toMatchObject({ groupsOmitted: 480 });
    expect(JSON.stringify(requests()[0]).length).toBeLessThan(6000);
  });
});

describe('where a provider gets the client’s own credential', () => {
  const identity: Identity = { username: 'dave', groups: [] };
  const passthrough = { type: 'Anthropic', credential: { kind: 'Passthrough' } } as const;
  const gateways = { authorization: 'Bearer s3cret-for-the-gateway' };

  test('a credential for the gateway in its place is refused, whoever vouches for the caller beside it', async () => {
    const { url, log } = await start({
      entry: passthrough,
      authenticator: {
        authenticate: (credential) =>
          // Without any, as a client certificate would have it.
          credential === undefined || credential.startsWith('s3cret')
            ? { kind: 'Authenticated', identity }
            : { kind: 'Unauthenticated', message: 'Unknown.' },
      },
    });
    const answer = await exchange(`${url}/v1/models`, { headers: gateways });
    expect(answer.status).toBe(401);
    expect(answer.body.toString()).toContain('The header authorization holds your credential for the gateway');
    // Also where the request seems to speak Anthropic's API, it is said once where the credential belongs.
    const spoken = await exchange(`${url}/v1/messages`, {
      headers: { ...gateways, 'anthropic-version': '2023-06-01' },
    });
    expect([spoken.status, spoken.body.toString().match(/X-Tidegate-Authorization/g)]).toEqual([
      401,
      ['X-Tidegate-Authorization'],
    ]);
    expect(received + answer.body.toString() + log()).not.toContain('s3cret');
    expect((await exchange(`${url}/v1/models`, { headers: { 'x-api-key': 'sk-ant-own' } })).status).toBe(200);
    expect(received).toContain('sk-ant-own');
  });

  test('nobody is let in whose credential nobody could be asked about', async () => {
    const { url } = await start({
      entry: passthrough,
      authenticator: { authenticate: () => ({ kind: 'Unavailable', message: 'Nobody can be asked.' }) },
    });
    const answer = await exchange(`${url}/v1/models`, { headers: gateways });
    expect([answer.status, received]).toEqual([503, '']);
  });

  test('a gateway that asks nobody for a credential passes it on', async () => {
    const { url } = await start({
      entry: passthrough,
      access: openAccess,
    });
    expect((await exchange(`${url}/v1/models`, { headers: { authorization: 'Bearer sk-ant-oat' } })).status).toBe(200);
    expect(received).toContain('Bearer sk-ant-oat');
  });
});
