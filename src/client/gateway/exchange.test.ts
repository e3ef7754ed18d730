import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { EXIT } from '../../command/io.ts';
import { ask, type Question } from './exchange.ts';

let server: Server | undefined;

async function serve(listener: RequestListener): Promise<string> {
  server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/path`;
}

afterEach(() => {
  server?.close();
  server?.closeAllConnections();
});

const get = (url: string, more: Partial<Question> = {}): Question => ({ method: 'GET', url, headers: {}, ...more });

describe('one exchange', () => {
  test('sends what it is given and gives what comes', async () => {
    const url = await serve((request, response) => {
      response.setHeader('X-Seen', [String(request.headers['x-own']), 'second']);
      request.pipe(response.writeHead(201));
    });
    const answer = await ask({ method: 'POST', url, headers: { 'x-own': 'v' }, body: 'grüße' });
    expect([answer.status, answer.header('x-seen'), answer.body]).toEqual([201, 'v, second', 'grüße']);
    expect(answer.header('x-none')).toBeUndefined();
  });

  test('follows no redirect', async () => {
    const url = await serve((_request, response) => response.writeHead(302, { location: '/elsewhere' }).end());
    const answer = await ask(get(url));
    expect([answer.status, answer.header('location')]).toEqual([302, '/elsewhere']);
  });

  test('that gets no answer in time, none at all, or half of one, is unreachable', async () => {
    const url = await serve((request, response) => {
      if (request.url === '/half') response.writeHead(200, { 'content-length': '10' }).write('half');
      if (request.url === '/half') setImmediate(() => response.destroy());
    });
    const { origin, host } = new URL(url);
    const unreachable = { status: EXIT.unreachable };
    await expect(ask(get(url, { timeoutMilliseconds: 50 }))).rejects.toMatchObject({
      ...unreachable,
      message: `cannot reach ${host}: no answer within 0.05 s`,
    });
    await expect(ask(get(`${origin}/half`))).rejects.toMatchObject(unreachable);
    await expect(ask(get('http://127.0.0.1:9'))).rejects.toMatchObject({
      ...unreachable,
      hint: 'nothing listens there: check the port, or start the gateway',
    });
  });

  test('goes by the proxy of the environment, but not on this machine', async () => {
    const url = await serve((_request, response) => response.end('here'));
    const before = process.env['HTTP_PROXY'];
    process.env['HTTP_PROXY'] = 'http://127.0.0.1:9';
    try {
      expect((await ask(get(url))).body).toBe('here');
      await expect(ask(get('http://gateway.invalid'))).rejects.toMatchObject({
        message: 'cannot reach gateway.invalid: connect ECONNREFUSED 127.0.0.1:9',
        hint: expect.stringContaining('HTTP_PROXY'),
      });
    } finally {
      if (before === undefined) delete process.env['HTTP_PROXY'];
      else process.env['HTTP_PROXY'] = before;
    }
  });

  test('that its person interrupts ends at once', async () => {
    const url = await serve(() => undefined);
    const controller = new AbortController();
    const asked = ask(get(url, { signal: controller.signal }));
    controller.abort();
    await expect(asked).rejects.toMatchObject({ message: 'interrupted' });
  });

  test('takes no answer without an end', async () => {
    const url = await serve((_request, response) => {
      const more = (): void => {
        if (!response.destroyed) response.write(Buffer.alloc(1 << 20), () => setImmediate(more));
      };
      more();
    });
    await expect(ask(get(url))).rejects.toThrow('answered with more than 16 MiB');
  });
});
