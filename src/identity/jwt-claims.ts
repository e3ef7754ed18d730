/**
 * Reads the claims of a JWT without verifying it: only to refuse early, with a good message, what the authority would
 * refuse anyway, and to end a cached verdict with its token. Nothing is ever allowed because of what is read here.
 */

/** Longest token that is looked at, in characters. */
export const MAX_TOKEN_LENGTH = 16 * 1024;

export interface UnverifiedClaims {
  readonly audiences: readonly string[];
  /** Milliseconds since the epoch; undefined when the token names none. */
  readonly expiresAt: number | undefined;
}

const COMPACT_JWS = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

/** Undefined when `token` is no JWT in compact form (RFC 7519). */
export function readClaims(token: string): UnverifiedClaims | undefined {
  if (token.length > MAX_TOKEN_LENGTH || !COMPACT_JWS.test(token)) return undefined;
  const payload = token.slice(token.indexOf('.') + 1, token.lastIndexOf('.'));
  let claims: unknown;
  try {
    claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
  if (typeof claims !== 'object' || claims === null || Array.isArray(claims)) return undefined;
  const { aud, exp } = claims as { aud?: unknown; exp?: unknown };
  const audiences = (Array.isArray(aud) ? aud : [aud]).filter((a): a is string => typeof a === 'string');
  return { audiences, expiresAt: typeof exp === 'number' && Number.isFinite(exp) ? exp * 1000 : undefined };
}
