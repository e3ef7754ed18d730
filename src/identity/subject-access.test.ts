import { describe, expect, test } from '@jest/globals';
import { SubjectAccessAuthorizer } from './subject-access.ts';
import type { Identity } from './types.ts';

const alice: Identity = { username: 'alice', groups: ['devs'] };

function cluster(status: object | Error) {
  const reviews: { spec: object }[] = [];
  const clock = { now: 0 };
  const state = { status };
  const authorizer = new SubjectAccessAuthorizer({
    client: {
      create: async (_path, review) => {
        reviews.push(review as { spec: object });
        if (state.status instanceof Error) throw state.status;
        return { status: state.status };
      },
    },
    resource: { group: 'tidegate.io', plural: 'llmproviders' },
    grace: 1000_000,
    now: () => clock.now,
  });
  return { authorizer, reviews, clock, state };
}

describe('permission by SubjectAccessReview', () => {
  test('asks for the verb on the named object with user and groups', async () => {
    const { authorizer, reviews } = cluster({ allowed: true });
    expect(await authorizer.authorize(alice, 'invoke', 'team', 'openai')).toEqual({ kind: 'Allowed' });
    expect(reviews[0]!.spec).toEqual({
      user: 'alice',
      groups: ['devs'],
      resourceAttributes: {
        group: 'tidegate.io',
        resource: 'llmproviders',
        verb: 'invoke',
        namespace: 'team',
        name: 'openai',
      },
    });
  });

  test('asks for a subresource, and without a name for all', async () => {
    const { authorizer, reviews } = cluster({ allowed: true });
    await authorizer.authorize(alice, 'get', 'team', '', 'requests');
    expect(reviews[0]!.spec).toMatchObject({
      resourceAttributes: {
        resource: 'llmproviders',
        subresource: 'requests',
        verb: 'get',
        namespace: 'team',
        name: '',
      },
    });
    // Neither verdict may stand for the other.
    await authorizer.authorize(alice, 'get', 'team', '');
    expect(reviews).toHaveLength(2);
    expect(reviews[1]!.spec).not.toHaveProperty('resourceAttributes.subresource');
    expect(authorizer.authorize(alice, 'get', 'team', '', 'requests')).toEqual({ kind: 'Allowed' });
  });

  test('allowed holds 30 seconds, denied 5', async () => {
    const { authorizer, reviews, clock, state } = cluster({ allowed: true });
    await authorizer.authorize(alice, 'invoke', 'team', 'a');
    clock.now = 29_999;
    expect(authorizer.authorize(alice, 'invoke', 'team', 'a')).toEqual({ kind: 'Allowed' });
    clock.now = 30_000;
    state.status = { allowed: false };
    expect(await authorizer.authorize(alice, 'invoke', 'team', 'a')).toMatchObject({ kind: 'Denied' });
    clock.now = 34_999;
    expect(authorizer.authorize(alice, 'invoke', 'team', 'a')).toMatchObject({ kind: 'Denied' });
    clock.now = 35_000;
    state.status = { allowed: true };
    expect(await authorizer.authorize(alice, 'invoke', 'team', 'a')).toEqual({ kind: 'Allowed' });
    expect(reviews).toHaveLength(3);
  });

  test('one verdict is never used for another verb, object, namespace, user, group, uid or extra', async () => {
    const { authorizer, reviews } = cluster({ allowed: true });
    const ask = (identity: Identity, verb: 'invoke' | 'get' = 'invoke', namespace = 'n', name = 'p') =>
      authorizer.authorize(identity, verb, namespace, name);
    await ask(alice);
    await ask(alice, 'get');
    await ask(alice, 'invoke', 'other');
    await ask(alice, 'invoke', 'n', 'other');
    await ask({ ...alice, username: 'bob' });
    await ask({ ...alice, groups: [] });
    await ask({ ...alice, uid: '1' });
    await ask({ ...alice, extra: { scope: ['x'] } });
    expect(reviews).toHaveLength(8);
    expect(await ask({ username: 'alice', groups: ['devs'] })).toEqual({ kind: 'Allowed' });
    expect(reviews).toHaveLength(8);
  });

  test('a denial names the verb, the object and who asked', async () => {
    const { authorizer } = cluster({ allowed: false });
    expect(await authorizer.authorize(alice, 'invoke', 'team', 'openai')).toEqual({
      kind: 'Denied',
      message:
        '"alice" may not invoke "openai" in namespace "team": the verb "invoke" on llmproviders.tidegate.io is missing.',
    });
  });

  test('an explicit deny wins over allowed', async () => {
    const { authorizer } = cluster({ allowed: true, denied: true });
    expect(await authorizer.authorize(alice, 'invoke', 'n', 'p')).toMatchObject({ kind: 'Denied' });
  });

  test('an unreachable API server never opens the gateway, but an allowed verdict lives on for the grace', async () => {
    const { authorizer, clock, state } = cluster(new Error('ECONNREFUSED'));
    expect(await authorizer.authorize(alice, 'invoke', 'n', 'p')).toMatchObject({ kind: 'Unavailable' });
    state.status = { allowed: true };
    await authorizer.authorize(alice, 'invoke', 'n', 'p');
    state.status = new Error('ECONNREFUSED');
    clock.now = 900_000;
    expect(await authorizer.authorize(alice, 'invoke', 'n', 'p')).toEqual({ kind: 'Allowed' });
    clock.now = 1000_000;
    expect(await authorizer.authorize(alice, 'invoke', 'n', 'p')).toMatchObject({ kind: 'Unavailable' });
  });
});
