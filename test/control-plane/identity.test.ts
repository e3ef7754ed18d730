/**
 * Callers in a cluster: real tokens, a real API server that is asked about them, a proxy with the chart's rights. What is
 * taken away must be gone in time, and who may not know a provider must not learn of it.
 */
import { createPrivateKey, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SignJWT } from 'jose';
import { connectControlPlane, describeControlPlane, waitFor, type Connection } from '../support/control-plane/index.ts';
import {
  exchange,
  Installation,
  post,
  provider,
  secret,
  upstreamKey,
  type InstalledProxy,
  type RawAnswer,
} from '../support/gateway/index.ts';
import { IdentityProvider } from '../support/oidc/index.ts';
import { openAI, UpstreamServer } from '../upstreams/index.ts';

const audience = 'tidegate';
const issued = 'https://gateway.example.com';
const rbac = 'rbac.authorization.k8s.io';

/** A permission that was revoked is gone within 30 s; the rest is for a machine that has other things to do. */
const REVOKED_SECONDS = 38;
/** A token that was accepted is believed for 60 s, and the API server's own caches lag by some 10 s. */
const DELETED_SECONDS = 78;

describeControlPlane('callers in a cluster', () => {
  let cluster: Connection;
  let upstream: UpstreamServer;
  let idp: IdentityProvider;
  let installation: Installation;
  let proxy: InstalledProxy;
  let namespace: string;

  beforeAll(async () => {
    cluster = connectControlPlane();
    upstream = await UpstreamServer.start({ wire: openAI(), keys: [upstreamKey] });
    idp = await IdentityProvider.start({ audience: issued });
    const groups = { claim: 'groups', prefix: 'corp:' };
    const username = { claim: 'sub', prefix: 'corp:' };
    installation = await Installation.create(cluster, {
      authentication: { jwt: [idp.gatewayConfiguration({ claimMappings: { username, groups } })] },
    });
    ({ namespace } = installation);
    await cluster.apply(provider('one', upstream.origin, {}, namespace));
    await cluster.apply(provider('off', upstream.origin, { enabled: false, secretRef: { name: 'one' } }, namespace));
    await cluster.apply(secret('one', upstreamKey, namespace));
    await installation.startOperator();
    proxy = await installation.startProxy();
    await grant('warm', [{ kind: 'ServiceAccount', name: 'warm' }]);
    await untilAnswered(await installation.callerToken('warm'), 200);
  });

  afterAll(async () => {
    await installation?.[Symbol.asyncDispose]();
    await idp?.[Symbol.asyncDispose]();
    await upstream?.[Symbol.asyncDispose]();
  });

  function chat(token: string, name = 'one'): Promise<RawAnswer> {
    const url = `${proxy.url}/llm/v1/providers/${name}/v1/chat/completions`;
    return post(url, { model: 'gpt-4o', messages: [] }, { authorization: `Bearer ${token}` });
  }

  async function untilAnswered(token: string, status: number, options = {}): Promise<void> {
    await waitFor(`answer ${status}`, async () => (await chat(token)).status === status, options);
  }

  /** A Role of this name, and its binding to these subjects. */
  async function grant(name: string, subjects: readonly object[], rule: object = {}): Promise<void> {
    const metadata = { name, namespace };
    const rules = [{ apiGroups: ['tidegate.io'], resources: ['llmproviders'], verbs: ['invoke'], ...rule }];
    await cluster.apply({ apiVersion: `${rbac}/v1`, kind: 'Role', metadata, rules });
    const roleRef = { apiGroup: rbac, kind: 'Role', name };
    await cluster.apply({ apiVersion: `${rbac}/v1`, kind: 'RoleBinding', metadata, roleRef, subjects });
  }

  /** Claims of a token as TokenRequest makes them. */
  async function claimsOf(account: string): Promise<Record<string, unknown>> {
    const { metadata } = await cluster.get<{ metadata: { uid: string } }>('serviceaccount', account, '-n', namespace);
    return {
      iss: `${cluster.server}/`,
      aud: [audience],
      sub: `system:serviceaccount:${namespace}:${account}`,
      jti: randomUUID(),
      'kubernetes.io': { namespace, serviceaccount: { name: account, uid: metadata.uid } },
    };
  }

  /** Signed with the key of the cluster, so that nothing is wrong with it but what it says. */
  async function sign(claims: Record<string, unknown>, begins: number, ends: number): Promise<string> {
    const key = createPrivateKey(readFileSync(join(cluster.details.folder, 'service-account.key')));
    const now = Math.floor(Date.now() / 1000);
    return new SignJWT({ ...claims, iat: now + begins, nbf: now + begins, exp: now + ends })
      .setProtectedHeader({ alg: 'ES256' })
      .sign(key);
  }

  /** What the refusal says. */
  function refusal(answer: RawAnswer): string {
    expect([answer.status, answer.headers['x-tidegate-error']]).toEqual([401, 'Unauthenticated']);
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer .*error="invalid_token"/);
    return (JSON.parse(answer.body.toString()) as { error: { message: string } }).error.message;
  }

  /** Until the API server itself does not accept a token of the account any more: its own caches lag, too. */
  async function untilRefusedByTheCluster(token: string): Promise<void> {
    const input = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenReview',
      spec: { token, audiences: [audience] },
    };
    await waitFor('the API server to refuse the token', async () => {
      const review = JSON.parse(await cluster.kubectl('create', '-o', 'json', '-f', '-', { input })) as {
        status: { authenticated?: boolean };
      };
      return review.status.authenticated !== true;
    });
  }

  describe('whose ServiceAccount token', () => {
    test('is signed by the cluster are taken: the tokens below are wrong in one thing only', async () => {
      await cluster.createServiceAccount(namespace, 'warm');
      expect((await chat(await sign(await claimsOf('warm'), -600, 600))).status).toBe(200);
    });

    test('has expired are told when', async () => {
      const token = await sign(await claimsOf('warm'), -600, -300);
      const expired = new Date((Math.floor(Date.now() / 1000) - 300) * 1000).toISOString().slice(0, 13);
      const message = refusal(await chat(token));
      expect(message).toMatch(new RegExp(`^The token expired at ${expired}`));
      expect(message).not.toContain(token);
    });

    test('is for another audience are told which one is expected', async () => {
      const message = refusal(await chat(await cluster.serviceAccountToken(namespace, 'warm', ['elsewhere'])));
      expect(message).toContain(`"${audience}"`);
      expect(message).toContain('audience');
    });

    test('is for the API server only are refused', async () => {
      refusal(await chat(await cluster.serviceAccountToken(namespace, 'warm')));
    });

    test('is of an account that has been deleted, or made anew, are refused; the new account is not', async () => {
      await grant('brief', [{ kind: 'ServiceAccount', name: 'brief' }]);
      // None of them has been shown to the gateway.
      const [first, second] = [await installation.callerToken('brief'), await installation.callerToken('brief')];
      await cluster.kubectl('delete', 'serviceaccount', 'brief', '-n', namespace);
      await untilRefusedByTheCluster(first);
      expect(refusal(await chat(second))).toContain('does not accept the token');
      const third = await installation.callerToken('brief');
      await untilAnswered(third, 200);
      refusal(await chat(first));
    });
  });

  describe('when permissions change', () => {
    const account = (name: string): object => ({ kind: 'ServiceAccount', name });

    test('what is granted is in force within seconds', async () => {
      const token = await installation.callerToken('newcomer');
      expect((await chat(token)).status).toBe(403);
      await grant('newcomer', [account('newcomer')]);
      await untilAnswered(token, 200, { timeoutMilliseconds: 12_000 });
    });

    test('what is revoked is gone within 30 s, by a binding, a role, a name or a group; an account within 60 s', async () => {
      const group = (name: string): object => ({ kind: 'Group', apiGroup: rbac, name });
      const subjects = {
        unbound: account('unbound'),
        role: account('role'),
        name: account('name'),
        account: account('account'),
        cluster: group(`system:serviceaccounts:${namespace}`),
        issuer: group('corp:batch'),
      };
      const tokens = new Map([['issuer', idp.sign({ sub: 'bob', groups: ['batch'] })]]);
      for (const name of ['unbound', 'role', 'name', 'account', 'cluster'])
        tokens.set(name, await installation.callerToken(name));
      const take = (name: string): Promise<string> => cluster.kubectl('delete', 'rolebinding', name, '-n', namespace);
      const untilRefused = (name: string, status: number, seconds: number): Promise<void> =>
        untilAnswered(tokens.get(name) ?? '', status, {
          timeoutMilliseconds: seconds * 1000,
          intervalMilliseconds: 200,
        });
      for (const [name, subject] of Object.entries(subjects)) await grant(name, [subject]);
      await Promise.all([...tokens.values()].map((token) => untilAnswered(token, 200)));

      await grant('cluster', []);
      await take('unbound');
      await grant('role', [subjects.role], { verbs: ['get'] });
      await grant('name', [subjects.name], { resourceNames: ['off'] });
      await grant('issuer', [group('corp:other')]);
      await cluster.kubectl('delete', 'serviceaccount', 'account', '-n', namespace);
      await Promise.all([
        ...['unbound', 'role', 'name', 'cluster', 'issuer'].map((name) => untilRefused(name, 403, REVOKED_SECONDS)),
        untilRefused('account', 401, DELETED_SECONDS),
      ]);
      expect((await chat(tokens.get('role') ?? '')).body.toString()).toContain(
        `may not invoke \\"one\\" in namespace \\"${namespace}\\": the verb \\"invoke\\" on llmproviders.tidegate.io is missing`,
      );
    });

    test('a person who leaves a group loses what it grants with the next token', async () => {
      await grant('research', [{ kind: 'Group', apiGroup: rbac, name: 'corp:research' }]);
      const member = idp.sign({ sub: 'ada', groups: ['research', 'staff'] });
      await untilAnswered(member, 200);
      expect((await chat(idp.sign({ sub: 'ada', groups: ['staff'] }))).status).toBe(403);
      expect((await chat(idp.sign({ sub: 'ada' }))).status).toBe(403);
      // A group of the cluster's own name, which an issuer may not give.
      const foreign = idp.sign({ sub: 'ada', groups: `system:serviceaccounts:${namespace}` });
      expect((await chat(foreign)).status).toBe(403);
    });
  });

  describe('who are not known', () => {
    const strangers: readonly (readonly [string, () => Promise<Record<string, string>>])[] = [
      ['nobody', () => Promise.resolve({})],
      ['a placeholder for a key', () => Promise.resolve({ 'x-api-key': 'sk-placeholder' })],
      ['an expired token', async () => ({ authorization: `Bearer ${await sign(await claimsOf('warm'), -600, -300)}` })],
      [
        'a token for another audience',
        async () => ({
          authorization: `Bearer ${await cluster.serviceAccountToken(namespace, 'warm', ['elsewhere'])}`,
        }),
      ],
    ];
    /** A served one, one that is switched off, one that is not there; in a watched namespace and another. */
    const paths = (): string[] => [
      ...['one', 'off', 'not-there'].map((name) => `/llm/v1/providers/${name}`),
      ...['one', 'not-there'].map((name) => `/llm/v1/namespaces/${namespace}/providers/${name}`),
      '/llm/v1/namespaces/not-there/providers/one',
    ];
    const requests: readonly (readonly [
      string,
      (url: string, headers: Record<string, string>) => Promise<RawAnswer>,
    ])[] = [
      ['a call', (url, headers) => post(`${url}/v1/chat/completions`, { model: 'gpt-4o', messages: [] }, headers)],
      ['a list of models', (url, headers) => exchange(`${url}/v1/models`, { headers })],
      ['a description', (url, headers) => exchange(url, { headers })],
    ];

    test.each(strangers)('cannot tell which providers there are: %s', async (_, credentials) => {
      const headers = await credentials();
      for (const [, ask] of requests) {
        const answers = await Promise.all(paths().map((path) => ask(proxy.url + path, headers)));
        const seen = answers.map(
          ({ status, headers: { date: _date, 'x-tidegate-request-id': id = '', ...rest }, body }) =>
            JSON.stringify({ status, rest, body: body.toString().replaceAll(id, '<id>') }),
        );
        expect(answers[0]?.status).toBe(401);
        expect(new Set(seen).size).toBe(1);
      }
    });

    test('get nothing from connection tests and the list of providers either', async () => {
      const ask = (name: string): Promise<RawAnswer> =>
        post(`${proxy.url}/llm/v1/connection-tests`, { provider: name }, {});
      const [there, notThere, list] = [
        await ask('one'),
        await ask('not-there'),
        await exchange(`${proxy.url}/llm/v1/providers`),
      ];
      expect([there.status, notThere.status, list.status]).toEqual([401, 401, 401]);
      expect(list.body.toString()).not.toContain('"one"');
    });
  });
});
