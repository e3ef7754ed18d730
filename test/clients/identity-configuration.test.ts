/** Issuers in the configuration of a real process, which is changed, broken and mended while it serves. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { waitFor } from '../support/control-plane/wait.ts';
import { exchange, post, provider, secret, StandaloneGateway, upstreamKey } from '../support/gateway/index.ts';
import { signed, signingKey, startIssuer, type Issuer, type SigningKey } from '../support/identity/issuer.ts';
import { openAI, UpstreamServer } from '../upstreams/index.ts';

const audience = 'https://gateway.example.com';
const key = signingKey('ES256', 'k1');
const question = JSON.stringify({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'hi' }] });

const accepting = (...issuers: readonly { readonly url: string }[]) => ({
  authentication: {
    jwt: issuers.map(({ url }) => ({
      issuer: { url, audiences: [audience] },
      claimMappings: { username: { claim: 'sub', prefix: '' } },
    })),
  },
});

function tokenOf(issuer: { readonly url: string }, sub: string, signer: SigningKey = key): string {
  return signed(signer, { iss: issuer.url, aud: audience, sub, exp: Math.floor(Date.now() / 1000) + 600 });
}

const role = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRole',
  metadata: { name: 'invoker' },
  rules: [{ apiGroups: ['tidegate.io'], resources: ['llmproviders'], verbs: ['invoke'] }],
};
const bindingOf = (...users: readonly string[]) => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'RoleBinding',
  metadata: { name: 'callers', namespace: 'default' },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'invoker' },
  subjects: users.map((name) => ({ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name })),
});

let upstream: UpstreamServer;
let first: Issuer;
let second: Issuer;

beforeAll(async () => {
  upstream = await UpstreamServer.start({ wire: openAI(), keys: [upstreamKey] });
  first = await startIssuer({ keys: [key] });
  second = await startIssuer({ keys: [key] });
});

afterAll(async () => {
  await upstream[Symbol.asyncDispose]();
  await first[Symbol.asyncDispose]();
  await second[Symbol.asyncDispose]();
});

const start = (config: object, ...args: readonly string[]): Promise<StandaloneGateway> =>
  StandaloneGateway.start({
    config,
    args,
    manifests: {
      'providers.yaml': [provider('team', upstream.origin), secret('team')],
      'access.yaml': [role, bindingOf('ada')],
    },
  });

/** Status and code of a refusal. */
async function call(gateway: StandaloneGateway, token?: string): Promise<string> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const { status, headers: answered } = await post(
    `${gateway.provider('team')}/v1/chat/completions`,
    question,
    headers,
  );
  return [status, answered['x-tidegate-error']].filter((part) => part !== undefined).join(' ');
}

const readiness = async (gateway: StandaloneGateway): Promise<string> => {
  const answer = await fetch(`${gateway.adminURL}/readyz`);
  return `${answer.status} ${await answer.text()}`;
};

describe('a gateway without a cluster that has an issuer', () => {
  let gateway: StandaloneGateway;
  beforeAll(async () => {
    gateway = await start(accepting(first));
  });
  afterAll(async () => gateway[Symbol.asyncDispose]());

  test('lets in nobody without a token, who may only when a manifest says so, and all that it says', async () => {
    expect(await call(gateway)).toBe('401 Unauthenticated');
    expect(await call(gateway, tokenOf(first, 'eve'))).toBe('403 Forbidden');
    expect(await call(gateway, tokenOf(first, 'ada'))).toBe('200');
    gateway.write('access.yaml', [role, bindingOf('eve')]);
    await waitFor('the binding of eve', async () => (await call(gateway, tokenOf(first, 'eve'))) === '200');
    expect(await call(gateway, tokenOf(first, 'ada'))).toBe('403 Forbidden');
    gateway.write('access.yaml', [role, bindingOf('ada')]);
    await waitFor('the binding of ada', async () => (await call(gateway, tokenOf(first, 'ada'))) === '200');
  });

  test('takes a further issuer while it runs, and the tokens of the first are good as before', async () => {
    expect(await call(gateway, tokenOf(second, 'ada'))).toBe('401 Unauthenticated');
    const { fetches } = first;
    gateway.configure(accepting(first, second));
    await waitFor('the second issuer', async () => (await call(gateway, tokenOf(second, 'ada'))) === '200');
    expect(await call(gateway, tokenOf(first, 'ada'))).toBe('200');
    expect(first.fetches).toBe(fetches);
    expect(await readiness(gateway)).toBe('200 ok\n');
  });

  test('goes on with the configuration that it has when the new one is broken, and says so everywhere', async () => {
    gateway.configure(
      `apiVersion: config.tidegate.io/v1alpha1\nkind: TidegateConfiguration\nauthentication: {jwt: [{issuer: {url: ${first.url}}}]}\n`,
    );
    const refused = await waitFor('the refusal', async () => {
      const text = await readiness(gateway);
      return text.includes('refused') ? text : undefined;
    });
    expect(refused).toMatch(/^200 ok\nconfiguration refused: .*config\.yaml:3:33: .* missing field "audiences"/);
    expect((await gateway.metrics()).sum('tidegate_configuration_refused')).toBe(1);
    await waitFor('its line of the log', () =>
      gateway.process.log().includes('configuration refused: the one before it holds'),
    );
    expect(await call(gateway, tokenOf(second, 'ada'))).toBe('200');
    gateway.configure(accepting(first));
    await waitFor('it to be mended', async () => (await readiness(gateway)) === '200 ok\n');
    expect((await gateway.metrics()).sum('tidegate_configuration_refused')).toBe(0);
    expect(await call(gateway, tokenOf(second, 'ada'))).toBe('401 Unauthenticated');
  });

  test('does not let everybody in because its issuers are gone from the file', async () => {
    gateway.configure({});
    await waitFor('the refusal', async () => (await readiness(gateway)).includes('everybody would be let in'));
    expect(await call(gateway)).toBe('401 Unauthenticated');
    gateway.configure(accepting(first));
    await waitFor('it to be mended', async () => (await readiness(gateway)) === '200 ok\n');
  });
});

test('an issuer that is down holds up neither the start nor the callers of another, and is told by /readyz', async () => {
  await using down = await startIssuer({ keys: [key] });
  down.intercept = (_request, response) => {
    response.writeHead(500).end();
    return true;
  };
  await using gateway = await start(accepting(first, down));
  expect(await readiness(gateway)).toMatch(`the signing keys of ${down.url} could not be fetched`);
  expect(await call(gateway, tokenOf(first, 'ada'))).toBe('200');
  expect(await call(gateway, tokenOf(down, 'ada'))).toBe('503 IdentityUnavailable');
  down.intercept = undefined;
  await waitFor('the issuer to be back', async () => (await readiness(gateway)) === '200 ok\n');
  expect(await call(gateway, tokenOf(down, 'ada'))).toBe('200');
});

test('a gateway whose callers authenticate listens anywhere, and warns when their tokens come in clear', async () => {
  await using gateway = await start({ ...accepting(first), authorization: { mode: 'AlwaysAllow' } }, '--listen=:0');
  const warning = await waitFor('the warning', async () =>
    gateway.process.logLines().find(({ msg }) => String(msg).includes('tokens in clear')),
  );
  expect(warning['level']).toBe('warn');
});

test('a gateway whose manifests give nobody a role says so in its log', async () => {
  await using gateway = await start(accepting(first));
  const warnings = () =>
    gateway.process.logLines().filter(({ msg }) => String(msg).startsWith('no binding of a role among the manifests'));
  expect(warnings()).toEqual([]);
  gateway.write('access.yaml', [role]);
  await waitFor('the warning', () => warnings().length > 0);
  expect(await call(gateway, tokenOf(first, 'ada'))).toBe('403 Forbidden');
});

test('who may authenticate is let in without a manifest when the configuration says so', async () => {
  await using gateway = await start({ ...accepting(first), authorization: { mode: 'AlwaysAllow' } });
  expect(await call(gateway, tokenOf(first, 'eve'))).toBe('200');
  expect(await call(gateway)).toBe('401 Unauthenticated');
  const { status, body } = await exchange(`${gateway.url}/llm/v1/authentication`);
  expect(status).toBe(200);
  expect(JSON.parse(body.toString())).toMatchObject({ jwt: [{ issuer: first.url, audiences: [audience] }] });
});
