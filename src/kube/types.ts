/**
 * The vocabulary of the room: objects as the API server sends them, and the interfaces that its parts are built from.
 * Nothing here runs.
 */

/** `metadata` of any object, as far as this room looks at it. */
export interface ObjectMeta {
  readonly name?: string;
  readonly generateName?: string;
  readonly namespace?: string;
  readonly uid?: string;
  /** Opaque: compare for equality only. */
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
  readonly finalizers?: readonly string[];
  readonly managedFields?: readonly unknown[];
}

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

/** Any object of the API. Items of a list carry no `apiVersion` and `kind`. */
export interface KubeObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: ObjectMeta;
}

/** What a metadata-only list or watch gives: never `spec`, `data` or `status`. */
export type PartialObjectMetadata = KubeObject;

export interface KubeList<T extends KubeObject> {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: {
    readonly resourceVersion?: string;
    readonly continue?: string;
    readonly remainingItemCount?: number;
  };
  /** `null` in an empty metadata-only list. */
  readonly items: readonly T[] | null;
}

/** `kind: Status`, the API server's way to say what went wrong. */
export interface KubeStatus {
  readonly kind?: 'Status';
  readonly status?: 'Success' | 'Failure';
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly details?: {
    readonly retryAfterSeconds?: number;
    readonly causes?: readonly { readonly reason?: string; readonly message?: string; readonly field?: string }[];
  };
}

/** `core/v1 Secret`; values are base64. */
export interface Secret extends KubeObject {
  readonly type?: string;
  readonly immutable?: boolean;
  readonly data?: Readonly<Record<string, string>>;
}

/** `coordination.k8s.io/v1 Lease`; times are MicroTime (RFC 3339 with exactly six digits). */
export interface Lease extends KubeObject {
  readonly spec?: LeaseSpec;
}

export interface LeaseSpec {
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
}

/** Names one collection of the API. Constants for what this project uses: resources.ts. */
export interface Resource {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/** `namespace/name`, or `name` for cluster-scoped objects: what handlers get and caches are asked with. */
export type ObjectKey = string;

/** TLS material of a connection to the API server. */
export interface TlsMaterial {
  /** PEM bundle; undefined: the system's roots. */
  readonly ca: string | Buffer | undefined;
  readonly certificate?: string | Buffer;
  readonly key?: string | Buffer;
  readonly passphrase?: string;
  readonly serverName?: string;
  readonly rejectUnauthorized?: boolean;
}

/** How to reach and to be known by one API server. Implementations: in-cluster.ts, kubeconfig.ts. */
export interface ClusterCredentials {
  /** Base URL without a trailing slash, such as `https://10.0.0.1:443`. */
  readonly server: string;
  /** Read at the first request, then every minute, and at once after a failed handshake. */
  tls(): Promise<TlsMaterial>;
  /**
   * Headers that say who calls. Called before every request, so it caches (at most 60 s). `refresh`: the last ones were
   * refused with 401; read them anew.
   */
  headers(options: { readonly refresh: boolean }): Promise<Readonly<Record<string, string>>>;
}

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface KubeRequest {
  /** Default `GET`. */
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Absolute, without a query, each segment already encoded: see `pathOf` in resources.ts. */
  readonly path: string;
  readonly query?: Query;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Default `application/json`. */
  readonly contentType?: string;
  /** Default `application/json`. */
  readonly accept?: string;
  readonly signal?: AbortSignal;
  /** For the whole call with its retries. Default 30 s. */
  readonly timeoutMs?: number;
  /** Larger answers are given up with `ResponseTooLarge`. Default 64 MiB. */
  readonly maxResponseBytes?: number;
  /** How often a call that the server did not take up (429, 503, connection reset) is repeated. Default 4. */
  readonly retries?: number;
}

export interface KubeResponse<T> {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: T;
}

export interface StreamRequest {
  readonly path: string;
  readonly query?: Query;
  readonly accept?: string;
  /** Ends the stream, at any time. */
  readonly signal?: AbortSignal;
  /** Until the response's head is there. Default 30 s. The body has no time limit. */
  readonly timeoutMs?: number;
}

export interface StreamResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Ends when the server closes; throws a `KubeError` when the connection breaks. Leaving the loop closes the connection. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** The one way to the API server. Every failure is a `KubeError` (errors.ts), also an answer of 400 and up. */
export interface Transport {
  request<T = unknown>(request: KubeRequest): Promise<KubeResponse<T>>;
  /** One attempt, apart from one repeat after a 401. */
  stream(request: StreamRequest): Promise<StreamResponse>;
  /** Lets open requests finish, ends streams. The transport can't be used afterwards. */
  close(): Promise<void>;
}

/** What parts of this room log to; pino's `Logger` fits. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Time as a parameter, so that tests need not wait for it. `systemClock` in clock.ts is the real one. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Milliseconds from some fixed point; never goes back. */
  monotonic(): number;
  /** Calls back once after `ms`; the returned function prevents it. */
  schedule(ms: number, callback: () => void): () => void;
}

/** Uniform in [0, 1), as `Math.random`. */
export type Random = () => number;

/** A cache of one collection, kept current by list and watch: what compile passes read. */
export interface ObjectReader<T extends KubeObject> {
  /** False until the first list is in. */
  readonly isSynced: boolean;
  /** Resolves when the first list is in; rejects when `signal` aborts or the reader is stopped before. */
  whenSynced(signal?: AbortSignal): Promise<void>;
  get(key: ObjectKey): T | undefined;
  list(): T[];
  keys(): ObjectKey[];
  /** Objects for which the named indexer gave `value`. */
  byIndex(index: string, value: string): T[];
}
