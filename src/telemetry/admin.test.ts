import { afterEach, describe, expect, test } from '@jest/globals';
import { Counter, Registry } from 'prom-client';
import { startAdminServer } from './admin.ts';
import type { AdminServer, CheckResult } from './admin.ts';

let server: AdminServer | undefined;
afterEach(async () => server?.close());

async function start(ready: () => CheckResult, registry = new Registry()) {
  server = await startAdminServer({ listen: { host: '127.0.0.1', port: 0 }, registry, ready });
  const base = `http://127.0.0.1:${server.address.port}`;
  return async (path: string) => {
    const response = await fetch(base + path);
    return { status: response.status, type: response.headers.get('content-type'), body: await response.text() };
  };
}

describe('the admin listener', () => {
  test('tells whether the process is ready, and why it is not', async () => {
    let result: CheckResult = { ok: false, reason: 'No routing table yet' };
    const get = await start(() => result);
    expect(await get('/readyz')).toMatchObject({ status: 503, body: 'No routing table yet\n' });
    expect(await get('/healthz')).toMatchObject({ status: 200, body: 'ok\n' });
    result = { ok: true };
    expect(await get('/readyz')).toMatchObject({ status: 200, body: 'ok\n' });
    result = { ok: true, details: ['the price list is refused', 'an issuer is away'] };
    expect(await get('/readyz')).toMatchObject({
      status: 200,
      body: 'ok\nthe price list is refused\nan issuer is away\n',
    });
  });

  test('exposes the registry in the Prometheus text format', async () => {
    const registry = new Registry();
    new Counter({ name: 'tidegate_example_total', help: 'An example.', registers: [registry] }).inc(3);
    const get = await start(() => ({ ok: true }), registry);
    const answer = await get('/metrics');
    expect(answer.type).toContain('text/plain');
    expect(answer.body).toContain('tidegate_example_total 3');
  });

  test('tells its version', async () => {
    const get = await start(() => ({ ok: true }));
    expect(JSON.parse((await get('/version')).body)).toMatchObject({
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    });
  });

  test('rejects when the port is taken', async () => {
    await start(() => ({ ok: true }));
    await expect(
      startAdminServer({
        listen: { host: '127.0.0.1', port: server!.address.port },
        registry: new Registry(),
        ready: () => ({ ok: true }),
      }),
    ).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});
