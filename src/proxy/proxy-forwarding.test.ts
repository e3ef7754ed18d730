import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { connect as http2Connect } from 'node:http2';
import { afterEach, describe, expect, test } from '@jest/globals';
import { gzipSync } from 'node:zlib';
import { startHarness, UPSTREAM_KEY } from '../../test/support/proxy/harness.ts';
import type { Harness, HarnessOptions } from '../../test/support/proxy/harness.ts';
import { collect, exchange, post, sendBytes } from '../../test/support/gateway/http.ts';

let harness: Harness | undefined;
afterEach(async () => {
  await harness?.[Symbol.asyncDispose]();
  harness = undefined;
});
async function start(options: HarnessOptions): Promise<Harness> {
  harness = await startHarness(options);
  return harness;
}

/** What the upstream got. */
interface Received {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
}

async function receive(request: IncomingMessage): Promise<Received> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const { method, url, rawHeaders } = request;
  return { method, url, rawHeaders, body: Buffer.concat(chunks) };
}

/** A harness that keeps what its upstream gets and answers `{}`. */
async function recording(options: Omit<HarnessOptions, 'onRequest'> = {}): Promise<Received[]> {
  const received: Received[] = [];
  await start({
    ...options,
    onRequest: (request, response) => {
      void receive(request).then((one) => {
        received.push(one);
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      });
    },
  });
  return received;
}

const url = (path: string): string => `${harness?.url ?? ''}${path}`;
const headerOf = (received: Received | undefined, name: string): string[] =>
  received?.rawHeaders.filter((_, i, all) => i % 2 === 1 && all[i - 1]?.toLowerCase() === name) ?? [];

describe('towards the upstream', () => {
  test('method, path, query and body are the client’s, host and credential the provider’s', async () => {
    const received = await recording({ entry: { headers: [{ name: 'X-Team', value: 'blue' }] } });
    await post(url('/files/a%2Fb?x=%7e&key=callers-key&y'), '{"a" :1.0}', {
      authorization: 'Bearer callers-token',
      'x-api-key': 'callers-key',
      'x-amz-date': '20260101T000000Z',
      'x-team': 'red',
      connection: 'x-private',
      'x-private': '1',
      'x-stainless-retry-count': '0',
    });
    const [one] = received;
    expect(one).toMatchObject({ method: 'POST', url: '/v1/files/a%2Fb?x=%7e&y' });
    expect(one?.body.toString()).toBe('{"a" :1.0}');
    expect(headerOf(one, 'host')).toEqual([new URL(harness?.origin ?? '').host]);
    expect(headerOf(one, 'authorization')).toEqual([`Bearer ${UPSTREAM_KEY}`]);
    expect(headerOf(one, 'x-team')).toEqual(['blue']);
    expect(headerOf(one, 'x-stainless-retry-count')).toEqual(['0']);
    expect(one?.rawHeaders.join('\n')).not.toMatch(/callers-|x-private|x-amz-date/);
  });

  test.each([
    ['a known length', false],
    ['chunks', true],
  ])('a large body with %s streams through unchanged, at any boundaries', async (_what, chunked) => {
    const received = await recording();
    const body = randomBytes(3_000_000);
    const parts: Buffer[] = [];
    for (let at = 0, size = 1; at < body.length; at += size, size = (size * 7) % 100_003)
      parts.push(body.subarray(at, at + size));
    const answer = await exchange(url('/files'), {
      method: 'POST',
      headers: {
        'content-type': 'application/octet-stream',
        ...(chunked ? {} : { 'content-length': String(body.length) }),
      },
      body: parts,
    });
    expect(answer.status).toBe(200);
    expect(received[0]?.body.equals(body)).toBe(true);
    expect(headerOf(received[0], 'transfer-encoding')).toEqual(chunked ? ['chunked'] : []);
  });

  test('a client that expects 100-continue is told so, and the upstream is not', async () => {
    const received = await recording();
    const request = httpRequest(url('/files'), {
      method: 'POST',
      headers: { expect: '100-continue', 'content-length': 2 },
    });
    request.flushHeaders();
    await once(request, 'continue');
    request.end('hi');
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    expect((await collect(response)).status).toBe(200);
    expect(headerOf(received[0], 'expect')).toEqual([]);
  });

  test('a body over the limit is refused before it is asked for, and in the middle', async () => {
    const received = await recording({ limits: { requestBytes: 1000 } });
    const request = httpRequest(url('/files'), {
      method: 'POST',
      headers: { expect: '100-continue', 'content-length': 2000 },
    });
    request.on('continue', () =>
      received.push({ method: 'continued', url: '', rawHeaders: [], body: Buffer.alloc(0) }),
    );
    request.flushHeaders();
    const [early] = (await once(request, 'response')) as [IncomingMessage];
    expect([early.statusCode, early.headers['x-tidegate-error'], early.headers.connection]).toEqual([
      413,
      'RequestTooLarge',
      'close',
    ]);
    request.destroy();
    const late = await exchange(url('/chat/completions'), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: Array.from({ length: 20 }, () => Buffer.alloc(100, 0x20)),
    });
    expect([late.status, late.headers['x-tidegate-error'], late.headers['x-should-retry']]).toEqual([
      413,
      'RequestTooLarge',
      'false',
    ]);
    expect(received).toEqual([]);
  });

  test('bodies that are held count against bytesInFlight, and are given back', async () => {
    await recording({ limits: { bytesInFlight: 1000 } });
    const body = JSON.stringify({ model: 'm', messages: [], pad: 'x'.repeat(900) });
    for (let i = 0; i < 5; i += 1) expect((await post(url('/chat/completions'), body)).status).toBe(200);
    const answer = await post(url('/chat/completions'), body + ' '.repeat(200));
    expect([answer.status, answer.headers['x-tidegate-error'], answer.headers['retry-after']]).toEqual([
      503,
      'Overloaded',
      '1',
    ]);
    expect((await post(url('/chat/completions'), body)).status).toBe(200);
  });

  test('TRACE, which would show the credential, is not forwarded', async () => {
    const received = await recording();
    expect(
      await sendBytes(
        harness?.proxy.url ?? '',
        'TRACE /llm/v1/providers/up/x HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n',
      ),
    ).toMatch(/^HTTP\/1\.1 400 /);
    expect(received).toEqual([]);
  });

  test.each([
    ['held', 'chat/completions'],
    ['streamed', 'files'],
  ])(
    'an answer that comes before the body has been taken, %s, is not lost when the upstream closes',
    async (_, path) => {
      await start({
        onRequest: (_request, response) => {
          response.writeHead(413, { 'content-type': 'application/json', connection: 'close' });
          response.end('{"error":{"message":"too large"}}');
        },
      });
      for (let i = 0; i < 5; i += 1) {
        const answer = await post(url(`/${path}`), `{"model":"m","user":"${'u'.repeat(3_000_000)}"}`);
        expect([answer.status, answer.body.toString()]).toEqual([413, '{"error":{"message":"too large"}}']);
      }
      expect(harness?.requests()).toMatchObject(Array.from({ length: 5 }, () => ({ status: 413 })));
    },
  );

  test('a GET whose kept connection has gone stale is sent once more, a POST is not', async () => {
    let seen = 0;
    await start({
      onRequest: (request, response) => {
        seen += 1;
        if (seen % 2 === 1) request.socket.destroy();
        else response.end('{}');
      },
    });
    expect((await exchange(url('/models'))).status).toBe(200);
    expect(seen).toBe(2);
    const answer = await post(url('/files'), '{}');
    expect([answer.status, answer.headers['x-tidegate-error']]).toEqual([502, 'UpstreamUnreachable']);
    expect(seen).toBe(3);
  });
});

describe('towards the client', () => {
  test('status, headers and bytes are the upstream’s', async () => {
    const body = gzipSync(JSON.stringify({ a: 'ä'.repeat(1000) }));
    await start({
      onRequest: (request, response) => {
        request.resume();
        response.writeHead(
          429,
          [
            ['content-type', 'application/json'],
            ['content-encoding', 'gzip'],
            ['retry-after', '7'],
            ['x-should-retry', 'true'],
            ['set-cookie', 'a=1'],
            ['set-cookie', 'b=2'],
            ['x-ratelimit-remaining-tokens', '0'],
            ['connection', 'x-hop'],
            ['x-hop', '1'],
          ].flat(),
        );
        response.end(body);
      },
    });
    const answer = await post(url('/chat/completions'), '{"model":"m"}');
    expect(answer.status).toBe(429);
    expect(answer.body.equals(body)).toBe(true);
    expect(answer.headers).toMatchObject({
      'content-encoding': 'gzip',
      'retry-after': '7',
      'x-should-retry': 'true',
      'x-ratelimit-remaining-tokens': '0',
    });
    expect(answer.headers['set-cookie']).toEqual(['a=1', 'b=2']);
    expect(answer.headers['x-hop']).toBeUndefined();
    expect(answer.headers['x-tidegate-error']).toBeUndefined();
    expect(answer.headers['x-tidegate-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('interim answers and redirects are not followed', async () => {
    await start({
      onRequest: (request, response) => {
        request.resume();
        response.writeEarlyHints({ link: '</x>; rel=preload' });
        response.writeHead(307, { location: 'http://169.254.169.254/' }).end();
      },
    });
    const answer = await exchange(url('/models'));
    expect([answer.status, answer.headers['location']]).toEqual([307, 'http://169.254.169.254/']);
  });

  test.each([204, 304])('%i has no body', async (status) => {
    await start({ onRequest: (_request, response) => void response.writeHead(status, { etag: '"a"' }).end() });
    const answer = await exchange(url('/models'));
    expect([answer.status, answer.headers['etag'], answer.body.length]).toEqual([status, '"a"', 0]);
  });

  test('HEAD is answered with the length and without the body', async () => {
    await start({ onRequest: (_request, response) => void response.writeHead(200, { 'content-length': '5' }).end() });
    const answer = await exchange(url('/models'), { method: 'HEAD' });
    expect([answer.status, answer.headers['content-length'], answer.body.length]).toEqual([200, '5', 0]);
  });

  test('a stream’s head and each event arrive without waiting for more', async () => {
    let write = (_text: string): void => undefined;
    let end = (): void => undefined;
    await start({
      onRequest: (request, response) => {
        request.resume();
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.flushHeaders();
        write = (text) => void response.write(text);
        end = () => void response.end();
      },
    });
    const request = httpRequest(url('/chat/completions'), { method: 'POST' }).end(
      '{"model":"m","stream":true,"stream_options":{"include_usage":true}}',
    );
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    for (const event of ['data: {"choices":[]}\n\n', 'data: {"x":1}\n\n']) {
      write(event);
      const [chunk] = (await once(response, 'data')) as [Buffer];
      expect(chunk.toString()).toBe(event);
    }
    end();
    await once(response, 'end');
  });

  test('a slow client holds the upstream back', async () => {
    const chunk = Buffer.alloc(64 * 1024);
    let sent = 0;
    await start({
      onRequest: (_request, response) => {
        const more = (): void => {
          while (sent < 200_000_000) {
            sent += chunk.length;
            if (!response.write(chunk)) {
              response.once('drain', more);
              return;
            }
          }
          response.end();
        };
        more();
      },
    });
    const request = httpRequest(url('/files/f/content')).end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.pause();
    let before = -1;
    while (sent !== before) {
      before = sent;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    expect(sent).toBeLessThan(50_000_000);
    let received = 0;
    for await (const part of response as AsyncIterable<Buffer>) received += part.length;
    expect(received).toBe(sent);
  });

  test('over HTTP/2 as well, many at a time on one connection', async () => {
    await start({
      onRequest: (request, response) => {
        void receive(request).then(({ body }) => {
          response.writeHead(200, { 'content-type': 'application/json', connection: 'keep-alive' });
          response.end(body);
        });
      },
    });
    const session = http2Connect(harness?.proxy.url ?? '');
    const bodies = Array.from({ length: 50 }, (_, i) =>
      JSON.stringify({ model: 'm', n: i, pad: 'x'.repeat(i * 3000) }),
    );
    const answers = await Promise.all(
      bodies.map(async (body) => {
        const stream = session.request({ ':method': 'POST', ':path': '/llm/v1/providers/up/embeddings' });
        stream.end(body);
        let text = '';
        for await (const part of stream) text += String(part);
        return text;
      }),
    );
    session.close();
    expect(answers).toEqual(bodies);
  });
});

test.each([
  ['HEAD', 200],
  ['GET', 204],
])('over HTTP/2, %s answered with %i ends well without a body', async (method, status) => {
  await start({ onRequest: (_request, response) => void response.writeHead(status).end() });
  const session = http2Connect(harness?.proxy.url ?? '');
  const stream = session.request({ ':method': method, ':path': '/llm/v1/providers/up/models' });
  const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
  stream.resume();
  await once(stream, 'end');
  expect(headers[':status']).toBe(status);
  while (harness?.requests().length === 0) await new Promise(setImmediate);
  expect(harness?.requests()[0]).toMatchObject({ status });
  expect(harness?.requests()[0]).not.toHaveProperty('code');
  session.close();
});

describe('a table', () => {
  test('that comes is in force for the next request; connections are kept while their upstream is the same', async () => {
    const received = await recording();
    await post(url('/files'), '{}');
    const [socket] = harness?.upstreamSockets ?? [];
    harness?.setEntries({ displayName: 'New', headers: [{ name: 'x-new', value: '1' }] });
    await post(url('/files'), '{}');
    expect(headerOf(received[1], 'x-new')).toEqual(['1']);
    expect([...(harness?.upstreamSockets ?? [])]).toEqual([socket]);
  });

  test('without the provider ends its connections, its series, and not the request in flight', async () => {
    let answer = (): void => undefined;
    await start({
      onRequest: (request, response) => {
        request.resume();
        answer = () => void response.end('{}');
      },
    });
    const going = post(url('/embeddings'), '{"model":"m"}');
    while (harness?.proxy.openRequests !== 1) await new Promise(setImmediate);
    harness.setEntries({ name: 'other' });
    expect((await exchange(url('/models'))).headers['x-tidegate-error']).toBe('ProviderNotFound');
    while (harness.upstreamSockets.size === 0) await new Promise(setImmediate);
    answer();
    expect((await going).status).toBe(200);
    while (harness.upstreamSockets.size > 0) await new Promise(setImmediate);
    expect(await harness.metric('tidegate_requests_total', 'provider="up"')).toBe(0);
  });
});
