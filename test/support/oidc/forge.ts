/** Tokens in compact form (RFC 7515 §7.1), made by hand: no library would sign what attackers send. */
import { createHmac, sign } from 'node:crypto';
import type { SigningKey } from './signing-key.ts';

type Members = Readonly<Record<string, unknown>>;

/** Header and claims with any signature. */
export function compact(header: Members | string, claims: Members | string, signature: Buffer | string = ''): string {
  return `${signingInput(header, claims)}.${typeof signature === 'string' ? signature : signature.toString('base64url')}`;
}

/** Signed with a private key, whatever the header says. */
export function signToken(header: Members | string, claims: Members | string, key: SigningKey): string {
  const hash = key.alg === 'EdDSA' ? undefined : 'sha256';
  const input = Buffer.from(signingInput(header, claims));
  return compact(header, claims, sign(hash, input, { key: key.privateKey, dsaEncoding: 'ieee-p1363' }));
}

/** Signed with a shared secret. */
export function hmacToken(header: Members, claims: Members, secret: string | Buffer): string {
  const hash = `sha${String(header['alg']).slice(2)}`;
  return compact(header, claims, createHmac(hash, secret).update(signingInput(header, claims)).digest());
}

function signingInput(header: Members | string, claims: Members | string): string {
  return [header, claims].map((part) => encode(typeof part === 'string' ? part : JSON.stringify(part))).join('.');
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64url');
}
