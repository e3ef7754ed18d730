/** HTTP/2 by prior knowledge on the same port, as the AWS SDK for JavaScript and many meshes speak it. */
import { createHash } from 'node:crypto';
import { connect, constants, type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { waitFor } from '../support/control-plane/wait.ts';
import { provider, secret, StandaloneGateway, upstreamKey } from '../support/gateway/index.ts';
import { openAI, scenarioHeader, UpstreamServer, type Scenario } from '../upstreams/index.ts';

let upstream: UpstreamServer;
let gateway: StandaloneGateway;
let session: ClientHttp2Session;

beforeAll(async () => {
  upstream = await UpstreamServer.start({ wire: openAI(), keys: [upstreamKey] });
  gateway = await StandaloneGateway.start({
    manifests: {
      'openai.yaml': [provider('openai', upstream.origin), secret('openai')],
      'disabled.yaml': [provider('disabled', upstream.origin, { enabled: false }), secret('disabled')],
    },
  });
  session = connect(gateway.url);
});

afterAll(async () => {
  session.destroy();
  await gateway[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

beforeEach(() => upstream.forget());

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | number | undefined>>;
  readonly body: Buffer;
}

function open(body: object, scenario: Scenario = {}, name = 'openai'): ClientHttp2Stream {
  const stream = session.request({
    ':method': 'POST',
    ':path': `/llm/v1/providers/${name}/v1/chat/completions`,
    'content-type': 'application/json',
    authorization: 'Bearer token-of-the-caller',
    [scenarioHeader]: JSON.stringify(scenario),
  });
  stream.end(JSON.stringify(body));
  return stream;
}

async function collect(stream: ClientHttp2Stream): Promise<Answer> {
  const chunks: Buffer[] = [];
  let headers: Answer['headers'] = {};
  stream.once('response', (received) => {
    headers = received;
  });
  for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
  return { status: Number(headers[':status']), headers, body: Buffer.concat(chunks) };
}

const chat = { model: 'gpt-4o', messages: [] };
const asked = { ...chat, stream: true, stream_options: { include_usage: true } };

test('a call is answered byte for byte, without headers that HTTP/2 forbids', async () => {
  const answer = await collect(open(chat));
  expect(answer.status).toBe(200);
  expect(answer.body.equals(upstream.last.sent)).toBe(true);
  expect(answer.headers['x-tidegate-request-id']).toBeTruthy();
  for (const name of ['connection', 'keep-alive', 'transfer-encoding']) expect(answer.headers[name]).toBeUndefined();
  expect(upstream.last.request.header('authorization')).toBe(`Bearer ${upstreamKey}`);
  expect(upstream.last.request.header('host')).toBe(new URL(upstream.origin).host);
  expect(upstream.last.request.rawHeaders.some((header) => header.startsWith(':'))).toBe(false);
});

test('fifty streams on one connection come back byte for byte', async () => {
  const answers = await Promise.all(Array.from({ length: 50 }, () => collect(open(asked, { chunkBytes: 17 }))));
  const sent = new Set(upstream.exchanges.map((exchange) => exchange.sent.toString()));
  expect(sent.size).toBe(50);
  expect(answers.every((answer) => sent.has(answer.body.toString()))).toBe(true);
});

test('30 MB pass both ways unchanged', async () => {
  const body = { ...chat, pad: 'x'.repeat(30_000_000) };
  const answer = await collect(open(body, { bodyBytes: 30_000_000 }));
  expect(upstream.last.request.body.toString()).toBe(JSON.stringify(body));
  const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
  expect(digest(answer.body)).toBe(digest(upstream.last.sent));
});

test('a refusal has its code', async () => {
  const answer = await collect(open(chat, {}, 'disabled'));
  expect([answer.status, answer.headers['x-tidegate-error']]).toEqual([403, 'ProviderDisabled']);
});

test('a stream that the client resets is aborted at the upstream; the connection goes on', async () => {
  const stream = open(asked, { hangAfterFrames: 2 });
  stream.on('error', () => {});
  await new Promise((resolve) => stream.once('data', resolve));
  stream.close(constants.NGHTTP2_CANCEL);
  await waitFor('the upstream to see it', () => upstream.last.outcome === 'Aborted');
  expect((await collect(open(chat))).status).toBe(200);
});

test('a stream that breaks off upstream does not end as if it were whole', async () => {
  const stream = open(asked, { cutAfterFrames: 2 });
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  await new Promise((resolve) => stream.once('error', resolve).once('close', resolve));
  const text = Buffer.concat(chunks).toString();
  expect(text).not.toContain('[DONE]');
  expect(text).toMatch(/"error":\{/);
});
