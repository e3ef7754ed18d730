/** `GET /llm/v1/authentication`: how callers are known here, where a token goes, and who the caller is. */
import { ofPublicClient } from '../../identity/grant-types.ts';
import type { GrantType } from '../../identity/grant-types.ts';
import type { AuthenticationMethods, Identity, TokenType } from '../../identity/types.ts';
import { VERSION } from '../../telemetry/version.ts';
import { CREDENTIAL_HEADERS, CREDENTIAL_PARAMETER } from '../credential.ts';

/** The answer. Fields are added to it, none is taken away. */
export interface AuthenticationDocument {
  /** Of the gateway; told to whoever may call, since it tells attackers what to look for. */
  readonly version?: string;
  /** Nobody is asked for a credential. */
  readonly anonymous: boolean;
  /** Issuers whose tokens are accepted; a token must carry one of the audiences and be of one of the types. */
  readonly jwt: readonly IssuerDescription[];
  /**
   * Present when ServiceAccount tokens of the gateway's own cluster are accepted. A token must carry one of the audiences;
   * empty: that of the cluster's API server.
   */
  readonly serviceAccountTokens?: { readonly audiences: readonly string[] };
  /** Client certificates are accepted. */
  readonly x509: boolean;
  /** Headers in which a token may be, behind the word `scheme` where there is one. The first that holds one counts. */
  readonly headers: readonly { readonly name: string; readonly scheme?: 'Bearer' }[];
  /** Query parameter in which it may be when it is in no header. */
  readonly queryParameter: string;
  /** Of the request's own credential; absent when it carries none. */
  readonly caller?: CallerDescription;
}

interface IssuerDescription {
  readonly issuer: string;
  readonly audiences: readonly string[];
  readonly tokenTypes: readonly TokenType[];
  /** Ways to a token that the issuer announces, of those that programs and people use; absent while that is not known. */
  readonly grantTypes?: readonly GrantType[];
  /** How people sign in; everything else about it is in the issuer's own metadata. Absent: the gateway does not know. */
  readonly login?: {
    /** Of an OAuth client without a secret. */
    readonly clientID: string;
    readonly scopes: readonly string[];
    /** Those of the issuer's that such a client can use. */
    readonly grantTypes?: readonly GrantType[];
  };
}

/** The caller as permissions and records know it. */
interface CallerDescription {
  readonly username: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly agent?: string;
  /** RFC 3339: when the token or certificate ends. */
  readonly expiresAt?: string;
}

export function authenticationDocument(
  { anonymous, jwt, serviceAccountTokens, x509 }: AuthenticationMethods,
  caller: Identity | undefined,
): AuthenticationDocument {
  return {
    ...(caller !== undefined || anonymous ? { version: VERSION } : {}),
    anonymous,
    jwt: jwt.map(describeIssuer),
    ...(serviceAccountTokens === undefined
      ? {}
      : { serviceAccountTokens: { audiences: serviceAccountTokens.audiences } }),
    x509,
    headers: CREDENTIAL_HEADERS,
    queryParameter: CREDENTIAL_PARAMETER,
    ...(caller === undefined ? {} : { caller: describeCaller(caller) }),
  };
}

function describeIssuer({
  issuer,
  audiences,
  tokenTypes,
  grantTypes,
  login,
}: AuthenticationMethods['jwt'][number]): IssuerDescription {
  const usable = grantTypes === undefined ? {} : { grantTypes: ofPublicClient(grantTypes) };
  return {
    issuer,
    audiences,
    tokenTypes,
    ...(grantTypes === undefined ? {} : { grantTypes }),
    ...(login === undefined ? {} : { login: { clientID: login.clientID, scopes: login.scopes, ...usable } }),
  };
}

function describeCaller({ username, uid, groups, agent, expiresAt }: Identity): CallerDescription {
  const ends = expiresAt === undefined ? undefined : new Date(expiresAt);
  return {
    username,
    ...(uid === undefined ? {} : { uid }),
    groups,
    ...(agent === undefined ? {} : { agent }),
    // Beyond the range of dates is no end that anybody waits for.
    ...(ends === undefined || Number.isNaN(ends.getTime()) ? {} : { expiresAt: ends.toISOString() }),
  };
}
