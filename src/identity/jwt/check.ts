/**
 * What can be said of a token of an issuer before its signature is verified. It is cheap, and makes good messages; nothing
 * is accepted because of it.
 */
import type { JWTConfiguration, TokenTypeName } from '../../config/types.ts';
import { formatTime } from '../clock.ts';
import { refusal, shown } from '../refusal.ts';
import type { Refusal } from '../refusal.ts';
import { isAsymmetric } from './algorithms.ts';
import { tokenTypeOf } from './token-type.ts';
import { audiencesOf, memberOf, timeOf } from './unverified-token.ts';
import type { Members, UnverifiedToken } from './unverified-token.ts';

/** Clocks of issuer and gateway may differ by so much. */
export const CLOCK_SKEW_MS = 30_000;

/** A refusal, or nothing. `now` in milliseconds since the epoch. */
export function checkUnverified(
  { header, claims }: UnverifiedToken,
  { issuer, tokenTypes }: JWTConfiguration,
  now: number,
): Refusal | undefined {
  return checkHeader(header) ?? checkType(header, claims, tokenTypes) ?? checkClaims(claims, issuer.audiences, now);
}

function checkHeader(header: Members): Refusal | undefined {
  const algorithm = memberOf(header, 'alg');
  if (!isAsymmetric(algorithm)) {
    return refusal(
      'wrong_algorithm',
      `The token is signed with ${shown(algorithm, 'an unknown algorithm')}; only asymmetric algorithms (RS256, ES256, EdDSA and the like) are accepted.`,
    );
  }
  if (memberOf(header, 'crit') !== undefined || memberOf(header, 'b64') !== undefined) {
    return refusal('malformed', 'The token\'s header demands an extension ("crit", "b64") that is not known here.');
  }
  const kid = memberOf(header, 'kid');
  if (kid !== undefined && typeof kid !== 'string') return refusal('malformed', 'The "kid" of the token is no text.');
  return undefined;
}

function checkType(header: Members, claims: Members, tokenTypes: readonly TokenTypeName[]): Refusal | undefined {
  const type = tokenTypeOf(header, claims);
  if (typeof type !== 'string') return type;
  if (tokenTypes.includes(type)) return undefined;
  return refusal(
    'wrong_type',
    type === 'IDToken'
      ? 'The token is an ID token, made for the program that signed you in; send an access token.'
      : 'The token is an access token, and this issuer is set up for ID tokens only.',
  );
}

function checkClaims(claims: Members, accepted: readonly string[], now: number): Refusal | undefined {
  const audiences = audiencesOf(claims);
  if (!audiences.some((audience) => accepted.includes(audience))) {
    const found = audiences.length === 0 ? 'no audience' : `the audience ${shown(audiences[0], 'of another service')}`;
    return refusal('wrong_audience', `The token is not meant for this gateway: it has ${found}.`);
  }
  const expiresAt = timeOf(claims, 'exp');
  if (expiresAt === undefined) return refusal('malformed', 'The token has no end ("exp"), which is required here.');
  if (expiresAt + CLOCK_SKEW_MS <= now) return refusal('expired', `The token expired at ${formatTime(expiresAt)}.`);
  const validFrom = timeOf(claims, 'nbf');
  if (validFrom === undefined && memberOf(claims, 'nbf') !== undefined) {
    return refusal('malformed', 'The token\'s beginning ("nbf") is no time.');
  }
  if (validFrom !== undefined && validFrom - CLOCK_SKEW_MS > now) {
    return refusal('not_yet_valid', `The token is not valid before ${formatTime(validFrom)}.`);
  }
  return undefined;
}
