import { describe, expect, test } from '@jest/globals';
import { ServiceAccountAuthenticator } from './service-account.ts';

const NOW = Date.parse('2026-06-01T12:00:00Z');
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const token = (claims: object, signature = 'c2ln') => `${encode({ alg: 'RS256' })}.${encode(claims)}.${signature}`;
const user = { username: 'system:serviceaccount:apps:bot', uid: 'u1', groups: ['system:serviceaccounts'] };

function gateway(status: object | Error, audiences: readonly string[] = ['tidegate']) {
  const reviews: unknown[] = [];
  const clock = { now: NOW };
  const state = { status };
  const authenticator = new ServiceAccountAuthenticator({
    client: {
      create: async (_path, review) => {
        reviews.push(review);
        if (state.status instanceof Error) throw state.status;
        return { status: state.status };
      },
    },
    audiences,
    grace: 600_000,
    now: () => clock.now,
  });
  return { authenticator, reviews, clock, state };
}
const accepted = { authenticated: true, audiences: ['tidegate'], user };
const inAnHour = NOW / 1000 + 3600;

describe('ServiceAccount tokens', () => {
  test('the API server says whose token it is', async () => {
    const { authenticator, reviews } = gateway(accepted);
    const good = token({ aud: ['tidegate'], exp: inAnHour });
    expect(await authenticator.authenticate(good)).toEqual({
      kind: 'Authenticated',
      identity: { ...user, expiresAt: inAnHour * 1000 },
    });
    expect(reviews).toEqual([expect.objectContaining({ spec: { token: good, audiences: ['tidegate'] } })]);
  });

  test('a second request with the same token costs neither a review nor a promise, for 60 seconds', async () => {
    const { authenticator, reviews, clock } = gateway(accepted);
    const good = token({ aud: 'tidegate', exp: inAnHour });
    await authenticator.authenticate(good);
    clock.now += 59_999;
    expect(authenticator.authenticate(good)).toMatchObject({ kind: 'Authenticated' });
    clock.now += 1;
    await authenticator.authenticate(good);
    expect(reviews).toHaveLength(2);
  });

  test('a verdict ends with its token, also while the API server is away', async () => {
    const { authenticator, clock, state } = gateway(accepted);
    const short = token({ aud: 'tidegate', exp: NOW / 1000 + 20 });
    await authenticator.authenticate(short);
    state.status = new Error('ECONNREFUSED');
    clock.now += 19_999;
    expect(await authenticator.authenticate(short)).toMatchObject({ kind: 'Authenticated' });
    clock.now += 1;
    expect(await authenticator.authenticate(short)).toMatchObject({ kind: 'Unavailable' });
    clock.now += 31_000;
    expect(await authenticator.authenticate(short)).toMatchObject({
      kind: 'Unauthenticated',
      message: expect.stringContaining('The token expired at 2026-06-01T12:00:20.000Z.'),
    });
  });

  test('an unreachable API server never opens the gateway', async () => {
    const { authenticator } = gateway(new Error('ECONNREFUSED'));
    expect(await authenticator.authenticate(token({ aud: 'tidegate' }))).toMatchObject({ kind: 'Unavailable' });
  });

  test.each([
    ['no credential', undefined, 'carries no credential, or one without the word "Bearer"'],
    ['a provider key sent by mistake', 'sk-proj-abc', 'not a token of the form'],
    ['two dots and nothing else', '..', 'not a token of the form'],
    ['a header that is no JSON', 'YQ.YQ.YQ', "its header can't be read"],
    ['a payload that is no JSON', `${encode({})}.YQ.YQ`, "its claims can't be read"],
    ['an oversized token', `${'a'.repeat(20_000)}.b.c`, 'is 20004 characters long'],
    ['a foreign audience', token({ sub: user.username, aud: ['https://k8s'] }), 'not meant for this gateway'],
    ['no audience', token({ sub: user.username }), 'not meant for this gateway'],
    [
      'a token of an issuer that is not configured',
      token({ sub: 'ada', iss: 'https://idp.example', aud: 'x' }),
      'of "https://idp.example", and not of an issuer that is accepted',
    ],
    ['an expired token', token({ aud: 'tidegate', exp: NOW / 1000 - 31 }), 'The token expired at'],
    ['a nonsense expiry', token({ aud: 'tidegate', exp: -1e300 }), 'The token expired at'],
  ])('%s is refused without asking the API server', async (_name, credential, problem) => {
    const { authenticator, reviews } = gateway(accepted);
    const verdict = await authenticator.authenticate(credential);
    expect(verdict).toMatchObject({ kind: 'Unauthenticated', message: expect.stringContaining(problem) });
    if (credential !== undefined && credential !== '..') expect(JSON.stringify(verdict)).not.toContain(credential);
    expect(reviews).toHaveLength(0);
  });

  test.each([
    ['not authenticated', { authenticated: false, error: 'revoked' }],
    ['no user', { authenticated: true, audiences: ['tidegate'] }],
    ['an audience that was not asked for', { ...accepted, audiences: ['other'] }],
    ['an empty status', {}],
  ])('%s in the review is a refusal', async (_name, status) => {
    const { authenticator, reviews } = gateway(status);
    const bad = token({ aud: 'tidegate' });
    expect(await authenticator.authenticate(bad)).toMatchObject({ kind: 'Unauthenticated' });
    expect(await authenticator.authenticate(bad)).toMatchObject({ kind: 'Unauthenticated' });
    expect(reviews).toHaveLength(1);
  });

  test('without configured audiences the API server decides', async () => {
    const { authenticator, reviews } = gateway({ authenticated: true, user }, []);
    expect(await authenticator.authenticate(token({ aud: 'x' }))).toMatchObject({ kind: 'Authenticated' });
    expect(reviews).toEqual([expect.objectContaining({ spec: { token: expect.any(String) } })]);
  });
});
