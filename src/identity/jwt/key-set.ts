/** The public keys of an issuer (JWK Set, RFC 7517 §5), as far as signatures may be verified with them. */
import { createPublicKey } from 'node:crypto';
import type { JsonWebKey, KeyObject } from 'node:crypto';
import { algorithmsOf } from './algorithms.ts';
import { IssuerError } from './errors.ts';

/** Keys that one document may hold. */
const MAX_KEYS = 128;
/** Keys that one token is tried with: a token without `kid` costs no more than so many verifications. */
const MAX_CANDIDATES = 8;
/** NIST SP 800-131A: smaller ones are not to be relied on. Larger ones than any issuer has only cost time. */
const MIN_RSA_BITS = 2048;
const MAX_RSA_BITS = 8192;
/** With the exponent 1 anybody signs; one as long as the modulus makes a verification as dear as a signature. */
const MIN_RSA_EXPONENT = 3n;
const MAX_RSA_EXPONENT = 2n ** 64n;

export interface VerificationKey {
  /** Everything about it: the same key of the next document is the same object. */
  readonly fingerprint: string;
  readonly kid: string | undefined;
  readonly algorithms: readonly string[];
  readonly key: KeyObject;
  /** Whether the issuer still publishes it. What was verified with it holds no longer than that. */
  active: boolean;
}

export class KeySet {
  /** Algorithms that tokens of the issuer may be signed with. */
  readonly algorithms: readonly string[];
  readonly keys: readonly VerificationKey[];
  readonly #byKid = new Map<string, VerificationKey[]>();

  constructor(algorithms: readonly string[], keys: readonly VerificationKey[]) {
    this.algorithms = algorithms;
    this.keys = keys;
    for (const key of keys) {
      if (key.kid === undefined) continue;
      const same = this.#byKid.get(key.kid);
      if (same === undefined) this.#byKid.set(key.kid, [key]);
      else same.push(key);
    }
  }

  /** The keys that a token with this header may be signed with. Without `kid` every fitting key may be the one. */
  candidates(kid: string | undefined, algorithm: string): readonly VerificationKey[] {
    const keys = kid === undefined ? this.keys : (this.#byKid.get(kid) ?? []);
    return keys.filter((key) => key.algorithms.includes(algorithm)).slice(0, MAX_CANDIDATES);
  }

  /** Ends what was verified with keys that `next` has no more. */
  retire(next: KeySet): void {
    for (const key of this.keys) if (!next.keys.includes(key)) key.active = false;
  }
}

/**
 * Keys that no signature may be verified with are left out: symmetric ones, those for encryption, those of other
 * algorithms than the issuer announces, too short ones, and those whose private half is published.
 *
 * @param earlier keys that are in it already are not imported again
 * @throws {IssuerError} when the document is no JWK Set
 */
export function parseKeySet(
  document: unknown,
  url: URL,
  algorithms: readonly string[],
  earlier: KeySet | undefined,
): KeySet {
  const list = typeof document === 'object' && document !== null ? (document as { keys?: unknown }).keys : undefined;
  if (!Array.isArray(list)) throw new IssuerError('Malformed', `${url.href}: the answer is no JWK Set`);
  if (list.length > MAX_KEYS) {
    throw new IssuerError('TooLarge', `${url.href}: the JWK Set has ${list.length} keys, and ${MAX_KEYS} are read`);
  }
  const known = new Map(earlier?.keys.map((key) => [key.fingerprint, key]));
  const keys = new Map<string, VerificationKey>();
  for (const jwk of list as readonly unknown[]) {
    const key = readKey(jwk, algorithms, known);
    if (key !== undefined) keys.set(key.fingerprint, key);
  }
  return new KeySet(algorithms, [...keys.values()]);
}

function readKey(
  value: unknown,
  accepted: readonly string[],
  known: ReadonlyMap<string, VerificationKey>,
): VerificationKey | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { kty, crv, n, e, x, y, d, kid, alg, use, key_ops: operations } = value as Readonly<Record<string, unknown>>;
  if (use !== undefined && use !== 'sig') return undefined;
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))) return undefined;
  if (d !== undefined || (kid !== undefined && typeof kid !== 'string')) return undefined;
  const algorithms = algorithmsOf(accepted, { keyType: kty, curve: crv, only: alg });
  if (algorithms.length === 0) return undefined;
  const fingerprint = JSON.stringify([kid, algorithms, kty, crv, n, e, x, y]);
  const same = known.get(fingerprint);
  if (same !== undefined) return same;
  const key = importKey({ kty, crv, n, e, x, y } as JsonWebKey);
  return key === undefined ? undefined : { fingerprint, kid, algorithms, key, active: true };
}

function importKey(jwk: JsonWebKey): KeyObject | undefined {
  let key: KeyObject;
  try {
    key = createPublicKey({ key: jwk, format: 'jwk' });
  } catch {
    return undefined;
  }
  const { modulusLength: bits, publicExponent: exponent } = key.asymmetricKeyDetails ?? {};
  if (bits !== undefined && (bits < MIN_RSA_BITS || bits > MAX_RSA_BITS)) return undefined;
  if (exponent !== undefined && (exponent < MIN_RSA_EXPONENT || exponent > MAX_RSA_EXPONENT)) return undefined;
  return key;
}
