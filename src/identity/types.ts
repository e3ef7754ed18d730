/**
 * Who calls, and what they may do. Implementations: JWTs of configured issuers, Kubernetes (TokenReview,
 * SubjectAccessReview), client certificates, RBAC manifests, anonymous.
 */
import type { LoginConfiguration } from '../config/types.ts';
import type { GrantType } from './grant-types.ts';
import type { RefusalReason } from './refusal.ts';

/** The caller, as the authority that vouches for it names it. */
export interface Identity {
  readonly username: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
  /** The program that acts, as its issuer names it (`azp`, `client_id`). Told on records; no permission depends on it. */
  readonly agent?: string;
  /** When what vouches for the caller ends, in milliseconds since the epoch. Undefined: it names no end. */
  readonly expiresAt?: number;
}

/** What a client certificate says. It has been verified against the configured authorities when the connection began. */
export interface ClientCertificate {
  /** CN of the subject; empty when it has none. */
  readonly commonName: string;
  /** O of the subject, in order. */
  readonly organizations: readonly string[];
  /** End of its validity, in milliseconds since the epoch. */
  readonly notAfter: number;
}

export type AuthenticationVerdict =
  | { readonly kind: 'Authenticated'; readonly identity: Identity }
  | {
      readonly kind: 'Unauthenticated';
      /** For the caller: what is wrong and what is expected; it never echoes the credential. */
      readonly message: string;
      /** For records, in a word. `refused`: the authority gives no reason. */
      readonly reason?: RefusalReason | 'refused';
    }
  /** The authority could not be asked. Answered with 503, never open. */
  | { readonly kind: 'Unavailable'; readonly message: string };

export interface Authenticator {
  /**
   * `credential` is undefined when the request carries none. A verdict that is cached is returned at once, so that the
   * usual request costs no promise. `certificate`: of the connection that the request came on.
   */
  authenticate(
    credential: string | undefined,
    certificate?: ClientCertificate,
  ): AuthenticationVerdict | Promise<AuthenticationVerdict>;
}

/** One that keeps verdicts by the hash of the credential, so that whoever has the hash need not make it again. */
export interface CachingAuthenticator extends Authenticator {
  /** A verdict that is cached and still good; `key`: of the credential, see `credentialKey`. */
  cached(key: string): AuthenticationVerdict | undefined;
}

/** RBAC verb on `llmproviders.tidegate.io`. */
export type AccessVerb = 'invoke' | 'get';

/** What of a provider may be asked for by itself: `requests`, the records of its requests. */
export type AccessSubresource = 'requests';

export type AuthorizationVerdict =
  | { readonly kind: 'Allowed' }
  | { readonly kind: 'Denied'; readonly message: string }
  | { readonly kind: 'Unavailable'; readonly message: string };

export interface Authorizer {
  /**
   * @param name of the provider; empty: all of the namespace, which only a rule without names allows
   * @param subresource undefined: the provider itself
   */
  authorize(
    identity: Identity,
    verb: AccessVerb,
    namespace: string,
    name: string,
    subresource?: AccessSubresource,
  ): AuthorizationVerdict | Promise<AuthorizationVerdict>;
}

/** What anybody may be told about the way in, before it is known who asks. */
export interface AuthenticationMethods {
  /** Nobody is asked for a credential. */
  readonly anonymous: boolean;
  readonly jwt: readonly {
    /** Issuer URL, exactly as in the `iss` claim. */
    readonly issuer: string;
    /** A token must carry one of them. */
    readonly audiences: readonly string[];
    readonly tokenTypes: readonly TokenType[];
    /** The ways to a token that it announces; undefined while its metadata has never been had. Another from time to time. */
    readonly grantTypes: readonly GrantType[] | undefined;
    /** How people sign in. Undefined: the gateway knows no client of theirs. */
    readonly login: LoginConfiguration | undefined;
  }[];
  /** Undefined: ServiceAccount tokens of this cluster are not accepted. Empty: the audiences of its API server. */
  readonly serviceAccountTokens: { readonly audiences: readonly string[] } | undefined;
  /** Client certificates are accepted. */
  readonly x509: boolean;
}

/** `AccessToken`: made for an API (RFC 9068, `at+jwt`). `IDToken`: made for the program that signed a person in. */
export type TokenType = 'AccessToken' | 'IDToken';

/** Everything that decides about callers. It is replaced whole when the configuration changes. */
export interface AccessControl {
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  readonly methods: AuthenticationMethods;
}
