/** Records of requests in a cluster: who may read them is RBAC's to say, and each proxy has its own. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { RequestAnswer, RequestDocument } from '../../src/proxy/records/document.ts';
import { connectControlPlane, describeControlPlane, waitFor, type Connection } from '../support/control-plane/index.ts';
import {
  exchange,
  guardrail,
  Installation,
  post,
  provider,
  secret,
  upstreamKey,
  type InstalledProxy,
  type RawAnswer,
} from '../support/gateway/index.ts';
import { openAI, UpstreamServer } from '../upstreams/index.ts';

const rbac = 'rbac.authorization.k8s.io';

describeControlPlane('records of requests', () => {
  let cluster: Connection;
  let upstream: UpstreamServer;
  let installation: Installation;
  let proxy: InstalledProxy;
  let namespace: string;
  /** Who calls, who may read everything, who may read what one provider served, who may only look at providers. */
  let tokens: Readonly<Record<'app' | 'admin' | 'one' | 'viewer', string>>;

  beforeAll(async () => {
    cluster = connectControlPlane();
    upstream = await UpstreamServer.start({ wire: openAI(), keys: [upstreamKey] });
    installation = await Installation.create(cluster);
    ({ namespace } = installation);
    await cluster.apply(secret('openai', upstreamKey, namespace));
    await cluster.apply(guardrail('rules', { pii: { entities: [{ type: 'Email', action: 'Block' }] } }, namespace));
    const { origin } = upstream;
    await cluster.apply(provider('openai', origin, {}, namespace));
    const guarded = { secretRef: { name: 'openai' }, guardrailRefs: [{ name: 'rules' }] };
    await cluster.apply(provider('guarded', origin, guarded, namespace));
    await installation.startOperator();
    proxy = await installation.startProxy('proxy-a');
    const [app, admin, one, viewer] = await Promise.all(
      ['app', 'admin', 'one', 'viewer'].map((account) => installation.callerToken(account)),
    );
    tokens = { app: app ?? '', admin: admin ?? '', one: one ?? '', viewer: viewer ?? '' };
    await installation.allow('app', 'openai', 'guarded');
    // As the chart has them: Kubernetes' own controller, which does not run here, would copy them into its roles.
    await bind('admin', 'ClusterRole', 'llmprovider-request-viewer');
    for (const role of ['llmprovider-viewer', 'llmprovider-editor']) await bind('viewer', 'ClusterRole', role);
    const rules = [
      { apiGroups: ['tidegate.io'], resources: ['llmproviders/requests'], resourceNames: ['openai'], verbs: ['get'] },
    ];
    const metadata = { name: 'openai-requests', namespace };
    await cluster.apply({ apiVersion: `${rbac}/v1`, kind: 'Role', metadata, rules });
    await bind('one', 'Role', 'openai-requests');
    await waitFor('an answer', async () => (await chat('openai', 'hello')).status === 200);
    await waitFor('a guarded answer', async () => (await chat('guarded', 'hello')).status === 200);
  });

  afterAll(async () => {
    await installation?.[Symbol.asyncDispose]();
    await upstream?.[Symbol.asyncDispose]();
  });

  async function bind(account: string, kind: 'Role' | 'ClusterRole', name: string): Promise<void> {
    await cluster.apply({
      apiVersion: `${rbac}/v1`,
      kind: 'RoleBinding',
      metadata: { name: `${account}-${name}`, namespace },
      roleRef: { apiGroup: rbac, kind, name },
      subjects: [{ kind: 'ServiceAccount', name: account, namespace }],
    });
  }

  const as = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });
  const chat = (name: string, content: string, token = tokens.app): Promise<RawAnswer> =>
    post(
      `${proxy.url}/llm/v1/providers/${name}/v1/chat/completions`,
      { model: 'gpt-4o', messages: [{ role: 'user', content }] },
      as(token),
    );
  const idOf = ({ headers }: RawAnswer): string => String(headers['x-tidegate-request-id']);
  const ask = (id: string, token: string, url = proxy.url): Promise<RawAnswer> =>
    exchange(`${url}/llm/v1/requests/${id}`, { headers: as(token) });
  const outcome = ({ status, headers }: RawAnswer): string => `${status} ${headers['x-tidegate-error'] ?? ''}`.trim();

  /** A record is there when its request has ended, and a permission when the API server's authorizer has seen it. */
  async function record(id: string, token = tokens.admin): Promise<RequestDocument> {
    let answer: RawAnswer | undefined;
    await waitFor(`the record ${id}`, async () => {
      answer = await ask(id, token);
      return answer.status === 200;
    });
    return (JSON.parse(answer?.body.toString() ?? '') as RequestAnswer).request;
  }

  test('tell of a call that was metered', async () => {
    expect(await record(idOf(await chat('openai', 'hello')))).toMatchObject({
      user: `system:serviceaccount:${namespace}:app`,
      namespace,
      provider: 'openai',
      generation: 1,
      operation: 'chat',
      model: 'gpt-4o',
      path: '/llm/v1/providers/openai/v1/chat/completions',
      status: 200,
      forwarded: true,
      tokens: { input: expect.any(Number), output: expect.any(Number) },
      costUSD: expect.stringMatching(/^0\.\d+$/),
      costUSDByClass: { input: expect.any(String), output: expect.any(String) },
    });
  });

  test('tell of a call that a Guardrail blocked, without what it found', async () => {
    const told = await record(idOf(await chat('guarded', 'write to a@example.com')));
    expect(told).toMatchObject({
      status: 400,
      code: 'GuardrailBlocked',
      provider: 'guarded',
      forwarded: false,
      guardrails: [{ guardrail: `${namespace}/rules`, direction: 'Input', action: 'Block', mode: 'Enforce' }],
    });
    expect(JSON.stringify(told)).not.toContain('a@example.com');
  });

  test('tell of callers who were refused: known without the right, and not known', async () => {
    expect(await record(idOf(await chat('openai', 'hello', tokens.viewer)))).toMatchObject({
      status: 403,
      code: 'Forbidden',
      user: `system:serviceaccount:${namespace}:viewer`,
      message: expect.stringContaining('the verb "invoke" on llmproviders.tidegate.io is missing'),
    });
    const unknown = await record(idOf(await chat('openai', 'hello', 'not-a-token')));
    expect(unknown).toMatchObject({ status: 401, code: 'Unauthenticated', provider: 'openai' });
    expect(unknown.user).toBeUndefined();
  });

  test('tell of a client that went away', async () => {
    upstream.misbehave({ hangBeforeAnswer: true });
    const before = upstream.exchanges.length;
    const abort = new AbortController();
    const answer = fetch(`${proxy.url}/llm/v1/providers/openai/v1/chat/completions`, {
      method: 'POST',
      headers: { ...as(tokens.app), 'content-type': 'application/json' },
      body: '{"model":"gpt-4o","messages":[]}',
      signal: abort.signal,
    });
    await waitFor('the upstream to be asked', () => upstream.exchanges.length > before);
    abort.abort();
    await expect(answer).rejects.toThrow();
    const id = await waitFor('the end of the request', () => {
      const line = proxy.process.logLines().find(({ code }) => code === 'ClientDisconnected');
      return line?.['requestId'];
    });
    expect(await record(String(id))).toMatchObject({
      status: 499,
      code: 'ClientDisconnected',
      clientDisconnected: true,
    });
  });

  test('are read by whoever may get the requests of the provider, and by nobody else', async () => {
    const id = idOf(await chat('openai', 'hello'));
    await record(id);
    await record(id, tokens.one);
    for (const token of [tokens.app, tokens.viewer]) {
      const answer = await ask(id, token);
      expect(outcome(answer)).toBe('403 Forbidden');
      expect(answer.body.toString()).toContain('llmproviders/requests');
    }
    expect(outcome(await ask(id, 'not-a-token'))).toBe('401 Unauthenticated');
    const guarded = idOf(await chat('guarded', 'hello'));
    await record(guarded);
    expect(outcome(await ask(guarded, tokens.one))).toBe('403 Forbidden');
  });

  test('of a name that is none take the right to all of the namespace', async () => {
    const id = idOf(await chat('opneai', 'hello'));
    expect(await record(id)).toMatchObject({
      status: 404,
      code: 'ProviderNotFound',
      requested: { namespace, provider: 'opneai' },
    });
    expect(outcome(await ask(id, tokens.one))).toBe('403 Forbidden');
  });

  test('are those of one proxy, which says its name', async () => {
    await using other = await installation.startProxy('proxy-b');
    const id = idOf(await chat('openai', 'hello'));
    await record(id);
    const [here, there] = [await ask(id, tokens.admin), await ask(id, tokens.admin, other.url)];
    expect([outcome(here), here.headers['x-tidegate-proxy']]).toEqual(['200', 'proxy-a']);
    expect([outcome(there), there.headers['x-tidegate-proxy']]).toEqual(['404 RequestNotFound', 'proxy-b']);
  });
});
