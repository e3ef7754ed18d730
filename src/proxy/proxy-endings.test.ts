/** However a request ends, it is accounted for once, leaves no socket, and shows no credential. */
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import { connect as http2Connect } from 'node:http2';
import { connect } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { startHarness, UPSTREAM_KEY } from '../../test/support/proxy/harness.ts';
import type { Harness, HarnessOptions } from '../../test/support/proxy/harness.ts';
import { callerSockets } from '../../test/support/gateway/caller-sockets.ts';
import { collect, exchange, post } from '../../test/support/gateway/http.ts';

const CALLERS_TOKEN = 'callers-token-5b1c';

let harness: Harness;
afterEach(async () => {
  await harness[Symbol.asyncDispose]();
  expect(harness.log()).not.toContain(UPSTREAM_KEY);
  expect(harness.log()).not.toContain(CALLERS_TOKEN);
  expect(await harness.registry.metrics()).not.toContain(UPSTREAM_KEY);
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** The one record that this request has left, once everything has ended. */
async function record(): Promise<Record<string, unknown>> {
  await until(() => harness.proxy.openRequests === 0 && harness.requests().length > 0);
  const records = harness.requests();
  expect(records).toHaveLength(1);
  expect(await harness.metric('tidegate_requests_total')).toBe(1);
  return records[0] ?? {};
}

const CHUNK = 'data: {"id":"1","choices":[{"index":0,"delta":{"content":"x"}}],"usage":null}\n\n';
const USAGE =
  'data: {"id":"1","choices":[],"usage":{"prompt_tokens":10,"completion_tokens":4,"total_tokens":14}}\n\ndata: [DONE]\n\n';
const streamed = JSON.stringify({ model: 'm', stream: true, messages: [] });

/** An upstream that streams as the test says. */
async function streaming(options: Omit<HarnessOptions, 'onRequest'> = {}): Promise<() => ServerResponse> {
  let answer: ServerResponse | undefined;
  harness = await startHarness({
    onRequest: (request, response) => {
      request.resume();
      request.on('error', () => undefined);
      response.on('error', () => undefined);
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(CHUNK);
      answer = response;
    },
    ...options,
  });
  return () => answer as ServerResponse;
}

/** A client that has received the first chunk. */
async function begun(): Promise<{ request: ClientRequest; response: IncomingMessage }> {
  const request = httpRequest(`${harness.url}/chat/completions`, {
    method: 'POST',
    agent: false,
    headers: { authorization: `Bearer ${CALLERS_TOKEN}`, 'content-type': 'application/json' },
  });
  request.on('error', () => undefined);
  request.end(streamed);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.on('error', () => undefined);
  response.pause();
  if (response.readableLength === 0) await once(response, 'readable');
  return { request, response };
}

describe('exactly one record', () => {
  test('of a whole answer, with its tokens', async () => {
    harness = await startHarness({
      onRequest: (request, response) => {
        request.resume();
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(
          '{"model":"m-2","choices":[],"usage":{"prompt_tokens":10,"completion_tokens":4,"total_tokens":14}}',
        );
      },
      entry: { models: [{ name: 'm' }] },
    });
    await post(`${harness.url}/chat/completions?user=somebody`, '{"model":"m","messages":["hidden"]}', {
      authorization: `Bearer ${CALLERS_TOKEN}`,
    });
    expect(await record()).toMatchObject({
      user: 'system:anonymous',
      namespace: 'default',
      provider: 'up',
      type: 'OpenAI',
      operation: 'chat',
      model: 'm',
      status: 200,
      tokens: { input: 10, output: 4 },
      requestBytes: 35,
      responseBytes: 97,
    });
    expect(harness.log()).not.toMatch(/hidden|somebody/);
    const call = ['provider="up"', 'model="m"', 'operation="chat"'];
    expect(await harness.metric('tidegate_requests_total', 'code="200"', 'error=""', ...call)).toBe(1);
    expect(await harness.metric('tidegate_tokens_total', 'token_type="input"', ...call)).toBe(10);
    expect(await harness.metric('tidegate_tokens_total', 'token_type="output"', ...call)).toBe(4);
    expect(
      await harness.metric('gen_ai_client_token_usage_sum', 'gen_ai_token_type="output"', 'gen_ai_request_model="m"'),
    ).toBe(4);
    expect(await harness.metric('gen_ai_server_request_duration_seconds_count', 'gen_ai_operation_name="chat"')).toBe(
      1,
    );
    expect(await harness.metric('tidegate_overhead_seconds_count')).toBe(1);
    expect(await harness.metric('tidegate_open_requests')).toBe(0);
  });

  test('of a stream, with the tokens that the client did not ask for and does not see', async () => {
    const answer = await streaming();
    const { response } = await begun();
    answer().end(USAGE);
    expect((await collect(response)).body.toString()).toBe(`${CHUNK}data: [DONE]\n\n`);
    expect(await record()).toMatchObject({ status: 200, tokens: { input: 10, output: 4 }, model: 'm' });
    expect(await harness.metric('gen_ai_server_time_to_first_token_seconds_count')).toBe(1);
    expect(await harness.metric('gen_ai_server_time_per_output_token_seconds_count')).toBe(1);
  });

  test('of a client that hangs up in a stream; the upstream is told at once', async () => {
    await streaming();
    const { request } = await begun();
    request.destroy();
    await until(() => harness.upstreamSockets.size === 0);
    expect(await record()).toMatchObject({
      status: 200,
      code: 'ClientDisconnected',
      usageMissing: 'client_disconnected',
    });
    expect(await harness.metric('tidegate_client_disconnects_total', 'provider="up"')).toBe(1);
    expect(await harness.metric('tidegate_usage_missing_total', 'reason="client_disconnected"')).toBe(1);
  });

  test('of a client that hangs up when the upstream is to be drained; the usage is known', async () => {
    const answer = await streaming({ entry: { onClientDisconnect: 'Drain' } });
    const { request } = await begun();
    request.destroy();
    await until(() => callerSockets(harness.proxy.url) === 0);
    answer().write(CHUNK.repeat(100));
    answer().end(USAGE);
    expect(await record()).toMatchObject({ code: 'ClientDisconnected', tokens: { input: 10, output: 4 } });
  });

  test('of a drained answer that does not end: it is cut at a bound', async () => {
    const answer = await streaming({ entry: { onClientDisconnect: 'Drain' } });
    const { request } = await begun();
    request.destroy();
    const upstream = answer();
    const flood = CHUNK.repeat(10_000);
    const more = (): void => {
      while (upstream.write(flood));
      upstream.once('drain', more);
    };
    more();
    expect(await record()).toMatchObject({ usageMissing: 'client_disconnected' });
    await until(() => harness.upstreamSockets.size === 0);
  });

  test('of a client that hangs up before the upstream has answered', async () => {
    harness = await startHarness({ onRequest: (request) => void request.resume() });
    const request = httpRequest(`${harness.url}/chat/completions`, { method: 'POST', agent: false });
    request.on('error', () => undefined);
    request.end('{"model":"m"}');
    await until(() => harness.upstreamSockets.size === 1);
    request.destroy();
    await until(() => harness.upstreamSockets.size === 0);
    expect(await record()).toMatchObject({
      status: 499,
      code: 'ClientDisconnected',
      usageMissing: 'client_disconnected',
    });
  });

  test('of a client that hangs up in its own upload, held or streamed', async () => {
    harness = await startHarness({ onRequest: (request) => void request.on('error', () => undefined).resume() });
    for (const [i, path] of ['chat/completions', 'files'].entries()) {
      const socket = connect(harness.proxy.address.port, '127.0.0.1');
      socket.write(`POST /llm/v1/providers/up/${path} HTTP/1.1\r\nhost: h\r\ncontent-length: 1000000\r\n\r\n{"model":`);
      await until(() => harness.proxy.openRequests === 1);
      if (path === 'files') await until(() => harness.upstreamSockets.size === 1);
      socket.destroy();
      await until(() => harness.requests().length === i + 1);
      await until(() => harness.upstreamSockets.size === 0);
    }
    expect(harness.requests()).toMatchObject([{ status: 499 }, { status: 499, requestBytes: 9 }]);
    expect(harness.proxy.openRequests).toBe(0);
  });

  test('of a stream that a client of HTTP/2 resets; its connection goes on', async () => {
    await streaming();
    const session = http2Connect(harness.proxy.url);
    const stream = session.request({ ':method': 'POST', ':path': '/llm/v1/providers/up/chat/completions' });
    stream.on('error', () => undefined);
    stream.end(streamed);
    await once(stream, 'data');
    stream.close(8);
    await until(() => harness.upstreamSockets.size === 0);
    expect(await record()).toMatchObject({ protocol: 'HTTP/2', code: 'ClientDisconnected' });
    const second = session.request({ ':path': '/llm/v1/providers' });
    const [headers] = (await once(second, 'response')) as [Record<string, unknown>];
    expect(headers[':status']).toBe(200);
    session.destroy();
  });
});

describe('failures of the upstream', () => {
  test('before an answer are native refusals', async () => {
    harness = await startHarness({ onRequest: (request) => void request.socket.destroy() });
    const answer = await post(`${harness.url}/chat/completions`, '{"model":"m"}');
    expect([answer.status, answer.headers['x-tidegate-error'], answer.headers['x-should-retry']]).toEqual([
      502,
      'UpstreamUnreachable',
      undefined,
    ]);
    expect(answer.body.toString()).not.toMatch(/127\.0\.0\.1|localhost/);
    expect(JSON.parse(answer.body.toString())).toMatchObject({ error: { code: 'upstream_unreachable' } });
    expect(await record()).toMatchObject({ status: 502, code: 'UpstreamUnreachable', usageMissing: 'upstream_failed' });
  });

  test('to connect, and denied addresses, are told without the address', async () => {
    harness = await startHarness({ onRequest: () => undefined, deniedCIDRs: ['127.0.0.2/32'] });
    harness.setEntries(
      { name: 'refused', baseURL: 'http://127.0.0.1:1' },
      { name: 'denied', baseURL: 'http://127.0.0.2:1' },
    );
    for (const [name, reason] of [
      ['refused', 'refused the connection'],
      ['denied', 'configured not to connect to'],
    ]) {
      const answer = await post(`${harness.proxy.url}/llm/v1/providers/${name}/x`, '{}');
      expect(answer.status).toBe(502);
      expect(answer.body.toString()).toContain(reason);
      expect(answer.body.toString()).not.toContain('127.0.0');
    }
  });

  test('to begin an answer in time are 504', async () => {
    harness = await startHarness({
      onRequest: (request) => void request.resume(),
      entry: { timeouts: { connectSeconds: 5, firstByteSeconds: 1, idleSeconds: 30 } },
    });
    const answer = await post(`${harness.url}/chat/completions`, '{"model":"m"}');
    expect([answer.status, answer.headers['x-tidegate-error']]).toEqual([504, 'UpstreamTimeout']);
    expect(await record()).toMatchObject({ status: 504, usageMissing: 'upstream_failed' });
  });

  test.each([
    ['a reset', (response: ServerResponse) => response.socket?.resetAndDestroy(), 'UpstreamUnreachable'],
    ['an early end', (response: ServerResponse) => response.socket?.end(), 'UpstreamUnreachable'],
    ['garbage', (response: ServerResponse) => response.socket?.write('not a chunk\r\n'), 'UpstreamUnreachable'],
  ])('in a stream (%s) are told in the stream’s own form, then the connection ends', async (_what, fail, code) => {
    const answer = await streaming();
    const { response } = await begun();
    fail(answer());
    const { body } = await collect(response);
    expect(body.toString()).toMatch(
      /^data: \{"id":"1"[^\n]*\n\n\n\ndata: \{"error":\{.*"code":"upstream_unreachable"\}\}\n\n$/,
    );
    expect(await record()).toMatchObject({ status: 200, code, usageMissing: 'upstream_failed' });
    expect(await harness.metric('tidegate_requests_total', 'code="200"', `error="${code}"`)).toBe(1);
  });

  // What undici makes of them, and cannot be asked not to.
  test.each([
    ['a 100 that nobody asked for', 'HTTP/1.1 100 Continue\r\n\r\n', 'closed the connection before'],
    ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 2\r\n\r\n{}', 'another length'],
    ['garbage', 'SSH-2.0-OpenSSH_9.6\r\n', 'not HTTP'],
    [
      'a protocol switch that nobody asked for',
      'HTTP/1.1 101 X\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n',
      'closed',
    ],
  ])('to speak HTTP (%s) are refusals', async (_what, bytes, reason) => {
    harness = await startHarness({ onRequest: (request) => void request.socket.end(bytes) });
    const answer = await post(`${harness.url}/chat/completions`, '{"model":"m"}');
    expect([answer.status, answer.headers['x-tidegate-error']]).toEqual([502, 'UpstreamUnreachable']);
    expect(answer.body.toString()).toContain(reason);
    expect(await record()).toMatchObject({ status: 502, usageMissing: 'upstream_failed' });
  });

  test('in an answer that is no stream cut it, so that it is not taken for whole', async () => {
    harness = await startHarness({
      onRequest: (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
        response.write('{"half":');
        setImmediate(() => response.destroy());
      },
    });
    await expect(post(`${harness.url}/embeddings`, '{"model":"m"}')).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(await record()).toMatchObject({ status: 200, code: 'UpstreamUnreachable' });
  });
});

describe('slow clients', () => {
  test('whose body does not come are given up', async () => {
    harness = await startHarness({ onRequest: () => undefined, limits: { bodyIdleSeconds: 0.1 } });
    const socket = connect(harness.proxy.address.port, '127.0.0.1');
    socket.write('POST /llm/v1/providers/up/chat/completions HTTP/1.1\r\nhost: h\r\ncontent-length: 100\r\n\r\n{');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 408 /);
    socket.destroy();
    expect(await record()).toMatchObject({ status: 408, code: 'RequestTimeout' });
  });

  test('whose body comes byte by byte are given up, though they are never silent', async () => {
    harness = await startHarness({ onRequest: () => undefined, limits: { bodyIdleSeconds: 1 } });
    const socket = connect(harness.proxy.address.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write('POST /llm/v1/providers/up/chat/completions HTTP/1.1\r\nhost: h\r\ncontent-length: 60000\r\n\r\n{');
    const trickle = setInterval(() => void socket.write(' '), 10);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    clearInterval(trickle);
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 408 /);
    expect(answer.toString()).toContain('too slowly');
    socket.destroy();
    expect(await record()).toMatchObject({ status: 408, code: 'RequestTimeout' });
  });

  test('that take nothing for too long are given up', async () => {
    harness = await startHarness({
      onRequest: (_request, response) => {
        const more = (): void => {
          while (response.write(Buffer.alloc(64 * 1024)));
          response.once('drain', more);
        };
        more();
      },
      entry: { timeouts: { connectSeconds: 5, firstByteSeconds: 5, idleSeconds: 0.2 } },
      limits: { bodyIdleSeconds: 0.1 },
    });
    const socket = connect(harness.proxy.address.port, '127.0.0.1');
    socket.pause();
    socket.on('error', () => undefined);
    socket.write('GET /llm/v1/providers/up/files/f/content HTTP/1.1\r\nhost: h\r\n\r\n');
    expect(await record()).toMatchObject({ status: 200, code: 'ClientDisconnected' });
    await until(() => harness.upstreamSockets.size === 0);
    socket.destroy();
  });
});

describe('bytes of request bodies in memory', () => {
  test('count until the upstream has taken them, even when it answers before', async () => {
    const { url } = (harness = await startHarness({
      onRequest: (request, response) => {
        // Answers at once and reads nothing of the body.
        request.pause();
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(CHUNK);
      },
      limits: { bytesInFlight: 24 * 1024 * 1024 },
    }));
    const large = `{"model":"m","x":"${'y'.repeat(16 * 1024 * 1024)}"}`;
    const first = httpRequest(`${url}/chat/completions`, { method: 'POST', agent: false });
    first.on('error', () => undefined);
    first.end(large);
    const [response] = (await once(first, 'response')) as [IncomingMessage];
    response.on('error', () => undefined);
    const second = await post(`${url}/chat/completions`, large);
    expect([second.status, second.headers['x-tidegate-error']]).toEqual([503, 'Overloaded']);
    first.destroy();
    await until(() => harness.proxy.openRequests === 0);
    const third = httpRequest(`${url}/chat/completions`, { method: 'POST', agent: false });
    third.on('error', () => undefined);
    third.end(large);
    const [served] = (await once(third, 'response')) as [IncomingMessage];
    expect(served.statusCode).toBe(200);
    third.destroy();
    await until(() => harness.proxy.openRequests === 0);
  });
});

describe('a shutdown', () => {
  test('lets streams finish, takes no new connections, and ends kept ones', async () => {
    const answer = await streaming();
    const { response } = await begun();
    const drained = harness.proxy.drain();
    expect(harness.proxy.draining).toBe(true);
    await until(() => harness.log().includes('"draining"'));
    await new Promise(setImmediate);
    await expect(exchange(`${harness.proxy.url}/llm/v1/providers`)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    answer().write(CHUNK);
    answer().end(USAGE);
    expect((await collect(response)).body.toString()).toBe(`${CHUNK}${CHUNK}data: [DONE]\n\n`);
    expect(await drained).toEqual({ cut: 0 });
    expect(await record()).toMatchObject({ status: 200, tokens: { input: 10, output: 4 } });
  });

  test('serves on while endpoints notice, telling every connection to close', async () => {
    await streaming({ shutdown: { endpointSeconds: 30 } });
    const skip = new AbortController();
    const drained = harness.proxy.drain(skip.signal);
    const answer = await exchange(`${harness.proxy.url}/llm/v1/providers`, { headers: { connection: 'keep-alive' } });
    expect([answer.status, answer.headers['connection']]).toEqual([200, 'close']);
    skip.abort();
    expect(await drained).toEqual({ cut: 0 });
  });

  test('ends what goes on for too long with native errors, and counts it', async () => {
    await streaming({ shutdown: { drainSeconds: 0.1 } });
    const { response } = await begun();
    const waiting = post(`${harness.url}/chat/completions`, '{"model":"m"}').catch(() => undefined);
    await until(() => harness.proxy.openRequests === 2);
    const drained = harness.proxy.drain();
    expect((await collect(response)).body.toString()).toMatch(
      /^data: .*\n\n\n\ndata: \{"error":\{.*"code":"draining"\}\}\n\n$/s,
    );
    await waiting;
    expect(await drained).toEqual({ cut: 2 });
    expect(await harness.metric('tidegate_cut_requests_total')).toBe(2);
    expect(harness.requests()).toMatchObject([{ code: 'Draining' }, { code: 'Draining' }]);
    await until(() => harness.upstreamSockets.size === 0);
  });
});
