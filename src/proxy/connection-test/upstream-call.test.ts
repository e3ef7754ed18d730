/** The call itself, where the whole gateway around it would hide what is looked at. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from '@jest/globals';
import { providerEntry } from '../../../test/support/wire.ts';
import type { ConnectionTestCall } from '../../providers/wire.ts';
import type { ProviderSeries } from '../metrics.ts';
import { ProviderState } from '../providers.ts';
import { DeniedNetworks } from '../upstream/denied-networks.ts';
import { Upstream } from '../upstream/upstream.ts';
import { pathOf, TestTimeout, UpstreamCall } from './upstream-call.ts';

let server: Server | undefined;
let upstream: Upstream | undefined;

afterEach(async () => {
  await upstream?.destroy();
  server?.closeAllConnections();
  await new Promise((resolve) => server?.close(resolve) ?? resolve(undefined));
});

async function callOf(
  onRequest: RequestListener,
  { isOwnHost = true, timeoutMilliseconds = 10_000, model = undefined as string | undefined } = {},
): Promise<UpstreamCall> {
  server = createServer(onRequest).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const entry = providerEntry([], {
    baseURL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    headers: [{ name: 'x-team', value: 'blue' }],
  });
  upstream = new Upstream(entry, entry.baseURL, { connections: 1, denied: new DeniedNetworks([]) });
  const upstreams = { primary: upstream, controlPlane: upstream };
  // A call counts nothing itself.
  const provider = new ProviderState(entry, upstreams, {} as ProviderSeries, undefined, undefined);
  const call = provider.wire.connectionTest(entry, model);
  return new UpstreamCall({ provider, upstream, call, isOwnHost, passed: [], signing: undefined, timeoutMilliseconds });
}

describe('a call', () => {
  test('without an answer ends by itself', async () => {
    const call = await callOf(() => undefined, { timeoutMilliseconds: 1000, model: 'm' });
    const outcome = await call.run();
    expect(outcome).toEqual({ kind: 'Failed', error: expect.any(TestTimeout) });
    expect(call.wasSent).toBe(true);
    expect(await call.usage('UpstreamFailed')).toEqual({ kind: 'Missing', reason: 'upstream_failed' });
  });

  test('whose answer does not end, ends by itself, too', async () => {
    const call = await callOf(
      (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json' }).write('{"data":[');
      },
      { timeoutMilliseconds: 200 },
    );
    expect(await call.run()).toEqual({ kind: 'Failed', error: expect.any(TestTimeout) });
  });

  test('gets an answer decoded that came compressed all the same', async () => {
    const call = await callOf((_request, response) => {
      response.writeHead(401, { 'content-encoding': 'gzip' }).end(gzipSync('{"error":{"message":"no"}}'));
    });
    expect(await call.run()).toMatchObject({
      kind: 'Answered',
      answer: { status: 401, body: '{"error":{"message":"no"}}' },
    });
  });

  test('keeps 64 KiB of an answer and reads no more than 4 MiB', async () => {
    let written = 0;
    const call = await callOf((_request, response) => {
      const more = (): void => {
        while (!response.destroyed) {
          written += 65_536;
          if (!response.write(Buffer.alloc(65_536, 'x'))) break;
        }
      };
      response.on('drain', more);
      more();
    });
    const outcome = await call.run();
    expect(outcome.kind === 'Answered' && outcome.answer.body.length).toBe(64 * 1024);
    expect(written).toBeLessThan(64 * 1024 * 1024);
  });

  test('to a host that is not the provider’s own carries neither its key nor its headers', async () => {
    let headers: IncomingMessage['headers'] = {};
    const call = await callOf(
      (request, response) => {
        headers = request.headers;
        response.end('{}');
      },
      { isOwnHost: false },
    );
    expect(await call.run()).toMatchObject({ kind: 'Answered' });
    expect(headers).not.toHaveProperty('authorization');
    expect(headers).not.toHaveProperty('x-team');
  });
});

test.each([
  ['https://host', '/'],
  ['https://host:443/v1/models', '/v1/models'],
  ['https://host/a%2Fb?x=%20', '/a%2Fb?x=%20'],
  ['https://host?Action=GetCallerIdentity', '/?Action=GetCallerIdentity'],
])('the path of %s is %s, as the wire wrote it', (url, path) => {
  expect(pathOf({ url } as ConnectionTestCall)).toBe(path);
});
