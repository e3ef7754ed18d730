/** A defect, wherever it is, ends its own request and nothing else. */
import { describe, expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { defaultConfiguration } from '../config/load.ts';
import { openAccess } from '../identity/open.ts';
import type { Authenticator } from '../identity/types.ts';
import { PriceBook } from '../prices/price-book.ts';
import { createLogger } from '../telemetry/log.ts';
import { makeTable } from '../table/index.ts';
import { providerEntry } from '../../test/support/proxy/harness.ts';
import { AccessLog } from './access-log.ts';
import type { OpenRequest, ProxyContext } from './context.ts';
import type { Exchange } from './exchange/exchange.ts';
import { ProxyMetrics } from './metrics.ts';
import { Providers } from './providers.ts';
import { ProxyRequest } from './request.ts';
import { DeniedNetworks } from './upstream/denied-networks.ts';

const defect = (): never => {
  throw new Error('a defect');
};

function contextWith(changes: Partial<ProxyContext>): { context: ProxyContext; log: () => string } {
  let logged = '';
  const log = createLogger({ level: 'info', destination: { write: (line: string) => void (logged += line) } });
  const open = new Set<OpenRequest>();
  const prices = new PriceBook();
  const metrics = new ProxyMetrics(new Registry(), prices, () => open.size);
  const providers = new Providers({ connections: 1, denied: new DeniedNetworks([]) }, metrics);
  providers.setTable(makeTable([providerEntry('http://127.0.0.1:1')]));
  const context: ProxyContext = {
    limits: defaultConfiguration().limits,
    log,
    accessLog: new AccessLog(log),
    records: undefined,
    hostName: 'proxy-0',
    metrics,
    prices,
    access: openAccess,
    providers,
    defaultNamespace: 'default',
    publicURL: undefined,
    guardrailHeader: false,
    guardrailEvents: undefined,
    localOnly: false,
    open,
    heldBytes: 0,
    state: 'Serving',
    onConcluded: () => undefined,
    ...changes,
  };
  return { context, log: () => logged };
}

/** An exchange that notes what is done to it; `changes` are its defects. */
function exchangeWith(changes: Partial<Exchange>): { exchange: Exchange; done: string[] } {
  const done: string[] = [];
  const exchange: Exchange = {
    protocol: 'HTTP/2',
    webSocket: false,
    clientCertificate: undefined,
    certificateProblem: undefined,
    method: 'POST',
    target: '/llm/v1/providers/up/chat/completions',
    rawHeaders: ['content-type', 'application/json'],
    hasBody: true,
    attach: () => undefined,
    receive: () => undefined,
    pause: () => undefined,
    resume: () => undefined,
    discard: () => undefined,
    head: (status) => void done.push(`head ${status}`),
    flushHead: () => undefined,
    write: () => true,
    end: () => void done.push('end'),
    endAndClose: () => void done.push('end'),
    abort: () => void done.push('abort'),
    closeAfter: () => undefined,
    ...changes,
  };
  return { exchange, done };
}

describe('a defect', () => {
  test('in the first step is told as that', () => {
    const { context, log } = contextWith({ access: { ...openAccess, authenticator: { authenticate: defect } } });
    const { exchange, done } = exchangeWith({});
    new ProxyRequest(context, exchange).begin();
    expect(done).toEqual(['head 500', 'end']);
    expect(log()).toContain('a defect');
  });

  test('in the engine, when it takes no answer, cuts the exchange', () => {
    const { context, log } = contextWith({});
    const { exchange, done } = exchangeWith({ head: defect });
    const request = new ProxyRequest(context, exchange);
    request.begin();
    request.onBodyChunk(Buffer.from('{"model":'));
    // As when a client of HTTP/2 resets its stream: the end of the body comes and no answer can go.
    request.onBodyEnd();
    expect(done).toEqual(['abort']);
    expect(log()).toContain('a defect');
    request.onHangUp();
    expect(context.open.size).toBe(0);
    expect(context.heldBytes).toBe(0);
  });

  test('in an engine that cannot even be cut is no more than a line in the log', () => {
    const { context } = contextWith({});
    const broken = { head: defect, abort: defect, receive: defect, end: defect };
    const request = new ProxyRequest(context, exchangeWith(broken).exchange);
    request.begin();
    request.onBodyChunk(Buffer.from('{}'));
    request.onBodyEnd();
    request.onWritable();
    request.sweep(performance.now() + 1e9);
    request.cut();
    request.onHangUp();
    expect(context.open.size).toBe(0);
  });

  test('in the records does not keep a process from ending', () => {
    let concluded = 0;
    const { context } = contextWith({
      onConcluded: () => (concluded += 1),
      accessLog: { isEnabled: true, write: defect } as unknown as AccessLog,
    });
    const request = new ProxyRequest(context, exchangeWith({ target: '/' }).exchange);
    request.begin();
    request.onSent();
    expect([concluded, context.open.size]).toEqual([1, 0]);
  });
});

describe('a client certificate that does not count', () => {
  const asked = (target: string): { told: string; done: string[] } => {
    const authenticator: Authenticator = {
      authenticate: () => ({ kind: 'Unauthenticated', message: 'The request carries no credential.' }),
    };
    const methods = { ...openAccess.methods, anonymous: false, x509: true };
    const { context } = contextWith({ access: { ...openAccess, authenticator, methods } });
    let told = '';
    const { exchange, done } = exchangeWith({
      method: 'GET',
      target,
      hasBody: false,
      certificateProblem: 'The client certificate expired.',
      end: (chunk) => void (told += chunk?.toString() ?? ''),
    });
    new ProxyRequest(context, exchange).begin();
    return { told, done };
  };

  test.each(['/llm/v1/authentication', '/llm/v1/providers/up/models', '/llm/v1/providers/none/v1/messages'])(
    'is told to its owner: %s',
    (target) => {
      const { told, done } = asked(target);
      expect(done).toEqual(['head 401']);
      expect(told).toContain('The request carries no credential. The client certificate expired.');
    },
  );
});

test('a client certificate is enough to ask who one is', () => {
  const certificate = { commonName: 'dave', organizations: ['staff'], notAfter: 1e15 };
  const authenticator: Authenticator = {
    authenticate: (
      _credential,
      { commonName, organizations } = { commonName: '', organizations: [], notAfter: 0 },
    ) => ({
      kind: 'Authenticated',
      identity: { username: commonName, groups: organizations },
    }),
  };
  const methods = { ...openAccess.methods, anonymous: false, x509: true };
  const { context } = contextWith({ access: { ...openAccess, authenticator, methods } });
  let told = '';
  const { exchange } = exchangeWith({
    method: 'GET',
    target: '/llm/v1/authentication',
    hasBody: false,
    clientCertificate: certificate,
    end: (chunk) => void (told += chunk?.toString() ?? ''),
  });
  new ProxyRequest(context, exchange).begin();
  expect(JSON.parse(told)).toMatchObject({ x509: true, caller: { username: 'dave', groups: ['staff'] } });
});

test('a verdict that comes after the answer, as when the process ends, forwards nothing', async () => {
  let decide: (verdict: { kind: 'Allowed' }) => void = () => undefined;
  const pending = new Promise<{ kind: 'Allowed' }>((resolve) => (decide = resolve));
  const { context } = contextWith({ access: { ...openAccess, authorizer: { authorize: () => pending } } });
  const { exchange, done } = exchangeWith({ receive: () => void done.push('receive'), hasBody: true });
  const request = new ProxyRequest(context, exchange);
  request.begin();
  request.cut();
  decide({ kind: 'Allowed' });
  await new Promise(setImmediate);
  expect(done).toEqual(['head 503', 'end']);
  request.onSent();
  expect(context.open.size).toBe(0);
});
