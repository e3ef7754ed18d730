import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { gatewayOf, trusted } from '../../test/support/identity/authentication.ts';
import type { JWTConfiguration } from '../config/types.ts';
import { sharedNames } from './shared-names.ts';

/** Issuers `https://0.example`, `https://1.example`, … with these prefixes of usernames. */
const named = (...prefixes: readonly string[]): readonly JWTConfiguration[] =>
  prefixes.map((prefix, i) =>
    trusted(`https://${i}.example`, { claimMappings: { username: { claim: 'sub', prefix } } }),
  );
const url = (i: number): string => `https://${i}.example`;

test.each<[string, readonly string[], readonly number[]]>([
  ['the same prefix', ['sso:', 'sso:'], [0, 1]],
  ['no prefix, beside one that has', ['', 'ci:'], [0, 1]],
  ['a prefix that begins like another', ['a:', 'b:', 'a:x:'], [0, 2]],
  ['no prefix, and alone', [''], []],
  ['prefixes of their own', ['a:', 'b:', 'ab:', `${url(3)}#`], []],
])('issuers with %s', (_what, prefixes, shared) => {
  expect(sharedNames(named(...prefixes))).toEqual(
    shared.length === 0 ? [] : [{ mapping: 'username', issuers: shared.map(url) }],
  );
});

test('groups are looked at for themselves', () => {
  const groups = { claim: 'groups', prefix: '' };
  const jwt = named('a:', 'b:').map((one) => ({ ...one, claimMappings: { ...one.claimMappings, groups } }));
  expect(sharedNames(jwt)).toEqual([{ mapping: 'groups', issuers: [url(0), url(1)] }]);
});

test('no two issuers that are not told of can make one name', () => {
  const word = fc.string({ unit: fc.constantFrom('a', ':'), maxLength: 4 });
  fc.assert(
    fc.property(word, word, word, word, (one, other, sub, otherSub) => {
      if (sharedNames(named(one, other)).length === 0) expect(`${one}${sub}`).not.toBe(`${other}${otherSub}`);
    }),
    { numRuns: 2000 },
  );
});

test('the log warns of them, once for each configuration', async () => {
  const jwt = named('', 'ci:').map((one) => ({
    ...one,
    issuer: { ...one.issuer, discoveryURL: 'http://127.0.0.1:1/nowhere' },
  }));
  await using gateway = await gatewayOf({ jwt });
  const warnings = gateway.logged.filter((line) => line.includes('each other'));
  expect(warnings.map((line) => JSON.parse(line) as unknown)).toEqual([
    expect.objectContaining({ level: 'warn', mapping: 'username', issuers: [url(0), url(1)] }),
  ]);
});
