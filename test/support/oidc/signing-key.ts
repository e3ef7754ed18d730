/** Keys that an identity provider signs with. */
import { generateKeyPairSync, type JsonWebKey, type KeyObject, randomUUID } from 'node:crypto';

export type SigningAlgorithm = 'RS256' | 'ES256' | 'EdDSA';

/** A key pair as JWK (RFC 7517), and as Node has it. */
export interface SigningKey {
  readonly kid: string;
  readonly alg: SigningAlgorithm;
  readonly jwk: JsonWebKey;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

const generate = {
  RS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  EdDSA: () => generateKeyPairSync('ed25519'),
} as const;

export function makeSigningKey(alg: SigningAlgorithm): SigningKey {
  const { privateKey, publicKey } = generate[alg]();
  const kid = randomUUID();
  return { kid, alg, privateKey, publicKey, jwk: { ...privateKey.export({ format: 'jwk' }), kid, alg, use: 'sig' } };
}
