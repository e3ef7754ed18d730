/** A proxy in this process over an upstream of the test's own: for what has to be seen from both sides and from inside. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Writable } from 'node:stream';
import type { Duplex } from 'node:stream';
import { Registry } from 'prom-client';
import { defaultConfiguration } from '../../../src/config/load.ts';
import type { TidegateConfiguration } from '../../../src/config/types.ts';
import { openAccess } from '../../../src/identity/open.ts';
import { startProxy } from '../../../src/proxy/server.ts';
import type { AccessControl, Authenticator, Authorizer } from '../../../src/identity/types.ts';
import type { Proxy } from '../../../src/proxy/types.ts';
import { Redacted } from '../../../src/redacted.ts';
import { guardrailHash, makeTable } from '../../../src/table/index.ts';
import type { GuardrailEntry, ProviderEntry } from '../../../src/table/types.ts';
import { createLogger } from '../../../src/telemetry/log.ts';

/** The credential of the upstream, as recognisable as it can be. */
export const UPSTREAM_KEY = 'sk-upstream-e41c07d95ab2';

/** What the proxy and the upstream are like; everything has a default. */
export interface HarnessOptions {
  readonly onRequest: (request: IncomingMessage, response: ServerResponse) => void;
  /** Handshakes of WebSockets; without it they are requests like others. */
  readonly onUpgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  readonly entry?: Partial<ProviderEntry>;
  /** Of every entry, in this order. */
  readonly guardrails?: readonly GuardrailEntry[];
  readonly guardrailHeader?: boolean;
  readonly guardrailEvents?: boolean;
  readonly limits?: Partial<TidegateConfiguration['limits']>;
  readonly shutdown?: Partial<TidegateConfiguration['shutdown']>;
  readonly deniedCIDRs?: readonly string[];
  readonly authenticator?: Authenticator;
  readonly authorizer?: Authorizer;
  readonly access?: Partial<AccessControl>;
  readonly publicURL?: string;
  readonly localOnly?: boolean;
  readonly priceFile?: string;
  /** For records of requests. */
  readonly recordBytes?: number;
  /** False: the proxy has no table yet. */
  readonly table?: false;
}

/** Both, running. */
export interface Harness extends AsyncDisposable {
  readonly proxy: Proxy;
  /** `http://…/llm/v1/providers/up`. */
  readonly url: string;
  /** Connections that the upstream has open. */
  readonly upstreamSockets: ReadonlySet<Socket>;
  readonly origin: string;
  readonly registry: Registry;
  /** Everything logged, at debug level. */
  readonly log: () => string;
  /** Lines of the access log. */
  readonly requests: () => Record<string, unknown>[];
  readonly setEntries: (...entries: readonly Partial<ProviderEntry>[]) => void;
  /** Of every entry from now on; the table is made anew of the entries that were set last. */
  readonly setGuardrails: (guardrails: readonly GuardrailEntry[]) => void;
  /** The sum of a metric's samples whose line contains every one of `labels` (`name="value"`). */
  readonly metric: (name: string, ...labels: readonly string[]) => Promise<number>;
}

export async function startHarness(options: HarnessOptions): Promise<Harness> {
  const sockets = new Set<Socket>();
  const upstream = createServer(options.onRequest);
  upstream.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
  });
  if (options.onUpgrade !== undefined) upstream.on('upgrade', options.onUpgrade);
  upstream.listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  const origin = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;

  let logged = '';
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      logged += chunk.toString();
      done();
    },
  });
  const defaults = defaultConfiguration();
  const registry = new Registry();
  const proxy = await startProxy({
    config: {
      ...defaults,
      publicURL: options.publicURL,
      limits: { ...defaults.limits, ...options.limits },
      shutdown: { endpointSeconds: 0, drainSeconds: 30, ...options.shutdown },
      upstream: { deniedCIDRs: options.deniedCIDRs ?? [] },
      guardrails: { responseHeader: options.guardrailHeader ?? false, events: options.guardrailEvents ?? false },
      requestRecords: { maxBytes: options.recordBytes ?? defaults.requestRecords.maxBytes },
      prices: options.priceFile === undefined ? {} : { file: options.priceFile },
    },
    listen: '127.0.0.1:0',
    log: createLogger({ level: 'debug', destination }),
    registry,
    access: {
      ...openAccess,
      authenticator: options.authenticator ?? openAccess.authenticator,
      authorizer: options.authorizer ?? openAccess.authorizer,
      methods: { ...openAccess.methods, anonymous: options.authenticator === undefined },
      ...options.access,
    },
    defaultNamespace: 'default',
    hostName: 'proxy-0',
    localOnly: options.localOnly,
  });
  let { guardrails = [] } = options;
  let current: readonly Partial<ProviderEntry>[] = [{}];
  const setEntries = (...entries: readonly Partial<ProviderEntry>[]): void => {
    current = entries;
    const own = { guardrails: guardrails.map((entry) => ({ name: entry.name, hash: guardrailHash(entry) })) };
    const providers = entries.map((entry) => providerEntry(origin, { ...own, ...options.entry, ...entry }));
    proxy.setTable(makeTable(providers, guardrails));
  };
  if (options.table !== false) setEntries({});
  return {
    proxy,
    url: `${proxy.url}/llm/v1/providers/up`,
    upstreamSockets: sockets,
    origin,
    registry,
    log: () => logged,
    requests: () =>
      logged
        .split('\n')
        .filter((line) => line.includes('"msg":"request"'))
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    setEntries,
    setGuardrails: (changed) => {
      guardrails = changed;
      setEntries(...current);
    },
    metric: async (name, ...labels) => {
      const text = await registry.metrics();
      return text
        .split('\n')
        .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
        .filter((line) => labels.every((label) => line.includes(label)))
        .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
    },
    [Symbol.asyncDispose]: async () => {
      await proxy.close();
      for (const socket of sockets) socket.destroy();
      const closed = new Promise<void>((resolve) => upstream.close(() => resolve()));
      await closed;
    },
  };
}

/** A Guardrail called `guard` that masks e-mail addresses in both directions. */
export function guardrailEntry(overrides: Partial<GuardrailEntry> = {}): GuardrailEntry {
  return {
    namespace: 'default',
    name: 'guard',
    uid: 'uid-guard',
    generation: 1,
    mode: 'Enforce',
    failurePolicy: 'Closed',
    messages: {},
    wordFilters: [],
    pii: { entities: [{ type: 'Email', action: 'Mask', appliesTo: ['Input', 'Output'] }], regexes: [] },
    streaming: { holdBackCharacters: 256 },
    ...overrides,
  };
}

/** An entry called `up` that is served by `origin`. */
export function providerEntry(origin: string, overrides: Partial<ProviderEntry> = {}): ProviderEntry {
  return {
    namespace: 'default',
    name: 'up',
    uid: 'uid-up',
    generation: 3,
    type: 'OpenAI',
    displayName: 'Upstream',
    enabled: true,
    availability: { state: 'Available' },
    baseURL: `${origin}/v1`,
    credential: { kind: 'APIKey', value: new Redacted(UPSTREAM_KEY) },
    models: [],
    streamUsage: 'InjectAndStrip',
    onClientDisconnect: 'Cancel',
    timeouts: { connectSeconds: 5, firstByteSeconds: 30, idleSeconds: 30 },
    headers: [],
    guardrails: [],
    ...overrides,
  };
}
