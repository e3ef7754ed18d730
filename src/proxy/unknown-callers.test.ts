/** Whoever is not known learns nothing of providers: neither that one exists, nor its type, nor how it takes credentials. */
import { once } from 'node:events';
import { connect } from 'node:http2';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { exchange, sendBytes } from '../../test/support/gateway/http.ts';
import type { RawRequest } from '../../test/support/gateway/http.ts';
import { startHarness } from '../../test/support/proxy/harness.ts';
import type { Harness } from '../../test/support/proxy/harness.ts';
import type { AuthenticationVerdict } from '../identity/types.ts';

let harness: Harness;
let forwarded = 0;

/** Tells credentials apart, as every authority does: which one was looked at must not depend on the provider. */
function judge(credential: string | undefined): AuthenticationVerdict | Promise<AuthenticationVerdict> {
  if (credential === 'away') return { kind: 'Unavailable', message: 'Nobody can be asked.' };
  const message = credential === undefined ? 'No credential.' : `A credential of ${credential.length} characters.`;
  const verdict: AuthenticationVerdict = { kind: 'Unauthenticated', message };
  return credential?.startsWith('late') === true ? Promise.resolve(verdict) : verdict;
}

beforeAll(async () => {
  harness = await startHarness({
    onRequest: (_request, response) => {
      forwarded += 1;
      response.end('{}');
    },
    authenticator: { authenticate: judge },
    publicURL: 'https://llm.example.com',
  });
  harness.setEntries(
    { name: 'openai' },
    { name: 'claude', type: 'Anthropic', baseURL: harness.origin },
    { name: 'passed', type: 'Anthropic', baseURL: harness.origin, credential: { kind: 'Passthrough' } },
    { name: 'gemini', type: 'GoogleAI', baseURL: harness.origin },
    { name: 'bedrock', type: 'Bedrock', baseURL: harness.origin, region: 'us-east-1' },
    { name: 'off', type: 'Anthropic', enabled: false },
    { name: 'there', namespace: 'team', type: 'GoogleAI' },
  );
});

afterAll(async () => {
  await harness[Symbol.asyncDispose]();
  expect(forwarded).toBe(0);
});

const EXISTING = ['openai', 'claude', 'passed', 'gemini', 'bedrock', 'off'].map((name) => `/llm/v1/providers/${name}`);
const PROVIDERS = [
  ...EXISTING,
  '/llm/v1/namespaces/team/providers/there',
  '/llm/v1/providers/none',
  '/llm/v1/namespaces/nowhere/providers/none',
];

/** Everything that a client gets, but for the request's id and the time of day. */
async function everything(path: string, request: RawRequest): Promise<string> {
  const { status, rawHeaders, body } = await exchange(`${harness.proxy.url}${path}`, request);
  const headers = rawHeaders.filter((_text, i, all) => (all[i - (i % 2)] ?? '').toLowerCase() !== 'date');
  return withoutID(JSON.stringify([status, headers, body.toString()]));
}

function withoutID(text: string): string {
  return text.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '<id>');
}

const segment = fc.constantFrom(
  'v1',
  'v1beta',
  'messages',
  'chat/completions',
  'models',
  'models/gemini-3-pro:generateContent',
  'models/gemini-3-pro:streamGenerateContent',
  'model/amazon.nova-lite-v1%3A0/converse',
  'anthropic',
  'openai',
  'responses',
  'inference-profiles',
  'x',
  // Decoded it is a backslash, and refused.
  'x%5Cy',
  '',
);
const token = fc.constantFrom('x', 'late', 'away', 'eyJ.eyJ.sig', 'sk-ant-oat01-abc', '%zz');
const header = fc.oneof(
  fc.tuple(
    fc.constantFrom('authorization', 'x-tidegate-authorization'),
    token.map((value) => `Bearer ${value}`),
  ),
  fc.tuple(fc.constantFrom('x-api-key', 'x-goog-api-key', 'api-key', 'authorization'), token),
  fc.constantFrom<[string, string]>(
    ['anthropic-version', '2023-06-01'],
    ['x-goog-api-client', 'google-genai-sdk'],
    ['x-amz-date', '20261121T000000Z'],
    ['connection', 'authorization'],
    ['content-type', 'text/plain'],
    ['accept', 'text/event-stream'],
  ),
);
const requests = fc.record({
  method: fc.constantFrom('GET', 'POST', 'HEAD', 'DELETE', 'OPTIONS', 'PATCH'),
  path: fc.array(segment, { maxLength: 3 }).map((segments) => segments.map((one) => `/${one}`).join('')),
  query: fc.constantFrom('', '?alt=sse', '?key=x', '?%6bey=late', '?model=gpt-realtime', '?beta=true'),
  headers: fc.array(header, { maxLength: 4 }).map((all) => Object.fromEntries(all)),
});

describe('who is not known', () => {
  test('gets the same answer, byte for byte, whatever the provider is and whether there is one', async () => {
    const statuses = new Set<string>();
    await fc.assert(
      fc.asyncProperty(requests, async ({ method, path, query, headers }) => {
        const request = { method, headers, ...(method === 'POST' ? { body: '{"model":"m"}' } : {}) };
        const [first, ...others] = await Promise.all(
          PROVIDERS.map(async (provider) => everything(`${provider}${path}${query}`, request)),
        );
        for (const other of others) expect(other).toBe(first);
        statuses.add(String(first).slice(1, 4));
      }),
      { numRuns: 150 },
    );
    // Nothing that only a known caller gets.
    expect(statuses).toContain('401');
    for (const status of statuses) expect(['400', '401', '405', '503']).toContain(status);
  });

  test('gets it over HTTP/2, too', async () => {
    const session = connect(harness.proxy.url);
    // The gateway closes a session that says goodbye; what node sends after that meets a closed socket, and is answered by RST.
    session.on('error', () => undefined);
    const answers = await Promise.all(
      PROVIDERS.map(async (provider) => {
        const stream = session.request({ ':method': 'POST', ':path': `${provider}/v1/messages`, 'x-api-key': 'x' });
        stream.end('{}');
        const [headers] = (await once(stream, 'response')) as [Record<string, string>];
        let body = '';
        for await (const chunk of stream) body += String(chunk);
        delete headers['date'];
        return withoutID(JSON.stringify([headers, body]));
      }),
    );
    await new Promise<void>((resolve) => session.close(resolve));
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]).toContain('authentication_error');
  });

  test('gets it for the handshake of a WebSocket', async () => {
    const answers = await Promise.all(
      PROVIDERS.map(async (provider) => {
        const head = `GET ${provider}/v1/realtime?model=gpt-realtime HTTP/1.1\r\nhost: h\r\nconnection: upgrade\r\n`;
        const handshake =
          'upgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==';
        const answer = await sendBytes(harness.proxy.url, `${head}${handshake}\r\n\r\n`);
        return withoutID(answer.replace(/^date:.*\r\n/im, ''));
      }),
    );
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]).toMatch(/^HTTP\/1\.1 401 /);
  });

  test('gets it for descriptions and connection tests, which name providers elsewhere', async () => {
    const described = await Promise.all(PROVIDERS.map(async (provider) => everything(provider, {})));
    expect(new Set(described).size).toBe(1);
    const tested = await Promise.all(
      ['openai', 'passed', 'none'].map(async (provider) =>
        everything('/llm/v1/connection-tests', {
          method: 'POST',
          body: JSON.stringify({ provider, pad: provider.length }),
        }),
      ),
    );
    expect(new Set(tested).size).toBe(1);
    expect(tested[0]).toMatch(/^\[401,/);
  });
});

describe('mistake 13: an SDK of somebody unknown gets the errors that it knows', () => {
  const shapes: [api: string, path: string, headers: Record<string, string>, body: object][] = [
    ['OpenAI', '/chat/completions', {}, { error: { code: 'unauthenticated', type: 'authentication_error' } }],
    ['Anthropic', '/v1/messages', {}, { type: 'error', error: { type: 'authentication_error' } }],
    ['Anthropic', '/v1/models', { 'anthropic-version': '2023-06-01' }, { type: 'error' }],
    ['Google', '/v1beta/models/gemini-3-pro:generateContent', {}, { error: { code: 401, status: 'UNAUTHENTICATED' } }],
    ['Google', '/v1/models', { 'x-goog-api-key': 'x' }, { error: { code: 401, status: 'UNAUTHENTICATED' } }],
    ['Bedrock', '/model/amazon.nova-lite-v1%3A0/converse', {}, { message: expect.any(String) }],
  ];

  test.each(shapes)('%s: %s', async (api, path, headers, body) => {
    for (const provider of ['/llm/v1/providers/openai', '/llm/v1/providers/none']) {
      const answer = await exchange(`${harness.proxy.url}${provider}${path}`, { method: 'POST', headers });
      expect([answer.status, answer.headers['x-tidegate-error']]).toEqual([401, 'Unauthenticated']);
      expect(answer.headers['x-amzn-errortype']).toBe(api === 'Bedrock' ? 'AccessDeniedException' : undefined);
      expect(JSON.parse(answer.body.toString())).toMatchObject(body);
    }
  });
});
