/** Ways around the allowlist that somebody will try. The upstream has every model; only `gpt-4o-mini` is allowed. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  exchange,
  post,
  provider,
  secret,
  sendBytes,
  StandaloneGateway,
  upstreamKey,
  type RawAnswer,
} from '../support/gateway/index.ts';
import { openAI, UpstreamServer } from '../upstreams/index.ts';

let upstream: UpstreamServer;
let gateway: StandaloneGateway;
let base: string;

const allowed = 'gpt-4o-mini';
const forbidden = 'gpt-4o';

beforeAll(async () => {
  upstream = await UpstreamServer.start({ wire: openAI(), keys: [upstreamKey] });
  gateway = await StandaloneGateway.start({
    manifests: {
      'limited.yaml': [
        provider('limited', upstream.origin, { models: [{ name: allowed }, { name: 'gpt-4o-transcribe' }] }),
        secret('limited'),
        provider('open', upstream.origin, { secretRef: { name: 'limited' } }),
      ],
    },
  });
  base = `${gateway.provider('limited')}/v1`;
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

beforeEach(() => upstream.forget());

/** The call was refused with this code, and nothing with the forbidden model's name reached the upstream whole. */
function expectRefused(answer: RawAnswer, status: number, code: string): void {
  expect([answer.status, answer.headers['x-tidegate-error']]).toEqual([status, code]);
  expect(upstream.exchanges.filter((exchange) => exchange.status === 200)).toHaveLength(0);
}

const rest = '"messages":[{"role":"user","content":"hi"}]';
const filler = 'x'.repeat(2_000_000);

test('an allowed model passes', async () => {
  expect((await post(`${base}/chat/completions`, `{"model":"${allowed}",${rest}}`)).status).toBe(200);
});

test('the suffix [1m] is ignored in the comparison', async () => {
  const answer = await post(`${base}/chat/completions`, `{"model":"${allowed}[1m]",${rest}}`);
  expect(answer.headers['x-tidegate-error']).toBeUndefined();
});

describe('a body', () => {
  test.each([
    ['names a model that is not allowed', `{"model":"${forbidden}",${rest}}`],
    ['spells the key with escapes', `{"\\u006dodel":"${forbidden}",${rest}}`],
    ['spells the value with escapes', `{"model":"gpt\\u002d4o",${rest}}`],
    ['names the model after two megabytes', `{"pad":"${filler}",${rest},"model":"${forbidden}"}`],
    ['names an allowed model one level down', `{"metadata":{"model":"${allowed}"},"model":"${forbidden}",${rest}}`],
    ['differs in letter case', `{"model":"GPT-4O-MINI",${rest}}`],
    ['adds a space', `{"model":"${allowed} ",${rest}}`],
    ['adds a null character', `{"model":"${allowed}\\u0000",${rest}}`],
    ['has no model', `{${rest}}`],
    ['has its model one level down only', `{"nested":{"model":"${allowed}"},${rest}}`],
    ['gives null', `{"model":null,${rest}}`],
  ])('that %s is refused with 403', async (_name, body) => {
    expectRefused(await post(`${base}/chat/completions`, body), 403, 'ModelNotAllowed');
  });

  test.each([
    ['names the model twice', `{"model":"${allowed}",${rest},"model":"${forbidden}"}`],
    ['names it twice, the second time escaped', `{"model":"${allowed}",${rest},"mod\\u0065l":"${forbidden}"}`],
    ['names it twice, megabytes apart', `{"model":"${allowed}","pad":"${filler}","model":"${forbidden}"}`],
    ['has a second document', `{"model":"${allowed}",${rest}}{"model":"${forbidden}",${rest}}`],
    ['has a second document on its own line', `{"model":"${allowed}",${rest}}\n{"model":"${forbidden}",${rest}}`],
    ['gives a list of models', `{"model":["${allowed}"],${rest}}`],
    ['is cut off', `{"model":"${allowed}",${rest}`],
    ['is not JSON', `model=${allowed}`],
    ['is a list', `[{"model":"${allowed}"}]`],
    ['begins with a byte order mark and goes on as UTF-16', '\ufeff{"model"'],
    ['has a comment', `{/*"model":"${forbidden}",*/"model":"${allowed}",${rest}}`],
    ['has single quotes', `{'model':'${forbidden}',"model":"${allowed}",${rest}}`],
  ])('that %s is refused with 400', async (_name, body) => {
    expectRefused(await post(`${base}/chat/completions`, body), 400, 'InvalidRequest');
  });

  test('in UTF-16 is refused', async () => {
    const body = Buffer.from(`{"model":"${forbidden}",${rest}}`, 'utf16le');
    expectRefused(await post(`${base}/chat/completions`, body), 400, 'InvalidRequest');
  });

  test('that is compressed can not be looked into and is refused', async () => {
    const { gzipSync } = await import('node:zlib');
    const body = gzipSync(`{"model":"${forbidden}",${rest}}`);
    const answer = await post(`${base}/chat/completions`, body, { 'content-encoding': 'gzip' });
    expect([400, 403, 415]).toContain(answer.status);
    expect(upstream.exchanges.filter((exchange) => exchange.status === 200)).toHaveLength(0);
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])(
    'of type %s is read by its route all the same',
    async (type) => {
      const answer = await post(`${base}/chat/completions`, `{"model":"${forbidden}",${rest}}`, {
        'content-type': type,
      });
      expect([400, 403]).toContain(answer.status);
      expect(upstream.exchanges.filter((exchange) => exchange.status === 200)).toHaveLength(0);
    },
  );

  test('that comes byte by byte is read all the same', async () => {
    const body = Buffer.from(`{"model":"${forbidden}",${rest}}`);
    const answer = await exchange(`${base}/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'transfer-encoding': 'chunked' },
      body: Array.from(body, (byte) => Buffer.from([byte])),
    });
    expectRefused(answer, 403, 'ModelNotAllowed');
  });
});

describe('a multipart body', () => {
  const boundary = 'tidegate-boundary';
  const part = (name: string, value: string, more = ''): string =>
    `--${boundary}\r\ncontent-disposition: form-data; name="${name}"${more}\r\n\r\n${value}\r\n`;
  const file = part('file', 'not really audio', '; filename="a.wav"');
  const send = (body: string): Promise<RawAnswer> =>
    post(`${base}/audio/transcriptions`, `${body}--${boundary}--\r\n`, {
      'content-type': `multipart/form-data; boundary=${boundary}`,
    });

  test('with an allowed model passes', async () => {
    expect((await send(file + part('model', 'gpt-4o-transcribe'))).status).toBe(200);
  });

  test('with another model is refused', async () => {
    expectRefused(await send(file + part('model', 'whisper-1')), 403, 'ModelNotAllowed');
  });

  test('without a model is refused', async () => {
    expectRefused(await send(file), 403, 'ModelNotAllowed');
  });

  test('with two models is refused', async () => {
    const answer = await send(part('model', 'gpt-4o-transcribe') + file + part('model', 'whisper-1'));
    expectRefused(answer, 400, 'InvalidRequest');
  });

  test('with its model inside the file is refused', async () => {
    const inner = `fake\r\ncontent-disposition: form-data; name="model"\r\n\r\ngpt-4o-transcribe`;
    expectRefused(await send(part('file', inner, '; filename="a.wav"')), 403, 'ModelNotAllowed');
  });
});

describe('calls that carry no model to check', () => {
  test.each([
    ['POST', '/files'],
    ['POST', '/batches'],
    ['GET', '/files/file-1/content'],
  ])('%s %s is refused', async (method, path) => {
    const answer = await exchange(`${base}${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    expectRefused(answer, 403, 'ModelNotAllowed');
  });

  test('the list of models is filtered to the allowlist', async () => {
    const answer = await exchange(`${base}/models`);
    const list = JSON.parse(answer.body.toString()) as { data: { id: string }[] };
    expect(list.data.map((model) => model.id)).toEqual([allowed, 'gpt-4o-transcribe']);
  });
});

describe('a path', () => {
  const body = `{"model":"${forbidden}",${rest}}`;

  test.each([
    'chat/../chat/completions',
    'chat/%2e%2e/chat/completions',
    'chat/.%2E/chat/completions',
    './chat/completions',
    'chat\\completions',
    'chat%5ccompletions',
    'models/../../../providers/open/v1/chat/completions',
    '..%2f..%2fopen/v1/chat/completions',
    'chat/completions%00',
    'chat/completions%0d%0ax-injected:%201',
    'chat/%252e%252e/chat/completions',
  ])('%s does not lead around the check', async (path) => {
    const { hostname, port, pathname } = new URL(gateway.provider('limited'));
    const answer = await sendBytes(
      gateway.url,
      `POST ${pathname}/v1/${path} HTTP/1.1\r\nhost: ${hostname}:${port}\r\nconnection: close\r\n` +
        `content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 (400|403|404) /);
    expect(upstream.exchanges.filter((exchange) => exchange.status === 200)).toHaveLength(0);
  });

  test.each([
    'chat//completions',
    'chat/completions/',
    'CHAT/completions',
    'chat/complet%69ons',
    'v1/chat/completions',
  ])('%s is not served with a model that is not allowed', async (path) => {
    const answer = await post(`${base}/${path}`, body);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(upstream.exchanges.filter((exchange) => exchange.status === 200)).toHaveLength(0);
  });

  test('an absolute target is refused', async () => {
    const answer = await sendBytes(
      gateway.url,
      `GET ${upstream.origin}/v1/models HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(upstream.exchanges).toHaveLength(0);
  });

  test('a request smuggled behind a body with two lengths is refused', async () => {
    const { pathname } = new URL(gateway.provider('limited'));
    const answer = await sendBytes(
      gateway.url,
      `POST ${pathname}/v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n` +
        'connection: close\r\n\r\n0\r\n\r\nGET /v1/models HTTP/1.1\r\n\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(upstream.exchanges).toHaveLength(0);
  });
});
