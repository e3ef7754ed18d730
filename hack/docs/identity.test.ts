/**
 * docs/identity/*.md as they stand: their configurations are loaded, their example claims are signed by a key of the
 * test's own under the issuer's name, and the gateway's own authentication says who calls, and what is wrong.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse, parseAllDocuments } from 'yaml';
import { parseConfiguration } from '../../src/config/load.ts';
import type { JWTConfiguration } from '../../src/config/types.ts';
import type { Identity } from '../../src/identity/types.ts';
import { CertificateAuthority } from '../../test/support/certificates.ts';
import { gatewayOf, NOW, type Gateway } from '../../test/support/identity/authentication.ts';
import { signed, signingKey, startIssuer, type Issuer } from '../../test/support/identity/issuer.ts';
import { codeBlocks, read, repository, tableUnder } from './markdown.ts';

type Claims = Readonly<Record<string, unknown>> & { readonly iss: string; readonly iat: number };
type Caller = Pick<Identity, 'username' | 'groups' | 'agent'>;

const pages = readdirSync(join(repository, 'docs/identity')).map((file) => `docs/identity/${file}`);

/** As most issuers have it; what it lacks tells an access token from others by its claims. */
const header = { typ: 'JWT' };

const key = signingKey('RS256', 'example');

/** What a page shows of tokens: the claims of each, and who calls with it. */
function examplesOf(page: string): readonly (readonly [claims: Claims, caller: Caller])[] {
  const blocks = codeBlocks(page, 'json').map((block) => JSON.parse(block) as object);
  return blocks.flatMap((block, i) => ('iss' in block ? [[block as Claims, blocks[i + 1] as Caller] as const] : []));
}

/** A page is older than its reader: its times are moved so that its token was made a minute ago. */
function made(claims: Claims): Claims {
  const shift = NOW / 1000 - 60 - claims.iat;
  const times = ['iat', 'nbf', 'exp'].filter((name) => typeof claims[name] === 'number');
  return { ...claims, ...Object.fromEntries(times.map((name) => [name, (claims[name] as number) + shift])) };
}

/** `null` takes a claim away. */
function changed(claims: Claims, by: object): object {
  return Object.fromEntries(Object.entries({ ...claims, ...by }).filter(([, value]) => value !== null));
}

/** Of the RoleBindings in a YAML text. */
function subjectsIn(yaml: string): readonly { readonly kind: string; readonly name: string }[] {
  return parseAllDocuments(yaml)
    .map((document) => document.toJS() as { kind?: string; subjects?: { kind: string; name: string }[] })
    .flatMap(({ kind, subjects = [] }) => (kind === 'RoleBinding' ? subjects : []));
}

/** `a.b[].c`: the first of a list. */
function memberAt(object: object, path: string): unknown {
  const names = path === '' ? [] : path.replaceAll('[]', '.0').split('.');
  return names.reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], object);
}

describe.each(pages)('%s', (path) => {
  const page = read(path);
  const configurations = codeBlocks(page, 'yaml')
    .filter((block) => block.includes('kind: TidegateConfiguration'))
    .map((block) => parseConfiguration(block, path));
  const examples = examplesOf(page);
  const issuers: Issuer[] = [];
  let gateway: Gateway;

  /** The same, but for where its keys are: on this machine. */
  const onLoopback = async (configuration: JWTConfiguration): Promise<JWTConfiguration> => {
    const issuer = await startIssuer({ keys: [key] });
    issuer.metadata = { issuer: configuration.issuer.url };
    issuers.push(issuer);
    const discoveryURL = `${issuer.url}/.well-known/openid-configuration`;
    return { ...configuration, issuer: { ...configuration.issuer, discoveryURL } };
  };

  beforeAll(async () => {
    const jwt = await Promise.all((configurations[0]?.authentication.jwt ?? []).map(onLoopback));
    gateway = await gatewayOf({ jwt });
  });

  afterAll(async () => {
    await gateway?.[Symbol.asyncDispose]();
    await Promise.all(issuers.map(async (issuer) => issuer[Symbol.asyncDispose]()));
  });

  test('has a configuration, claims, a binding and mistakes', () => {
    expect(configurations.length).toBeGreaterThan(0);
    expect(examples.length).toBeGreaterThan(0);
    expect(tableUnder(page, 'Claims').length).toBeGreaterThan(3);
    expect(tableUnder(page, 'Mistakes').length).toBeGreaterThan(2);
  });

  test.each(examples)('says who calls with %j', async (claims, caller) => {
    const verdict = await gateway.ask(signed(key, made(claims), header));
    expect(verdict).toMatchObject({ kind: 'Authenticated' });
    const { username, groups, agent } = (verdict as { identity: Identity }).identity;
    expect(agent === undefined ? { username, groups } : { username, groups, agent }).toEqual(caller);
  });

  test('explains the claims that its configuration reads', () => {
    const explained = tableUnder(page, 'Claims').map(([name = '']) => name);
    const read = configurations.flatMap(({ authentication }) =>
      authentication.jwt.flatMap(({ claimMappings, claimValidationRules }) =>
        [claimMappings.username, claimMappings.groups, claimMappings.agent, ...claimValidationRules].flatMap((one) =>
          one === undefined ? [] : [one.claim],
        ),
      ),
    );
    for (const claim of ['aud', ...read]) expect(explained.join()).toContain(`\`${claim}\``);
  });

  test.each(tableUnder(page, 'Mistakes').map(([token = '', message = '']) => [token, message] as const))(
    'tells what is wrong with a token with %s',
    async (token, message) => {
      const [claims] = examples[0] ?? [];
      if (claims === undefined) throw new Error('the page shows no token');
      const wrong = changed(made(claims), parse(token.replaceAll('`', '')) as object);
      const verdict = await gateway.ask(signed(key, wrong, header));
      expect(verdict.kind).toBe('Unauthenticated');
      const said = 'message' in verdict ? verdict.message : '';
      expect(said.slice(0, said.indexOf(' Send a token of the issuer'))).toBe(message.replaceAll('`', ''));
    },
  );

  test('binds callers that it shows', () => {
    const bound = codeBlocks(page, 'yaml').flatMap(subjectsIn);
    const callers = examples.flatMap(([, { username, groups }]) => [
      `User ${username}`,
      ...groups.map((group) => `Group ${group}`),
    ]);
    expect(bound.length).toBeGreaterThan(0);
    for (const { kind, name } of bound) expect(callers).toContain(`${kind} ${name}`);
  });
});

describe("docs/identity.md about the API server's AuthenticationConfiguration", () => {
  const rows = tableUnder(read('docs/identity.md'), "The API server's AuthenticationConfiguration");
  const fields = (says: RegExp): readonly string[] =>
    rows
      .filter(([, here = '']) => says.test(here))
      .flatMap(([names = '']) => [...names.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name));

  /** All that is the same, as the API server reads it. */
  const same = {
    issuer: {
      url: 'https://login.example.com',
      discoveryURL: 'https://oidc.example.com/.well-known/openid-configuration',
      audiences: ['one', 'two'],
      audienceMatchPolicy: 'MatchAny',
      certificateAuthority: '',
    },
    claimMappings: { username: { claim: 'sub', prefix: 'oidc:' }, groups: { claim: 'groups', prefix: 'oidc:' } },
    claimValidationRules: [{ claim: 'hd', requiredValue: 'example.com' }],
  };
  beforeAll(async () => {
    same.issuer.certificateAuthority = (await CertificateAuthority.create()).certificate;
  });

  const load = (jwt: object): void => {
    const config = { apiVersion: 'config.tidegate.io/v1alpha1', kind: 'TidegateConfiguration' };
    parseConfiguration(JSON.stringify({ ...config, authentication: { jwt: [jwt] } }), 'test');
  };

  test('names as the same what can be loaded', () => {
    load(same);
    for (const field of fields(/^the same/)) expect(memberAt(same, field)).toBeDefined();
    expect(fields(/^the same/)).toHaveLength(11);
  });

  test.each(fields(/^refused/))('names %s as refused, and it is', (field) => {
    const changed = structuredClone(same);
    const path = field.split('.');
    const parent = memberAt(changed, path.slice(0, -1).join('.')) as Record<string, unknown>;
    parent[path.at(-1) ?? ''] = 'claims.sub';
    expect(() => load(changed)).toThrow(path.at(-1));
  });
});

test('examples/oidc binds names that its configuration can make of a token', () => {
  const { authentication } = parseConfiguration(read('examples/oidc/config.yaml'), 'examples/oidc/config.yaml');
  const prefixes = authentication.jwt.map(({ claimMappings }) => claimMappings.username.prefix);
  const bound = subjectsIn(read('examples/oidc/access.yaml'));
  expect(bound).toHaveLength(3);
  for (const { name } of bound) expect(prefixes.some((prefix) => name.startsWith(prefix))).toBe(true);
});

test('a token of another cluster whose issuer has no prefix is refused in the words of docs/identity/kubernetes.md', async () => {
  await using issuer = await startIssuer({ keys: [key] });
  const username = { claim: 'sub', prefix: '' };
  const written = { issuer: { url: issuer.url, audiences: ['tidegate'] }, claimMappings: { username } };
  const config = { apiVersion: 'config.tidegate.io/v1alpha1', kind: 'TidegateConfiguration' };
  const text = JSON.stringify({ ...config, authentication: { jwt: [written] } });
  await using gateway = await gatewayOf(parseConfiguration(text, 'test').authentication);
  const claims = {
    iss: issuer.url,
    aud: 'tidegate',
    exp: NOW / 1000 + 60,
    sub: 'system:serviceaccount:team-a:chatbot',
  };
  const verdict = await gateway.ask(signed(key, claims, header));
  const [words = 'none'] = /The claim "sub" names [^`]*/.exec(read('docs/identity/kubernetes.md')) ?? [];
  expect('message' in verdict && verdict.message.startsWith(words)).toBe(true);
});
