/** Every way to be let in without a good token that is known for JWTs (RFC 8725), named by the attack. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  AUDIENCE,
  claimsOf,
  coldGatewayOf,
  gatewayOf,
  NOW,
  trusted,
} from '../../../test/support/identity/authentication.ts';
import type { Gateway } from '../../../test/support/identity/authentication.ts';
import { macToken, signed, signingKey, startIssuer, unsigned } from '../../../test/support/identity/issuer.ts';
import type { Issuer } from '../../../test/support/identity/issuer.ts';

const key = signingKey('RS256', 'k1');
const elliptic = signingKey('ES256', 'e1');
const edwards = signingKey('EdDSA', 'ed1');
const foreign = signingKey('RS256', 'k1');
const seconds = NOW / 1000;

let issuer: Issuer;
let gateway: Gateway;
beforeAll(async () => {
  issuer = await startIssuer({ keys: [key, elliptic, edwards] });
  gateway = await gatewayOf({ jwt: [trusted(issuer.url)] });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await issuer[Symbol.asyncDispose]();
});

async function problemOf(credential: string): Promise<string> {
  const verdict = await gateway.ask(credential);
  if (verdict.kind !== 'Unauthenticated') throw new Error(`was answered ${verdict.kind}`);
  expect(verdict.message).toContain(`a token of the issuer "${issuer.url}" with audience "${AUDIENCE}"`);
  expect(verdict.message).toContain('"Authorization: Bearer <token>" or "X-Tidegate-Authorization: Bearer <token>"');
  expect(verdict.message).not.toContain(credential);
  for (const part of credential.split('.')) if (part.length > 20) expect(verdict.message).not.toContain(part);
  return verdict.message;
}

const good = (members: Readonly<Record<string, unknown>> = {}): object => claimsOf(issuer, members);
const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;
const withText = (json: string): string => `${JSON.stringify(good()).slice(0, -1)},${json}}`;

const ATTACKS: Readonly<Record<string, readonly [token: () => string, problem: string]>> = {
  'alg none': [() => unsigned(good()), 'The token is signed with "none"; only asymmetric algorithms'],
  'alg none in other letters': [() => unsigned(good(), { alg: 'nOnE' }), 'signed with "nOnE"'],
  'alg none with a signature': [() => signed(key, good(), { alg: 'none' }), 'signed with "none"'],
  'no alg at all': [() => signed(key, good(), { alg: undefined }), 'signed with an unknown algorithm'],
  'HMAC with the public key as secret (PEM)': [
    () => macToken(key.publicKey.export({ type: 'spki', format: 'pem' }), good(), { kid: 'k1' }),
    'signed with "HS256"; only asymmetric',
  ],
  'HMAC with the public key as secret (DER)': [
    () => macToken(key.publicKey.export({ type: 'spki', format: 'der' }), good(), { kid: 'k1' }),
    'signed with "HS256"',
  ],
  'HMAC with the public key as secret (JWK)': [
    () => macToken(JSON.stringify(key.jwk), good(), { kid: 'k1' }),
    'signed with "HS256"',
  ],
  'a key that is bound to another algorithm': [() => signed(key, good(), { alg: 'PS256' }), 'does not publish'],
  'a key of another type': [() => signed(elliptic, good(), { alg: 'RS256' }), 'does not publish'],
  'the key in the header (jwk)': [() => signed(foreign, good(), { jwk: foreign.jwk }), 'signature is wrong'],
  'the key in the header (x5c)': [() => signed(foreign, good(), { x5c: ['MIIB'], x5t: 'AAAA' }), 'signature is wrong'],
  'an issuer of another URL': [
    () => signed(key, good({ iss: 'https://evil.example' })),
    'is of "https://evil.example"',
  ],
  'an issuer with one more slash': [() => signed(key, good({ iss: `${issuer.url}/` })), 'not of an issuer that is acc'],
  'an issuer that is a list': [() => signed(key, good({ iss: [issuer.url] })), 'an issuer that is not known here'],
  'no issuer': [() => signed(key, good({ iss: undefined })), 'an issuer that is not known here'],
  'another audience': [
    () => signed(key, good({ aud: 'https://graph.microsoft.com' })),
    'The token is not meant for this gateway: it has the audience "https://graph.microsoft.com".',
  ],
  'an audience that begins like ours': [
    () => signed(key, good({ aud: `${AUDIENCE}.evil` })),
    'not meant for this gate',
  ],
  'no audience': [() => signed(key, good({ aud: undefined })), 'it has no audience'],
  'an audience that is an object': [() => signed(key, good({ aud: { [AUDIENCE]: true } })), 'it has no audience'],
  'an ID token': [() => signed(key, good({ nonce: 'n' }), { typ: 'JWT' }), 'The token is an ID token'],
  'a logout token': [() => signed(key, good(), { typ: 'logout+jwt' }), 'of type "logout+jwt"'],
  'a DPoP proof': [() => signed(key, good(), { typ: 'dpop+jwt' }), 'of type "dpop+jwt"'],
  'a security event': [() => signed(key, good({ events: {} }), { typ: 'JWT' }), 'The token tells an event'],
  'a refresh token': [() => signed(key, good({ typ: 'Refresh' }), { typ: 'JWT' }), 'of type "Refresh"'],
  'a token that is bound to a key (RFC 9449)': [() => signed(key, good({ cnf: { jkt: 'x' } })), 'bound to a key'],
  'an expired token': [() => signed(key, good({ exp: seconds - 30 })), 'expired at 2026-06-01T11:59:30.000Z.'],
  'no end': [() => signed(key, good({ exp: undefined })), 'has no end ("exp")'],
  'an end that is a text': [() => signed(key, good({ exp: '9999999999' })), 'has no end ("exp")'],
  'an end beyond all numbers': [() => signed(key, withText('"exp":1e999')), 'has no end ("exp")'],
  'a token of the future': [
    () => signed(key, good({ nbf: seconds + 31 })),
    'The token is not valid before 2026-06-01T12:00:31.000Z.',
  ],
  'a beginning that is a text': [() => signed(key, good({ nbf: '0' })), 'beginning ("nbf") is no time'],
  'the signature of another key': [() => signed(foreign, good()), "The token's signature is wrong"],
  'the signature of another token': [
    () => [...signed(key, good()).split('.').slice(0, 2), signed(key, good({ sub: 'bob' })).split('.')[2]].join('.'),
    "The token's signature is wrong",
  ],
  'no signature': [() => `${signed(key, good()).split('.').slice(0, 2).join('.')}.`, "The token's signature is wrong"],
  'an ECDSA signature of zeros (CVE-2022-21449)': [
    () => [...signed(elliptic, good()).split('.').slice(0, 2), Buffer.alloc(64).toString('base64url')].join('.'),
    "The token's signature is wrong",
  ],
  'an extension that must be understood (crit)': [
    () => signed(key, good(), { crit: ['exp'] }),
    'demands an extension ("crit", "b64")',
  ],
  'a payload that is not encoded (b64)': [
    () => signed(key, good(), { b64: false, crit: ['b64'] }),
    'demands an extension ("crit", "b64")',
  ],
  'b64 without crit': [() => signed(key, good(), { b64: false }), 'demands an extension ("crit", "b64")'],
  'kid: a path': [() => signed(key, good(), { kid: '../../../../dev/null' }), 'does not publish'],
  'kid: SQL': [() => signed(key, good(), { kid: "' UNION SELECT 'key" }), 'does not publish'],
  'kid: a shell command': [() => signed(key, good(), { kid: '| /bin/true' }), 'does not publish'],
  'kid: __proto__': [() => signed(key, good(), { kid: '__proto__' }), 'does not publish'],
  'kid: constructor': [() => signed(key, good(), { kid: 'constructor' }), 'does not publish'],
  'kid: empty': [() => signed(key, good(), { kid: '' }), 'does not publish'],
  'kid: a list': [() => signed(key, good(), { kid: ['k1'] }), 'The "kid" of the token is no text'],
  'an oversized token': [() => signed(key, good({ pad: 'x'.repeat(16_000) })), 'and tokens may have 16384'],
  'an oversized header': [() => signed(key, good(), { pad: 'x'.repeat(8000) }), "The token's header is"],
  'deeply nested claims': [() => signed(key, withText(`"x":${nested(5000)}`)), "its claims can't be read"],
  'claims a little too deeply nested': [() => signed(key, withText(`"x":${nested(32)}`)), "its claims can't be read"],
  'claims that are nested without end': [() => signed(key, '['.repeat(9000)), "its claims can't be read"],
  'claims that are a list': [() => signed(key, '[]'), "its claims can't be read"],
  'claims that are null': [() => signed(key, 'null'), "its claims can't be read"],
  'claims after a byte order mark': [() => signed(key, `\uFEFF${JSON.stringify(good())}`), "its claims can't be read"],
  'claims of a prototype': [
    () => signed(key, `{"__proto__":${JSON.stringify(good())}}`),
    'an issuer that is not known here',
  ],
  'an encrypted token': [() => 'eyJhbGciOiJkaXIifQ..aXY.Y2lwaGVy.dGFn', 'is an encrypted token'],
  'a key of a provider': [() => 'sk-proj-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'not a token of the form'],
  'a token in the alphabet of plain base64': [
    () => `${signed(key, good()).slice(0, -5)}+/+/+`,
    'not a token of the form',
  ],
  'a token with padding': [() => `${signed(key, good())}==`, 'not a token of the form'],
  'a second signature': [() => `${signed(key, good())}.AAAA`, 'not a token of the form'],
};

describe('refused', () => {
  test.each(Object.entries(ATTACKS))('%s', async (_name, [token, problem]) => {
    expect(await problemOf(token())).toContain(problem);
  });

  test('the control: the same token without any attack is accepted', async () => {
    for (const one of [key, elliptic, edwards]) {
      expect(await gateway.ask(signed(one, good()))).toMatchObject({ kind: 'Authenticated' });
    }
  });

  test('a key that the header says where to find (jku, x5u), without asking there', async () => {
    const asked: string[] = [];
    await using elsewhere = await startIssuer({ keys: [foreign] });
    elsewhere.intercept = ({ url = '' }) => asked.push(url) < 0;
    for (const header of [{ jku: `${elsewhere.url}/jwks` }, { x5u: `${elsewhere.url}/jwks` }]) {
      expect(await problemOf(signed(foreign, good(), header))).toContain('signature is wrong');
      expect(await problemOf(signed(foreign, good(), { ...header, kid: 'new' }))).toContain('does not publish');
    }
    expect(asked).toEqual([]);
  });

  test('a token of one issuer that is signed with the key of another', async () => {
    const others = signingKey('RS256', 'k1');
    await using other = await startIssuer({ keys: [others] });
    await using both = await gatewayOf({ jwt: [trusted(issuer.url), trusted(other.url)] });
    expect(await both.ask(signed(others, claimsOf(other)))).toMatchObject({ kind: 'Authenticated' });
    expect(await both.ask(signed(others, claimsOf(issuer)))).toMatchObject({ kind: 'Unauthenticated' });
  });

  test('an algorithm that the issuer does not announce', async () => {
    await using narrow = await startIssuer({ keys: [{ ...key, jwk: { ...key.jwk, alg: undefined } }] });
    narrow.metadata = { id_token_signing_alg_values_supported: ['PS256', 'HS256', 'none'] };
    await using only = await gatewayOf({ jwt: [trusted(narrow.url)] });
    expect(await only.ask(signed(key, claimsOf(narrow)))).toMatchObject({
      kind: 'Unauthenticated',
      message: expect.stringContaining('is signed with "RS256"; its issuer announces PS256.'),
    });
    expect(await only.ask(signed({ ...key, algorithm: 'PS256' }, claimsOf(narrow)))).toMatchObject({
      kind: 'Authenticated',
    });
  });

  test.each([key, elliptic, edwards])('every single flipped bit of a token ($algorithm)', async (one) => {
    const token = Buffer.from(signed(one, good()), 'latin1');
    const accepted: number[] = [];
    for (let bit = 0; bit < token.length * 8; bit += 1) {
      const flipped = Buffer.from(token);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      if ((await gateway.ask(flipped.toString('latin1'))).kind !== 'Unauthenticated') accepted.push(bit);
    }
    expect(accepted).toEqual([]);
  });

  test('any text and any bytes, without a throw', async () => {
    const base64url = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString('base64url'));
    const json = fc.json({ maxDepth: 5 }).map((text) => Buffer.from(text).toString('base64url'));
    const part = fc.oneof(base64url, json, fc.constant(''), fc.constant(signed(key, good()).split('.')[0]!));
    const arbitrary = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
      fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('.')),
    );
    await fc.assert(
      fc.asyncProperty(arbitrary, async (credential) => {
        expect(await gateway.ask(credential)).toMatchObject({ kind: 'Unauthenticated' });
      }),
      { numRuns: 1000 },
    );
  });

  test('claims of any shape, well signed, without a throw; only whoever they name', async () => {
    const name = fc.constantFrom('sub', 'aud', 'exp', 'nbf', 'iss', 'typ', 'cnf', 'azp', 'groups', '__proto__');
    await using mapped = await gatewayOf({
      jwt: [
        trusted(issuer.url, {
          claimMappings: {
            username: { claim: 'sub', prefix: '' },
            groups: { claim: 'groups', prefix: '' },
            agent: { claim: 'a.b' },
          },
        }),
      ],
    });
    await fc.assert(
      fc.asyncProperty(fc.dictionary(name, fc.jsonValue({ maxDepth: 3 })), async (members) => {
        const verdict = await mapped.ask(signed(elliptic, good(members)));
        if (verdict.kind !== 'Authenticated') return;
        const sub = Object.hasOwn(members, 'sub') ? members['sub'] : 'ada';
        expect(verdict.identity.username).toBe(sub);
        expect(verdict.identity.groups.filter((group) => group.startsWith('system:'))).toEqual([
          'system:authenticated',
        ]);
      }),
      { numRuns: 300 },
    );
  });
});

describe('floods', () => {
  test('of unknown kids cost one fetch, and one more in ten seconds', async () => {
    await using flooded = await startIssuer({ keys: [key] });
    await using gate = await gatewayOf({ jwt: [trusted(flooded.url)] });
    gate.clock.advance(10_000);
    const flood = async (): Promise<void> => {
      const tokens = Array.from({ length: 100 }, (_, i) =>
        signed(elliptic, claimsOf(flooded), { kid: `${i} ${gate.clock.time}` }),
      );
      const verdicts = await Promise.all(tokens.map(async (token) => gate.ask(token)));
      expect(new Set(verdicts.map(({ kind }) => kind))).toEqual(new Set(['Unauthenticated']));
    };
    await flood();
    expect(flooded.fetches).toBe(2);
    gate.clock.advance(9999);
    await flood();
    expect(flooded.fetches).toBe(2);
    gate.clock.advance(1);
    await flood();
    expect(flooded.fetches).toBe(3);
  });

  test('of unknown kids at an issuer that does not answer hold up few callers, and none with a known key', async () => {
    await using stuck = await startIssuer({ keys: [key] });
    await using gate = await gatewayOf({ jwt: [trusted(stuck.url)] });
    gate.clock.advance(10_000);
    stuck.intercept = () => true;
    const waiting = Array.from({ length: 300 }, (_, i) => gate.ask(signed(elliptic, claimsOf(stuck), { kid: `${i}` })));
    expect(await gate.ask(signed(key, claimsOf(stuck)))).toMatchObject({ kind: 'Authenticated' });
    await gate.authentication.close();
    const kinds = (await Promise.all(waiting)).map(({ kind }) => kind);
    expect(new Set(kinds)).toEqual(new Set(['Unavailable']));
  });

  test('at many issuers that do not answer take no place from callers of another', async () => {
    const stuck = await Promise.all(Array.from({ length: 9 }, () => startIssuer({ keys: [key] })));
    for (const one of stuck) one.intercept = () => true;
    const gate = coldGatewayOf({ jwt: [trusted(issuer.url), ...stuck.map(({ url }) => trusted(url))] });
    try {
      const waiting = stuck.flatMap((one) =>
        Array.from({ length: 128 }, (_, i) => gate.ask(unsigned(claimsOf(one), { alg: 'RS256', kid: 'k1', i }))),
      );
      expect(await gate.ask(signed(elliptic, good()))).toMatchObject({ kind: 'Authenticated' });
      await gate.authentication.close();
      const kinds = (await Promise.all(waiting)).map(({ kind }) => kind);
      expect(new Set(kinds)).toEqual(new Set(['Unavailable']));
    } finally {
      await gate.authentication.close();
      for (const one of stuck) await one[Symbol.asyncDispose]();
    }
  });

  test('of distinct bad tokens leave every good verdict in its place', async () => {
    await using gate = await gatewayOf({ jwt: [trusted(issuer.url)] });
    const accepted = signed(elliptic, good());
    await gate.ask(accepted);
    for (let round = 0; round < 15; round += 1) {
      const bad = Array.from({ length: 100 }, (_, i) => signed(edwards, good(), { kid: 'e1', alg: 'ES256', round, i }));
      await Promise.all(bad.map(async (token) => gate.ask(token)));
    }
    expect(await gate.metric('tidegate_authentication_cached_verdicts', { result: 'refused' })).toBe(1000);
    expect(await gate.metric('tidegate_authentication_cached_verdicts', { result: 'accepted' })).toBe(1);
    expect(gate.authenticator.authenticate(accepted)).toMatchObject({ kind: 'Authenticated' });
  });

  test('of more new tokens than can be verified at once are told to come back', async () => {
    await using stuck = await startIssuer({ keys: [key] });
    stuck.intercept = () => true;
    const gate = coldGatewayOf({ jwt: [trusted(stuck.url)] });
    const tokens = Array.from({ length: 200 }, (_, i) => unsigned(claimsOf(stuck), { alg: 'RS256', kid: 'k1', i }));
    const verdicts = tokens.map(async (token) => gate.ask(token));
    expect(await Promise.race(verdicts)).toEqual({
      kind: 'Unavailable',
      message: expect.stringContaining('Too many new tokens'),
    });
    await gate.authentication.close();
    for (const verdict of await Promise.all(verdicts)) expect(verdict.kind).toBe('Unavailable');
  });
});
