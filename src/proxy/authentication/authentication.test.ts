/** What anybody is told about the way in, and callers about themselves. */
import { once } from 'node:events';
import { connect } from 'node:http2';
import { afterEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { exchange, sendBytes } from '../../../test/support/gateway/http.ts';
import type { RawAnswer, RawRequest } from '../../../test/support/gateway/http.ts';
import { startHarness } from '../../../test/support/proxy/harness.ts';
import type { Harness, HarnessOptions } from '../../../test/support/proxy/harness.ts';
import { VERSION } from '../../telemetry/version.ts';
import { openAccess } from '../../identity/open.ts';
import type { AuthenticationMethods, AuthenticationVerdict, Identity } from '../../identity/types.ts';
import { bearerChallenge } from './challenge.ts';
import { authenticationDocument } from './document.ts';
import { protectedResourceMetadata, resourceMetadataURL } from './protected-resource.ts';

let harness: Harness | undefined;
afterEach(async () => {
  await harness?.[Symbol.asyncDispose]();
  harness = undefined;
});

const methods: AuthenticationMethods = {
  anonymous: false,
  jwt: [
    {
      issuer: 'https://login.example.com',
      audiences: ['tidegate'],
      tokenTypes: ['AccessToken'],
      grantTypes: ['authorization_code', 'client_credentials', 'refresh_token'],
      login: { clientID: 'tidegate-cli', scopes: ['openid', 'llm'] },
    },
    {
      issuer: 'https://ci.example.com/',
      audiences: ['a', 'b'],
      tokenTypes: ['AccessToken', 'IDToken'],
      grantTypes: undefined,
      login: undefined,
    },
  ],
  serviceAccountTokens: { audiences: ['tidegate'] },
  x509: true,
};

const dave: Identity = {
  username: 'https://login.example.com#dave',
  uid: 'u-7',
  groups: ['staff', 'system:authenticated'],
  extra: { secret: ['not for anybody'] },
  agent: 'ci-runner',
  expiresAt: Date.parse('2026-11-21T18:00:00Z'),
};

const judge = (credential: string | undefined): AuthenticationVerdict => {
  if (credential === 'good') return { kind: 'Authenticated', identity: dave };
  if (credential === 'away') return { kind: 'Unavailable', message: 'Nobody can be asked.' };
  const problem = credential === undefined ? 'The request carries no credential.' : 'The token expired at noon.';
  return { kind: 'Unauthenticated', message: `${problem} Its issuer must be "https://login.example.com".` };
};

async function start(options: Partial<HarnessOptions> = {}): Promise<Harness> {
  harness = await startHarness({
    onRequest: (_request, response) => response.end('{}'),
    authenticator: { authenticate: judge },
    access: { methods },
    ...options,
  });
  return harness;
}

const ask = async (path: string, request: RawRequest = {}): Promise<RawAnswer> =>
  exchange(`${harness?.proxy.url ?? ''}${path}`, request);
const json = ({ body }: RawAnswer): unknown => JSON.parse(body.toString());
const bearer = (token: string): RawRequest => ({ headers: { authorization: `Bearer ${token}` } });
const outcome = ({ status, headers }: RawAnswer): unknown[] => [status, headers['x-tidegate-error']];

const AUTHENTICATION = '/llm/v1/authentication';

describe('GET /llm/v1/authentication', () => {
  const wayIn = {
    anonymous: false,
    jwt: [
      {
        issuer: 'https://login.example.com',
        audiences: ['tidegate'],
        tokenTypes: ['AccessToken'],
        grantTypes: ['authorization_code', 'client_credentials', 'refresh_token'],
        login: {
          clientID: 'tidegate-cli',
          scopes: ['openid', 'llm'],
          grantTypes: ['authorization_code', 'refresh_token'],
        },
      },
      { issuer: 'https://ci.example.com/', audiences: ['a', 'b'], tokenTypes: ['AccessToken', 'IDToken'] },
    ],
    serviceAccountTokens: { audiences: ['tidegate'] },
    x509: true,
    headers: [
      { name: 'X-Tidegate-Authorization', scheme: 'Bearer' },
      { name: 'Authorization', scheme: 'Bearer' },
      { name: 'x-api-key' },
      { name: 'x-goog-api-key' },
      { name: 'api-key' },
    ],
    queryParameter: 'key',
  };

  test('tells anybody how callers are known here and where a token goes', async () => {
    await start();
    const answer = await ask(AUTHENTICATION);
    expect([answer.status, answer.headers['content-type'], answer.headers['cache-control']]).toEqual([
      200,
      'application/json',
      'no-store',
    ]);
    expect(json(answer)).toEqual(wayIn);
  });

  test.each<[string, string, RawRequest]>([
    ['a header', AUTHENTICATION, bearer('good')],
    ['another header', AUTHENTICATION, { headers: { 'x-api-key': 'good' } }],
    ['the query', `${AUTHENTICATION}?key=good`, {}],
  ])('tells a caller who it is, its token being in %s', async (_where, path, request) => {
    await start();
    const answer = await ask(path, request);
    expect(answer.status).toBe(200);
    expect(json(answer)).toEqual({
      version: VERSION,
      ...wayIn,
      caller: {
        username: 'https://login.example.com#dave',
        uid: 'u-7',
        groups: ['staff', 'system:authenticated'],
        agent: 'ci-runner',
        expiresAt: '2026-11-21T18:00:00.000Z',
      },
    });
  });

  test('tells whoever comes with a bad token what is wrong with it', async () => {
    await start();
    const answer = await ask(AUTHENTICATION, bearer('old'));
    expect(outcome(answer)).toEqual([401, 'Unauthenticated']);
    expect(json(answer)).toMatchObject({ error: { message: expect.stringContaining('expired at noon') } });
    expect(answer.headers['www-authenticate']).toContain('error="invalid_token"');
  });

  test('tells that nobody can be asked, as to any other request', async () => {
    await start();
    expect(outcome(await ask(AUTHENTICATION, bearer('away')))).toEqual([503, 'IdentityUnavailable']);
  });

  test('tells everybody who they are where nobody is asked for a credential', async () => {
    await start({ authenticator: openAccess.authenticator, access: openAccess });
    expect(json(await ask(AUTHENTICATION))).toMatchObject({
      anonymous: true,
      jwt: [],
      x509: false,
      caller: { username: 'system:anonymous', groups: ['system:unauthenticated'] },
    });
    expect(json(await ask(AUTHENTICATION))).not.toHaveProperty('serviceAccountTokens');
  });

  test('is there before the proxy has a table', async () => {
    await start({ table: false, publicURL: 'https://llm.example.com' });
    expect(outcome(await ask('/llm/v1/providers', bearer('good')))).toEqual([503, 'NotReady']);
    expect((await ask(AUTHENTICATION, bearer('good'))).status).toBe(200);
    expect((await ask('/.well-known/oauth-protected-resource/llm/v1')).status).toBe(200);
  });

  test('has a head as any other resource, and takes no other method', async () => {
    await start();
    const head = await ask(AUTHENTICATION, { method: 'HEAD' });
    expect([head.status, head.body.length, head.headers['cache-control']]).toEqual([200, 0, 'no-store']);
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      const answer = await ask(AUTHENTICATION, { method });
      expect([...outcome(answer), answer.headers['allow']]).toEqual([405, 'MethodNotAllowed', 'GET, HEAD']);
    }
  });

  test('follows a change of the configuration', async () => {
    const { proxy } = await start();
    proxy.setAccess(openAccess);
    expect(json(await ask(AUTHENTICATION))).toMatchObject({ anonymous: true });
  });

  test('leaves out an end that is no date', () => {
    const { caller } = authenticationDocument(methods, { ...dave, expiresAt: 1e300 });
    expect(caller).not.toHaveProperty('expiresAt');
  });
});

describe('metadata of a protected resource (RFC 9728)', () => {
  const WELL_KNOWN = '/.well-known/oauth-protected-resource';

  test('is between the host and the path of the public URL, for anybody', async () => {
    await start({ publicURL: 'https://llm.example.com' });
    const answer = await ask(`${WELL_KNOWN}/llm/v1`);
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'application/json']);
    expect(json(answer)).toEqual({
      resource: 'https://llm.example.com/llm/v1',
      authorization_servers: ['https://login.example.com', 'https://ci.example.com/'],
      bearer_methods_supported: ['header'],
      resource_name: 'Tidegate',
    });
    expect((await ask(`${WELL_KNOWN}/llm/v1`, bearer('old'))).status).toBe(200);
    expect(outcome(await ask(`${WELL_KNOWN}/llm/v1`, { method: 'POST' }))).toEqual([405, 'MethodNotAllowed']);
  });

  test('of a public URL with a path is in front of that path', async () => {
    await start({ publicURL: 'https://example.com/ai/gateway' });
    expect(json(await ask(`${WELL_KNOWN}/ai/gateway/llm/v1`))).toMatchObject({
      resource: 'https://example.com/ai/gateway/llm/v1',
    });
    expect(outcome(await ask(`${WELL_KNOWN}/llm/v1`))).toEqual([404, 'NotFound']);
  });

  test.each([
    WELL_KNOWN,
    `${WELL_KNOWN}/`,
    `${WELL_KNOWN}/llm/v1/`,
    `${WELL_KNOWN}/llm/v1/providers/up`,
    `${WELL_KNOWN}x`,
  ])('is of no other resource: %s', async (path) => {
    await start({ publicURL: 'https://llm.example.com' });
    expect(outcome(await ask(path))).toEqual([404, 'NotFound']);
  });

  test('needs a public URL', async () => {
    await start();
    expect(outcome(await ask(`${WELL_KNOWN}/llm/v1`))).toEqual([404, 'NotFound']);
  });

  test('names no authorization server where no issuer is accepted', () => {
    const metadata = protectedResourceMetadata('/llm/v1', 'https://h', { ...methods, jwt: [] });
    expect(metadata).toBeDefined();
    expect(metadata).not.toHaveProperty('authorization_servers');
  });

  test('is where every challenge says that it is', async () => {
    for (const publicURL of ['https://llm.example.com', 'http://h:8080/a', 'https://h/%22x']) {
      const url = new URL(resourceMetadataURL(publicURL));
      await start({ publicURL });
      const answer = await ask(url.pathname);
      expect(json(answer)).toMatchObject({ resource: `${publicURL}/llm/v1` });
      await harness?.[Symbol.asyncDispose]();
    }
    harness = undefined;
  });
});

describe('the challenge of a 401 (RFC 6750)', () => {
  const call = '/llm/v1/providers/up/chat/completions';

  test('tells no error to a request without a credential', async () => {
    await start();
    expect((await ask(call)).headers['www-authenticate']).toBe('Bearer realm="tidegate"');
    const signed = await ask(call, { headers: { authorization: 'AWS4-HMAC-SHA256 Credential=x' } });
    expect(signed.headers['www-authenticate']).toBe('Bearer realm="tidegate"');
  });

  test('tells what is wrong with a token, and where its issuers are', async () => {
    await start({ publicURL: 'https://llm.example.com' });
    expect((await ask(call, bearer('old'))).headers['www-authenticate']).toBe(
      'Bearer realm="tidegate", error="invalid_token", ' +
        `error_description="The token expired at noon. Its issuer must be 'https://login.example.com'.", ` +
        'resource_metadata="https://llm.example.com/.well-known/oauth-protected-resource/llm/v1"',
    );
  });

  test('stands on no 403: another token would not help', async () => {
    await start({ authorizer: { authorize: () => ({ kind: 'Denied', message: 'the verb "invoke" is missing' }) } });
    const answer = await ask(call, bearer('good'));
    expect(outcome(answer)).toEqual([403, 'Forbidden']);
    expect(answer.headers['www-authenticate']).toBeUndefined();
  });

  test('comes over HTTP/2, too', async () => {
    const { proxy } = await start();
    const session = connect(proxy.url);
    const stream = session.request({ ':path': call, authorization: 'Bearer old' });
    const [headers] = (await once(stream, 'response')) as [Record<string, string>];
    stream.resume();
    expect(headers[':status']).toBe(401);
    expect(headers['www-authenticate']).toMatch(/^Bearer realm="tidegate", error="invalid_token"/);
    const closed = once(session, 'close');
    session.close();
    await closed;
  });

  test('holds nothing that ends a quoted string or a header, whatever the message', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 2000 }), (problem) => {
        const [, description] = /^Bearer realm="tidegate", error="invalid_token", error_description="([^"]*)"$/s.exec(
          bearerChallenge(problem, undefined),
        ) ?? ['', '"'];
        expect(description).toMatch(/^[\x20-\x21\x23-\x5B\x5D-\x7E]{0,400}$/);
      }),
    );
    expect(bearerChallenge('"é"\r\nx: \\y', undefined)).toContain(`error_description="'?'??x: ?y"`);
  });
});

test('a web page in a frame of another site is turned away here, too, where nobody is asked for a credential', async () => {
  await start({ authenticator: openAccess.authenticator, access: openAccess, localOnly: true });
  const answer = await sendBytes(
    harness?.proxy.url ?? '',
    `GET ${AUTHENTICATION} HTTP/1.1\r\nhost: localhost\r\norigin: https://evil.example\r\nconnection: close\r\n\r\n`,
  );
  expect(answer).toMatch(/^HTTP\/1\.1 403 /);
});
