import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { inspect } from 'node:util';
import { afterEach, beforeAll, afterAll, describe, expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { writeCertificates } from '../../test/support/control-plane/certificates.ts';
import type { CertificateFiles } from '../../test/support/control-plane/certificates.ts';
import { waitFor } from '../../test/support/control-plane/wait.ts';
import { ManualClock } from '../../test/support/kube/manual-clock.ts';
import { ScriptedServer, failure, json } from '../../test/support/kube/scripted-server.ts';
import type { Handler } from '../../test/support/kube/scripted-server.ts';
import { systemClock } from './clock.ts';
import { KubeError } from './errors.ts';
import { inClusterCredentials } from './in-cluster.ts';
import { createKubeMetrics } from './metrics.ts';
import { createTransport } from './transport.ts';
import type { HttpTransport, TransportOptions } from './transport.ts';
import type { ClusterCredentials } from './types.ts';

const secretToken = 'eyJhbGciOiJSUzI1NiJ9.c2VjcmV0';
const folder = mkdtempSync(join(tmpdir(), 'tidegate-transport-'));
let first: CertificateFiles;
let second: CertificateFiles;
const open: { close(): Promise<void> }[] = [];
const soon = { intervalMilliseconds: 2 };

beforeAll(async () => {
  const make = (name: string) => writeCertificates(mkdtempSync(join(folder, name)));
  [first, second] = await Promise.all([make('first'), make('second')]);
});

afterEach(async () => {
  for (const each of open.splice(0).toReversed()) await each.close();
});

afterAll(() => rmSync(folder, { recursive: true }));

const ok: Handler = (_call, response) => json(response, 200, { ok: true });

async function startServer(handler: Handler, tls?: CertificateFiles): Promise<ScriptedServer> {
  const server = await ScriptedServer.start(handler, tls && tlsOf(tls));
  open.push(server);
  return server;
}

function tlsOf(files: CertificateFiles) {
  return {
    cert: readFileSync(files.serverCertificate),
    key: readFileSync(files.serverKey),
    ca: readFileSync(files.ca),
    requestCert: true,
    rejectUnauthorized: false,
  };
}

function connect(credentials: ClusterCredentials, options: Partial<TransportOptions> = {}): HttpTransport {
  const metrics = createKubeMetrics(new Registry());
  const transport = createTransport({ credentials, metrics, userAgent: 'test/1', ...options });
  open.push(transport);
  return transport;
}

/** Over plain HTTP, with a fixed token. */
async function setUp(handler: Handler, options: Partial<TransportOptions> = {}) {
  const server = await startServer(handler);
  const credentials: ClusterCredentials = {
    server: server.url,
    tls: async () => ({ ca: undefined }),
    headers: async () => ({ authorization: `Bearer ${secretToken}` }),
  };
  return { server, transport: connect(credentials, options) };
}

/** Over TLS, with the files of a pod. */
async function setUpPod(handler: Handler, options: Partial<TransportOptions> = {}) {
  const server = await startServer(handler, first);
  const directory = mkdtempSync(join(folder, 'service-account-'));
  const setToken = (token: string): void => writeFileSync(join(directory, 'token'), `${token}\n`);
  const setCa = (files: CertificateFiles): void => writeFileSync(join(directory, 'ca.crt'), readFileSync(files.ca));
  setToken('first');
  setCa(first);
  const clock = new ManualClock();
  const credentials = inClusterCredentials({
    host: '127.0.0.1',
    port: server.port,
    serviceAccountDirectory: directory,
    clock,
  });
  return {
    server,
    clock,
    setToken,
    setCa,
    directory,
    credentials,
    transport: connect(credentials, { clock, ...options }),
  };
}

async function errorOf(promise: Promise<unknown>): Promise<KubeError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(KubeError);
  return error as KubeError;
}

async function drain(body: AsyncIterable<Uint8Array>): Promise<string> {
  let text = '';
  for await (const chunk of body) text += Buffer.from(chunk).toString('utf8');
  return text;
}

describe('connections', () => {
  test('calls in a row do not cost a TLS handshake each', async () => {
    const { server, transport } = await setUpPod(ok);
    for (let call = 0; call < 20; call += 1) await transport.request({ path: '/api' });
    // The pool opens a second one when a call comes before the connection of the last has settled.
    expect(server.handshakes).toBeLessThanOrEqual(2);
  });

  test('watches do not keep calls waiting, however many there are', async () => {
    const { transport } = await setUp(
      (call, response) => {
        if (call.path !== '/watch') return json(response, 200, { ok: true });
        response.writeHead(200).flushHeaders();
      },
      { maxCalls: 1 },
    );
    const streams = await Promise.all([1, 2, 3].map(() => transport.stream({ path: '/watch' })));
    expect(streams).toHaveLength(3);
    expect((await transport.request({ path: '/api' })).body).toEqual({ ok: true });
  });

  test('a certificate of another CA is refused', async () => {
    const { server, transport, setCa } = await setUpPod(ok);
    setCa(second);
    const error = await errorOf(transport.request({ path: '/api' }));
    expect(error).toMatchObject({ code: 'Unreachable', status: 0 });
    expect(server.calls).toHaveLength(0);
  });

  test('a client certificate is presented', async () => {
    let subject: unknown;
    const server = await startServer((call, response) => {
      subject = (call.socket as TLSSocket).getPeerCertificate().subject.CN;
      ok(call, response);
    }, first);
    const transport = connect({
      server: server.url,
      tls: async () => ({
        ca: readFileSync(first.ca),
        certificate: readFileSync(first.adminCertificate),
        key: readFileSync(first.adminKey),
      }),
      headers: async () => ({}),
    });
    await transport.request({ path: '/api' });
    expect(subject).toBe('test-admin');
  });

  test('a CA replaced on disk is taken up after a failed handshake, within the same call', async () => {
    const { server, transport, setCa } = await setUpPod(ok, { clock: systemClock });
    await transport.request({ path: '/api' });
    server.setSecureContext(tlsOf(second));
    setCa(second);
    server.cut();
    await waitFor('connections to close', () => server.openSockets === 0, soon);
    expect((await transport.request({ path: '/api' })).status).toBe(200);
  });

  test('a CA replaced on disk is taken up by all of several calls at the same time', async () => {
    const { server, transport, setCa } = await setUpPod(ok, { clock: systemClock });
    await transport.request({ path: '/api' });
    server.setSecureContext(tlsOf(second));
    setCa(second);
    server.cut();
    await waitFor('connections to close', () => server.openSockets === 0, soon);
    const answers = await Promise.all(Array.from({ length: 8 }, () => transport.request({ path: '/api' })));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200));
  });

  test('a CA replaced on disk is taken up after a minute, and requests in flight finish on the old connections', async () => {
    let release: (() => void) | undefined;
    const { server, transport, setCa, clock } = await setUpPod((call, response) => {
      if (call.path === '/slow') release = () => json(response, 200, { slow: true });
      else ok(call, response);
    });
    await transport.request({ path: '/api' });
    const slow = transport.request({ path: '/slow', timeoutMs: 1e9 });
    await waitFor('the slow call', () => release !== undefined, soon);
    setCa(second);
    server.setSecureContext(tlsOf(second));
    await clock.advance(60_000);
    const handshakes = server.handshakes;
    await transport.request({ path: '/api' });
    expect(server.handshakes).toBeGreaterThan(handshakes);
    release?.();
    expect((await slow).body).toEqual({ slow: true });
  });

  test('an unreadable CA file after a good start changes nothing', async () => {
    const { transport, directory, clock } = await setUpPod(ok);
    await transport.request({ path: '/api' });
    rmSync(join(directory, 'ca.crt'));
    await clock.advance(60_000);
    expect((await transport.request({ path: '/api' })).status).toBe(200);
  });

  test('a path in front of the API is kept', async () => {
    const server = await startServer(ok);
    const transport = connect({
      server: `${server.url}/k8s/clusters/c-1`,
      tls: async () => ({ ca: undefined }),
      headers: async () => ({}),
    });
    await transport.request({ path: '/api/v1/secrets', query: { limit: 1, continue: undefined } });
    expect(server.calls[0]?.path).toBe('/k8s/clusters/c-1/api/v1/secrets');
    expect(server.calls[0]?.query.toString()).toBe('limit=1');
    expect(server.calls[0]?.headers['user-agent']).toBe('test/1');
  });

  test('closing lets open calls finish, ends streams, and refuses new calls', async () => {
    let release: (() => void) | undefined;
    const { server, transport } = await setUp((call, response) => {
      if (call.path === '/watch') response.writeHead(200).flushHeaders();
      else release = () => json(response, 200, { done: true });
    });
    const stream = await transport.stream({ path: '/watch' });
    const ended = errorOf(drain(stream.body));
    const call = transport.request({ path: '/slow' });
    await waitFor('the call', () => release !== undefined, soon);
    const closed = transport.close();
    expect((await ended).code).toBe('Aborted');
    release?.();
    expect((await call).body).toEqual({ done: true });
    await closed;
    expect((await errorOf(transport.request({ path: '/api' }))).code).toBe('Aborted');
    await waitFor('connections to close', () => server.openSockets === 0, soon);
  });
});

describe('the bearer token', () => {
  const demand =
    (token: () => string): Handler =>
    (call, response) => {
      if (call.headers.authorization === `Bearer ${token()}`) json(response, 200, {});
      else failure(response, 401, 'Unauthorized');
    };

  test('rotated on disk, is used at once when the old one is refused', async () => {
    let valid = 'first';
    const { server, transport, setToken } = await setUpPod(demand(() => valid));
    await transport.request({ path: '/api' });
    valid = 'second';
    setToken('second');
    expect((await transport.request({ method: 'POST', path: '/api', body: {} })).status).toBe(200);
    expect(server.calls).toHaveLength(3);
  });

  test('rotated on disk, is used within a minute even if the old one is still accepted', async () => {
    const { server, transport, setToken, clock } = await setUpPod(ok);
    await transport.request({ path: '/api' });
    setToken('second');
    await clock.advance(59_000);
    await transport.request({ path: '/api' });
    await clock.advance(1_000);
    await transport.request({ path: '/api' });
    expect(server.calls.map((call) => call.headers.authorization)).toEqual([
      'Bearer first',
      'Bearer first',
      'Bearer second',
    ]);
  });

  test('refused again after one repeat, is reported', async () => {
    const { server, transport } = await setUpPod(demand(() => 'never'));
    expect(await errorOf(transport.request({ path: '/api' }))).toMatchObject({ code: 'Unauthorized', status: 401 });
    expect(server.calls).toHaveLength(2);
  });

  test('is refreshed for streams too', async () => {
    let valid = 'first';
    const { transport, setToken } = await setUpPod(demand(() => valid));
    await transport.request({ path: '/api' });
    valid = 'second';
    setToken('second');
    expect(await drain((await transport.stream({ path: '/watch' })).body)).toBe('{}');
  });

  test('stays in use while its file can not be read', async () => {
    const { transport, directory, clock } = await setUpPod(ok);
    await transport.request({ path: '/api' });
    rmSync(join(directory, 'token'));
    await clock.advance(60_000);
    expect((await transport.request({ path: '/api' })).status).toBe(200);
  });

  test('missing from the start, is an error that names the file', async () => {
    const { transport, directory } = await setUpPod(ok);
    rmSync(join(directory, 'token'));
    const error = await errorOf(transport.request({ path: '/api' }));
    expect(error.code).toBe('CredentialsUnavailable');
    expect(error.message).toContain(join(directory, 'token'));
  });

  test('is in no error, whatever goes wrong', async () => {
    const { transport } = await setUp((call, response) => {
      if (call.path === '/401') failure(response, 401, 'Unauthorized');
      if (call.path === '/500') response.writeHead(500).end(String(call.headers.authorization));
      if (call.path === '/garbage') response.writeHead(200).end(String(call.headers.authorization));
      if (call.path === '/reset') call.socket.destroy();
    });
    const failures = ['/401', '/500', '/garbage', '/reset', '/hang'].map((path) =>
      errorOf(transport.request({ path, timeoutMs: 100, retries: 0 })),
    );
    const { credentials, setToken } = await setUpPod(ok);
    setToken(`${secretToken}\r\nx: y`);
    failures.push(errorOf(connect(credentials).request({ path: '/api' })));
    for (const error of await Promise.all(failures)) {
      expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(secretToken);
      expect(JSON.stringify(error)).not.toContain(secretToken);
    }
  });
});

describe('answers', () => {
  test('a Status object becomes an error with its reason and message', async () => {
    const { transport } = await setUp((_call, response) =>
      failure(response, 409, 'AlreadyExists', { message: 'it is there' }),
    );
    const error = await errorOf(transport.request({ method: 'POST', path: '/api', body: {} }));
    expect(error).toMatchObject({ code: 'AlreadyExists', status: 409, reason: 'AlreadyExists' });
    expect(error.message).toBe('POST /api: 409 AlreadyExists: it is there');
  });

  test("a load balancer's page is an error with the status", async () => {
    const { transport } = await setUp(
      (_call, response) => void response.writeHead(502).end('<html>bad gateway</html>'),
    );
    expect(await errorOf(transport.request({ path: '/api' }))).toMatchObject({ code: 'ServerError', status: 502 });
  });

  test('a success that is not JSON is malformed', async () => {
    const { transport } = await setUp((_call, response) => void response.writeHead(200).end('{"kind":'));
    expect((await errorOf(transport.request({ path: '/api' }))).code).toBe('Malformed');
  });

  test('one larger than allowed is given up', async () => {
    const { transport } = await setUp(
      (_call, response) => void response.writeHead(200).end('"' + 'x'.repeat(5000) + '"'),
    );
    expect((await errorOf(transport.request({ path: '/api', maxResponseBytes: 4096 }))).code).toBe('ResponseTooLarge');
  });

  test('are counted by code, method and host', async () => {
    const registry = new Registry();
    const { server, transport } = await setUp(ok, { metrics: createKubeMetrics(registry) });
    await transport.request({ path: '/api' });
    await server.close();
    open.shift();
    await errorOf(transport.request({ path: '/api', retries: 0 }));
    const text = await registry.getSingleMetricAsString('rest_client_requests_total');
    expect(text).toContain(`rest_client_requests_total{code="200",method="GET",host="${transport.host}"} 1`);
    expect(text).toContain(`rest_client_requests_total{code="<error>",method="GET",host="${transport.host}"} 1`);
  });
});

describe('time limits', () => {
  test('a server that accepts and never answers', async () => {
    const { transport } = await setUp(() => {});
    expect((await errorOf(transport.request({ path: '/api', timeoutMs: 20 }))).code).toBe('Timeout');
    expect((await errorOf(transport.stream({ path: '/api', timeoutMs: 20 }))).code).toBe('Timeout');
  });

  test('credentials that never come', async () => {
    const never = new Promise<never>(() => {});
    const credentials = { server: 'http://127.0.0.1:1', tls: () => never, headers: () => never };
    expect((await errorOf(connect(credentials).request({ path: '/api', timeoutMs: 20 }))).code).toBe('Timeout');
  });

  test('an answer that stops half way', async () => {
    const { transport } = await setUp((_call, response) => void response.writeHead(200).write('{"a":'));
    expect((await errorOf(transport.request({ path: '/api', timeoutMs: 30 }))).code).toBe('Timeout');
  });

  test("the caller's signal ends a call and a stream", async () => {
    const { transport } = await setUp((call, response) => {
      if (call.path === '/watch') response.writeHead(200).flushHeaders();
    });
    const aborter = new AbortController();
    const call = errorOf(transport.request({ path: '/api', signal: aborter.signal }));
    const { body } = await transport.stream({ path: '/watch', signal: aborter.signal });
    const stream = errorOf(drain(body));
    aborter.abort();
    expect((await call).code).toBe('Aborted');
    expect((await stream).code).toBe('Aborted');
    expect((await errorOf(transport.request({ path: '/api', signal: aborter.signal }))).code).toBe('Aborted');
  });

  test('a quiet watch is not aborted 30 s after its start', async () => {
    const clock = new ManualClock();
    let quiet: ServerResponse | undefined;
    const { transport } = await setUp(
      (_call, response) => {
        response.writeHead(200).flushHeaders();
        quiet = response;
      },
      { clock },
    );
    const { body } = await transport.stream({ path: '/watch' });
    await clock.advance(3_600_000);
    quiet?.end('late');
    expect(await drain(body)).toBe('late');
  });

  test('leaving the loop over a stream closes its connection', async () => {
    const { server, transport } = await setUp((_call, response) => void response.writeHead(200).write('a'));
    const { body } = await transport.stream({ path: '/watch' });
    for await (const _ of body) break;
    await waitFor('the connection to close', () => server.openSockets === 0, soon);
  });

  test('a stream that is reset is unreachable, not ended', async () => {
    const { server, transport } = await setUp((_call, response) => void response.writeHead(200).write('a'));
    const { body } = await transport.stream({ path: '/watch' });
    const ended = errorOf(drain(body));
    server.cut();
    expect((await ended).code).toBe('Unreachable');
  });
});

describe('repeats', () => {
  /** Refuses `times`, then accepts. */
  const refuse =
    (times: number, code: number, headers: Record<string, string>): Handler =>
    (call, response) => {
      times -= 1;
      if (times >= 0) failure(response, code, 'Busy', { headers });
      else ok(call, response);
    };

  test('429 is waited out as Retry-After says', async () => {
    const clock = new ManualClock();
    const { server, transport } = await setUp(refuse(1, 429, { 'retry-after': '7' }), { clock, random: () => 0 });
    const call = transport.request({ method: 'POST', path: '/api', body: {} });
    await waitFor('the refusal', () => clock.waits.includes(7_000), soon);
    expect(server.calls).toHaveLength(1);
    await clock.advance(7_000);
    expect((await call).status).toBe(200);
  });

  test('a storm of 429 ends after a bounded number of attempts', async () => {
    const { server, transport } = await setUp(refuse(1e9, 429, { 'retry-after': '0' }), { random: () => 0 });
    expect(await errorOf(transport.request({ path: '/api' }))).toMatchObject({
      code: 'TooManyRequests',
      retryAfterSeconds: 0,
    });
    expect(server.calls).toHaveLength(5);
  });

  test('a wait beyond the time limit is not begun', async () => {
    const { server, transport } = await setUp(refuse(1, 429, { 'retry-after': '60' }));
    expect(await errorOf(transport.request({ path: '/api', timeoutMs: 1000 }))).toMatchObject({
      retryAfterSeconds: 60,
    });
    expect(server.calls).toHaveLength(1);
  });

  test.each([
    ['a 503 with Retry-After to a GET', 'GET', 503, { 'retry-after': '0' }, 2],
    ['a 503 with Retry-After to a POST, which may have been done', 'POST', 503, { 'retry-after': '0' }, 1],
    ['a 503 without Retry-After', 'GET', 503, {}, 1],
    ['a 500', 'GET', 500, { 'retry-after': '0' }, 1],
  ] as const)('%s', async (_what, method, code, headers, calls) => {
    const { server, transport } = await setUp(refuse(1, code, headers), { random: () => 0 });
    await transport.request({ method, path: '/api', ...(method === 'POST' && { body: {} }) }).catch(() => {});
    expect(server.calls).toHaveLength(calls);
  });

  test('ECONNRESET behind a kept connection: a GET is repeated, a POST is not', async () => {
    let resets = 0;
    const { server, transport } = await setUp((call, response) => {
      if (resets > 0) {
        resets -= 1;
        call.socket.resetAndDestroy();
      } else ok(call, response);
    });
    resets = 1;
    expect((await transport.request({ path: '/api' })).status).toBe(200);
    expect(server.calls).toHaveLength(2);
    resets = 1;
    expect((await errorOf(transport.request({ method: 'POST', path: '/api', body: {} }))).code).toBe('Unreachable');
    expect(server.calls).toHaveLength(3);
  });
});
