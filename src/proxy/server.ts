/** The proxy: a listener, the requests that are open on it, and how both come to an end. */
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { PriceBook } from '../prices/price-book.ts';
import { listenURL, parseListenAddress } from '../telemetry/listen-address.ts';
import { AccessLog } from './access-log.ts';
import type { OpenRequest, ProxyContext } from './context.ts';
import type { Exchange } from './exchange/exchange.ts';
import { startListener } from './exchange/listener.ts';
import { ResultEvents } from './guardrails/result-events.ts';
import { ProxyMetrics } from './metrics.ts';
import { PriceFile } from './price-file.ts';
import { Providers } from './providers.ts';
import { RequestRecords } from './records/records.ts';
import { ProxyRequest } from './request.ts';
import type { CertificateFiles } from './tls/certificate-files.ts';
import type { DrainReport, Proxy, ProxyOptions } from './types.ts';
import { DeniedNetworks } from './upstream/denied-networks.ts';

/** How long ended requests may take to tell their clients so, before connections are closed. */
const LAST_WORDS_MILLISECONDS = 1000;

/**
 * Starts a proxy that listens; it has no table yet and answers 503 until {@link Proxy.setTable}.
 *
 * @throws {ConfigurationError} when `tls` is configured and its files cannot be used
 */
export async function startProxy(options: ProxyOptions): Promise<Proxy> {
  const { config, log, registry, defaultNamespace } = options;
  const { limits, shutdown, requestRecords } = config;
  const open = new Set<OpenRequest>();
  const prices = new PriceBook();
  const metrics = new ProxyMetrics(registry, prices, () => open.size);
  const denied = new DeniedNetworks(config.upstream.deniedCIDRs);
  const providers = new Providers(
    { connections: limits.openRequests, denied },
    metrics,
    (reason) => log.warn({ reason }, 'credentials could not be fetched; what is left of older ones serves on'),
    (failure, omitted) => log.warn({ ...failure, omitted }, 'a judge elsewhere gave no verdict'),
  );
  let whenIdle: (() => void) | undefined;
  const context: ProxyContext = {
    limits,
    log,
    accessLog: new AccessLog(log),
    records: requestRecords.maxBytes === 0 ? undefined : new RequestRecords(requestRecords.maxBytes),
    hostName: options.hostName ?? hostname(),
    metrics,
    prices,
    access: options.access,
    providers,
    defaultNamespace,
    publicURL: config.publicURL,
    guardrailHeader: config.guardrails.responseHeader,
    guardrailEvents: config.guardrails.events ? new ResultEvents(log) : undefined,
    localOnly: options.localOnly ?? false,
    open,
    heldBytes: 0,
    state: 'Serving',
    onConcluded: () => {
      if (open.size === 0) whenIdle?.();
    },
  };

  const certificates = await openCertificateFiles(options);
  const listener = await startListener({
    listen: parseListenAddress(options.listen),
    limits,
    onExchange: (exchange: Exchange) => new ProxyRequest(context, exchange).begin(),
    tls: certificates?.handshakes,
  }).catch((error: unknown) => {
    certificates?.close();
    throw error;
  });
  const sweeper = setInterval(
    () => {
      const now = performance.now();
      for (const request of open) request.sweep(now);
    },
    Math.min(1000, Math.max(20, limits.bodyIdleSeconds * 250)),
  );
  sweeper.unref();
  const priceFile =
    config.prices.file === undefined
      ? undefined
      : await PriceFile.open({ file: config.prices.file, prices, log, registry });

  const allEnded = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const end = (): void => {
        whenIdle = undefined;
        signal.removeEventListener('abort', end);
        resolve();
      };
      if (open.size === 0 || signal.aborted) end();
      else {
        whenIdle = end;
        signal.addEventListener('abort', end);
      }
    });

  /** Ends what is open, with the form of an error that each answer allows, then every connection. */
  const end = async (): Promise<number> => {
    context.state = 'Stopped';
    const rest = [...open];
    for (const request of rest) request.cut();
    metrics.cut += rest.length;
    const stopped = listener.stop();
    await allEnded(AbortSignal.timeout(rest.length === 0 ? 0 : LAST_WORDS_MILLISECONDS));
    listener.destroy();
    await stopped;
    clearInterval(sweeper);
    priceFile?.close();
    certificates?.close();
    await providers.destroy();
    return rest.length;
  };
  let ended: Promise<number> | undefined;

  const drain = async (signal?: AbortSignal): Promise<DrainReport> => {
    if (context.state === 'Serving') context.state = 'Draining';
    log.info({ openRequests: open.size, endpointSeconds: shutdown.endpointSeconds }, 'draining');
    await pause(shutdown.endpointSeconds * 1000, signal);
    void listener.stop();
    const timeout = AbortSignal.timeout(shutdown.drainSeconds * 1000);
    await allEnded(signal === undefined ? timeout : AbortSignal.any([timeout, signal]));
    ended ??= end();
    const cut = await ended;
    log.info({ cut }, 'drained');
    return { cut };
  };

  const { address } = listener;
  return {
    setTable: (table, unserved) => providers.setTable(table, unserved),
    setAccess: (access) => {
      context.access = access;
    },
    get revision() {
      return providers.revision;
    },
    problems: () => (certificates?.problem === undefined ? [] : [`TLS certificate refused: ${certificates.problem}`]),
    address: { host: address.address, port: address.port },
    url: listenURL(address, certificates === undefined ? 'http' : 'https'),
    get openRequests() {
      return open.size;
    },
    get draining() {
      return context.state !== 'Serving';
    },
    drain,
    close: async () => {
      ended ??= end();
      await ended;
    },
  };
}

/** Loads what TLS needs only when it is spoken. */
async function openCertificateFiles({ config, log, registry }: ProxyOptions): Promise<CertificateFiles | undefined> {
  const { tls, authentication, limits } = config;
  if (tls === undefined) return undefined;
  const { CertificateFiles } = await import('./tls/certificate-files.ts');
  return CertificateFiles.open({ tls, clientCAFile: authentication.x509?.clientCAFile, limits, log, registry });
}

async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  if (milliseconds <= 0 || signal?.aborted === true) return;
  await delay(milliseconds, undefined, signal === undefined ? {} : { signal }).catch(() => undefined); // aborted: go on
}
