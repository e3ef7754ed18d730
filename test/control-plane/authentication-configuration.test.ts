/**
 * `authentication.jwt` as copied from an AuthenticationConfiguration: a real API server that is started with it and the
 * gateway take the same tokens for the same callers. What the two do not share on purpose is in docs/identity.md.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseConfiguration } from '../../src/config/load.ts';
import { CertificateAuthority, LOOPBACK } from '../support/certificates.ts';
import { ControlPlane, describeControlPlane, waitFor } from '../support/control-plane/index.ts';
import { gatewayOf, type Gateway } from '../support/identity/authentication.ts';
import { connectTo, type RealCluster } from '../support/kube/real-cluster.ts';
import { signed, signingKey, startIssuer, type Issuer } from '../support/identity/issuer.ts';

const AUDIENCE = 'https://llm.example.com';

/** What each of three issuers is trusted with. */
const MAPPINGS = {
  groups: {
    claimMappings: { username: { claim: 'sub', prefix: 'oidc:' }, groups: { claim: 'groups', prefix: 'oidc:' } },
  },
  email: { claimMappings: { username: { claim: 'email', prefix: 'mail:' } } },
  rules: {
    claimMappings: { username: { claim: 'sub', prefix: '' } },
    claimValidationRules: [{ claim: 'hd', requiredValue: 'example.com' }],
  },
} as const;
type Name = keyof typeof MAPPINGS;
const names = Object.keys(MAPPINGS) as Name[];

interface TokenReview {
  readonly status: {
    readonly authenticated?: boolean;
    /** Without `username` when that is empty. */
    readonly user: { readonly username?: string; readonly groups: readonly string[] };
  };
}

/** Undefined: refused. */
type Caller = { readonly username: string; readonly groups: readonly string[] } | undefined;

const AUTHENTICATED = 'system:authenticated';
const PREFIXES: readonly string[] = ['oidc:', 'mail:', ''];

/**
 * The API server leaves the names of Kubernetes itself to `userValidationRules`, and takes an empty claim for a name that
 * is its prefix. Here nobody has such names.
 */
const isNobody = (name: string): boolean => name.startsWith('system:') || PREFIXES.includes(name);

function asHere(theirs: Caller): Caller {
  if (theirs === undefined || isNobody(theirs.username)) return undefined;
  return {
    username: theirs.username,
    groups: theirs.groups.filter((group) => group === AUTHENTICATED || !isNobody(group)),
  };
}

describeControlPlane('a configuration that is copied from the API server', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidegate-authentication-'));
  const key = signingKey('RS256', 'k1');
  const issuers: Partial<Record<Name, Issuer>> = {};
  let cluster: ControlPlane;
  let admin: RealCluster;
  let gateway: Gateway;

  beforeAll(async () => {
    const authority = await CertificateAuthority.create();
    const { certificate: cert, key: certKey } = await authority.issue({
      subject: 'CN=issuer',
      usages: ['serverAuth'],
      names: LOOPBACK,
    });
    for (const name of names) issuers[name] = await startIssuer({ keys: [key], tls: { cert, key: certKey } });
    const jwt = names.map((name) => ({
      issuer: { url: issuers[name]?.url, audiences: [AUDIENCE], certificateAuthority: authority.certificate },
      ...MAPPINGS[name],
    }));
    const file = join(folder, 'authentication.json');
    writeFileSync(
      file,
      JSON.stringify({ apiVersion: 'apiserver.config.k8s.io/v1', kind: 'AuthenticationConfiguration', jwt }),
    );
    cluster = await ControlPlane.start({ apiServerFlags: [`--authentication-config=${file}`] });
    admin = connectTo(cluster.adminKubeconfig);
    const ours = { apiVersion: 'config.tidegate.io/v1alpha1', kind: 'TidegateConfiguration', authentication: { jwt } };
    const { authentication } = parseConfiguration(JSON.stringify(ours), 'test');
    gateway = await gatewayOf(authentication, { now: Date.now });
    for (const name of names) {
      const token = tokenOf(name, { sub: 'ada', email: 'ada@example.com', hd: 'example.com' });
      await waitFor(
        `the API server to have the keys of "${name}"`,
        async () => (await byAPIServer(token)) !== undefined,
      );
    }
  });

  afterAll(async () => {
    await gateway?.[Symbol.asyncDispose]();
    await admin?.[Symbol.asyncDispose]();
    await cluster?.stop();
    await Promise.all(Object.values(issuers).map(async (issuer) => issuer[Symbol.asyncDispose]()));
    rmSync(folder, { recursive: true, force: true });
  });

  const tokenOf = (name: Name, claims: object): string => {
    const now = Math.floor(Date.now() / 1000);
    const good = { iss: issuers[name]?.url, aud: AUDIENCE, iat: now - 60, exp: now + 600 };
    return signed(key, { ...good, ...claims }, { typ: 'JWT' });
  };

  const byAPIServer = async (token: string): Promise<Caller> => {
    const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token } };
    const path = '/apis/authentication.k8s.io/v1/tokenreviews';
    const { body } = await admin.transport.request<TokenReview>({ method: 'POST', path, body: review });
    const { status } = body;
    return status.authenticated === true ? { username: '', ...status.user } : undefined;
  };

  const byGateway = async (token: string): Promise<Caller> => {
    const verdict = await gateway.ask(token);
    if (verdict.kind === 'Unavailable') throw new Error(verdict.message);
    if (verdict.kind === 'Unauthenticated') return undefined;
    return { username: verdict.identity.username, groups: verdict.identity.groups };
  };

  const bothTake = async (name: Name, claims: object): Promise<Caller> => {
    const token = tokenOf(name, claims);
    const [theirs, ours] = await Promise.all([byAPIServer(token), byGateway(token)]);
    expect({ claims, caller: ours }).toEqual({ claims, caller: asHere(theirs) });
    return ours;
  };

  test.each<[Name, object, string | undefined]>([
    ['groups', { sub: 'ada' }, 'oidc:ada'],
    ['groups', { sub: 'ada', groups: ['staff', 'llm-users'] }, 'oidc:ada'],
    ['groups', { sub: 'ada', groups: 'staff' }, 'oidc:ada'],
    ['groups', { sub: 'ada', groups: [] }, 'oidc:ada'],
    ['groups', { sub: 'ada', groups: null }, 'oidc:ada'],
    ['groups', { sub: 'ada', groups: ['staff', 7] }, undefined],
    ['groups', { sub: 'ada', groups: { staff: true } }, undefined],
    ['groups', { sub: 'system:admin' }, 'oidc:system:admin'],
    ['groups', { sub: 7 }, undefined],
    ['groups', {}, undefined],
    ['groups', { sub: 'ada', aud: ['account', AUDIENCE] }, 'oidc:ada'],
    ['groups', { sub: 'ada', aud: 'account' }, undefined],
    ['groups', { sub: 'ada', aud: undefined }, undefined],
    ['groups', { sub: 'ada', exp: 1_700_000_000 }, undefined],
    ['groups', { sub: 'ada', nbf: 4_102_444_800 }, undefined],
    ['email', { sub: 'ada', email: 'ada@example.com' }, 'mail:ada@example.com'],
    ['email', { sub: 'ada', email: 'ada@example.com', email_verified: true }, 'mail:ada@example.com'],
    ['email', { sub: 'ada', email: 'ada@example.com', email_verified: false }, undefined],
    ['email', { sub: 'ada', email: 'ada@example.com', email_verified: 'true' }, undefined],
    ['email', { sub: 'ada' }, undefined],
    ['rules', { sub: 'ada', hd: 'example.com' }, 'ada'],
    ['rules', { sub: 'ada', hd: 'Example.com' }, undefined],
    ['rules', { sub: 'ada', hd: ['example.com'] }, undefined],
    ['rules', { sub: 'ada' }, undefined],
    ['rules', { sub: 'system:admin', hd: 'example.com' }, undefined],
  ])('%s: %j is %s for both', async (name, claims, username) => {
    expect((await bothTake(name, claims))?.username).toBe(username);
  });

  describe('for claims of any shape', () => {
    const word = fc.constantFrom('ada', 'staff', '', 'llm-users', 'system:masters', 'a b', 'ü', 'x'.repeat(300));
    const odd = fc.constantFrom<unknown>(null, 7, true, [], {}, [[]], ['staff', 1], { staff: 1 });
    const claims = fc.record(
      {
        sub: fc.oneof({ weight: 4, arbitrary: word }, odd),
        groups: fc.oneof({ weight: 4, arbitrary: fc.oneof(word, fc.array(word, { maxLength: 4 })) }, odd),
        email: fc.oneof({ weight: 4, arbitrary: fc.constantFrom('ada@example.com', 'bob') }, odd),
        email_verified: fc.oneof({ weight: 2, arbitrary: fc.boolean() }, odd),
        hd: fc.oneof(
          { weight: 4, arbitrary: fc.constantFrom('example.com', 'example.org') },
          fc.constantFrom(null, []),
        ),
      },
      { requiredKeys: [] },
    );

    test('both take the same tokens for the same callers', async () => {
      await fc.assert(
        fc.asyncProperty(fc.constantFrom(...names), claims, async (name, some) => {
          // The API server reads `sub` of every token, also where another claim names the caller.
          await bothTake(name, name === 'email' ? { ...some, sub: 'ada' } : some);
        }),
        { numRuns: 300 },
      );
    });
  });
});
