/** Who calls, and what they may do. Implementations: Kubernetes (TokenReview, SubjectAccessReview), anonymous. */

/** The caller, as the authority that vouches for it names it. */
export interface Identity {
  readonly username: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

export type AuthenticationVerdict =
  | { readonly kind: 'Authenticated'; readonly identity: Identity }
  /** `message` is for the caller: what is wrong and what is expected; it never echoes the credential. */
  | { readonly kind: 'Unauthenticated'; readonly message: string }
  /** The authority could not be asked. Answered with 503, never open. */
  | { readonly kind: 'Unavailable'; readonly message: string };

export interface Authenticator {
  /**
   * `credential` is undefined when the request carries none. A verdict that is cached is returned at once, so that the
   * usual request costs no promise.
   */
  authenticate(credential: string | undefined): AuthenticationVerdict | Promise<AuthenticationVerdict>;
}

/** RBAC verb on `llmproviders.tidegate.io`. */
export type AccessVerb = 'invoke' | 'get';

export type AuthorizationVerdict =
  | { readonly kind: 'Allowed' }
  | { readonly kind: 'Denied'; readonly message: string }
  | { readonly kind: 'Unavailable'; readonly message: string };

export interface Authorizer {
  authorize(
    identity: Identity,
    verb: AccessVerb,
    namespace: string,
    name: string,
  ): AuthorizationVerdict | Promise<AuthorizationVerdict>;
}
