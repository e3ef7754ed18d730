/** A proxy in a cluster whose configuration changes while it serves: issuers beside the API server, and who may do what. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { connectControlPlane, describeControlPlane, waitFor, type Connection } from '../support/control-plane/index.ts';
import { Installation, post, provider, secret, upstreamKey, type InstalledProxy } from '../support/gateway/index.ts';
import { signed, signingKey, startIssuer, type Issuer } from '../support/identity/issuer.ts';
import { openAI, UpstreamServer } from '../upstreams/index.ts';

const audience = 'https://llm.example.com';

describeControlPlane('a running proxy takes over', () => {
  const key = signingKey('ES256', 'k1');
  let cluster: Connection;
  let upstream: UpstreamServer;
  let issuer: Issuer;
  let installation: Installation;
  let proxy: InstalledProxy;
  /** Of a ServiceAccount that may call. */
  let app: string;

  beforeAll(async () => {
    cluster = connectControlPlane();
    upstream = await UpstreamServer.start({ wire: openAI(), keys: [upstreamKey] });
    issuer = await startIssuer({ keys: [key] });
    installation = await Installation.create(cluster);
    const { namespace } = installation;
    await cluster.apply(secret('team', upstreamKey, namespace));
    await cluster.apply(provider('team', upstream.origin, {}, namespace));
    await installation.startOperator();
    app = await installation.callerToken('app');
    await installation.allow('app', 'team');
    await cluster.apply({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: 'people', namespace },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'invoke-app' },
      subjects: [{ kind: 'Group', apiGroup: 'rbac.authorization.k8s.io', name: 'id:engineers' }],
    });
    proxy = await installation.startProxy();
  });

  afterAll(async () => {
    await installation?.[Symbol.asyncDispose]();
    await issuer?.[Symbol.asyncDispose]();
    await upstream?.[Symbol.asyncDispose]();
  });

  /** A token of the issuer. */
  function person(sub: string, ...groups: readonly string[]): string {
    return signed(key, { iss: issuer.url, aud: audience, sub, groups, exp: Math.floor(Date.now() / 1000) + 600 });
  }

  async function call(token: string): Promise<number> {
    const url = `${proxy.url}/llm/v1/providers/team/v1/chat/completions`;
    return (await post(url, { model: 'gpt-4o', messages: [] }, { authorization: `Bearer ${token}` })).status;
  }

  const authentication = () => ({
    jwt: [
      {
        issuer: { url: issuer.url, audiences: [audience] },
        claimMappings: { groups: { claim: 'groups', prefix: 'id:' } },
      },
    ],
  });

  test('an issuer, whose people may do what RBAC of the cluster says; ServiceAccounts are let in as before', async () => {
    expect(await call(app)).toBe(200);
    expect(await call(person('ada', 'engineers'))).toBe(401);
    await installation.configure({ authentication: authentication() });
    await waitFor('the issuer', async () => (await call(person('ada', 'engineers'))) === 200);
    expect(await call(person('eve', 'sales'))).toBe(403);
    expect(await call(app)).toBe(200);
  });

  test('that everybody who authenticates may do everything, and that ServiceAccounts are not let in any more', async () => {
    await installation.configure({
      authentication: { ...authentication(), serviceAccountTokens: { enabled: false } },
      authorization: { mode: 'AlwaysAllow' },
    });
    await waitFor('the mode', async () => (await call(person('eve', 'sales'))) === 200);
    expect(await call(app)).toBe(401);
    expect(await (await fetch(`${proxy.process.adminURL}/readyz`)).text()).toBe('ok\n');
  });
});
