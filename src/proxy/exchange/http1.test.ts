import { afterEach, describe, expect, test } from '@jest/globals';
import type { Limits } from '../../config/types.ts';
import { RawClient, record, TRANSPORTS, until } from '../../../test/support/exchange.ts';
import type { Recorded, Recorder } from '../../../test/support/exchange.ts';

describe.each(TRANSPORTS)('over %s:', (transport) => {
  let recorder: Recorder | undefined;
  const clients: RawClient[] = [];
  afterEach(async () => {
    for (const { socket } of clients.splice(0)) socket.destroy();
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

  async function open(port: number, allowHalfOpen?: boolean): Promise<RawClient> {
    const client = await RawClient.open(port, { allowHalfOpen, transport });
    clients.push(client);
    return client;
  }

  const silent = (): void => undefined;
  const GET = 'GET / HTTP/1.1\r\nHost: h\r\n\r\n';

  describe('bytes that are no request', () => {
    test.each([
      ['garbage', 'GARBAGE\r\n\r\n', '400', 'InvalidRequest'],
      ['a head that does not end', 'GET / HTTP/1.1\r\nHos', '408', 'RequestTimeout'],
      ['a head that is too large', `GET / HTTP/1.1\r\nHost: ${'h'.repeat(70_000)}`, '431', 'RequestTooLarge'],
      ['two Host headers', 'GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n', '400', 'InvalidRequest'],
      ['no Host header', 'GET / HTTP/1.1\r\n\r\n', '400', 'InvalidRequest'],
      ['another version of HTTP', 'GET / HTTP/2.0\r\nHost: h\r\n\r\n', '400', 'InvalidRequest'],
      ['CONNECT', 'CONNECT a:1 HTTP/1.1\r\nHost: h\r\n\r\n', '400', 'InvalidRequest'],
      ['an unknown expectation', 'GET / HTTP/1.1\r\nHost: h\r\nExpect: more\r\n\r\n', '417', 'InvalidRequest'],
      [
        'a transfer coding besides chunked',
        'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
        '501',
        'InvalidRequest',
      ],
    ])('%s: refused in the shape of every refusal, and the connection ends', async (...row) => {
      const [, bytes, status, code] = row;
      const listener = await start(silent, status === '408' ? { headerSeconds: 0.2 } : {});
      const client = await open(listener.port);
      client.socket.write(bytes);
      await until(() => client.isClosed);
      const [head = '', body = ''] = client.text.split('\r\n\r\n');
      expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
      expect(head).toContain(`\r\nx-tidegate-error: ${code}`);
      expect(JSON.parse(body)).toMatchObject({ error: { message: expect.any(String) } });
      await until(() => listener.connections === 0);
      expect(listener.exchanges).toHaveLength(0);
    });

    test('are refused for good, also when the client does not close its end', async () => {
      const listener = await start(silent, { headerSeconds: 0.2 });
      for (const bytes of ['GARBAGE\r\n\r\n', 'GET / HTTP/1.1\r\nHos'])
        (await open(listener.port, true)).socket.write(bytes);
      await until(() => clients.every(({ socket }) => socket.readableEnded));
      await until(() => listener.connections === 0);
    });

    test('behind a refused request nothing is served', async () => {
      const listener = await start(silent);
      const client = await open(listener.port);
      client.socket.write(`GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n${GET}${GET}`);
      await until(() => client.isClosed);
      expect(client.text.match(/HTTP\/1\.1 400/g)).toHaveLength(1);
      expect(listener.exchanges).toHaveLength(0);
    });

    test('a malformed chunk is the end of its request, whose answer is the refusal', async () => {
      const listener = await start(({ exchange, told }) => {
        if (told.length === 0) exchange.receive();
        if (told.at(-1) !== 'hangUp') return;
        exchange.head(502, []);
        exchange.end(Buffer.from('too late'));
      });
      const client = await open(listener.port, true);
      client.socket.write('POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n');
      await until(() => client.socket.readableEnded);
      expect(client.text).toMatch(/^HTTP\/1\.1 400 /);
      expect(client.text).not.toContain('too late');
      expect(listener.exchanges[0]?.told).toEqual(['hangUp']);
      await until(() => listener.connections === 0);
    });

    test('behind a pending request are not answered in its place', async () => {
      const listener = await start(silent);
      const client = await open(listener.port);
      client.socket.write(`${GET}GARBAGE\r\n\r\n`);
      await until(() => client.isClosed);
      expect(client.text).toBe('');
      expect(listener.exchanges[0]?.told).toEqual(['hangUp']);
    });

    test.each(['CONNECT h:1 HTTP/1.1\r\nhost: h\r\n\r\n', 'GARBAGE\r\n\r\n'])(
      'behind several requests end them all: %j',
      async (bytes) => {
        const { port, exchanges } = await start(({ exchange, told }, index) => {
          if (told.length > 0 || index === 0) return;
          exchange.head(400, ['content-length', '2']);
          exchange.end(Buffer.from('no'));
        });
        const client = await open(port);
        client.socket.write(`${GET}${GET}${GET}${bytes}`);
        await until(() => client.isClosed);
        await until(() => exchanges.length === 3 && exchanges.every(({ told }) => told.length > 0));
        expect(exchanges.map(({ told }) => told)).toEqual([['hangUp'], ['hangUp'], ['hangUp']]);
      },
    );

    test('behind a running answer are not answered in the middle of it', async () => {
      const listener = await start(({ exchange, told }) => {
        if (told.length > 0) return;
        exchange.head(200, ['content-type', 'text/event-stream']);
        exchange.write(Buffer.from('data: {}\n\n'));
      });
      const client = await open(listener.port);
      client.socket.write(GET);
      await until(() => client.text.includes('data'));
      client.socket.write('GARBAGE\r\n\r\n');
      await until(() => client.isClosed);
      expect(client.text).toMatch(/data: \{\}\n\n\r\n$/);
      expect(listener.exchanges[0]?.told).toEqual(['hangUp']);
    });
  });

  describe('an answer that the client does not take', () => {
    test('is cut after a while, but not while it waits for another one on its connection', async () => {
      const body = Buffer.alloc(32 * 1024 * 1024);
      const { port, exchanges } = await start(
        ({ exchange, told }, index) => {
          if (told.length > 0) return;
          exchange.head(200, ['x-index', `${index}`]);
          if (index > 0) exchange.end(index === 1 ? Buffer.from('second') : body);
        },
        { bodyIdleSeconds: 0.1 },
      );
      const pipelining = await open(port);
      pipelining.socket.write(GET + GET);
      await until(() => exchanges.length === 2);
      const stuck = await open(port);
      stuck.socket.pause();
      stuck.socket.write(GET);
      await until(() => exchanges[2]?.told.at(-1) === 'hangUp');
      exchanges[0]?.exchange.end(Buffer.from('first'));
      await until(() => pipelining.text.includes('second'));
      expect(pipelining.text).toMatch(/first[^]*second/);
    });
  });
});
