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
  /** Of the main listener. Absent: plain HTTP. */
  readonly tls?: TLSConfiguration;
  readonly authentication: AuthenticationConfiguration;
  readonly authorization: { readonly mode: 'RBAC' | 'AlwaysAllow' };
  readonly limits: Limits;
  readonly upstream: UpstreamConfiguration;
  /**
   * `responseHeader`: answers that a guardrail changed or blocked say so in `x-tidegate-guardrail`. `events`: what guardrails came to
   * is logged as OpenTelemetry's events.
   */
  readonly guardrails: { readonly responseHeader: boolean; readonly events: boolean };
  /** Bytes of memory for what is remembered of ended requests; 0: nothing is. */
  readonly requestRecords: { readonly maxBytes: number };
  readonly prices: {
    /** File with a PriceList. Absent: the built-in catalog alone. */
    readonly file?: string;
  };
  readonly shutdown: ShutdownConfiguration;
}

export interface AuthenticationConfiguration {
  /** Issuers whose tokens are accepted, each URL once. */
  readonly jwt: readonly JWTConfiguration[];
  readonly serviceAccountTokens: { readonly enabled: boolean; readonly audiences: readonly string[] };
  /** Client certificates. Absent: none are asked for. Needs `tls`. */
  readonly x509?: X509Configuration;
  /** Seconds that verdicts of an unreachable API server live on; a token's own end always holds. */
  readonly graceSeconds: number;
  /** Seconds that an issuer's keys live on after they should have been fetched again, while it cannot be asked. */
  readonly keyGraceSeconds: number;
}

/** One issuer, in the shape of the API server's AuthenticationConfiguration. */
export interface JWTConfiguration {
  readonly issuer: {
    /** Equal to the `iss` claim, character by character. */
    readonly url: string;
    /** Where its metadata is, when that is not `<url>/.well-known/openid-configuration`. */
    readonly discoveryURL?: string;
    /** A token must carry one of them. */
    readonly audiences: readonly string[];
    readonly audienceMatchPolicy: 'MatchAny';
    /** PEM certificates that its TLS certificate is checked against, in place of the built-in ones. */
    readonly certificateAuthority?: string;
  };
  readonly tokenTypes: readonly TokenTypeName[];
  readonly claimMappings: {
    readonly username: ClaimMapping;
    /** Absent: no groups. */
    readonly groups?: ClaimMapping;
    /** Absent: `azp`, else `client_id`. */
    readonly agent?: Pick<ClaimMapping, 'claim'>;
  };
  readonly claimValidationRules: readonly { readonly claim: string; readonly requiredValue: string }[];
  /** How people sign in. Absent: nothing is told about it. */
  readonly login?: LoginConfiguration;
}

/** What a program has to know that signs people in at an issuer. All of it is told to everybody. */
export interface LoginConfiguration {
  /** Of an OAuth client without a secret (RFC 6749 §2.1, public). */
  readonly clientID: string;
  /** To ask for. */
  readonly scopes: readonly string[];
}

export type TokenTypeName = 'AccessToken' | 'IDToken';

export interface ClaimMapping {
  /** Name of a claim; when there is none of exactly this name, dots lead into objects. */
  readonly claim: string;
  /** Put before every value. Empty: the values are taken as they are. */
  readonly prefix: string;
}

export interface X509Configuration {
  /** PEM file; read again when it changes. */
  readonly clientCAFile: string;
  /** Put before the CN. */
  readonly usernamePrefix: string;
  /** Put before every O. */
  readonly groupsPrefix: string;
}

export interface TLSConfiguration {
  /** PEM file with the certificate and its intermediates; read again when it changes. */
  readonly certFile: string;
  /** PEM file; read again when it changes. */
  readonly privateKeyFile: string;
  readonly minVersion: 'VersionTLS12' | 'VersionTLS13';
}

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export type WatchNamespaces =
  { readonly kind: 'Own' } | { readonly kind: 'List'; readonly names: readonly string[] } | { readonly kind: 'All' };

export interface Limits {
  /** Largest request body in bytes; over it 413 `RequestTooLarge`. */
  readonly requestBytes: number;
  /** Bytes of bodies held in memory by all requests together: requests, and answers under guardrails; over it 503 `Overloaded`. */
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
