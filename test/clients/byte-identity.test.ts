/** Bytes in are bytes out; the only thing that may be missing is the usage chunk that the gateway asked for itself. */
import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { exchange, post, provider, secret, StandaloneGateway, upstreamKey } from '../support/gateway/index.ts';
import { openAI, scenarioHeader, UpstreamServer, type Scenario } from '../upstreams/index.ts';

let upstream: UpstreamServer;
let gateway: StandaloneGateway;
let base: string;

const messages = [{ role: 'user', content: 'Say "hello" in 日本語 🚀.' }];
const encodings = ['gzip', 'br', 'zstd', 'deflate'] as const;

beforeAll(async () => {
  upstream = await UpstreamServer.start({ wire: openAI(), keys: [upstreamKey] });
  gateway = await StandaloneGateway.start({
    manifests: {
      'openai.yaml': [provider('openai', upstream.origin), secret('openai')],
      'as-client.yaml': [provider('as-client', upstream.origin, { streamUsage: 'AsClient' }), secret('as-client')],
    },
  });
  base = `${gateway.provider('openai')}/v1`;
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

beforeEach(() => upstream.forget());

function doing(scenario: Scenario): Record<string, string> {
  return { [scenarioHeader]: JSON.stringify(scenario) };
}

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

describe('requests', () => {
  test.each([
    ['odd white space', '{ "model" :\t"gpt-4o",\n\n "messages" : [ ] , "x":1.0e+2 }\n'],
    ['unknown fields in an odd order', '{"zeta":null,"messages":[],"alpha":{"model":"none"},"model":"gpt-4o"}'],
    ['numbers that JavaScript cannot hold', '{"model":"gpt-4o","seed":12345678901234567890,"messages":[]}'],
    ['escapes', '{"model":"gpt-4o","messages":[{"role":"user","content":"\\u00e9\\/\\ud83d\\ude80"}]}'],
  ])('a body with %s reaches the upstream as it is', async (_name, body) => {
    const answer = await post(`${base}/chat/completions`, body);
    expect(answer.status).toBe(200);
    expect(upstream.last.request.body.toString()).toBe(body);
  });

  test('asking for usage inserts one member and changes no other byte', async () => {
    const body = '{ "model":"gpt-4o", "stream" : true,"messages":[],\t"seed":1.50 }';
    await post(`${base}/chat/completions`, body);
    const sent = upstream.last.request.body.toString();
    // The member, with the one comma that it brings.
    const inserted = /,\s*"stream_options":\{"include_usage":true\}|"stream_options":\{"include_usage":true\},/;
    expect(sent).toMatch(inserted);
    expect(sent.replace(inserted, '')).toBe(body);
  });

  test('a stream of a provider with `streamUsage: AsClient` is not touched', async () => {
    const body = '{"model":"gpt-4o","stream":true,"messages":[]}';
    const answer = await post(`${gateway.provider('as-client')}/chat/completions`, body);
    expect(upstream.last.request.body.toString()).toBe(body);
    expect(answer.body.equals(upstream.last.sent)).toBe(true);
  });

  test('path and query keep their spelling', async () => {
    const target = '/models/a%2Fb%20c%C3%A9?q=%7e+x&q=&empty';
    await exchange(`${base}${target}`);
    expect(upstream.last.request.target).toBe(`/v1${target}`);
  });

  test('headers pass, but those of the connection', async () => {
    await exchange(`${base}/models`, {
      headers: {
        'OpenAI-Beta': 'assistants=v2',
        'X-Custom': 'a, b',
        'user-agent': 'my-agent/1.0',
        connection: 'close, x-hop',
        'x-hop': 'gone',
        te: 'trailers',
      },
    });
    const { request } = upstream.last;
    expect(request.header('openai-beta')).toBe('assistants=v2');
    expect(request.header('x-custom')).toBe('a, b');
    expect(request.header('user-agent')).toBe('my-agent/1.0');
    expect(request.header('x-hop')).toBeUndefined();
  });

  test('30 MB up arrive unchanged', async () => {
    const body = Buffer.from(
      JSON.stringify({ model: 'gpt-4o', messages: [], pad: randomBytes(15_000_000).toString('hex') }),
    );
    const answer = await post(`${base}/chat/completions`, body);
    expect(answer.status).toBe(200);
    expect(upstream.last.request.body.length).toBe(body.length);
    expect(digest(upstream.last.request.body)).toBe(digest(body));
  });

  test('a chunked body arrives unchanged', async () => {
    const parts = ['{"mod', 'el":"gpt-', '4o","messages":', '[]}'].map((part) => Buffer.from(part));
    const answer = await exchange(`${base}/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'transfer-encoding': 'chunked' },
      body: parts,
    });
    expect(answer.status).toBe(200);
    expect(upstream.last.request.body.equals(Buffer.concat(parts))).toBe(true);
  });
});

describe('answers', () => {
  const chat = { model: 'gpt-4o', messages };

  test('JSON comes back as it is, with its headers', async () => {
    const answer = await post(`${base}/chat/completions`, chat, doing({ headers: { 'x-future-header': 'Kept' } }));
    expect(answer.body.equals(upstream.last.sent)).toBe(true);
    expect(answer.headers['x-future-header']).toBe('Kept');
    expect(answer.headers['openai-version']).toBe('2020-10-01');
    expect(answer.headers['content-length']).toBe(String(upstream.last.sent.length));
    expect(answer.headers['x-tidegate-request-id']).toBeTruthy();
  });

  test.each(encodings)('a body in %s comes back as it is', async (encoding) => {
    const answer = await post(`${base}/chat/completions`, chat, doing({ encoding }));
    expect(answer.headers['content-encoding']).toBe(encoding);
    expect(answer.body.equals(upstream.last.sent)).toBe(true);
  });

  test.each([400, 401, 403, 404, 409, 422, 429, 500, 503, 529])('an error %d comes back as it is', async (error) => {
    const answer = await post(`${base}/chat/completions`, chat, doing({ error }));
    expect(answer.status).toBe(error);
    expect(answer.body.equals(upstream.last.sent)).toBe(true);
    expect(answer.headers['x-tidegate-error']).toBeUndefined();
  });

  test('30 MB down arrive unchanged', async () => {
    const answer = await post(`${base}/chat/completions`, chat, doing({ bodyBytes: 30_000_000 }));
    expect(answer.body.length).toBeGreaterThan(30_000_000);
    expect(digest(answer.body)).toBe(digest(upstream.last.sent));
  });

  test('binary answers come back as they are', async () => {
    const answer = await post(`${base}/audio/speech`, { model: 'tts-1', input: 'hello', voice: 'alloy' });
    expect(answer.headers['content-type']).toBe('audio/mpeg');
    expect(answer.body.equals(upstream.last.sent)).toBe(true);
  });
});

describe('streams', () => {
  const asked = { model: 'gpt-4o', messages, stream: true, stream_options: { include_usage: true } };
  const notAsked = { model: 'gpt-4o', messages, stream: true };

  test.each([1, 2, 3, 7, 64, 1000])('cut into pieces of %d bytes, a stream comes back as it is', async (chunkBytes) => {
    const answer = await post(`${base}/chat/completions`, asked, doing({ chunkBytes }));
    expect(answer.body.equals(upstream.last.sent)).toBe(true);
  });

  test.each([1, 2, 3, 7, 64, 1000])(
    'cut into pieces of %d bytes, only the usage chunk that the gateway asked for is missing',
    async (chunkBytes) => {
      const answer = await post(`${base}/chat/completions`, notAsked, doing({ chunkBytes }));
      const sent = upstream.last.sent.toString();
      const usageChunk = sent.split('\n\n').find((event) => event.includes('"choices":[]'));
      expect(usageChunk).toMatch(/"usage":\{/);
      expect(answer.body.toString()).toBe(sent.replace(`${usageChunk}\n\n`, ''));
    },
  );

  test.each(['EveryChunk', 'FinishChunk'] as const)(
    'usage that an upstream sends unasked in its own chunks (%s) stays',
    async (streamUsage) => {
      const answer = await post(`${base}/chat/completions`, notAsked, doing({ streamUsage }));
      expect(answer.body.equals(upstream.last.sent)).toBe(true);
    },
  );

  test.each(encodings)('a stream in %s that was asked for comes back as it is', async (encoding) => {
    const answer = await post(`${base}/chat/completions`, asked, doing({ encoding, chunkBytes: 5 }));
    expect(answer.headers['content-encoding']).toBe(encoding);
    expect(answer.body.equals(upstream.last.sent)).toBe(true);
  });

  test('a streamed response comes back as it is', async () => {
    const body = { model: 'gpt-5', input: 'hello', stream: true };
    const answer = await post(`${base}/responses`, body, doing({ chunkBytes: 11 }));
    expect(upstream.last.request.body.toString()).toBe(JSON.stringify(body));
    expect(answer.body.equals(upstream.last.sent)).toBe(true);
  });

  test('a stream of large events comes back as it is', async () => {
    const answer = await post(`${base}/chat/completions`, asked, doing({ contentFrames: 20, bodyBytes: 20_000_000 }));
    expect(digest(answer.body)).toBe(digest(upstream.last.sent));
  });
});
