/** Clients against a gateway process that speaks TLS itself, with the certificate of a private authority. */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:http2';
import { request as httpsRequest } from 'node:https';
import type { RequestOptions } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTLS } from 'node:tls';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import OpenAI from 'openai';
import { OpenAIRealtimeWS } from 'openai/realtime/ws';
import { Agent, fetch as undiciFetch } from 'undici';
import { CertificateAuthority, type IssuedCertificate } from '../support/certificates.ts';
import { waitFor } from '../support/control-plane/wait.ts';
import { collect, post, provider, secret, StandaloneGateway, upstreamKey } from '../support/gateway/index.ts';
import type { RawAnswer } from '../support/gateway/index.ts';
import { openAI, scenarioHeader, UpstreamServer, type Scenario } from '../upstreams/index.ts';

let upstream: UpstreamServer;
let gateway: StandaloneGateway;
let authority: CertificateAuthority;
/** Of clients, apart from that of servers. */
let clients: CertificateAuthority;
let folder: string;

const file = (name: string): string => join(folder, name);
const chat = { model: 'gpt-4o', messages: [{ role: 'user' as const, content: 'Say hello.' }] };

function install({ certificate, key }: IssuedCertificate): void {
  writeFileSync(file('tls.crt'), certificate);
  writeFileSync(file('tls.key'), key);
}

const rbac = { apiVersion: 'rbac.authorization.k8s.io/v1' };
const invokers = [
  {
    ...rbac,
    kind: 'ClusterRole',
    metadata: { name: 'invoker' },
    rules: [{ apiGroups: ['tidegate.io'], resources: ['llmproviders'], verbs: ['invoke'] }],
  },
  {
    ...rbac,
    kind: 'ClusterRoleBinding',
    metadata: { name: 'builders' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'invoker' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'cert:builders' }],
  },
];

/** Who calls with a certificate of these groups. */
async function caller(...groups: string[]): Promise<{ cert: string; key: string }> {
  const subject = [{ CN: ['ci'] }, ...groups.map((group) => ({ O: [group] }))];
  const { certificate, key } = await clients.client(subject);
  return { cert: certificate, key };
}

let builder: { cert: string; key: string };

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidegate-tls-'));
  authority = await CertificateAuthority.create('CN=servers');
  clients = await CertificateAuthority.create('CN=clients');
  install(await authority.server());
  writeFileSync(file('ca.crt'), clients.certificate);
  builder = await caller('builders');
  upstream = await UpstreamServer.start({ wire: openAI(), keys: [upstreamKey] });
  gateway = await StandaloneGateway.start({
    manifests: { 'openai.yaml': [provider('openai', upstream.origin), secret('openai')], 'access.yaml': invokers },
    config: {
      tls: { certFile: file('tls.crt'), privateKeyFile: file('tls.key') },
      authentication: { x509: { clientCAFile: file('ca.crt'), groupsPrefix: 'cert:' } },
    },
  });
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

beforeEach(() => upstream.forget());

async function open(scenario: Scenario = {}, options: RequestOptions = builder, body: object = chat) {
  const request = httpsRequest(`${gateway.provider('openai')}/v1/chat/completions`, {
    method: 'POST',
    ca: authority.certificate,
    agent: false,
    headers: { 'content-type': 'application/json', [scenarioHeader]: JSON.stringify(scenario) },
    ...options,
  });
  // A connection that the gateway ends may be reset.
  request.on('error', () => undefined);
  request.end(JSON.stringify(body));
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return response;
}

async function ask(options?: RequestOptions): Promise<RawAnswer> {
  return collect(await open({}, options));
}

/** Of the certificate that a new connection is shown. */
async function shown(): Promise<string> {
  const socket = connectTLS({ port: Number(new URL(gateway.url).port), host: '127.0.0.1', ca: authority.certificate });
  await once(socket, 'secureConnect');
  const { fingerprint256 = '' } = socket.getPeerX509Certificate() ?? {};
  socket.destroy();
  return fingerprint256;
}

function sdk(): OpenAI {
  const dispatcher = new Agent({ connect: { ca: authority.certificate, ...builder } });
  return new OpenAI({
    apiKey: 'none',
    baseURL: `${gateway.provider('openai')}/v1`,
    maxRetries: 0,
    fetch: undiciFetch as unknown as typeof fetch,
    fetchOptions: { dispatcher } as object,
  });
}

describe('what passes', () => {
  test('the ready line and the log say https', async () => {
    expect(gateway.process.log()).toContain(`${gateway.url}/llm/v1/providers`);
    expect(gateway.url).toMatch(/^https:/);
  });

  test('a call over HTTP/1.1, byte for byte', async () => {
    const answer = await ask();
    expect(answer.status).toBe(200);
    expect(answer.body.equals(upstream.last.sent)).toBe(true);
  });

  test('a hundred calls on one HTTP/2 connection', async () => {
    const session = connect(gateway.url, { ca: authority.certificate, ...builder });
    const statuses = await Promise.all(
      Array.from({ length: 100 }, async () => {
        const stream = session.request({
          ':method': 'POST',
          ':path': '/llm/v1/providers/openai/v1/chat/completions',
          'content-type': 'application/json',
        });
        stream.end(JSON.stringify({ ...chat, stream: true }));
        const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
        stream.resume();
        await once(stream, 'end');
        return headers[':status'];
      }),
    );
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(session.alpnProtocol).toBe('h2');
    await new Promise<void>((resolve) => session.close(resolve));
  });

  test('30 MB each way', async () => {
    const body = { ...chat, pad: 'x'.repeat(30_000_000) };
    const answer = await collect(await open({ bodyBytes: 30_000_000 }, builder, body));
    expect(upstream.last.request.body.toString()).toBe(JSON.stringify(body));
    expect(answer.body.equals(upstream.last.sent)).toBe(true);
  });

  test('the openai SDK, which is told of the private authority, streams', async () => {
    let text = '';
    for await (const chunk of await sdk().chat.completions.create({ ...chat, stream: true })) {
      text += chunk.choices[0]?.delta.content ?? '';
    }
    expect(text).toBe('Hello world grüße 日本');
  });

  test('a WebSocket of the realtime client', async () => {
    const realtime = new OpenAIRealtimeWS(
      { model: 'gpt-realtime', options: { ca: authority.certificate, ...builder } },
      new OpenAI({ apiKey: 'none', baseURL: `${gateway.provider('openai')}/v1` }),
    );
    let said = '';
    realtime.on('session.created', () => realtime.send({ type: 'response.create' }));
    realtime.on('response.output_audio_transcript.delta', ({ delta }) => (said += delta));
    await new Promise((resolve, reject) => {
      realtime.on('response.done', resolve);
      realtime.on('error', reject);
    });
    expect(said).toBe('Hello world grüße 日本');
    realtime.close({ code: 1000, reason: 'done' });
    await waitFor('the upstream to see the end', () => upstream.webSockets.at(-1)?.closed?.code === 1000);
  });

  test('a client that hangs up is seen by the upstream', async () => {
    const response = await open({ hangAfterFrames: 1 }, builder, { ...chat, stream: true });
    response.on('error', () => undefined);
    await once(response, 'data');
    response.destroy();
    await waitFor('the upstream to see it', () => upstream.last.outcome === 'Aborted');
  });
});

describe('who calls', () => {
  const reason = ({ body }: RawAnswer): string =>
    (JSON.parse(body.toString()) as { error: { message: string } }).error.message;

  test('CN and O of the certificate are user and groups, with their prefixes', async () => {
    const denied = await ask(await caller('others', 'more'));
    expect(denied.status).toBe(403);
    const url = `${gateway.url}/llm/v1/authentication`;
    const request = httpsRequest(url, { ca: authority.certificate, agent: false, ...(await caller('a', 'b')) }).end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    expect(JSON.parse((await collect(response)).body.toString())).toMatchObject({
      caller: { username: 'ci', groups: expect.arrayContaining(['cert:a', 'cert:b']) },
    });
  });

  test('a key that an SDK insists on does not stand in the way of a certificate', async () => {
    const answer = await ask({ ...builder, headers: { authorization: 'Bearer none' } });
    expect(answer.status).toBe(200);
    expect(upstream.last.request.header('authorization')).toBe(`Bearer ${upstreamKey}`);
  });

  test('nobody, when the page of another site makes a browser show its certificate', async () => {
    for (const headers of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }]) {
      const answer = await ask({ ...builder, headers: { 'content-type': 'text/plain', ...headers } });
      expect(answer.status).toBe(401);
      expect(reason(answer)).toContain('does not count for what the web page of another site asks');
    }
    expect(upstream.exchanges).toEqual([]);
  });

  test('nobody, without a certificate: 401 that says that one is accepted', async () => {
    const answer = await ask({});
    expect(answer.status).toBe(401);
    expect(reason(answer)).toMatch(/client certificate/i);
  });

  const now = Date.now();
  const day = 24 * 60 * 60 * 1000;
  test.each<[string, () => Promise<IssuedCertificate>, RegExp]>([
    [
      'expired',
      () =>
        clients.issue({
          subject: 'CN=ci,O=builders',
          usages: ['clientAuth'],
          notBefore: new Date(now - 9 * day),
          notAfter: new Date(now - day),
        }),
      /expired/,
    ],
    ['of the authority of servers', () => authority.client('CN=ci,O=builders'), /not from an authority/],
    [
      "that is a server's",
      () => clients.issue({ subject: 'CN=ci,O=builders', usages: ['serverAuth'] }),
      /lacks clientAuth/,
    ],
  ])('nobody, with a certificate %s: 401 that says why', async (_what, issue, why) => {
    const { certificate, key } = await issue();
    const answer = await ask({ cert: certificate, key });
    expect(answer.status).toBe(401);
    expect(reason(answer)).toMatch(why);
    expect(upstream.exchanges).toHaveLength(0);
  });
});

describe('a renewed certificate', () => {
  test('is shown to the next connection while a stream of before goes on', async () => {
    const before = await shown();
    const response = await open({ hangAfterFrames: 2 }, builder, { ...chat, stream: true });
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    await waitFor('the stream to hang', () => upstream.last.isHanging);
    install(await authority.server());
    await waitFor('the new certificate', async () => (await shown()) !== before);
    upstream.release();
    await once(response, 'end');
    expect(Buffer.concat(chunks).toString()).toContain('[DONE]');
  });

  test('whose key is missing changes nothing, and is told', async () => {
    const before = await shown();
    const other = await authority.server();
    writeFileSync(file('tls.crt'), other.certificate);
    const refused = (): Promise<number> =>
      gateway.metrics().then((metrics) => metrics.sum('tidegate_tls_certificate_refused'));
    await waitFor('the refusal', async () => (await refused()) === 1);
    expect(await shown()).toBe(before);
    expect((await ask()).status).toBe(200);
    await waitFor('the log', () => gateway.process.log().includes('is not the key of the certificate'));
    const readiness = await fetch(`${gateway.adminURL}/readyz`);
    expect([readiness.status, await readiness.text()]).toEqual([
      200,
      expect.stringMatching(
        /^ok\nTLS certificate refused: .*tls\.key: is not the key of the certificate in .*tls\.crt\n$/,
      ),
    ]);
    writeFileSync(file('tls.key'), other.key);
    await waitFor('the new pair', async () => (await refused()) === 0);
    expect(await shown()).not.toBe(before);
  });
});

test('a client that forgets the s of https is told so', async () => {
  const answer = await post(gateway.provider('openai').replace('https:', 'http:'), chat);
  expect(answer.status).toBe(400);
  expect(answer.body.toString()).toContain('https://');
});

test('streams that a shutdown ends are told so, over both protocols, and nothing is left open', async () => {
  const tls = { certFile: file('tls.crt'), privateKeyFile: file('tls.key') };
  const manifests = { 'openai.yaml': [provider('openai', upstream.origin), secret('openai')] };
  await using ending = await StandaloneGateway.start({ manifests, config: { tls } });
  const headers = {
    'content-type': 'application/json',
    [scenarioHeader]: JSON.stringify({ hangAfterFrames: 1 } satisfies Scenario),
  };
  const body = JSON.stringify({ ...chat, stream: true });
  const url = `${ending.provider('openai')}/v1/chat/completions`;
  const request = httpsRequest(url, { method: 'POST', ca: authority.certificate, headers }).end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const session = connect(ending.url, { ca: authority.certificate });
  session.on('error', () => undefined);
  const stream = session.request({ ':method': 'POST', ':path': new URL(url).pathname, ...headers });
  stream.end(body);
  const texts = [response, stream].map(async (each) => {
    let text = '';
    for await (const chunk of each) text += String(chunk);
    return text;
  });
  const idle = connectTLS({ port: Number(new URL(url).port), host: '127.0.0.1', ca: authority.certificate });
  idle.on('error', () => undefined).resume();
  await once(idle, 'secureConnect');
  await waitFor('both streams to hang', () => upstream.exchanges.filter(({ isHanging }) => isHanging).length === 2);
  await ending.process.process.stop(20_000);
  for (const text of await Promise.all(texts)) expect(text).toContain('"code":"draining"');
  await waitFor('the end of the idle connection', () => idle.closed);
});

test('a certificate that is not there ends the start with the name of the file', async () => {
  const start = StandaloneGateway.start({
    manifests: {},
    config: { tls: { certFile: file('none.crt'), privateKeyFile: file('tls.key') } },
  });
  await expect(start).rejects.toThrow(/none\.crt: there is no such file/);
});
