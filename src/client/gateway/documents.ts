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
