import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { trusted } from '../../../test/support/identity/authentication.ts';
import { ALL_ALGORITHMS } from './algorithms.ts';
import { metadataURL, parseMetadata } from './metadata.ts';

const issuer = 'https://issuer.example';
const from = (url: string) => new URL(`${url}/.well-known/openid-configuration`);
const parse = (members: object, url = issuer) =>
  parseMetadata({ issuer, jwks_uri: `${issuer}/jwks`, ...members }, from(url), issuer);

describe("an issuer's metadata", () => {
  test.each([
    ['https://issuer.example', 'https://issuer.example/.well-known/openid-configuration'],
    ['https://issuer.example/', 'https://issuer.example/.well-known/openid-configuration'],
    ['https://issuer.example/realms/a', 'https://issuer.example/realms/a/.well-known/openid-configuration'],
  ])('of %s is at %s', (url, expected) => {
    expect(metadataURL(trusted(url).issuer).href).toBe(expected);
  });

  test('is where the configuration says, when it says', () => {
    const discoveryURL = 'https://api.example/openid/v1/metadata';
    expect(metadataURL({ ...trusted(issuer).issuer, discoveryURL }).href).toBe(discoveryURL);
  });

  test('announces algorithms, or all of them by silence', () => {
    expect(parse({}).algorithms).toEqual(ALL_ALGORITHMS);
    const announced = ['none', 'HS256', 'EdDSA', 5, 'RS256', '__proto__'];
    expect(parse({ id_token_signing_alg_values_supported: announced }).algorithms).toEqual([
      'RS256',
      'EdDSA',
      'Ed25519',
    ]);
  });

  test('of an issuer elsewhere has no keys at plain http, not even on this machine', () => {
    const members = { jwks_uri: 'http://127.0.0.1:8080/jwks' };
    expect(() => parse(members)).toThrow('"jwks_uri" must be an https URL');
    expect(parse(members, 'http://localhost:8080').keysURL.href).toBe(members.jwks_uri);
    expect(() => parse({ jwks_uri: 'http://127.0.0.1.evil.example/' }, 'http://localhost:8080')).toThrow('https');
  });

  test('has no URL of keys that fills logs', () => {
    const error = (() => {
      try {
        return parse({ jwks_uri: `${issuer}/${'x'.repeat(500_000)}` });
      } catch (reason) {
        return reason;
      }
    })();
    expect(error).toMatchObject({ code: 'TooLarge', message: expect.stringMatching(/^.{1,200}$/) });
  });

  test('may be anything, and gives a URL that may be asked or an error that says where from', () => {
    const name = fc.constantFrom('issuer', 'jwks_uri', 'id_token_signing_alg_values_supported', 'x');
    const value = fc.oneof(fc.jsonValue(), fc.webUrl(), fc.constantFrom(issuer, 'http://a/', 'ftp://a/', ['RS256']));
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.dictionary(name, value)), (any) => {
        const whole = typeof any === 'object' && !Array.isArray(any) ? { issuer, ...any } : any;
        try {
          expect(parseMetadata(whole, from(issuer), issuer).keysURL.protocol).toBe('https:');
        } catch (error) {
          expect(error).toMatchObject({ name: 'IssuerError', message: expect.stringContaining(issuer) });
        }
      }),
    );
  });
});
