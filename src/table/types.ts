/**
 * The routing table: what `compile` makes and the proxy serves. It is immutable, carries no Kubernetes object and no
 * clock, and holds provider credentials only as {@link Redacted} values.
 */
import type { ProviderType } from '../api/generated/llmprovider.ts';
import type { PIIType } from '../api/pii-types.ts';
import type { Redacted } from '../redacted.ts';

/** The wire protocols that this version serves; the value of `spec.type`. */
export type { ProviderType };

/** Everything that one revision of the proxies' configuration says. */
export interface RoutingTable {
  /** Content hash over all entries: SHA-256, lower-case hex. The same entries always have the same revision. */
  readonly revision: string;
  /** Sorted by namespace, then name; each pair occurs once. */
  readonly providers: readonly ProviderEntry[];
  /**
   * Those that a provider refers to, and no others. Sorted by namespace, name and content hash: two versions of one
   * Guardrail stand side by side while a provider that cannot be compiled anew still refers to the older one.
   */
  readonly guardrails: readonly GuardrailEntry[];
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
  /** What every call is checked against, in the order of `spec.guardrailRefs`. */
  readonly guardrails: readonly GuardrailReference[];
}

/** A Guardrail of the provider's own namespace, in one very version. */
export interface GuardrailReference {
  readonly name: string;
  /** Content hash of the {@link GuardrailEntry} that is meant. */
  readonly hash: string;
}

/** One Guardrail, ready to be enforced. Defaults are already applied; what only people read, and its tests, are left out. */
export interface GuardrailEntry {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** `metadata.generation` that this entry was compiled from. */
  readonly generation: number;
  /** `Audit`: evaluate and count, change nothing. */
  readonly mode: 'Enforce' | 'Audit';
  /** What becomes of a text that cannot be checked: `Closed` blocks it, `Open` lets it pass and counts it. */
  readonly failurePolicy: 'Closed' | 'Open';
  /** What the caller reads when something is blocked; absent: the gateway's own words. */
  readonly messages: { readonly input?: string; readonly output?: string };
  /** Whose words are read; absent: all. */
  readonly scopes?: readonly GuardrailScope[];
  readonly wordFilters: readonly WordFilterEntry[];
  readonly profanity?: GuardrailRule;
  readonly pii: {
    readonly entities: readonly (GuardrailRule & { readonly type: PIIType })[];
    readonly regexes: readonly (GuardrailRule & { readonly name: string; readonly pattern: string })[];
  };
  /** The longest match of a pattern, in UTF-16 code units: so much of a stream may be held back for it. */
  readonly streaming: { readonly holdBackCharacters: number };
  /** Judges elsewhere that are asked about texts; absent: none. */
  readonly remote?: RemoteEntry;
}

/** Which judges elsewhere a Guardrail asks, and what they are to look for. */
export interface RemoteEntry {
  /** For all that is asked about the texts of one direction, or of one window of a stream. */
  readonly timeoutMilliseconds: number;
  /** What is looked for, by judges that are told. */
  readonly filters: readonly FilterEntry[];
  readonly deniedTopics: readonly TopicEntry[];
  /** At least one. All are asked, side by side. */
  readonly evaluators: readonly EvaluatorEntry[];
}

export interface FilterEntry {
  readonly category: 'Hate' | 'Insults' | 'Sexual' | 'Violence' | 'Misconduct' | 'PromptAttack';
  readonly inputStrength: FilterStrength;
  readonly outputStrength: FilterStrength;
}

export type FilterStrength = 'None' | 'Low' | 'Medium' | 'High';

export interface TopicEntry {
  readonly name: string;
  readonly definition: string;
  readonly examples: readonly string[];
}

export type EvaluatorEntry = BedrockEvaluator | ModerationEvaluator | WebhookEvaluator;

/** A guardrail of Amazon Bedrock. */
export interface BedrockEvaluator {
  readonly kind: 'Bedrock';
  /** Id or ARN. */
  readonly identifier: string;
  readonly version: string;
  readonly region: string;
  /** Of the runtime API: absolute, without a trailing slash. */
  readonly baseURL: string;
  readonly source: AWSCredentialSource;
  /** Calls of Bedrock that take a guardrail of their own carry this one to AWS; it is asked about all others. */
  readonly attached: boolean;
}

/** The moderation endpoint of a provider in the same namespace, called with its credential. */
export interface ModerationEvaluator {
  readonly kind: 'OpenAIModeration';
  readonly provider: string;
  readonly model: string;
}

/** A webhook, as docs/guardrail-webhook.openapi.yaml describes it. */
export interface WebhookEvaluator {
  readonly kind: 'HTTP';
  readonly url: string;
  /** Sent as `Authorization: Bearer`. */
  readonly secret?: Redacted;
  /** PEM bundle that replaces the system's trust store. */
  readonly tlsCA?: string;
}

export type GuardrailAction = 'Block' | 'Mask' | 'Detect';
export type GuardrailDirection = 'Input' | 'Output';
export type GuardrailScope = 'System' | 'User' | 'Assistant' | 'ToolInput' | 'ToolOutput';

export interface GuardrailRule {
  readonly action: GuardrailAction;
  readonly appliesTo: readonly GuardrailDirection[];
}

export interface WordFilterEntry extends GuardrailRule {
  readonly name: string;
  readonly words: readonly string[];
  readonly match: 'Word' | 'Substring';
  readonly caseSensitive: boolean;
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
