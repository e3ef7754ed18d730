/**
 * TidegateConfiguration (`config.tidegate.io/v1alpha1`): one versioned file for `operator`, `proxy` and `standalone`.
 * These are the types after defaults; `defaults.ts` holds the defaults. No secret is ever in it.
 */
export interface TidegateConfiguration {
  readonly logging: { readonly level: LogLevel };
  /** Absolute base of the gateway as callers see it, without a trailing slash; undefined: URLs are shown as paths. */
  readonly publicURL: string | undefined;
  /** Namespace of `/llm/v1/providers/<name>`. Undefined: the process's own namespace. */
  readonly defaultNamespace: string | undefined;
  /** `Own`: the operator's namespace. */
  readonly watchNamespaces: WatchNamespaces;
  readonly authentication: {
    readonly serviceAccountTokens: { readonly enabled: boolean; readonly audiences: readonly string[] };
    /** Seconds that verdicts of an unreachable API server live on; a token's own end always holds. */
    readonly graceSeconds: number;
  };
  readonly authorization: { readonly mode: 'RBAC' | 'AlwaysAllow' };
  readonly limits: Limits;
  readonly upstream: UpstreamConfiguration;
  readonly prices: {
    /** File with a PriceList. Absent: the built-in catalog alone. */
    readonly file?: string;
  };
  readonly shutdown: ShutdownConfiguration;
}

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export type WatchNamespaces =
  { readonly kind: 'Own' } | { readonly kind: 'List'; readonly names: readonly string[] } | { readonly kind: 'All' };

export interface Limits {
  /** Largest request body in bytes; over it 413 `RequestTooLarge`. */
  readonly requestBytes: number;
  /** Bytes of request bodies held in memory by all requests together; over it 503 `Overloaded`. */
  readonly bytesInFlight: number;
  /** Requests open at the same time; over it 503 `Overloaded`. */
  readonly openRequests: number;
  /** Seconds a client may take to send its request head. */
  readonly headerSeconds: number;
  /** Seconds without a byte of the request body after which a client is given up. */
  readonly bodyIdleSeconds: number;
  /** Seconds that an idle kept connection stays open. */
  readonly keepAliveSeconds: number;
}

export interface UpstreamConfiguration {
  /** Networks that no upstream may resolve to, in CIDR notation. Checked at connect time on the resolved address. */
  readonly deniedCIDRs: readonly string[];
}

export interface ShutdownConfiguration {
  /** Seconds between SIGTERM and the listener's close, so that endpoints can drain. */
  readonly endpointSeconds: number;
  /** Seconds that open requests may go on after that; then they end with a native error. */
  readonly drainSeconds: number;
}
