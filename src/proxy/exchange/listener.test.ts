import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { connect as http2Connect } from 'node:http2';
import type { ClientHttp2Session } from 'node:http2';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { Exchange, ExchangeListener } from './exchange.ts';
import { startListener } from './listener.ts';
import type { Listener } from './listener.ts';

const LIMITS = {
  requestBytes: 1e6,
  bytesInFlight: 1e7,
  openRequests: 100,
  headerSeconds: 30,
  bodyIdleSeconds: 30,
  keepAliveSeconds: 30,
};

let listener: Listener | undefined;
afterEach(async () => {
  listener?.destroy();
  await listener?.stop();
  listener = undefined;
});

/** Answers with the protocol, the head and the body that came. */
function echo(exchange: Exchange): void {
  const chunks: Buffer[] = [];
  const answer = (): void => {
    const { protocol, method, target, rawHeaders } = exchange;
    const body = Buffer.concat(chunks).toString();
    const text = Buffer.from(JSON.stringify({ protocol, method, target, rawHeaders, body }));
    exchange.head(200, ['content-type', 'application/json', 'x-two', 'a', 'x-two', 'b']);
    exchange.end(text);
  };
  const told: ExchangeListener = {
    onBodyChunk: (chunk) => void chunks.push(chunk),
    onBodyEnd: answer,
    onWritable: () => undefined,
    onSent: () => undefined,
    onHangUp: () => undefined,
  };
  exchange.attach(told);
  if (exchange.hasBody) exchange.receive();
  else answer();
}

async function start(onExchange: (exchange: Exchange) => void, limits = LIMITS): Promise<AddressInfo> {
  listener = await startListener({ listen: { host: '127.0.0.1', port: 0 }, limits, onExchange });
  return listener.address;
}

async function raw(port: number, parts: readonly string[]): Promise<string> {
  const socket: Socket = connect(port, '127.0.0.1');
  // A connection that the server ends may be reset.
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  let text = '';
  socket.on('data', (chunk) => (text += chunk.toString('latin1')));
  for (const part of parts) {
    socket.write(part);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await once(socket, 'close');
  return text;
}

describe('one port, two protocols', () => {
  test('HTTP/1.1 requests keep the bytes of their head, also when the first bytes come one by one', async () => {
    const { port } = await start(echo);
    const request =
      'POST /a%2Fb?x=%20 HTTP/1.1\r\nHost: h\r\nX-Odd-Case: 1\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc';
    const answer = await raw(port, [...request.slice(0, 6).split(''), request.slice(6)]);
    expect(answer).toContain('"target":"/a%2Fb?x=%20"');
    expect(answer).toContain('"X-Odd-Case","1"');
    expect(answer).toContain('"body":"abc"');
    expect(answer).toContain('x-two: a\r\nx-two: b');
  });

  test('PROPFIND begins like the preface and is still HTTP/1.1', async () => {
    const { port } = await start(echo);
    const answer = await raw(port, ['P', 'R', 'OPFIND / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n']);
    expect(answer).toContain('"method":"PROPFIND"');
  });

  test('keeps an HTTP/1.1 connection for a second request', async () => {
    const { port } = await start(echo);
    const answer = await raw(port, [
      'GET /1 HTTP/1.1\r\nHost: h\r\n\r\n',
      'GET /2 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n',
    ]);
    expect(answer.match(/HTTP\/1\.1 200/g)).toHaveLength(2);
    expect(answer).toContain('"target":"/2"');
  });

  test('HTTP/2 by prior knowledge', async () => {
    const { port } = await start(echo);
    const session = http2Connect(`http://127.0.0.1:${port}`).on('error', () => undefined);
    const answers = await Promise.all(
      ['/one', '/two'].map(async (path) => {
        const stream = session.request({ ':method': 'POST', ':path': path, 'x-a': '1' });
        stream.end('body');
        let text = '';
        for await (const chunk of stream) text += String(chunk);
        return JSON.parse(text) as Record<string, unknown>;
      }),
    );
    await new Promise<void>((resolve) => session.close(resolve));
    expect(answers[0]).toMatchObject({ protocol: 'HTTP/2', method: 'POST', target: '/one', body: 'body' });
    expect(answers[1]).toMatchObject({ target: '/two', rawHeaders: expect.arrayContaining(['x-a', '1']) });
    // The authority is the host.
    expect(answers[1]).toMatchObject({ rawHeaders: expect.arrayContaining(['host', `127.0.0.1:${port}`]) });
  });

  test('an idle HTTP/2 session is ended, one whose stream is silent is not', async () => {
    const streams: Exchange[] = [];
    const { port } = await start(
      (exchange) => {
        streams.push(exchange);
        exchange.attach({
          onBodyChunk: () => undefined,
          onBodyEnd: () => undefined,
          onWritable: () => undefined,
          onSent: () => undefined,
          onHangUp: () => undefined,
        });
        exchange.head(200, []);
      },
      { ...LIMITS, keepAliveSeconds: 0.5 },
    );
    const open = (): ClientHttp2Session =>
      // A connection that the server ends may be reset.
      http2Connect(`http://127.0.0.1:${port}`).on('error', () => undefined);
    const [idle, silent] = [open(), open()];
    const stream = silent.request({ ':path': '/' });
    let isEnded = false;
    silent.once('goaway', () => (isEnded = true));
    await once(idle, 'close');
    await once(open(), 'close');
    expect(isEnded).toBe(false);
    stream.resume();
    streams[0]?.end(Buffer.from('done'));
    await once(silent, 'close');
  });

  test('a client that expects 100-continue is told to continue only when the body is wanted', async () => {
    const { port } = await start(echo);
    const request = httpRequest({ port, method: 'POST', headers: { expect: '100-continue', 'content-length': 2 } });
    request.flushHeaders();
    await once(request, 'continue');
    request.end('hi');
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    expect(response.statusCode).toBe(200);
    response.resume();
    await once(response, 'end');
  });
});

describe('a body of unknown length over HTTP/1.1', () => {
  /** Answers with chunks of these sizes, the last one given with the end. */
  const sending =
    (sizes: readonly number[]) =>
    (exchange: Exchange): void => {
      const told = (): void => undefined;
      exchange.attach({ onBodyChunk: told, onBodyEnd: told, onWritable: told, onSent: told, onHangUp: told });
      exchange.head(200, ['content-type', 'text/event-stream']);
      exchange.flushHead();
      for (const size of sizes.slice(0, -1)) exchange.write(Buffer.alloc(size, 0x61));
      exchange.end(Buffer.alloc(sizes.at(-1) ?? 0, 0x62));
    };
  const sizes = [1, 0, 9, 15, 16, 17, 255, 256, 257, 4095, 4096, 4097, 65_536, 70_000, 3];

  test('goes out in chunks of any size, each framed rightly, and the connection is kept', async () => {
    const { port } = await start(sending(sizes));
    const answer = await raw(port, [
      'GET / HTTP/1.1\r\nHost: h\r\n\r\n',
      'GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n',
    ]);
    const frame = (size: number, i: number): string =>
      `${size.toString(16)}\r\n${(i === sizes.length - 1 ? 'b' : 'a').repeat(size)}\r\n`;
    const expected = `${sizes.map((size, i) => (size === 0 ? '' : frame(size, i))).join('')}0\r\n\r\n`;
    const bodies = answer.split(/HTTP\/1\.1 200 OK\r\n(?:[^\r]+\r\n)+\r\n/);
    expect(bodies).toEqual(['', expected, expected]);
  });

  test('is not framed for HTTP/1.0, and not sent for HEAD', async () => {
    const { port } = await start(sending([5, 5]));
    expect(await raw(port, ['GET / HTTP/1.0\r\nHost: h\r\n\r\n'])).toMatch(/\r\n\r\naaaaabbbbb$/);
    expect(await raw(port, ['HEAD / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n'])).toMatch(/\r\n\r\n$/);
  });
});

describe('limits', () => {
  test.each([
    ['Content-Length and Transfer-Encoding', 'Content-Length: 3\r\nTransfer-Encoding: chunked\r\n'],
    ['two Content-Lengths', 'Content-Length: 3\r\nContent-Length: 4\r\n'],
    ['a space before the colon', 'Content-Length : 3\r\n'],
    ['an unknown transfer coding after chunked', 'Transfer-Encoding: chunked, identity\r\n'],
    ['a bare line feed in a header', 'X-A: b\nX-C: d\r\n'],
  ])('refuses %s with 400 and closes', async (_what, headers) => {
    const { port } = await start(echo);
    const answer = await raw(port, [`POST / HTTP/1.1\r\nHost: h\r\n${headers}\r\nabc`]);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
  });

  test('gives up clients that send their head too slowly, before and after the first byte', async () => {
    const { port } = await start(echo, { ...LIMITS, headerSeconds: 0.5 });
    expect(await raw(port, [])).toBe('');
    expect(await raw(port, ['GET / HT'])).toMatch(/^HTTP\/1\.1 408 /);
    expect(await raw(port, ['PRI * HT'])).toBe('');
  });

  test('refuses heads that are too large', async () => {
    const { port } = await start(echo);
    const answer = await raw(port, [`GET / HTTP/1.1\r\nHost: h\r\nX-Big: ${'x'.repeat(70_000)}\r\n\r\n`]);
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
  });

  test('tells the exchange when the client hangs up, over both protocols', async () => {
    const hungUp: string[] = [];
    let arrived = (): void => undefined;
    const { port } = await start((exchange) => {
      exchange.attach({
        onBodyChunk: () => undefined,
        onBodyEnd: () => undefined,
        onWritable: () => undefined,
        onSent: () => hungUp.push('sent'),
        onHangUp: () => {
          hungUp.push(exchange.protocol);
          arrived();
        },
      });
      exchange.head(200, []);
      exchange.write(Buffer.from('x'));
    });
    const first = new Promise<void>((resolve) => (arrived = resolve));
    const socket = connect(port, '127.0.0.1').on('error', () => undefined);
    socket.write('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
    await once(socket, 'data');
    socket.destroy();
    await first;
    const second = new Promise<void>((resolve) => (arrived = resolve));
    const session = http2Connect(`http://127.0.0.1:${port}`).on('error', () => undefined);
    const stream = session.request({ ':path': '/' });
    await once(stream, 'data');
    session.destroy();
    await second;
    expect(hungUp).toEqual(['HTTP/1.1', 'HTTP/2']);
  });
});
