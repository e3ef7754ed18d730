/**
 * The routing table: what `compile` makes and the proxy serves. It is immutable, carries no Kubernetes object and no
 * clock, and holds provider credentials only as {@link Redacted} values.
 */
import type { ProviderType } from '../api/generated/llmprovider.ts';
import type { Redacted } from '../redacted.ts';

/** The wire protocols that this version serves; the value of `spec.type`. */
export type { ProviderType };

/** Everything that one revision of the proxies' configuration says. */
export interface RoutingTable {
  /** Content hash over all entries: SHA-256, lower-case hex. The same entries always have the same revision. */
  readonly revision: string;
  /** Sorted by namespace, then name; each pair occurs once. */
  readonly providers: readonly ProviderEntry[];
}

/** How the credential of the upstream is attached. */
export type Credential =
  | { readonly kind: 'None' }
  | { readonly kind: 'APIKey'; readonly value: Redacted }
  /** The client's own credential travels on; the gateway adds none (`spec.anthropic.authPassthrough`). */
  | { readonly kind: 'Passthrough' }
  /** Requests are signed (SigV4) with credentials of AWS. */
  | { readonly kind: 'AWS'; readonly source: AWSCredentialSource };

/** Where the credentials that sign come from (`spec.bedrock.credentials`). */
export type AWSCredentialSource =
  /** What the environment offers: variables, shared config, EKS Pod Identity, IRSA, instance profile. */
  | { readonly type: 'DefaultChain' }
  | {
      readonly type: 'StaticKeys';
      readonly accessKeyID: Redacted;
      readonly secretAccessKey: Redacted;
      readonly sessionToken?: Redacted;
    }
  /** The default chain is the source identity. */
  | {
      readonly type: 'AssumeRole';
      readonly roleARN: string;
      readonly externalID?: string;
      /** Absent: the gateway makes one from the provider's namespace and name. */
      readonly sessionName?: string;
    };

/**
 * Whether requests can be forwarded. `Unavailable` keeps the entry in the table so that callers get 503
 * `CredentialsUnavailable` with a reason instead of a 404; its credential is `None`.
 */
export type Availability =
  | { readonly state: 'Available' }
  | { readonly state: 'Unavailable'; readonly reason: string; readonly message: string };

/** One provider, ready to serve. Defaults are already applied. */
export interface ProviderEntry {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** `metadata.generation` that this entry was compiled from. */
  readonly generation: number;
  readonly type: ProviderType;
  readonly displayName: string;
  readonly enabled: boolean;
  readonly availability: Availability;
  /** Absolute, without a trailing slash. */
  readonly baseURL: string;
  readonly credential: Credential;
  /** Only with `type: Bedrock`: the region that is called and signed for. */
  readonly region?: string;
  /** The allowlist, in the order of the spec. Empty: every model. */
  readonly models: readonly ModelEntry[];
  readonly streamUsage: 'InjectAndStrip' | 'AsClient';
  readonly onClientDisconnect: 'Cancel' | 'Drain';
  readonly timeouts: Timeouts;
  /** PEM bundle that replaces the system's trust store for this upstream. */
  readonly tlsCA?: string;
  /** Static extra upstream headers, in the order of the spec. */
  readonly headers: readonly StaticHeader[];
}

export interface ModelEntry {
  readonly name: string;
  /** Prices that win over the catalog's. */
  readonly pricing?: ModelPricing;
}

/** USD per 1,000,000 tokens, each ≥ 0. Absent: the catalog's rate. 0: free. */
export interface ModelPricing {
  readonly input?: number;
  readonly output?: number;
  readonly cachedInput?: number;
  readonly cacheWrite5m?: number;
  readonly cacheWrite1h?: number;
}

/** All in seconds. */
export interface Timeouts {
  readonly connectSeconds: number;
  readonly firstByteSeconds: number;
  readonly idleSeconds: number;
}

export interface StaticHeader {
  readonly name: string;
  readonly value: string;
}
