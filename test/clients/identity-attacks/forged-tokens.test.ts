/** Tokens that nobody may get in with, against a gateway process. Each is what a named attack sends. */
import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CertificateAuthority } from '../../support/certificates.ts';
import {
  AUDIENCE,
  chatCompletion,
  compact,
  GuardedGateway,
  hmacToken,
  makeSigningKey,
  OpenIDClient,
  RefusalCheck,
  signToken,
  TLSOrigin,
} from '../../support/oidc/index.ts';

let guarded: GuardedGateway;
let check: RefusalCheck;
/** A server of the attacker's that the gateway would trust by its certificate; nothing may lead there. */
let lair: TLSOrigin;

const mallory = makeSigningKey('RS256');
const now = (): number => Math.floor(Date.now() / 1000);

beforeAll(async () => {
  const authority = await CertificateAuthority.create();
  lair = await TLSOrigin.start(authority);
  lair.handler = (_request, response) => {
    response.end(JSON.stringify({ keys: [publicJWK()] }));
  };
  guarded = await GuardedGateway.start({ authority, algorithm: 'RS256' });
  check = new RefusalCheck(guarded);
});

afterAll(async () => {
  await guarded[Symbol.asyncDispose]();
  await lair[Symbol.asyncDispose]();
});

function publicJWK(): object {
  return { ...mallory.publicKey.export({ format: 'jwk' }), kid: mallory.kid, alg: mallory.alg, use: 'sig' };
}

/** Changes a byte of one part of a good token. */
function flip(part: 0 | 1 | 2): string {
  const parts = guarded.idp.sign().split('.');
  const bytes = Buffer.from(parts[part] ?? '', 'base64url');
  bytes[bytes.length >> 1]! ^= 1;
  parts[part] = bytes.toString('base64url');
  return parts.join('.');
}

test('the token that all of these are made from is a good one', async () => {
  expect(await chatCompletion(guarded.gateway, guarded.idp.sign())).toMatchObject({ status: 200 });
});

describe('algorithms', () => {
  test.each(['none', 'None', 'NONE', 'nOnE'])('"alg: %s" and no signature', async (alg) => {
    const { idp } = guarded;
    await check.expect401(compact({ ...idp.goodHeader(), alg }, idp.goodClaims()), 'only asymmetric algorithms');
  });

  test('"alg: none" before the signature of a good token', async () => {
    const { idp } = guarded;
    const [, claims = '', signature = ''] = idp.sign().split('.');
    const header = Buffer.from(JSON.stringify({ ...idp.goodHeader(), alg: 'none' })).toString('base64url');
    await check.expect401(`${header}.${claims}.${signature}`, 'only asymmetric algorithms');
  });

  test('a good token without its signature', async () => {
    const token = guarded.idp.sign();
    await check.expect401(token.slice(0, token.lastIndexOf('.') + 1), 'signature is wrong');
  });

  const secrets = {
    'PEM (SPKI)': () => guarded.idp.signingKey.publicKey.export({ type: 'spki', format: 'pem' }),
    'PEM (PKCS #1)': () => guarded.idp.signingKey.publicKey.export({ type: 'pkcs1', format: 'pem' }),
    DER: () => guarded.idp.signingKey.publicKey.export({ type: 'spki', format: 'der' }),
    JWK: () => JSON.stringify(guarded.idp.signingKey.publicKey.export({ format: 'jwk' })),
    'the modulus': () => String(guarded.idp.signingKey.publicKey.export({ format: 'jwk' }).n),
    nothing: () => '',
  };
  describe.each(['HS256', 'HS384', 'HS512'])('%s signed with the public key', (alg) => {
    test.each(Object.entries(secrets))('as %s', async (_form, secret) => {
      const { idp } = guarded;
      await check.expect401(
        hmacToken({ ...idp.goodHeader(), alg }, idp.goodClaims(), secret()),
        'only asymmetric algorithms',
      );
    });
  });

  test.each(['PS256', 'ES256', 'EdDSA', 'RS512'])('%s, which the issuer does not announce', async (alg) => {
    await check.expect401(
      guarded.idp.sign({}, { alg }),
      `The token is signed with "${alg}"; its issuer announces RS256`,
    );
  });

  test.each([
    ['no text', 256],
    ['a list', ['RS256']],
    ['absent', undefined],
    ['of a prototype', 'constructor'],
  ])('"alg" is %s', async (_what, alg) => {
    await check.expect401(guarded.idp.sign({}, { alg }), 'only asymmetric algorithms');
  });

  test('an extension that must be understood ("crit") is not', async () => {
    await check.expect401(guarded.idp.sign({}, { crit: ['exp'] }), '"crit"');
    await check.expect401(guarded.idp.sign({}, { b64: false, crit: ['b64'] }), '"crit"');
  });

  test('a token that is encrypted, not signed', async () => {
    const { idp } = guarded;
    await check.expect401(`${compact(idp.goodHeader(), idp.goodClaims(), 'c2ln')}.aXY.dGFn`, 'encrypted token');
  });
});

describe('keys that the token brings along', () => {
  const headers = {
    jwk: () => ({ jwk: publicJWK() }),
    jku: () => ({ jku: `${lair.url}/jwks` }),
    x5u: () => ({ x5u: `${lair.url}/chain.pem` }),
    x5c: () => ({ x5c: [mallory.publicKey.export({ type: 'spki', format: 'der' }).toString('base64')] }),
    'all of them': () => ({ jwk: publicJWK(), jku: `${lair.url}/jwks`, x5u: `${lair.url}/chain.pem` }),
  };
  const kids: Record<string, [kid: () => string | undefined, words: string]> = {
    "the issuer's": [() => guarded.idp.signingKey.kid, 'signature is wrong'],
    "the attacker's": [() => mallory.kid, 'does not publish'],
    none: [() => undefined, 'signature is wrong'],
  };
  describe.each(Object.entries(headers))('key confusion by %s', (_name, header) => {
    test.each(Object.entries(kids))('with the kid: %s', async (_whose, [kid, words]) => {
      await check.expect401(guarded.idp.sign({}, { ...header(), kid: kid() }, mallory), words);
      expect(lair.connections).toBe(0);
    });
  });

  test.each([
    ['a path', '../../../../dev/null'],
    ['a statement', "' UNION SELECT 'key' --"],
    ['a command', '$(touch /tmp/owned)'],
    ['the name of a prototype', '__proto__'],
    ['the name of a method', 'constructor'],
    ['line ends', 'a\r\nx-injected: 1'],
    ['nothing', ''],
    ['a long text', 'k'.repeat(4000)],
  ])('kid injection: %s', async (_what, kid) => {
    await check.expect401(guarded.idp.sign({}, { kid }, mallory), 'does not publish');
    await check.expect401(
      hmacToken({ ...guarded.idp.goodHeader(), alg: 'HS256', kid }, guarded.idp.goodClaims(), ''),
      'only asymmetric algorithms',
    );
  });

  test('kid injection: the address of a key', async () => {
    await check.expect401(guarded.idp.sign({}, { kid: `${lair.url}/jwks` }, mallory), 'does not publish');
    expect(lair.connections).toBe(0);
  });

  test.each([[7], [{ $ne: '' }], [['a']], [null]])('kid injection: %j, which is no text', async (kid) => {
    await check.expect401(guarded.idp.sign({}, { kid }, mallory), '"kid"');
  });
});

describe('claims of a token that is signed as it should be', () => {
  test.each([
    ['another issuer', { iss: 'https://evil.example.com' }],
    ['the issuer with a slash after it', () => ({ iss: `${guarded.idp.issuer}/` })],
    ['the issuer in capitals', () => ({ iss: guarded.idp.issuer.toUpperCase() })],
    ['the issuer in a list', () => ({ iss: [guarded.idp.issuer] })],
    ['no issuer', { iss: undefined }],
    ['an issuer with the name of a prototype', { iss: '__proto__' }],
  ])('wrong issuer: %s', async (_what, claims) => {
    await check.expect401(guarded.idp.sign(typeof claims === 'function' ? claims() : claims), 'not of an issuer');
  });

  test.each([
    ['that of another service', { aud: 'https://other.example.com' }],
    ['those of other services', { aud: ['https://other.example.com', 'account'] }],
    ['a longer one', { aud: `${AUDIENCE}.evil.example.com` }],
    ['a shorter one', { aud: AUDIENCE.slice(0, -1) }],
    ['in capitals', { aud: AUDIENCE.toUpperCase() }],
    ['an empty list', { aud: [] }],
    ['an object', { aud: { [AUDIENCE]: true } }],
    ['none', { aud: undefined }],
  ])('wrong audience: %s', async (_what, claims) => {
    await check.expect401(guarded.idp.sign(claims), 'not meant for this gateway');
  });

  test('expired: the message says when', async () => {
    const exp = now() - 31;
    await check.expect401(guarded.idp.sign({ exp }), `expired at ${new Date(exp * 1000).toISOString()}`);
  });

  test('expired for fifty years', async () => {
    await check.expect401(guarded.idp.sign({ exp: 1 }), 'expired at 1970-01-01T00:00:01.000Z');
  });

  test.each([[undefined], ['never'], [null], [[4_102_444_800]], [{}]])('never ends: exp is %j', async (exp) => {
    await check.expect401(guarded.idp.sign({ exp }), '"exp"');
  });

  test('ends beyond every number', async () => {
    const { idp } = guarded;
    const { exp: _exp, ...claims } = idp.goodClaims();
    const text = JSON.stringify(claims).replace(/\}$/, ',"exp":1e999}');
    await check.expect401(signToken(idp.goodHeader(), text, idp.signingKey), '"exp"');
  });

  test('not yet valid: the message says from when on', async () => {
    const nbf = now() + 120;
    await check.expect401(guarded.idp.sign({ nbf }), `not valid before ${new Date(nbf * 1000).toISOString()}`);
  });

  test('not yet valid: a beginning that is no time', async () => {
    await check.expect401(guarded.idp.sign({ nbf: 'tomorrow' }), '"nbf"');
  });
});

describe('tokens that are for something else', () => {
  test('an ID token of a person who signed in', async () => {
    await using app = await OpenIDClient.discover(guarded.idp, 'app');
    const { id_token = '', access_token } = await app.authorizationCode('ada');
    expect(await chatCompletion(guarded.gateway, access_token)).toMatchObject({ status: 200 });
    await check.expect401(id_token, 'ID token');
  });

  test('an ID token whose audience is the gateway', async () => {
    await check.expect401(guarded.idp.sign({ nonce: 'n-0S6_WzA2Mj' }, { typ: 'JWT' }), 'ID token');
    await check.expect401(guarded.idp.sign({ at_hash: '77QmUPtjPfzWtF2AnpK9RQ' }, { typ: undefined }), 'ID token');
  });

  test('a refresh token', async () => {
    await using app = await OpenIDClient.discover(guarded.idp, 'app');
    const { refresh_token = '' } = await app.authorizationCode('ada');
    await check.expect401(refresh_token, 'not a token of the form');
    await check.expect401(guarded.idp.sign({ typ: 'Refresh' }, { typ: 'JWT' }), '"Refresh"');
  });

  test('a logout token', async () => {
    const events = { 'http://schemas.openid.net/event/backchannel-logout': {} };
    await check.expect401(guarded.idp.sign({ events }, { typ: 'logout+jwt' }), 'logout token');
    await check.expect401(guarded.idp.sign({ events }, { typ: 'JWT' }), 'logout token');
  });

  test.each(['logout+jwt', 'dpop+jwt', 'secevent+jwt', 'JOSE', 'at+jwt ', 'x/at+jwt'])('type "%s"', async (typ) => {
    await check.expect401(guarded.idp.sign({}, { typ }), 'not for calling an API');
  });

  test('a token that is bound to a key of its holder, stolen', async () => {
    await check.expect401(guarded.idp.sign({ cnf: { jkt: '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I' } }), '"cnf"');
  });
});

describe('tokens that were tampered with', () => {
  test('other claims before the old signature', async () => {
    const [header, , signature] = guarded.idp.sign().split('.');
    const claims = Buffer.from(JSON.stringify({ ...guarded.idp.goodClaims(), sub: 'root' })).toString('base64url');
    await check.expect401(`${header}.${claims}.${signature}`, 'signature is wrong');
  });

  test('one bit of the signature is another', async () => {
    await check.expect401(flip(2), 'signature is wrong');
  });

  test.each([0, 1] as const)('one bit of part %d is another', async (part) => {
    const token = flip(part);
    const answer = await chatCompletion(guarded.gateway, token);
    expect([answer.status, answer.headers['x-tidegate-error']]).toEqual([401, 'Unauthenticated']);
  });

  test('a signature of nothing but zeros', async () => {
    const { idp } = guarded;
    await check.expect401(compact(idp.goodHeader(), idp.goodClaims(), Buffer.alloc(256)), 'signature is wrong');
  });

  test('the signature of another token', async () => {
    const [header, claims] = guarded.idp.sign().split('.');
    const signature = guarded.idp.sign({ sub: 'batch' }).split('.')[2];
    await check.expect401(`${header}.${claims}.${signature}`, 'signature is wrong');
  });

  test('a second way to write the same signature', async () => {
    await check.expect401(`${guarded.idp.sign()}==`, 'not a token of the form');
    const token = guarded.idp.sign();
    // 256 bytes leave four bits of the last letter without a meaning.
    const last = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'.indexOf(token.at(-1) ?? '');
    const other = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'[last ^ 1] ?? '';
    await check.expect401(token.slice(0, -1) + other, 'damaged');
  });

  test("the attacker's own key under the name of the issuer's", async () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const key = { ...mallory, publicKey, privateKey, kid: guarded.idp.signingKey.kid };
    await check.expect401(guarded.idp.sign({}, {}, key), 'signature is wrong');
  });
});

describe('tokens that cost more than they are worth', () => {
  test('oversized', async () => {
    await check.expect401(guarded.idp.sign({ padding: 'x'.repeat(16_384) }), 'tokens may have 16384');
  });

  test('a header that is oversized', async () => {
    await check.expect401(guarded.idp.sign({}, { x5c: ['x'.repeat(7000)] }), 'header is');
  });

  test('so oversized that no header may be', async () => {
    const seen = guarded.upstreams.openai.exchanges.length;
    const answer = await chatCompletion(guarded.gateway, guarded.idp.sign({ padding: 'x'.repeat(1 << 20) })).catch(
      () => {
        return undefined;
      },
    );
    expect([undefined, 400, 401, 431]).toContain(answer?.status);
    expect(guarded.upstreams.openai.exchanges).toHaveLength(seen);
  });

  test.each([
    ['lists', '[', ']'],
    ['objects', '{"a":', '}'],
  ])('deeply nested %s', async (_what, open, close) => {
    const { idp } = guarded;
    const nest = (members: object, depth: number): string =>
      JSON.stringify(members).replace(/\}$/, `,"nested":${open.repeat(depth)}1${close.repeat(depth)}}`);
    await check.expect401(signToken(idp.goodHeader(), nest(idp.goodClaims(), 1500), idp.signingKey), "claims can't");
    await check.expect401(signToken(nest(idp.goodHeader(), 900), idp.goodClaims(), idp.signingKey), "header can't");
  });

  test.each(['null', '[]', '"sub"', '7', '{', '', '{"sub":"ci"}{"sub":"root"}', '\u0000'])(
    'claims that are %j instead of an object',
    async (claims) => {
      const { idp } = guarded;
      await check.expect401(signToken(idp.goodHeader(), claims, idp.signingKey), claims === '' ? 'form' : 'damaged');
    },
  );

  test.each(['..', '.', 'a.b', 'a.b.c.d', '%00.%00.%00', 'null', '{"payload":"e30","signatures":[]}'])(
    'no token at all: %s',
    async (text) => {
      await check.expect401(text, 'not a token of the form');
    },
  );
});

describe('words of a token that would break out of the answer', () => {
  const texts = {
    'a quote and a parameter': 'x", error="none", scope="all',
    'a line end and a header': 'x\r\nx-injected: 1\r\n\r\n',
    'control characters of a terminal': '\u001b[2J\u001b]0;owned\u0007',
    markup: '<script>alert(1)</script>',
    'letters from right to left': '\u202egnitset',
    'a long text': 'a'.repeat(8000),
    'half a letter': '\ud800',
  };
  const places: Record<string, (text: string) => [claims: object, header: object]> = {
    iss: (iss) => [{ iss }, {}],
    aud: (aud) => [{ aud }, {}],
    'aud, in a list': (aud) => [{ aud: [aud] }, {}],
    alg: (alg) => [{}, { alg }],
    typ: (typ) => [{}, { typ }],
    kid: (kid) => [{}, { kid }],
  };
  describe.each(Object.entries(texts))('%s', (_what, text) => {
    test.each(Object.entries(places))('in %s', async (_place, place) => {
      const [claims, header] = place(text);
      await check.expect401(guarded.idp.sign({ ...claims }, { ...header }, mallory), 'The token');
    });
  });
});

test('any change of a good token is refused', async () => {
  const text = fc.string({
    unit: fc.constantFrom('A', 'Z', 'a', '0', '9', '-', '_', '.', '=', ' ', '"', '%'),
    maxLength: 8,
  });
  const change = fc.record({ at: fc.nat(2000), remove: fc.nat(8), insert: text });
  const good = guarded.idp.sign();
  const seen = guarded.upstreams.openai.exchanges.length;
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
      let token = good;
      for (const { at, remove, insert } of changes) {
        const place = at % (token.length + 1);
        token = token.slice(0, place) + insert + token.slice(place + remove);
      }
      fc.pre(token.trim() !== good);
      expect(await chatCompletion(guarded.gateway, token)).toMatchObject({ status: 401 });
    }),
    { numRuns: 300 },
  );
  expect(guarded.upstreams.openai.exchanges).toHaveLength(seen);
});

test('nothing of all these tokens is in the log', async () => {
  await check.expectSilentLog();
});
