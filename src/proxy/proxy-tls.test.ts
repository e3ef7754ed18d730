import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { writeCertificates } from '../../test/support/control-plane/certificates.ts';
import { post } from '../../test/support/gateway/http.ts';
import { startHarness } from '../../test/support/proxy/harness.ts';
import type { Harness } from '../../test/support/proxy/harness.ts';

let harness: Harness;
let upstream: Server;
let port = 0;
let tlsCA = '';
const folder = mkdtempSync(join(tmpdir(), 'tidegate-tls-'));

beforeAll(async () => {
  const files = await writeCertificates(folder);
  tlsCA = readFileSync(files.ca, 'utf8');
  upstream = createServer(
    { key: readFileSync(files.serverKey), cert: readFileSync(files.serverCertificate) },
    (request, response) => {
      request.resume();
      response.end('{}');
    },
  );
  upstream.listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  ({ port } = upstream.address() as AddressInfo);
  harness = await startHarness({ onRequest: () => undefined });
});
afterAll(async () => {
  await harness[Symbol.asyncDispose]();
  upstream.closeAllConnections();
  upstream.close();
  rmSync(folder, { recursive: true });
});

const call = async (): Promise<[number, string]> => {
  const answer = await post(`${harness.url}/files`, '{}');
  return [answer.status, answer.body.toString()];
};

test('an upstream with a private CA is trusted by its own provider, and a new bundle is in force at once', async () => {
  harness.setEntries({ baseURL: `https://127.0.0.1:${port}` });
  const [status, body] = await call();
  expect(status).toBe(502);
  expect(body).toContain('has a TLS certificate that is not trusted');
  harness.setEntries({ baseURL: `https://127.0.0.1:${port}`, tlsCA });
  expect(await call()).toEqual([200, '{}']);
  harness.setEntries({ baseURL: `https://localhost:${port}`, tlsCA });
  expect(await call()).toEqual([200, '{}']);
});

test('an upstream whose certificate is for another name is not', async () => {
  harness.setEntries({ baseURL: `https://127.0.0.2:${port}`, tlsCA });
  const [status, body] = await call();
  expect(status).toBe(502);
  expect(body).not.toContain('127.0.0');
});
