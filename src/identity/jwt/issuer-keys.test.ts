/** How the keys of an issuer come, stay and go; through the front door, with a clock of the test's own. */
import { describe, expect, test } from '@jest/globals';
import {
  claimsOf,
  coldGatewayOf,
  configuration,
  gatewayOf,
  trusted,
} from '../../../test/support/identity/authentication.ts';
import type { Gateway } from '../../../test/support/identity/authentication.ts';
import { signed, signingKey, startIssuer } from '../../../test/support/identity/issuer.ts';
import type { Issuer, SigningKey } from '../../../test/support/identity/issuer.ts';

const first = signingKey('ES256', 'first');
const second = signingKey('ES256', 'second');
const MINUTE = 60_000;

const ask = async (gateway: Gateway, issuer: Issuer, key: SigningKey, claims: object = {}): Promise<string> =>
  (await gateway.ask(signed(key, claimsOf(issuer, { exp: 4_000_000_000, ...claims })))).kind;

/** Waits until the issuer's keys have been fetched so often, whatever came of it. */
async function fetched(gateway: Gateway, times: number): Promise<void> {
  for (;;) {
    if ((await gateway.metric('tidegate_jwks_fetches_total')) >= times) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const down: Issuer['intercept'] = (_request, response) => {
  response.writeHead(503).end();
  return true;
};

describe("an issuer's keys", () => {
  test('are there before the first caller comes', async () => {
    await using issuer = await startIssuer({ keys: [first] });
    await using gateway = await gatewayOf({ jwt: [trusted(issuer.url)] });
    expect(issuer.fetches).toBe(1);
    expect(await ask(gateway, issuer, first)).toBe('Authenticated');
    expect(issuer.fetches).toBe(1);
  });

  test('are waited for by callers who come while they are fetched for the first time', async () => {
    await using issuer = await startIssuer({ keys: [first] });
    await using gateway = coldGatewayOf({ jwt: [trusted(issuer.url)] });
    const verdicts = Array.from({ length: 20 }, async (_, i) => ask(gateway, issuer, first, { jti: String(i) }));
    expect(new Set(await Promise.all(verdicts))).toEqual(new Set(['Authenticated']));
    expect(issuer.fetches).toBe(1);
  });

  test.each<[says: string, headers: Issuer['headers'], minutes: number]>([
    ['nothing', {}, 10],
    ['an hour', { 'cache-control': 'public, max-age=3600' }, 60],
    ['a day', { 'cache-control': 'public, max-age=86400' }, 60],
    ['a minute', { 'cache-control': 'max-age=60, must-revalidate' }, 5],
    ['not to store them', { 'cache-control': 'no-store' }, 5],
    ['nonsense', { 'cache-control': 'max-age=soon, x-max-age=7' }, 10],
  ])('are fetched again before their time is over when the issuer says %s', async (_name, headers, minutes) => {
    await using issuer = await startIssuer({ keys: [first] });
    issuer.headers = headers;
    await using gateway = await gatewayOf({ jwt: [trusted(issuer.url)] });
    expect(gateway.clock.due).toHaveLength(1);
    expect(gateway.clock.due[0]).toBeGreaterThanOrEqual(minutes * MINUTE * 0.8);
    expect(gateway.clock.due[0]).toBeLessThanOrEqual(minutes * MINUTE * 0.9);
    gateway.clock.advance(gateway.clock.due[0]!);
    await fetched(gateway, 2);
    expect(issuer.fetches).toBe(2);
  });

  test('that are new are found by the first token that is signed with one', async () => {
    await using issuer = await startIssuer({ keys: [first] });
    await using gateway = await gatewayOf({ jwt: [trusted(issuer.url)] });
    issuer.keys = [first, second];
    gateway.clock.advance(10_000);
    expect(await ask(gateway, issuer, second)).toBe('Authenticated');
    expect(issuer.fetches).toBe(2);
  });

  test('that are new are found as soon as the issuer may be asked again, also when the token came too early', async () => {
    await using issuer = await startIssuer({ keys: [first] });
    await using gateway = await gatewayOf({ jwt: [trusted(issuer.url)] });
    issuer.keys = [second];
    gateway.clock.advance(9999);
    expect(await ask(gateway, issuer, second)).toBe('Unauthenticated');
    gateway.clock.advance(1);
    expect(await ask(gateway, issuer, second)).toBe('Authenticated');
  });

  test('without kid are tried in turn, and found when they are new', async () => {
    const [one, two, three] = [signingKey('ES256'), signingKey('ES256'), signingKey('ES256')];
    await using issuer = await startIssuer({ keys: [one, two] });
    await using gateway = await gatewayOf({ jwt: [trusted(issuer.url)] });
    expect(await ask(gateway, issuer, one)).toBe('Authenticated');
    expect(await ask(gateway, issuer, two)).toBe('Authenticated');
    issuer.keys = [two, three];
    gateway.clock.advance(10_000);
    expect(await ask(gateway, issuer, three)).toBe('Authenticated');
  });

  test('that the issuer withdraws take the verdicts with them that rest on them', async () => {
    await using issuer = await startIssuer({ keys: [first, second] });
    await using gateway = await gatewayOf({ jwt: [trusted(issuer.url)] });
    const [old, kept] = [signed(first, claimsOf(issuer)), signed(second, claimsOf(issuer))];
    for (const token of [old, kept]) await gateway.ask(token);
    for (const token of [old, kept]) {
      expect(gateway.authenticator.authenticate(token)).toMatchObject({ kind: 'Authenticated' });
    }
    issuer.keys = [second];
    const asked = gateway.clock.time;
    gateway.clock.advance(gateway.clock.due[0]!);
    await fetched(gateway, 2);
    // Back to when both verdicts were young: it is not their age that ends the one.
    gateway.clock.time = asked;
    expect(gateway.authenticator.authenticate(kept)).toMatchObject({ kind: 'Authenticated' });
    expect(await gateway.ask(old)).toMatchObject({ kind: 'Unauthenticated' });
  });

  test('are fetched for an unknown key though the clock has been set back since the last fetch', async () => {
    await using issuer = await startIssuer({ keys: [first] });
    await using gateway = await gatewayOf({ jwt: [trusted(issuer.url)] });
    gateway.clock.time -= 60 * MINUTE;
    issuer.keys = [first, second];
    expect(await gateway.ask(signed(second, claimsOf(issuer)))).toMatchObject({ kind: 'Authenticated' });
  });

  test('live on while the issuer is away, and end with their grace', async () => {
    await using issuer = await startIssuer({ keys: [first] });
    await using gateway = await gatewayOf({ jwt: [trusted(issuer.url)], keyGraceSeconds: 3600 });
    issuer.intercept = down;
    gateway.clock.advance(10 * MINUTE + 3_600_000 - 1);
    await fetched(gateway, 2);
    const token = signed(first, claimsOf(issuer, { exp: 4_000_000_000 }));
    expect(await gateway.ask(token)).toMatchObject({ kind: 'Authenticated' });
    gateway.clock.advance(1);
    expect(await gateway.ask(token)).toEqual({
      kind: 'Unavailable',
      message: expect.stringContaining(`The keys of the issuer "${issuer.url}" cannot be had at the moment`),
    });
    issuer.intercept = undefined;
    gateway.clock.advance(MINUTE);
    await fetched(gateway, 3);
    expect(await gateway.ask(token)).toMatchObject({ kind: 'Authenticated' });
  });

  test('that were never had let nobody in, and are asked for ever more seldom until they come', async () => {
    await using issuer = await startIssuer({ keys: [first] });
    issuer.intercept = down;
    await using gateway = await gatewayOf({ jwt: [trusted(issuer.url)] });
    expect(await ask(gateway, issuer, first)).toBe('Unavailable');
    const waits: number[] = [];
    for (let failures = 1; failures < 9; failures += 1) {
      waits.push(gateway.clock.due[0]!);
      gateway.clock.advance(gateway.clock.due[0]!);
      await fetched(gateway, failures + 1);
    }
    for (const [i, wait] of waits.entries()) {
      expect(wait).toBeLessThanOrEqual(Math.min(1000 * 2 ** i, MINUTE));
      expect(wait).toBeGreaterThanOrEqual(Math.min(1000 * 2 ** i, MINUTE) / 2);
    }
    issuer.intercept = undefined;
    gateway.clock.advance(gateway.clock.due[0]!);
    await fetched(gateway, 10);
    expect(await ask(gateway, issuer, first)).toBe('Authenticated');
    expect(gateway.logged.join('')).toContain('the keys of an issuer are back');
    expect(await gateway.metric('tidegate_jwks_last_success_timestamp_seconds')).toBe(gateway.clock.time / 1000);
  });

  test('that are missing while the issuer is away are no fault of the token', async () => {
    await using issuer = await startIssuer({ keys: [first] });
    await using gateway = await gatewayOf({ jwt: [trusted(issuer.url)] });
    issuer.intercept = down;
    gateway.clock.advance(10_000);
    expect(await ask(gateway, issuer, second)).toBe('Unavailable');
    expect(await ask(gateway, issuer, first)).toBe('Authenticated');
  });

  test('all withdrawn let nobody in', async () => {
    await using issuer = await startIssuer({ keys: [first] });
    await using gateway = await gatewayOf({ jwt: [trusted(issuer.url)] });
    issuer.keys = [];
    gateway.clock.advance(gateway.clock.due[0]!);
    await fetched(gateway, 2);
    expect(await ask(gateway, issuer, first)).toBe('Unauthenticated');
    expect(gateway.logged.join('')).toContain('publishes no key');
  });

  test('of issuers whose configuration is unchanged stay over a reload; those of others are fetched or forgotten', async () => {
    await using kept = await startIssuer({ keys: [first] });
    await using gone = await startIssuer({ keys: [first] });
    await using added = await startIssuer({ keys: [first] });
    await using gateway = await gatewayOf({ jwt: [trusted(kept.url), trusted(gone.url)] });
    const rules = [{ claim: 'team', requiredValue: 'ops' }];
    const { authenticator } = gateway.authentication.configure(
      configuration({ jwt: [trusted(kept.url, { claimValidationRules: rules }), trusted(added.url)] }),
    );
    gateway.authenticator = authenticator;
    await gateway.authentication.warmed();
    expect([kept.fetches, gone.fetches, added.fetches]).toEqual([1, 1, 1]);
    expect(await ask(gateway, kept, first)).toBe('Unauthenticated');
    expect(await ask(gateway, kept, first, { team: 'ops' })).toBe('Authenticated');
    expect(await ask(gateway, added, first)).toBe('Authenticated');
    expect(await ask(gateway, gone, first)).toBe('Unauthenticated');
    expect(await gateway.registry.metrics()).not.toContain(gone.url);
    expect(gateway.clock.due).toHaveLength(2);
  });

  test('of an issuer whose certificate authority changes are fetched anew, and still counted', async () => {
    await using issuer = await startIssuer({ keys: [first] });
    await using gateway = await gatewayOf({ jwt: [trusted(issuer.url)] });
    const changed = {
      ...trusted(issuer.url).issuer,
      discoveryURL: `${issuer.url}/.well-known/openid-configuration?v2`,
    };
    issuer.intercept = (request) => {
      request.url = request.url?.replace('?v2', '');
      return false;
    };
    gateway.authentication.configure(configuration({ jwt: [{ ...trusted(issuer.url), issuer: changed }] }));
    await gateway.authentication.warmed();
    expect(issuer.fetches).toBe(2);
    expect(await gateway.metric('tidegate_jwks_fetches_total', { issuer: issuer.url, result: 'success' })).toBe(2);
  });

  test('nothing is left to do after the end', async () => {
    await using issuer = await startIssuer({ keys: [first] });
    const gateway = coldGatewayOf({ jwt: [trusted(issuer.url)] });
    await gateway.authentication.close();
    await gateway.authentication.close();
    expect(gateway.clock.due).toEqual([]);
  });
});

describe('an issuer that is not to be trusted with its own metadata', () => {
  const refusedWith = async (prepare: (issuer: Issuer) => void): Promise<string> => {
    await using issuer = await startIssuer({ keys: [first] });
    prepare(issuer);
    await using gateway = await gatewayOf({ jwt: [trusted(issuer.url)] });
    expect(await ask(gateway, issuer, first)).toBe('Unavailable');
    expect(await gateway.metric('tidegate_jwks_fetches_total', { result: 'failure' })).toBe(1);
    const line = gateway.logged.find((one) => one.includes("an issuer's keys could not be fetched"));
    expect(line).not.toContain('secret');
    return (JSON.parse(line ?? '{}') as { problem: string }).problem;
  };
  const metadata = (members: object) => (issuer: Issuer) => void (issuer.metadata = members as Issuer['metadata']);

  test.each<[name: string, prepare: (issuer: Issuer) => void, message: string]>([
    ['names another issuer', metadata({ issuer: 'https://evil.example' }), 'is of another issuer'],
    [
      'names itself with a slash more',
      (i) => metadata({ issuer: `${i.url}/` })(i),
      '/", and issuer.url must be exactly that',
    ],
    ['names no issuer', metadata({ issuer: undefined }), 'is of another issuer'],
    ['names what would break out of a line', metadata({ issuer: 'a"\n' }), `is of another issuer`],
    [
      'has its keys at plain http',
      metadata({ jwks_uri: 'http://keys.example/jwks' }),
      '"jwks_uri" must be an https URL',
    ],
    [
      'has its keys behind a password',
      metadata({ jwks_uri: 'https://ada:secret@keys.example/' }),
      'must not hold a password',
    ],
    ['has its keys in a file', metadata({ jwks_uri: 'file:///etc/passwd' }), '"jwks_uri" must be an https URL'],
    ['has its keys nowhere', metadata({ jwks_uri: undefined }), 'has no "jwks_uri"'],
    ['has its keys at no URL', metadata({ jwks_uri: 'keys' }), 'has no "jwks_uri"'],
    [
      'announces symmetric algorithms only',
      metadata({ id_token_signing_alg_values_supported: ['HS256'] }),
      'no asymmetric',
    ],
    ['announces no list', metadata({ id_token_signing_alg_values_supported: 'RS256' }), 'is no list'],
    [
      'redirects its metadata',
      (issuer) => {
        issuer.intercept = ({ url }, response) =>
          url !== '/elsewhere' && response.writeHead(302, { location: '/elsewhere' }).end() !== undefined;
      },
      'answered 302; redirects are not followed',
    ],
    [
      'redirects its keys',
      (issuer) => {
        issuer.intercept = ({ url }, response) =>
          url === '/jwks' && response.writeHead(307, { location: '/.well-known/jwks' }).end() !== undefined;
      },
      '/jwks: answered 307; redirects are not followed',
    ],
    [
      'answers with a page',
      (issuer) => {
        issuer.intercept = (_request, response) => response.writeHead(200).end('<html>') !== undefined;
      },
      'the answer is not JSON',
    ],
    [
      'answers with a list',
      (issuer) => {
        issuer.intercept = ({ url }, response) => url === '/jwks' && response.writeHead(200).end('[]') !== undefined;
      },
      '/jwks: the answer is no JWK Set',
    ],
    [
      'has keys without end',
      (issuer) => {
        issuer.keys = Array.from({ length: 129 }, () => first);
      },
      'the JWK Set has 129 keys, and 128 are read',
    ],
    ['is away', (issuer) => void (issuer.intercept = down), 'answered 503'],
  ])('%s', async (_name, prepare, message) => {
    expect(await refusedWith(prepare)).toContain(message);
  });
});
