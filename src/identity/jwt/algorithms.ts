/** The signature algorithms that are accepted, all of them asymmetric (RFC 7518 §3.1, RFC 8037, RFC 9864). */

interface Requirement {
  readonly keyType: string;
  /** Undefined: keys of this type have no curve. */
  readonly curve: string | undefined;
}

const RSA: Requirement = { keyType: 'RSA', curve: undefined };
const ED25519: Requirement = { keyType: 'OKP', curve: 'Ed25519' };

const ALGORITHMS: ReadonlyMap<string, Requirement> = new Map([
  ['RS256', RSA],
  ['RS384', RSA],
  ['RS512', RSA],
  ['PS256', RSA],
  ['PS384', RSA],
  ['PS512', RSA],
  ['ES256', { keyType: 'EC', curve: 'P-256' }],
  ['ES384', { keyType: 'EC', curve: 'P-384' }],
  ['ES512', { keyType: 'EC', curve: 'P-521' }],
  ['EdDSA', ED25519],
  ['Ed25519', ED25519],
]);

/** What an issuer accepts that announces nothing. */
export const ALL_ALGORITHMS: readonly string[] = [...ALGORITHMS.keys()];

export function isAsymmetric(algorithm: unknown): algorithm is string {
  return typeof algorithm === 'string' && ALGORITHMS.has(algorithm);
}

/** Of `announced` those that are accepted at all. `EdDSA` and `Ed25519` are two names of one thing here. */
export function acceptedOf(announced: readonly unknown[]): readonly string[] {
  const names = new Set(announced.filter(isAsymmetric));
  if (names.has('EdDSA')) names.add('Ed25519');
  if (names.has('Ed25519')) names.add('EdDSA');
  return ALL_ALGORITHMS.filter((algorithm) => names.has(algorithm));
}

/** Of `accepted` those that a key of this type and curve can verify; `only`: the algorithm that it is bound to. */
export function algorithmsOf(
  accepted: readonly string[],
  key: { readonly keyType: unknown; readonly curve: unknown; readonly only: unknown },
): readonly string[] {
  const bound = key.only === undefined ? accepted : acceptedOf([key.only]);
  return accepted.filter((algorithm) => {
    const needed = ALGORITHMS.get(algorithm);
    return (
      needed !== undefined &&
      bound.includes(algorithm) &&
      needed.keyType === key.keyType &&
      (needed.curve === undefined || needed.curve === key.curve)
    );
  });
}
