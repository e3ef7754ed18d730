/** What a gateway answers, as far as the commands look at it. Fields that a gateway of another version adds are kept. */

/** `GET /llm/v1/authentication`. */
export interface AuthenticationDocument {
  /** Of the gateway; told to callers that it knows. */
  readonly version?: string;
  readonly anonymous: boolean;
  readonly jwt: readonly IssuerDocument[];
  readonly serviceAccountTokens?: { readonly audiences: readonly string[] };
  readonly x509?: boolean;
  readonly caller?: CallerDocument;
}

export interface IssuerDocument {
  readonly issuer: string;
  readonly audiences: readonly string[];
  readonly tokenTypes?: readonly string[];
  readonly grantTypes?: readonly string[];
  readonly login?: {
    readonly clientID: string;
    readonly scopes: readonly string[];
    readonly grantTypes?: readonly string[];
  };
}

export interface CallerDocument {
  readonly username: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly agent?: string;
  /** RFC 3339. */
  readonly expiresAt?: string;
}

/** `GET /llm/v1/providers/<name>`. */
export interface ProviderDocument {
  readonly name: string;
  readonly namespace: string;
  readonly type?: string;
  readonly displayName?: string;
  readonly enabled?: boolean;
  readonly auth?: { readonly mode: string };
  /** Empty: every model. */
  readonly models?: readonly ModelDocument[];
  /** Where API calls go: absolute, or a path of the gateway's. */
  readonly url?: string;
  readonly conditions: readonly ConditionDocument[];
}

export interface ModelDocument {
  readonly name: string;
  /** USD per 1,000,000 tokens; what is absent has no price. */
  readonly pricing?: Readonly<Record<string, number>>;
  /** Fields of `pricing` that the provider's own object says. */
  readonly overridden?: readonly string[];
  readonly unpriced?: true;
}

export interface ConditionDocument {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

/** `POST /llm/v1/connection-tests`. */
export interface ConnectionTestDocument {
  readonly namespace: string;
  readonly provider: string;
  readonly passed: boolean;
  readonly billed?: boolean;
  readonly durationMilliseconds?: number;
  readonly upstream?: { readonly status: number; readonly message?: string };
  readonly reason?: string;
  readonly message?: string;
  readonly hint?: string;
}

/** `GET /llm/v1/requests/<id>`. */
export interface RequestRecordDocument {
  /** Host name of the proxy that served it. */
  readonly proxy: string;
  readonly request: ExplainedRequest;
}

/** One request as its proxy recorded it: the fields of its line in the access log, and what explains it. */
export interface ExplainedRequest {
  readonly requestId: string;
  /** As the caller saw it; 499 when it hung up before an answer began. */
  readonly status: number;
  /** Of a failure of the gateway's own, `ClientDisconnected` or `UpstreamFailed`. */
  readonly code?: string;
  /** With the code `Unauthenticated`: why, in a word. */
  readonly reason?: string;
  /** The words of the gateway's refusal. */
  readonly message?: string;
  /** RFC 3339. */
  readonly startedAt?: string;
  readonly user?: string;
  readonly agent?: string;
  readonly groups?: readonly string[];
  readonly groupsOmitted?: number;
  /** What the URL names, whether it is there or not. */
  readonly requested?: { readonly namespace?: string; readonly provider?: string };
  /** Of the provider as it was found, as are the next three. */
  readonly namespace?: string;
  readonly provider?: string;
  readonly type?: string;
  /** Of the LLMProvider, as Kubernetes counts it. */
  readonly generation?: number;
  /** Of the routing table that was served. */
  readonly revision?: string;
  readonly operation?: string;
  readonly model?: string;
  readonly method?: string;
  /** Without a query; `*` stands for parts that are no words of an API. */
  readonly path?: string;
  readonly protocol?: string;
  readonly streamed?: boolean;
  /** It went on to the upstream: a failure without a code is the upstream's own. */
  readonly forwarded?: boolean;
  readonly clientDisconnected?: boolean;
  /** As the answer names it. */
  readonly servedModel?: string;
  readonly serviceTier?: string;
  /** Tokens by class. */
  readonly tokens?: Readonly<Record<string, number>>;
  /** Parts of the tokens that are audio. */
  readonly audioTokens?: Readonly<Record<string, number>>;
  readonly usageMissing?: string;
  /** USD, exact, as text. */
  readonly costUSD?: string;
  readonly costUSDByClass?: Readonly<Record<string, string>>;
  readonly unpricedTokens?: Readonly<Record<string, number>>;
  readonly guardrails?: readonly GuardrailOutcomeDocument[];
  readonly totalMs?: number;
  readonly upstreamMs?: number;
  /** Until it was sent on, without the time that the caller took for its body. */
  readonly ownMs?: number;
  /** For the body of the caller. */
  readonly waitedMs?: number;
  /** From the request to the first byte of the answer's body. */
  readonly firstByteMs?: number;
  readonly requestBytes?: number;
  readonly responseBytes?: number;
}

export interface GuardrailOutcomeDocument {
  /** `namespace/name`. */
  readonly guardrail: string;
  /** `Input`: of the request; `Output`: of the answer. */
  readonly direction: string;
  /** `Block`, `Mask`, `Detect`, `Failed`, `Unreadable` or `Allow`; with the mode `Audit`, what it would have been. */
  readonly action: string;
  readonly mode: string;
  /** How often each rule matched. */
  readonly rules?: Readonly<Record<string, number>>;
  readonly reason?: string;
}
