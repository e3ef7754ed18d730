/** For whom a token was made: for an API, or for the program that signed a person in. */
import type { TokenTypeName } from '../../config/types.ts';
import { refusal, shown } from '../refusal.ts';
import type { Refusal } from '../refusal.ts';
import { memberOf } from './unverified-token.ts';
import type { Members } from './unverified-token.ts';

/** Claims that only ID tokens have (OpenID Connect Core 1.0 §2 and §3.3.2.11). */
const ID_TOKEN_CLAIMS = ['nonce', 'at_hash', 'c_hash', 's_hash'];

/** `typ` of claims that Keycloak gives to tokens which are neither. */
const OTHER_TOKENS = new Set(['Refresh', 'Offline', 'Logout', 'Logout-Token', 'Initial', 'RegistrationAccessToken']);

/**
 * The type of a token, or why it is none that may be sent to an API. What has the header `at+jwt` (RFC 9068) is an
 * access token; what has `JWT` or nothing there (RFC 7519 §5.1) is told by its claims.
 */
export function tokenTypeOf(header: Members, claims: Members): TokenTypeName | Refusal {
  if (memberOf(claims, 'events') !== undefined) {
    return refusal(
      'wrong_type',
      'The token tells an event (a logout token, for example); it is not for calling an API.',
    );
  }
  if (memberOf(claims, 'cnf') !== undefined) {
    return refusal(
      'wrong_type',
      'The token is bound to a key ("cnf"), which cannot be checked here; ask for a bearer token.',
    );
  }
  const kind = memberOf(claims, 'typ');
  if (typeof kind === 'string' && OTHER_TOKENS.has(kind)) {
    return refusal('wrong_type', `The token says that it is of type "${kind}"; only access tokens call an API.`);
  }
  const typ = memberOf(header, 'typ');
  const mediaType = typeof typ === 'string' ? typ.toLowerCase().replace(/^application\//, '') : typ;
  if (mediaType === 'at+jwt') return 'AccessToken';
  if (mediaType !== undefined && mediaType !== 'jwt') {
    return refusal(
      'wrong_type',
      `The token is of type ${shown(typ, 'another kind')}, which is not for calling an API.`,
    );
  }
  const isIDToken = kind === 'ID' || ID_TOKEN_CLAIMS.some((name) => memberOf(claims, name) !== undefined);
  return isIDToken ? 'IDToken' : 'AccessToken';
}
