import { once } from 'node:events';
import { connect as http2Connect } from 'node:http2';
import type { IncomingHttpHeaders } from 'node:http2';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { Limits } from '../../config/types.ts';
import {
  RawClient,
  TRANSPORTS,
  data,
  frame,
  headers,
  preface,
  record,
  reset,
  streamOf,
  until,
} from '../../../test/support/exchange.ts';
import type { Recorded, Recorder } from '../../../test/support/exchange.ts';

describe.each(TRANSPORTS)('over %s:', (transport) => {
  let recorder: Recorder | undefined;
  let client: RawClient | undefined;
  afterEach(async () => {
    client?.socket.destroy();
    recorder?.destroy();
    await recorder?.stop();
  });

  async function start(
    drive: (recorded: Recorded, index: number) => void,
    limits?: Partial<Limits>,
  ): Promise<Recorder> {
    recorder = await record(drive, limits, transport);
    return recorder;
  }

  async function open(port: number, window?: number, allowHalfOpen?: boolean): Promise<RawClient> {
    client = await RawClient.open(port, { allowHalfOpen, transport, protocol: 'h2' });
    client.socket.write(preface(window));
    return client;
  }

  /** Takes the body and answers when it is whole. */
  const answering = ({ exchange, told }: Recorded): void => {
    if (told.length === 0) exchange.receive();
    if (told.at(-1) !== 'bodyEnd') return;
    exchange.head(200, []);
    exchange.end(Buffer.from('whole'));
  };

  const refusing = ({ exchange, told }: Recorded): void => {
    if (told.length > 0) return;
    exchange.head(404, ['content-length', '2']);
    exchange.end(Buffer.from('no'));
  };

  describe('a stream that the client resets', () => {
    test.each([0, 5, 8])('with code %i has no whole body, and nothing is answered to it', async (code) => {
      const { port, exchanges } = await start(answering);
      const { socket } = await open(port);
      socket.write(Buffer.concat([headers('POST', 1), data('{"model":"a"}', 1)]));
      await until(() => exchanges[0]?.told.includes('chunk') === true);
      socket.write(reset(code, 1));
      await until(() => exchanges[0]?.told.includes('hangUp') === true);
      expect(exchanges[0]?.told).toEqual(['chunk', 'hangUp']);
    });

    test('takes an answer without complaint from the moment of its reset on', async () => {
      const answer = ({ exchange }: Recorded): void => {
        exchange.receive();
        exchange.head(200, []);
        exchange.write(Buffer.from('x'));
        exchange.end();
        exchange.abort();
      };
      const { port, exchanges } = await start(({ exchange, told }, index) => {
        // The first is answered when it is told of its end, the second's body is never asked for.
        if (told.length === 0 && index === 0) exchange.receive();
        else if (told.at(-1) === 'hangUp') answer({ exchange, told });
      });
      const { socket } = await open(port);
      socket.write(Buffer.concat([headers('POST', 1), data('a', 1), reset(0, 1)]));
      socket.write(Buffer.concat([headers('POST', 3), data('a', 3), reset(0, 3)]));
      await until(() => exchanges.length === 2 && exchanges.every(({ told }) => told.at(-1) === 'hangUp'));
    });

    test('with NO_ERROR while its upload is paused is a hang-up', async () => {
      const { port, exchanges } = await start(({ exchange, told }) => {
        if (told.length === 0) exchange.receive();
        else exchange.pause();
      });
      const { socket } = await open(port);
      socket.write(Buffer.concat([headers('POST', 1), data('a', 1)]));
      await until(() => exchanges[0]?.told.length === 1);
      socket.write(Buffer.concat([data('b'.repeat(10_000), 1), reset(0, 1)]));
      await until(() => exchanges[0]?.told.at(-1) === 'hangUp');
    });
  });

  describe('a request that its first bytes belie', () => {
    /** HEADERS of a POST of 3 bytes (RFC 7541, appendix A). */
    const threeBytes = frame(
      'HEADERS',
      0x4,
      1,
      Buffer.from([0x83, 0x86, 0x84, 0x01, 0x01, 0x68, 0x0f, 0x0d, 0x01, 0x33]),
    );

    test.each([
      ['more than it announced', data('hello', 1)],
      ['more than it announced, and its end', data('hello', 1, true)],
      ['less than it announced', data('h', 1, true)],
      ['its reset', reset(8, 1)],
    ])('with %s ends no more than its connection', async (_, belying) => {
      const { port, exchanges } = await start(answering);
      const first = await open(port);
      first.socket.write(Buffer.concat([threeBytes, belying]));
      await until(() => first.isClosed || first.received.length > 0);
      await until(() => exchanges.every(({ told }) => told.at(-1) === 'hangUp'));
      first.socket.destroy();
      const before = exchanges.length;
      const second = await open(port);
      second.socket.write(Buffer.concat([threeBytes, data('abc', 1, true)]));
      await until(() => streamOf(second.received, 1).endStream);
      expect(streamOf(second.received, 1).text).toBe('whole');
      expect(exchanges).toHaveLength(before + 1);
    });
  });

  describe('the end of an answer', () => {
    test('that is cut is a reset, never an end', async () => {
      const { port, exchanges } = await start(({ exchange, told }) => {
        if (told.length > 0) return;
        exchange.head(200, []);
        exchange.write(Buffer.from('part'));
      });
      const { socket } = await open(port);
      socket.write(headers('GET', 1, true));
      await until(() => streamOf(client!.received, 1).text === 'part');
      exchanges[0]?.exchange.abort();
      await until(() => streamOf(client!.received, 1).reset !== undefined);
      expect(streamOf(client!.received, 1)).toEqual({ text: 'part', endStream: false, reset: 2 });
      expect(exchanges[0]?.told).toEqual(['hangUp']);
    });

    test.each(['POST', 'HEAD'] as const)(
      'to %s with an unfinished body is whole and ends the request',
      async (method) => {
        const { port, exchanges } = await start(refusing);
        const { socket } = await open(port);
        socket.write(Buffer.concat([headers(method, 1), data('a', 1)]));
        await until(() => exchanges[0]?.told.length === 1 && streamOf(client!.received, 1).reset !== undefined);
        const text = method === 'HEAD' ? '' : 'no';
        expect(streamOf(client!.received, 1)).toEqual({ text, endStream: true, reset: 0 });
        expect(exchanges[0]?.told).toEqual(['sent']);
      },
    );

    test('is one that was sent, also when many streams of a connection end at once', async () => {
      const { port, exchanges } = await start(({ exchange, told }) => {
        if (told.length === 0) exchange.receive();
        if (told.at(-1) !== 'bodyEnd') return;
        exchange.head(200, []);
        setImmediate(() => {
          exchange.write(Buffer.alloc(878));
          exchange.end();
        });
      });
      const scheme = transport === 'TLS' ? 'https' : 'http';
      const session = http2Connect(`${scheme}://127.0.0.1:${port}`, { rejectUnauthorized: false });
      session.on('error', () => undefined);
      await Promise.all(
        Array.from({ length: 100 }, async () => {
          const stream = session.request({ ':path': '/', ':method': 'POST' });
          stream.end('body');
          stream.resume();
          await once(stream, 'end');
        }),
      );
      await new Promise<void>((resolve) => session.close(resolve));
      await until(() => exchanges.every(({ told }) => told.some((what) => what === 'sent' || what === 'hangUp')));
      expect(exchanges.filter(({ told }) => told.at(-1) === 'hangUp')).toHaveLength(0);
    });

    test('is not waited for when the client takes nothing', async () => {
      const { port, exchanges } = await start(refusing, { bodyIdleSeconds: 0.1 });
      const { socket } = await open(port, 0);
      for (const stream of [1, 3, 5]) socket.write(headers('GET', stream, true));
      await until(() => exchanges.length === 3 && exchanges.every(({ told }) => told[0] === 'hangUp'));
    });
  });

  describe('a session', () => {
    test('that never sends the whole head of a request is closed, also when the client does not close its end', async () => {
      const listener = await start(refusing, { headerSeconds: 0.1 });
      const client = await open(listener.port, undefined, true);
      client.socket.write(frame('HEADERS', 0, 1, Buffer.from([0x82])).subarray(0, 9));
      await until(() => client.socket.readableEnded || client.isClosed);
      await until(() => listener.connections === 0);
      expect(listener.exchanges).toHaveLength(0);
    });
  });

  describe('headers of an answer', () => {
    async function answerOf(status: number, answer: string[]): Promise<IncomingHttpHeaders & { body?: string }> {
      const { port } = await start(({ exchange, told }) => {
        if (told.length > 0) return;
        exchange.head(status, answer);
        exchange.end(status === 200 ? Buffer.from('body') : undefined);
      });
      const session = http2Connect(`${transport === 'TLS' ? 'https' : 'http'}://127.0.0.1:${port}`, {
        rejectUnauthorized: false,
        settings: { maxHeaderListSize: 1 << 20 },
        maxHeaderListPairs: 5000,
      });
      session.on('error', () => undefined);
      const stream = session.request({ ':path': '/' });
      const [received] = (await once(stream, 'response')) as [IncomingHttpHeaders];
      let body = '';
      for await (const chunk of stream) body += String(chunk);
      await new Promise<void>((resolve) => session.close(resolve));
      return { ...received, body };
    }

    test('that come twice, are named like a property of every object, or belong to HTTP/1.1 make no answer fail', async () => {
      const twice = ['etag', '"a"', 'x-content-type-options', 'nosniff', 'content-type', 'a/b'];
      const old = ['http2-settings', 'x', 'keep-alive', 'timeout=5'];
      const received = await answerOf(200, [...twice, ...twice, ...old, 'constructor', 'c', '__proto__', 'p']);
      expect(received).toMatchObject({
        ':status': 200,
        etag: '"a"',
        'content-type': 'a/b',
        constructor: 'c',
        body: 'body',
      });
      expect(received).not.toHaveProperty('http2-settings');
    });

    test.each([204, 205])('have no length with status %i', async (status) => {
      const received = await answerOf(status, ['content-length', '5', 'x-a', 'b']);
      expect(received).toMatchObject({ ':status': status, 'x-a': 'b' });
      expect(received).not.toHaveProperty('content-length');
    });

    test('may be as large as an upstream sends them', async () => {
      const long = await answerOf(
        200,
        Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? `x-${i}` : 'v'.repeat(10_000))),
      );
      expect(long['x-18']).toHaveLength(10_000);
      await recorder?.stop();
      const many = await answerOf(
        200,
        Array.from({ length: 6000 }, (_, i) => (i % 2 === 0 ? `x-${i}` : `${i}`)),
      );
      expect(many['x-5998']).toBe('5999');
    });
  });
});
