import type { lookup } from 'node:dns';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import { createConnector } from './connector.ts';
import { DeniedNetworks } from './denied-networks.ts';

/** A resolver that knows one answer. */
const answering = (...addresses: string[]): typeof lookup =>
  ((_name: string, _options: object, callback: (error: null, found: object[]) => void) => {
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  }) as unknown as typeof lookup;

/** `connected`, or the code of the error. */
async function tryConnect(hostname: string, cidrs: string[], resolve?: typeof lookup): Promise<string> {
  const server = createServer((socket) => socket.end());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const connect = createConnector({
    denied: new DeniedNetworks(cidrs),
    connectSeconds: 5,
    ca: undefined,
    ...(resolve === undefined ? {} : { resolve }),
  });
  const outcome = await new Promise<string>((done) => {
    connect({ hostname, host: hostname, protocol: 'http:', port: String(port) }, (error, socket) => {
      socket?.destroy();
      done(error === null ? 'connected' : ((error as NodeJS.ErrnoException).code ?? ''));
    });
  });
  server.close();
  return outcome;
}

describe('connecting to an upstream', () => {
  test('by a name that resolves to an allowed address', async () => {
    expect(await tryConnect('upstream.test', [], answering('127.0.0.1'))).toBe('connected');
  });

  test('never goes to a denied address behind a name', async () => {
    const denied = ['127.0.0.0/8', '169.254.0.0/16'];
    expect(await tryConnect('upstream.test', denied, answering('127.0.0.1'))).toBe('TIDEGATE_DENIED_ADDRESS');
    expect(await tryConnect('upstream.test', denied, answering('::ffff:127.0.0.1'))).toBe('TIDEGATE_DENIED_ADDRESS');
  });

  test('goes to the allowed ones of several addresses', async () => {
    expect(await tryConnect('upstream.test', ['169.254.0.0/16'], answering('169.254.169.254', '127.0.0.1'))).toBe(
      'connected',
    );
  });

  test.each(['127.0.0.1', '::ffff:127.0.0.1', '[::ffff:7f00:1]'])(
    'never goes to the denied literal %s',
    async (host) => {
      expect(await tryConnect(host, ['127.0.0.0/8'])).toBe('TIDEGATE_DENIED_ADDRESS');
    },
  );
});
