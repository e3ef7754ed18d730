/** What a proxy is started with and what it offers to the process around it. */
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { TidegateConfiguration } from '../config/types.ts';
import type { AccessControl } from '../identity/types.ts';
import type { RoutingTable } from '../table/types.ts';

export interface ProxyOptions {
  readonly config: TidegateConfiguration;
  /** `host:port`, `[v6]:port` or `:port` (all addresses). Port 0 takes a free one: see {@link Proxy.address}. */
  readonly listen: string;
  readonly log: Logger;
  /** The proxy registers its metrics here, once. */
  readonly registry: Registry;
  readonly access: AccessControl;
  /** Namespace of `/llm/v1/providers/<name>`. */
  readonly defaultNamespace: string;
  /** Under which callers know this proxy from others. Default: that of the machine, which is the pod's name in a cluster. */
  readonly hostName?: string | undefined;
  /** While nobody is asked for a credential, web pages of other sites are turned away. Default: false. */
  readonly localOnly?: boolean | undefined;
}

/** A running proxy. It listens from the start; without a table it answers 503. */
export interface Proxy {
  /**
   * Takes a table for every request that begins from now on; requests in flight keep theirs. `unserved`: providers that
   * are known and not in the table, for descriptions only.
   */
  setTable(table: RoutingTable, unserved?: readonly UnservedProvider[]): void;
  /** Takes it for every request whose caller is not yet known. */
  setAccess(access: AccessControl): void;
  /** Revision of the table being served; undefined before the first. */
  readonly revision: string | undefined;
  /** What is wrong while it serves on, for whoever looks after the process; a line each. */
  problems(): readonly string[];
  /** Where it listens, with the real port. */
  readonly address: { readonly host: string; readonly port: number };
  /** `http://host:port`, or `https://…` with TLS, of {@link Proxy.address}, usable by a client on this machine. */
  readonly url: string;
  /** Requests whose answer has not ended yet. */
  readonly openRequests: number;
  /** From the first call of {@link Proxy.drain} or {@link Proxy.close}: the process is not ready any more. */
  readonly draining: boolean;
  /**
   * Ends gracefully: serves on for `shutdown.endpointSeconds` while kept connections are told to close, then stops
   * listening, lets open requests finish for up to `shutdown.drainSeconds`, and ends the rest with native errors.
   * Resolves when every socket is closed. An aborted `signal` skips the waiting that is left.
   */
  drain(signal?: AbortSignal): Promise<DrainReport>;
  /** Ends at once: open requests end with native errors, sockets are closed. */
  close(): Promise<void>;
}

/** A provider that could not be compiled. */
export interface UnservedProvider {
  readonly namespace: string;
  readonly name: string;
  readonly generation: number;
  readonly reason: string;
  readonly message: string;
}

export interface DrainReport {
  /** Requests that had to be ended because the time was over. */
  readonly cut: number;
}
