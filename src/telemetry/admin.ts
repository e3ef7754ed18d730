/**
 * The admin listener of every server process: `/metrics` (Prometheus exposition), `/healthz` (the process works),
 * `/readyz` (it may be sent work), `/version`. Never on the main listener's port.
 */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express from 'express';
import type { Registry } from 'prom-client';
import { createServer } from '../node-http.ts';
import type { ListenAddress } from './listen-address.ts';
import { VERSION } from './version.ts';

/**
 * `ok: false` answers 503 with the reason. `details`: what somebody should look at although the process may be sent work;
 * lines below the `ok` of an answer that is still 200.
 */
export type CheckResult =
  { readonly ok: true; readonly details?: readonly string[] } | { readonly ok: false; readonly reason: string };

export interface AdminOptions {
  readonly listen: ListenAddress;
  readonly registry: Registry;
  /** Default: always healthy, which an answer proves. */
  readonly health?: () => CheckResult;
  readonly ready: () => CheckResult;
}

export interface AdminServer {
  readonly address: AddressInfo;
  close(): Promise<void>;
}

/** Seconds that a scrape or probe may take to send its request. */
const REQUEST_TIMEOUT_SECONDS = 10;

/** Rejects with the listen error (for example `EADDRINUSE`). */
export async function startAdminServer({ listen, registry, health, ready }: AdminOptions): Promise<AdminServer> {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');

  const check = (path: string, run: () => CheckResult): void => {
    app.get(path, (_request, response) => {
      const result = run();
      response
        .status(result.ok ? 200 : 503)
        .type('text/plain')
        .send(`${result.ok ? ['ok', ...(result.details ?? [])].join('\n') : result.reason}\n`);
    });
  };
  check('/healthz', health ?? (() => ({ ok: true })));
  check('/readyz', ready);

  app.get('/metrics', async (_request, response) => {
    response.type(registry.contentType).send(await registry.metrics());
  });
  app.get('/version', (_request, response) => {
    response.json({ version: VERSION, node: process.versions.node });
  });

  const server = createServer(app);
  server.listen({ port: listen.port, ...(listen.host === undefined ? {} : { host: listen.host }) });
  server.requestTimeout = REQUEST_TIMEOUT_SECONDS * 1000;
  server.headersTimeout = REQUEST_TIMEOUT_SECONDS * 1000;
  await once(server, 'listening');

  return {
    address: server.address() as AddressInfo, // a TCP listener's address is an object
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}
