import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { signingKey } from '../../../test/support/identity/issuer.ts';
import { ALL_ALGORITHMS } from './algorithms.ts';
import { parseKeySet } from './key-set.ts';
import type { KeySet } from './key-set.ts';

const url = new URL('https://issuer.example/jwks');
const parse = (keys: readonly unknown[], earlier?: KeySet, algorithms = ALL_ALGORITHMS) =>
  parseKeySet({ keys }, url, algorithms, earlier);
const rsa = signingKey('RS256', 'rsa');
const ec = signingKey('ES256', 'ec');

describe('a JWK Set', () => {
  test.each<[name: string, jwk: unknown]>([
    ['a symmetric one', { kty: 'oct', k: 'c2VjcmV0', kid: 'x', alg: 'HS256' }],
    ['one for encryption', { ...rsa.jwk, use: 'enc' }],
    ['one that may only sign', { ...rsa.jwk, key_ops: ['sign'] }],
    ['one of another algorithm', { ...rsa.jwk, alg: 'RSA-OAEP' }],
    ['one of an algorithm of another type', { ...ec.jwk, alg: 'RS256' }],
    ['a short one', signingKey('RS256', 'x', {}, 1024).jwk],
    ['one that anybody signs with (exponent 1)', { ...rsa.jwk, e: 'AQ' }],
    ['one that costs as much to verify with as to sign with', { ...rsa.jwk, e: rsa.jwk['n'] }],
    ['one whose private half is published', rsa.privateKey.export({ format: 'jwk' })],
    ['one on an unknown curve', { ...ec.jwk, crv: 'secp256k1', alg: undefined }],
    ['one off its curve', { ...ec.jwk, x: ec.jwk['y'] }],
    ['one without its numbers', { kty: 'RSA', kid: 'x', alg: 'RS256' }],
    ['one with numbers of another type', { ...rsa.jwk, n: 5, e: ['AQAB'] }],
    ['one with a kid that is no text', { ...rsa.jwk, kid: 5 }],
    ['null', null],
    ['a text', 'key'],
  ])('leaves a key out: %s', (_name, jwk) => {
    const { keys } = parse([jwk, ec.jwk]);
    expect(keys.map(({ kid }) => kid)).toEqual(['ec']);
  });

  test('serves with a key those algorithms only that it is for and that the issuer announces', () => {
    const free = { ...rsa.jwk, alg: undefined };
    const [only] = parse([free], undefined, ['RS256', 'PS512', 'ES256']).keys;
    expect(only?.algorithms).toEqual(['RS256', 'PS512']);
    expect(parse([rsa.jwk]).keys[0]?.algorithms).toEqual(['RS256']);
    expect(parse([{ ...signingKey('EdDSA').jwk, alg: 'Ed25519' }]).keys[0]?.algorithms).toEqual(['EdDSA', 'Ed25519']);
  });

  test('keeps a key that is published again, imported once, and retires one that is not', () => {
    const before = parse([rsa.jwk, ec.jwk]);
    const after = parse([ec.jwk], before);
    before.retire(after);
    expect(after.keys[0]).toBe(before.keys[1]);
    expect(before.keys.map(({ active }) => active)).toEqual([false, true]);
  });

  test('takes another key of the same kid for another key', () => {
    const before = parse([rsa.jwk]);
    const after = parse([{ ...signingKey('RS256', 'rsa').jwk }], before);
    before.retire(after);
    expect(before.keys[0]?.active).toBe(false);
    expect(after.keys[0]?.active).toBe(true);
  });

  test('tries a token without kid with eight keys and no more', () => {
    const keys = Array.from({ length: 12 }, (_, i) => signingKey('ES256', i % 2 === 0 ? `k${i}` : undefined).jwk);
    const set = parse([...keys, keys[0]]);
    expect(set.keys).toHaveLength(12);
    expect(set.candidates(undefined, 'ES256')).toHaveLength(8);
    expect(set.candidates('k0', 'ES256')).toHaveLength(1);
    expect(set.candidates('k1', 'ES256')).toHaveLength(0);
    expect(set.candidates('k0', 'ES384')).toHaveLength(0);
  });

  test('may be anything, and is a key set or an error that says where from', () => {
    const member = fc.constantFrom('kty', 'crv', 'n', 'e', 'x', 'y', 'alg', 'kid', 'use', 'key_ops');
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 1 }),
      fc.constantFrom('RSA', 'EC', 'OKP', 'P-256', 'Ed25519', 'RS256', 'ES256', 'AQAB', rsa.jwk['n']),
    );
    const jwk = fc.oneof(fc.dictionary(member, value), fc.jsonValue({ maxDepth: 1 }));
    const document = fc.oneof(fc.jsonValue(), fc.record({ keys: fc.array(jwk) }));
    fc.assert(
      fc.property(document, (any) => {
        try {
          for (const key of parseKeySet(any, url, ALL_ALGORITHMS, undefined).keys) expect(key.key.type).toBe('public');
        } catch (error) {
          expect(error).toMatchObject({ name: 'IssuerError', message: expect.stringContaining(url.href) });
        }
      }),
      { numRuns: 500 },
    );
  });
});
