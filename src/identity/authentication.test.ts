import { describe, expect, test } from '@jest/globals';
import { CertificateAuthority } from '../../test/support/certificates.ts';
import {
  AUDIENCE,
  claimsOf,
  configuration,
  gatewayOf,
  NOW,
  trusted,
} from '../../test/support/identity/authentication.ts';
import { signed, signingKey, startIssuer, unsigned } from '../../test/support/identity/issuer.ts';
import type { Algorithm } from '../../test/support/identity/issuer.ts';
import type { AuthenticationConfiguration } from '../config/types.ts';
import { ServiceAccountAuthenticator } from './service-account.ts';
import type { AuthenticationOptions } from './authentication.ts';

const key = signingKey('ES256', 'k1');

/** A cluster that accepts every token, and what it was asked. */
function cluster(
  status: object = { authenticated: true, audiences: ['tidegate'], user: { username: 'system:node:a' } },
) {
  const reviews: unknown[] = [];
  const client = {
    create: async (_path: string, review: object) => {
      reviews.push(review);
      return { status };
    },
  };
  const serviceAccounts: AuthenticationOptions['serviceAccounts'] = ({ serviceAccountTokens: { audiences } }) =>
    new ServiceAccountAuthenticator({ client, audiences, grace: 0, now: () => NOW });
  return { reviews, serviceAccounts };
}
const accountToken = unsigned(
  { iss: 'https://kubernetes.default.svc', aud: ['tidegate'], exp: NOW / 1000 + 60 },
  { alg: 'RS256' },
).concat('c2ln');

describe('a token of a configured issuer', () => {
  test.each<Algorithm>(['RS256', 'PS256', 'ES256', 'EdDSA'])('is accepted when it is signed with %s', async (alg) => {
    const key = signingKey(alg, 'k1');
    await using issuer = await startIssuer({ keys: [key] });
    await using gateway = await gatewayOf({ jwt: [trusted(issuer.url)] });
    expect(await gateway.ask(signed(key, claimsOf(issuer)))).toEqual({
      kind: 'Authenticated',
      identity: { username: 'ada', groups: ['system:authenticated'], expiresAt: NOW + 3_600_000 },
    });
  });

  test('is accepted with the keys of an issuer that has its certificate of a private authority', async () => {
    const authority = await CertificateAuthority.create();
    const { certificate: cert, key: privateKey } = await authority.server();
    await using issuer = await startIssuer({ keys: [key], tls: { cert, key: privateKey } });
    await using gateway = await gatewayOf({ jwt: [trusted(issuer.url, { ca: authority.certificate })] });
    expect(await gateway.ask(signed(key, claimsOf(issuer)))).toMatchObject({ kind: 'Authenticated' });
    await using without = await gatewayOf({ jwt: [trusted(issuer.url)] });
    expect(await without.ask(signed(key, claimsOf(issuer)))).toMatchObject({ kind: 'Unavailable' });
  });

  test.each<[name: string, claims: Readonly<Record<string, unknown>>]>([
    ['one of several audiences', { aud: ['other', AUDIENCE] }],
    ['an end up to 30 seconds ago', { exp: NOW / 1000 - 29.999 }],
    ['a beginning up to 30 seconds ahead', { nbf: NOW / 1000 + 30 }],
    ['a time of issue in the future (RFC 7519 asks nothing of it)', { iat: NOW / 1000 + 3600 }],
    ['claims nested a little', { x: JSON.parse(`${'['.repeat(31)}${']'.repeat(31)}`) }],
    ['brackets in texts', { x: '['.repeat(100), y: '\\"['.repeat(100) }],
  ])('is accepted with %s', async (_name, claims) => {
    await using issuer = await startIssuer({ keys: [key] });
    await using gateway = await gatewayOf({ jwt: [trusted(issuer.url)] });
    expect(await gateway.ask(signed(key, claimsOf(issuer, claims)))).toMatchObject({ kind: 'Authenticated' });
  });

  test('that ends beyond all dates has an end that can be shown', async () => {
    await using issuer = await startIssuer({ keys: [key] });
    await using gateway = await gatewayOf({ jwt: [trusted(issuer.url)] });
    const verdict = await gateway.ask(signed(key, claimsOf(issuer, { exp: 1e306 })));
    const expiresAt = verdict.kind === 'Authenticated' ? verdict.identity.expiresAt : undefined;
    expect(new Date(expiresAt ?? Number.NaN).toISOString()).toBe('+275760-09-13T00:00:00.000Z');
  });

  test('is accepted as an ID token where these are named, and then as nothing else', async () => {
    await using issuer = await startIssuer({ keys: [key] });
    await using gateway = await gatewayOf({ jwt: [trusted(issuer.url, { tokenTypes: ['IDToken'] })] });
    const idToken = signed(key, claimsOf(issuer, { nonce: 'n' }), { typ: 'JWT' });
    expect(await gateway.ask(idToken)).toMatchObject({ kind: 'Authenticated' });
    expect(await gateway.ask(signed(key, claimsOf(issuer)))).toMatchObject({
      kind: 'Unauthenticated',
      message: expect.stringContaining('this issuer is set up for ID tokens only'),
    });
  });

  test('costs neither a promise nor a signature the second time, for five minutes', async () => {
    await using issuer = await startIssuer({ keys: [key] });
    await using gateway = await gatewayOf({ jwt: [trusted(issuer.url)] });
    const token = signed(key, claimsOf(issuer));
    const verdict = await gateway.ask(token);
    gateway.clock.time += 5 * 60_000 - 1;
    expect(gateway.authenticator.authenticate(token)).toBe(verdict);
    expect(await gateway.metric('tidegate_authentications_total', { result: 'accepted' })).toBe(1);
    gateway.clock.time += 1;
    expect(gateway.authenticator.authenticate(token)).toBeInstanceOf(Promise);
  });

  test('is verified once for many requests at the same time', async () => {
    await using issuer = await startIssuer({ keys: [key] });
    await using gateway = await gatewayOf({ jwt: [trusted(issuer.url)] });
    const token = signed(key, claimsOf(issuer));
    const verdicts = await Promise.all(Array.from({ length: 50 }, async () => gateway.ask(token)));
    expect(new Set(verdicts).size).toBe(1);
    expect(await gateway.metric('tidegate_authentications_total', { method: 'jwt', result: 'accepted' })).toBe(1);
  });

  test('ends in the cache when it ends', async () => {
    await using issuer = await startIssuer({ keys: [key] });
    await using gateway = await gatewayOf({ jwt: [trusted(issuer.url)] });
    const token = signed(key, claimsOf(issuer, { exp: NOW / 1000 + 60 }));
    await gateway.ask(token);
    gateway.clock.time += 90_000 - 1;
    expect(gateway.authenticator.authenticate(token)).toMatchObject({ kind: 'Authenticated' });
    gateway.clock.time += 1;
    expect(gateway.authenticator.authenticate(token)).toMatchObject({
      kind: 'Unauthenticated',
      message: expect.stringContaining('expired at 2026-06-01T12:01:00.000Z'),
    });
  });

  test('that is refused for its claims is verified once in ten seconds', async () => {
    await using issuer = await startIssuer({ keys: [key] });
    await using gateway = await gatewayOf({ jwt: [trusted(issuer.url)] });
    const token = signed(key, claimsOf(issuer, { sub: 'system:admin' }));
    expect(await gateway.ask(token)).toMatchObject({ kind: 'Unauthenticated' });
    gateway.clock.time += 9999;
    expect(gateway.authenticator.authenticate(token)).toMatchObject({ kind: 'Unauthenticated' });
    expect(await gateway.metric('tidegate_authentications_total', { result: 'claims' })).toBe(1);
  });
});

describe('a credential is judged', () => {
  test('by the API server when its issuer is none of the configured ones', async () => {
    const { reviews, serviceAccounts } = cluster();
    await using issuer = await startIssuer({ keys: [key] });
    await using gateway = await gatewayOf({ jwt: [trusted(issuer.url)] }, { serviceAccounts });
    expect(await gateway.ask(accountToken)).toMatchObject({ identity: { username: 'system:node:a' } });
    expect(reviews).toHaveLength(1);
    expect(gateway.authenticator.authenticate(accountToken)).toMatchObject({ kind: 'Authenticated' });
    expect(await gateway.metric('tidegate_authentications_total', { method: 'serviceaccount' })).toBe(1);
  });

  test('by its issuer alone when that is configured: what it refuses is sent nowhere else', async () => {
    const { reviews, serviceAccounts } = cluster();
    await using issuer = await startIssuer({ keys: [key] });
    await using gateway = await gatewayOf({ jwt: [trusted(issuer.url)] }, { serviceAccounts });
    const forged = signed(signingKey('ES256', 'k1'), claimsOf(issuer, { aud: [AUDIENCE, 'tidegate'] }));
    expect(await gateway.ask(forged)).toMatchObject({ kind: 'Unauthenticated' });
    expect(reviews).toHaveLength(0);
  });

  test('by nobody when it is no token', async () => {
    const { reviews, serviceAccounts } = cluster();
    await using gateway = await gatewayOf({}, { serviceAccounts });
    for (const credential of ['sk-proj-abc', 'x'.repeat(20_000), 'a.b', '']) {
      expect(await gateway.ask(credential)).toMatchObject({ kind: 'Unauthenticated' });
    }
    expect(reviews).toHaveLength(0);
  });

  test('by nobody when there is no method, and everybody is refused', async () => {
    await using gateway = await gatewayOf({});
    for (const credential of [undefined, accountToken]) {
      expect(await gateway.ask(credential)).toMatchObject({
        kind: 'Unauthenticated',
        message: expect.stringContaining('No authentication method is enabled'),
      });
    }
  });
});

describe('refusals say what to send', () => {
  const headers = '"Authorization: Bearer <token>" or "X-Tidegate-Authorization: Bearer <token>"';

  test('with every issuer, audience and other way there is', async () => {
    const { serviceAccounts } = cluster();
    await using one = await startIssuer({ keys: [key] });
    await using two = await startIssuer({ keys: [key] });
    const x509 = { clientCAFile: '/ca.pem', usernamePrefix: '', groupsPrefix: '' };
    await using gateway = await gatewayOf({ jwt: [trusted(one.url), trusted(two.url)], x509 }, { serviceAccounts });
    const expected =
      `Send a token of the issuer "${one.url}" with audience "${AUDIENCE}", or a token of the issuer "${two.url}" ` +
      `with audience "${AUDIENCE}", or a Kubernetes ServiceAccount token with audience "tidegate", as ${headers}, ` +
      'or use a client certificate.';
    expect(await gateway.ask(undefined)).toEqual({
      kind: 'Unauthenticated',
      reason: 'missing',
      message: `The request carries no credential, or one without the word "Bearer". ${expected}`,
    });
    const foreign = unsigned({ iss: 'https://other.example', aud: 'other' }, { alg: 'RS256' });
    expect(await gateway.ask(foreign)).toEqual({
      kind: 'Unauthenticated',
      reason: 'refused',
      message: `The token is of "https://other.example", and not of an issuer that is accepted. ${expected}`,
    });
    const account = unsigned({ sub: 'system:serviceaccount:apps:bot', aud: 'other' }, { alg: 'RS256' });
    expect(await gateway.ask(account)).toEqual({
      kind: 'Unauthenticated',
      reason: 'refused',
      message: `The ServiceAccount token is not meant for this gateway: none of its audiences is accepted. ${expected}`,
    });
  });

  test('when the API server has refused a token, and when that is remembered', async () => {
    const { reviews, serviceAccounts } = cluster({ authenticated: false });
    await using gateway = await gatewayOf({}, { serviceAccounts });
    const first = await gateway.ask(accountToken);
    expect(first).toEqual({
      kind: 'Unauthenticated',
      reason: 'refused',
      message: expect.stringMatching(/^The token is of "https:\/\/kubernetes.*accepted\. Send a Kubernetes Service/),
    });
    expect(await gateway.ask(accountToken)).toEqual(first);
    expect(reviews).toHaveLength(1);
  });

  test('with what its sender wrote for an issuer only where that is harmless', async () => {
    const { serviceAccounts } = cluster();
    await using gateway = await gatewayOf({}, { serviceAccounts });
    for (const iss of [
      '<b>\r\nSet-Cookie: a=b',
      'https://a.example/" x="',
      'x'.repeat(201),
      '\u202eelpmaxe',
      5,
      null,
    ]) {
      expect(await gateway.ask(unsigned({ iss, aud: 'other' }, { alg: 'RS256' }))).toMatchObject({
        message: expect.stringContaining('The token is of an issuer that is not known here, and not'),
      });
    }
  });

  test('in few words when there are many issuers', async () => {
    await using issuer = await startIssuer({ keys: [key] });
    const jwt = Array.from({ length: 9 }, (_, i) => ({
      ...trusted(`https://issuer-${i}.invalid`),
      issuer: { ...trusted(`https://issuer-${i}.invalid`).issuer, discoveryURL: `${issuer.url}/nowhere` },
    }));
    await using gateway = await gatewayOf({ jwt });
    const verdict = await gateway.ask(undefined);
    expect(verdict).toMatchObject({
      message: expect.stringContaining('or one of 5 further issuers (GET /llm/v1/authentication names them)'),
    });
  });
});

test('a reload that changes nothing here costs nobody a signature', async () => {
  await using issuer = await startIssuer({ keys: [key] });
  const config = (): Partial<AuthenticationConfiguration> => ({ jwt: [trusted(issuer.url)] });
  await using gateway = await gatewayOf(config());
  const token = signed(key, claimsOf(issuer));
  const verdict = await gateway.ask(token);
  const { authenticator } = gateway.authentication.configure(configuration(config()));
  expect(authenticator.authenticate(token)).toBe(verdict);
});

test('the public list of methods is what the configuration says', async () => {
  const { serviceAccounts } = cluster();
  await using gateway = await gatewayOf({}, { serviceAccounts });
  const { authentication } = gateway;
  expect(authentication.configure(configuration()).methods).toEqual({
    anonymous: false,
    jwt: [],
    serviceAccountTokens: { audiences: ['tidegate'] },
    x509: false,
  });
  const disabled = { enabled: false, audiences: ['tidegate'] };
  await using issuer = await startIssuer({ keys: [key] });
  const { methods } = authentication.configure(
    configuration({ jwt: [trusted(issuer.url)], serviceAccountTokens: disabled }),
  );
  expect(methods).toEqual({
    anonymous: false,
    jwt: [{ issuer: issuer.url, audiences: [AUDIENCE], tokenTypes: ['AccessToken'], grantTypes: undefined }],
    serviceAccountTokens: undefined,
    x509: false,
  });
});

test('the list of methods says how an issuer gives tokens as soon as that is known, and what a client of people is', async () => {
  await using issuer = await startIssuer({ keys: [key] });
  const login = { clientID: 'cli', scopes: ['openid'] };
  await using gateway = await gatewayOf({ jwt: [trusted(issuer.url, { login })] });
  const { methods } = gateway.authentication.configure(configuration({ jwt: [trusted(issuer.url, { login })] }));
  expect(methods.jwt).toMatchObject([{ grantTypes: ['authorization_code'], login }]);
  const elsewhere = trusted('https://issuer.invalid');
  const { methods: cold } = gateway.authentication.configure(configuration({ jwt: [elsewhere] }));
  expect(cold.jwt[0]?.grantTypes).toBeUndefined();
});

test('metrics tell results and issuers, and nobody by name', async () => {
  await using issuer = await startIssuer({ keys: [key] });
  await using gateway = await gatewayOf({ jwt: [trusted(issuer.url)] });
  await gateway.ask(signed(key, claimsOf(issuer, { sub: 'somebody-in-particular' })));
  await gateway.ask(signed(key, claimsOf(issuer, { sub: '' })));
  await gateway.ask(undefined);
  const text = await gateway.registry.metrics();
  expect(text).toContain('tidegate_authentications_total{method="jwt",result="accepted"} 1');
  expect(text).toContain('tidegate_authentications_total{method="jwt",result="claims"} 1');
  expect(text).toContain('tidegate_authentications_total{method="none",result="missing"} 1');
  expect(text).toContain('tidegate_authentications_total{method="jwt",result="expired"} 0');
  expect(text).toContain(`tidegate_jwks_fetches_total{issuer="${issuer.url}",result="success"} 1`);
  expect(text).toContain(`tidegate_jwks_last_success_timestamp_seconds{issuer="${issuer.url}"} ${NOW / 1000}`);
  expect(text).toContain('tidegate_authentication_cached_verdicts{result="accepted"} 1');
  expect(text).not.toContain('somebody-in-particular');
});
