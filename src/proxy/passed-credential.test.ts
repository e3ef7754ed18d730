/** Providers with `authPassthrough`: what of a client's credentials reaches whom. */
import { afterEach, describe, expect, test } from '@jest/globals';
import type { IncomingHttpHeaders } from 'node:http';
import { startHarness, UPSTREAM_KEY, type Harness, type HarnessOptions } from '../../test/support/proxy/harness.ts';
import { exchange, type RawAnswer } from '../../test/support/gateway/http.ts';

const GATEWAY = 'token-for-the-gateway';
const SUBSCRIPTION = 'Bearer sk-ant-oat01-of-a-subscription';

let harness: Harness | undefined;
let seen: { readonly method: string; readonly url: string; readonly headers: IncomingHttpHeaders }[] = [];

afterEach(async () => {
  await harness?.[Symbol.asyncDispose]();
  harness = undefined;
  seen = [];
});

const tokens: NonNullable<HarnessOptions['authenticator']> = {
  authenticate: (credential) =>
    credential === GATEWAY
      ? { kind: 'Authenticated', identity: { username: 'u', groups: [] } }
      : { kind: 'Unauthenticated', message: 'The request carries no credential that this gateway knows.' },
};

async function call(
  headers: Readonly<Record<string, string>>,
  request: { readonly method?: string; readonly path?: string; readonly entry?: HarnessOptions['entry'] } = {},
): Promise<RawAnswer> {
  harness = await startHarness({
    onRequest: ({ method = '', url = '', headers: received }, response) => {
      seen.push({ method, url, headers: received });
      response.end('{}');
    },
    entry: { type: 'Anthropic', credential: { kind: 'Passthrough' }, ...request.entry },
    authenticator: tokens,
  });
  const method = request.method ?? 'POST';
  return exchange(`${harness.url}${request.path ?? '/v1/messages'}`, {
    method,
    headers: { ...headers, ...(method === 'POST' && { 'content-type': 'application/json' }) },
    ...(method === 'POST' && { body: '{"model":"claude-opus-5"}' }),
  });
}

const own = { 'x-tidegate-authorization': `Bearer ${GATEWAY}` };
const error = (answer: RawAnswer): unknown => JSON.parse(answer.body.toString());

describe("mistake 10: a client's own credential", () => {
  test.each<[string, Record<string, string>]>([
    ['a token of a subscription', { authorization: SUBSCRIPTION }],
    ['a key', { 'x-api-key': 'sk-ant-api03-of-the-client' }],
    ['both', { authorization: SUBSCRIPTION, 'x-api-key': 'sk-ant-api03-of-the-client' }],
  ])('is passed on as it is: %s', async (_, credential) => {
    for (const path of ['/v1/messages', '/v1/messages/count_tokens?beta=true']) {
      seen = [];
      await harness?.[Symbol.asyncDispose]();
      expect((await call({ ...own, ...credential }, { path })).status).toBe(200);
      const { authorization, 'x-api-key': key } = seen[0]?.headers ?? {};
      expect([authorization, key]).toEqual([credential['authorization'], credential['x-api-key']]);
      expect(JSON.stringify(seen)).not.toContain(GATEWAY);
      expect(JSON.stringify(seen)).not.toContain('x-tidegate');
      expect(JSON.stringify(seen)).not.toContain(UPSTREAM_KEY);
    }
  });

  test('that is missing is asked for by the provider, not made up', async () => {
    expect((await call(own)).status).toBe(200);
    expect(seen[0]?.headers['authorization']).toBeUndefined();
    expect(seen[0]?.headers['x-api-key']).toBeUndefined();
  });

  test('does not travel where the provider has a key of its own', async () => {
    const entry: HarnessOptions['entry'] = { type: 'Anthropic' };
    harness = await startHarness({
      onRequest: ({ headers }, response) => {
        seen.push({ method: '', url: '', headers });
        response.end('{}');
      },
      entry,
      authenticator: tokens,
    });
    await exchange(`${harness.url}/v1/messages`, {
      method: 'POST',
      headers: { ...own, authorization: SUBSCRIPTION, 'content-type': 'application/json' },
      body: '{"model":"claude-opus-5"}',
    });
    expect(seen[0]?.headers['x-api-key']).toBe(UPSTREAM_KEY);
    expect(seen[0]?.headers['authorization']).toBeUndefined();
  });
});

describe('a credential for the gateway', () => {
  test.each<[string, Record<string, string>]>([
    ['in Authorization', { authorization: `Bearer ${GATEWAY}` }],
    ['in x-api-key', { 'x-api-key': GATEWAY }],
    ['in both of its places and Authorization', { ...own, authorization: `bearer ${GATEWAY}` }],
    ['in both of its places and x-api-key', { ...own, 'x-api-key': GATEWAY }],
    ['nowhere', {}],
  ])('%s is refused with the name of its header, and given to nobody', async (_, headers) => {
    const answer = await call(headers);
    expect([answer.status, answer.headers['x-tidegate-error'], seen.length]).toEqual([401, 'Unauthenticated', 0]);
    expect(error(answer)).toMatchObject({
      type: 'error',
      error: { type: 'authentication_error', message: expect.stringContaining('X-Tidegate-Authorization: Bearer') },
    });
    expect(answer.body.toString()).not.toContain(GATEWAY);
  });
});

describe('headers of Anthropic', () => {
  test('mistake 11: versions and betas travel unchanged', async () => {
    const headers = {
      'anthropic-version': '2026-10-21',
      'anthropic-beta': 'oauth-2025-04-20,context-1m-2025-08-07, fine-grained-tool-streaming-2025-05-14',
      'x-claude-code-session-id': 'session-1',
    };
    await call({ ...own, authorization: SUBSCRIPTION, ...headers });
    expect(seen[0]?.headers).toMatchObject(headers);
  });
});

describe('the probe that Claude Code begins with', () => {
  test.each(['/', '/api/hello'])('HEAD %s gets an answer without a body when nobody is named', async (path) => {
    const answer = await call({}, { method: 'HEAD', path });
    expect([answer.status, answer.body.length]).toEqual([401, 0]);
    expect(answer.headers['content-type']).toBe('application/json');
  });

  test.each(['/', '/api/hello'])('HEAD %s of a known caller passes an allowlist', async (path) => {
    const answer = await call(own, { method: 'HEAD', path, entry: { models: [{ name: 'claude-opus-5' }] } });
    expect([answer.status, seen[0]?.url]).toEqual([200, `/v1${path}`]);
  });
});
