/** For a gateway without authentication or authorization configured: everybody is `anonymous`, everything is allowed. */
import type { AccessControl, AuthenticationVerdict, Authenticator, AuthorizationVerdict, Authorizer } from './types.ts';

const anonymous: AuthenticationVerdict = {
  kind: 'Authenticated',
  identity: { username: 'system:anonymous', groups: ['system:unauthenticated'] },
};

/** Names and group are those that the Kubernetes API server gives to anonymous requests. */
export const anonymousAuthenticator: Authenticator = { authenticate: () => anonymous };

/** Refuses everybody: authentication is required, yet no method is enabled. */
export const noAuthenticator: Authenticator = {
  authenticate: () => ({
    kind: 'Unauthenticated',
    message: 'No authentication method is enabled on this gateway: ask its operator to enable one.',
  }),
};

const allowed: AuthorizationVerdict = { kind: 'Allowed' };

export const alwaysAllow: Authorizer = { authorize: () => allowed };

/** Nobody is asked, everything is allowed. */
export const openAccess: AccessControl = {
  authenticator: anonymousAuthenticator,
  authorizer: alwaysAllow,
  methods: { anonymous: true, jwt: [], serviceAccountTokens: undefined, x509: false },
};
