/** The connections to one API server, replaced as a whole when the TLS material changes. */
import { createHash } from 'node:crypto';
import { Pool } from '../undici.ts';
import type { ClusterCredentials, Clock, TlsMaterial } from './types.ts';

/** Go's HTTP server, and so kube-apiserver, keeps idle connections for 90 s: let ours end first. */
const idleConnectionMs = 60_000;
/** The first probe of TCP keep-alive; cloud load balancers forget connections after 60 s. */
const keepAliveProbeMs = 30_000;

/** Watches hold a connection each, so they never compete with calls for one. */
export interface ConnectionPair {
  readonly calls: Pool;
  readonly streams: Pool;
}

export interface ConnectionsOptions {
  readonly credentials: ClusterCredentials;
  readonly clock: Clock;
  /** How long TLS material is used before it is looked at again. */
  readonly recheckMs: number;
  /** Calls open at the same time; further ones wait. */
  readonly maxCalls: number;
  readonly connectTimeoutMs: number;
}

/** Hands out the current pair; requests that run on an earlier one finish there. */
export class Connections {
  readonly origin: string;
  /** Path that comes before every request's, such as `/k8s/clusters/c-1`; usually empty. */
  readonly basePath: string;
  readonly #options: ConnectionsOptions;
  readonly #retiring = new Set<ConnectionPair>();
  #current: ConnectionPair | undefined;
  #fingerprint = '';
  #checkedAt = -Infinity;
  #checking: Promise<ConnectionPair> | undefined;

  constructor(options: ConnectionsOptions) {
    const url = new URL(options.credentials.server);
    this.origin = url.origin;
    this.basePath = url.pathname === '/' ? '' : url.pathname.replace(/\/+$/, '');
    this.#options = options;
  }

  async get(): Promise<ConnectionPair> {
    const { clock, recheckMs } = this.#options;
    const isFresh = clock.monotonic() - this.#checkedAt < recheckMs;
    return this.#current !== undefined && isFresh ? this.#current : this.recheck();
  }

  /** Reads the TLS material now: another pair than before when it has changed. Callers at the same time share one look. */
  recheck(): Promise<ConnectionPair> {
    this.#checking ??= this.#check().finally(() => {
      this.#checking = undefined;
    });
    return this.#checking;
  }

  /** Lets calls finish and cuts streams. */
  async close(): Promise<void> {
    const pairs = [...this.#retiring, ...(this.#current === undefined ? [] : [this.#current])];
    this.#current = undefined;
    await Promise.allSettled(pairs.flatMap((pair) => [pair.calls.close(), pair.streams.destroy()]));
  }

  async #check(): Promise<ConnectionPair> {
    let tls: TlsMaterial;
    try {
      tls = await this.#options.credentials.tls();
    } catch (error) {
      if (this.#current === undefined) throw error;
      // Half a rotation, perhaps: go on with what works and look again in a minute.
      this.#checkedAt = this.#options.clock.monotonic();
      return this.#current;
    }
    this.#checkedAt = this.#options.clock.monotonic();
    const fingerprint = fingerprintOf(tls);
    if (this.#current !== undefined && fingerprint === this.#fingerprint) return this.#current;
    if (this.#current !== undefined) this.#retire(this.#current);
    this.#fingerprint = fingerprint;
    this.#current = this.#build(tls);
    return this.#current;
  }

  #retire(pair: ConnectionPair): void {
    this.#retiring.add(pair);
    void Promise.allSettled([pair.calls.close(), pair.streams.close()]).then(() => this.#retiring.delete(pair));
  }

  #build(tls: TlsMaterial): ConnectionPair {
    const { connectTimeoutMs, maxCalls } = this.#options;
    const shared = {
      // One watch per connection keeps a stalled one from holding up others.
      allowH2: false,
      keepAliveTimeout: idleConnectionMs,
      keepAliveMaxTimeout: idleConnectionMs,
      // Deadlines are the transport's.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: {
        ...(tls.ca !== undefined && { ca: tls.ca }),
        ...(tls.certificate !== undefined && { cert: tls.certificate }),
        ...(tls.key !== undefined && { key: tls.key }),
        ...(tls.passphrase !== undefined && { passphrase: tls.passphrase }),
        ...(tls.serverName !== undefined && { servername: tls.serverName }),
        ...(tls.rejectUnauthorized !== undefined && { rejectUnauthorized: tls.rejectUnauthorized }),
        timeout: connectTimeoutMs,
        keepAlive: true,
        keepAliveInitialDelay: keepAliveProbeMs,
      },
    };
    return {
      calls: new Pool(this.origin, { ...shared, connections: maxCalls }),
      streams: new Pool(this.origin, shared),
    };
  }
}

function fingerprintOf(tls: TlsMaterial): string {
  const hash = createHash('sha256');
  for (const part of [
    tls.ca,
    tls.certificate,
    tls.key,
    tls.passphrase,
    tls.serverName,
    String(tls.rejectUnauthorized),
  ]) {
    hash.update(part === undefined ? '-' : `${part.length}:`).update(part ?? '');
  }
  return hash.digest('base64');
}
