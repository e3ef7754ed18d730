/** The connections to one provider's upstream. Made on the first call, kept across table swaps, closed gracefully. */
import type { Dispatcher } from 'undici';
import { Pool } from '../../undici.ts';
import type { ProviderEntry } from '../../table/types.ts';
import { createConnector } from './connector.ts';
import type { DeniedNetworks } from './denied-networks.ts';

/** Bytes of an answer's headers; beyond it the answer counts as broken. */
const MAX_HEADER_BYTES = 128 * 1024;

/**
 * Idle connections are kept so long, unless the upstream says otherwise (`Keep-Alive: timeout=`). Shorter than what any
 * usual server does, 5 s for uvicorn: a request on a connection that its server is just closing cannot be repeated.
 */
const KEEP_ALIVE_MILLISECONDS = 4000;

export interface UpstreamLimits {
  /** Connections at most: requests never wait for each other's streams. */
  readonly connections: number;
  readonly denied: DeniedNetworks;
}

/** What of an entry its connections depend on. */
export type ConnectionSettings = Pick<ProviderEntry, 'tlsCA'> & {
  readonly timeouts: Pick<ProviderEntry['timeouts'], 'connectSeconds'>;
};

export class Upstream {
  /** Scheme, host and port. */
  readonly origin: string;
  readonly #entry: ConnectionSettings;
  readonly #limits: UpstreamLimits;
  #pool: Pool | undefined;
  #users = 0;
  #retired = false;

  constructor(entry: ConnectionSettings, baseURL: string, limits: UpstreamLimits) {
    this.origin = new URL(baseURL).origin;
    this.#entry = entry;
    this.#limits = limits;
  }

  /** Whether connections made for this upstream serve calls of `entry` to `baseURL` as well. */
  serves(entry: ConnectionSettings, baseURL: string): boolean {
    const own = this.#entry;
    return (
      this.origin === new URL(baseURL).origin &&
      own.tlsCA === entry.tlsCA &&
      own.timeouts.connectSeconds === entry.timeouts.connectSeconds
    );
  }

  /** A request is going to call this upstream; it stays open at least until {@link Upstream.release}. */
  hold(): void {
    this.#users += 1;
  }

  release(): void {
    this.#users -= 1;
    this.#closeIfUnused();
  }

  dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): void {
    this.#pool ??= this.#connect();
    this.#pool.dispatch(options, handler);
  }

  /** Takes no new requests; closes when the last one that holds it has ended. */
  retire(): void {
    this.#retired = true;
    this.#closeIfUnused();
  }

  /** Cuts everything. */
  async destroy(): Promise<void> {
    await this.#pool?.destroy();
  }

  #closeIfUnused(): void {
    if (!this.#retired || this.#users > 0) return;
    // Nothing is running: closing has nobody to wait for, and cannot fail.
    void this.#pool?.destroy();
    this.#pool = undefined;
  }

  #connect(): Pool {
    const { tlsCA, timeouts } = this.#entry;
    return new Pool(this.origin, {
      connections: this.#limits.connections,
      pipelining: 1,
      allowH2: false,
      connect: createConnector({
        denied: this.#limits.denied,
        connectSeconds: timeouts.connectSeconds,
        ca: tlsCA,
      }),
      keepAliveTimeout: KEEP_ALIVE_MILLISECONDS,
      maxHeaderSize: MAX_HEADER_BYTES,
    });
  }
}
