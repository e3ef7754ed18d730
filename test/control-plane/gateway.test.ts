/**
 * The whole path: objects in a real API server, operator and proxy with the chart's rights, a provider behind them. In
 * the order of an engineer's first hour; each test goes on where the one before it stopped.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import OpenAI from 'openai';
import { connectControlPlane, describeControlPlane, waitFor, type Connection } from '../support/control-plane/index.ts';
import {
  exchange,
  Installation,
  post,
  upstreamKey,
  type InstalledProxy,
  type RawAnswer,
} from '../support/gateway/index.ts';
import { openAI, UpstreamServer } from '../upstreams/index.ts';

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

interface Provider {
  readonly metadata: { readonly generation: number };
  readonly status: {
    readonly observedGeneration?: number;
    readonly proxies?: string;
    readonly url?: string;
    readonly conditions: readonly Condition[];
  };
}

describeControlPlane('a provider from its YAML to its answers', () => {
  let cluster: Connection;
  let upstream: UpstreamServer;
  let installation: Installation;
  let proxy: InstalledProxy;
  let token: string;
  let stranger: string;

  beforeAll(async () => {
    cluster = connectControlPlane();
    upstream = await UpstreamServer.start({ wire: openAI(), keys: [upstreamKey] });
    installation = await Installation.create(cluster);
    await installation.startOperator();
    token = await installation.callerToken('app');
    stranger = await installation.callerToken('stranger');
    await installation.allow('app', 'team-openai');
  });

  afterAll(async () => {
    await installation?.[Symbol.asyncDispose]();
    await upstream?.[Symbol.asyncDispose]();
  });

  const inNamespace = (...args: string[]): string[] => [...args, '-n', installation.namespace];

  async function applyProvider(spec: object = {}): Promise<void> {
    await cluster.kubectl('apply', '-f', '-', {
      input: {
        apiVersion: 'tidegate.io/v1alpha1',
        kind: 'LLMProvider',
        metadata: { name: 'team-openai', namespace: installation.namespace },
        spec: { type: 'OpenAI', baseURL: `${upstream.origin}/v1`, secretRef: { name: 'team-openai' }, ...spec },
      },
    });
  }

  async function applySecret(stringData: Record<string, string>): Promise<void> {
    const metadata = { name: 'team-openai', namespace: installation.namespace };
    await cluster.kubectl('apply', '-f', '-', { input: { apiVersion: 'v1', kind: 'Secret', metadata, stringData } });
  }

  /** What a person reads in the STATUS column. */
  async function statusColumn(): Promise<string | undefined> {
    const table = await cluster.kubectl(...inNamespace('get', 'llmproviders'));
    const [header = '', row = ''] = table.trim().split('\n');
    return row.split(/\s{2,}/)[header.split(/\s{2,}/).indexOf('STATUS')];
  }

  async function untilStatus(status: string): Promise<void> {
    await waitFor(`STATUS ${status}`, async () => (await statusColumn()) === status);
  }

  async function condition(type: string): Promise<Condition | undefined> {
    const provider = await cluster.get<Provider>(...inNamespace('llmprovider', 'team-openai'));
    return provider.status.conditions.find((condition) => condition.type === type);
  }

  function chat(bearer: string | undefined = token): Promise<RawAnswer> {
    return post(
      `${proxy.url}/llm/v1/providers/team-openai/v1/chat/completions`,
      { model: 'gpt-4o', messages: [] },
      bearer === '' ? {} : { authorization: `Bearer ${bearer}` },
    );
  }

  async function untilAnswered(status: number, code?: string): Promise<void> {
    await waitFor(`answer ${status} ${code ?? ''}`, async () => {
      const answer = await chat();
      return answer.status === status && answer.headers['x-tidegate-error'] === code;
    });
  }

  test('without its Secret it says SecretNotFound', async () => {
    await applyProvider();
    await untilStatus('SecretNotFound');
    const { namespace } = installation;
    expect(await condition('SecretNotFound')).toMatchObject({
      status: 'True',
      message: `secret "${namespace}/team-openai" not found`,
    });
    expect(await condition('Ready')).toMatchObject({ status: 'False', reason: 'SecretNotFound' });
  });

  test('with its Secret, but no proxy alive, it is not active', async () => {
    await applySecret({ OPENAI_API_KEY: upstreamKey });
    await untilStatus('NotServed');
    expect(await condition('Active')).toMatchObject({ status: 'False', reason: 'NotServed' });
    expect(await condition('SecretNotFound')).toBeUndefined();
  });

  test('it is active once a proxy has taken it, and kubectl wait returns', async () => {
    proxy = await installation.startProxy('proxy-0');
    await cluster.kubectl(...inNamespace('wait', 'llmprovider/team-openai', '--for=condition=Active', '--timeout=60s'));
    await cluster.kubectl(...inNamespace('wait', 'llmprovider/team-openai', '--for=condition=Ready', '--timeout=60s'));
    expect(await statusColumn()).toBe('Active');
    const { status, metadata } = await cluster.get<Provider>(...inNamespace('llmprovider', 'team-openai'));
    expect(status).toMatchObject({ observedGeneration: metadata.generation, proxies: '1/1' });
    expect(status.url).toBe('/llm/v1/providers/team-openai');
  });

  describe('who may call', () => {
    test('a ServiceAccount with `invoke` is answered by the upstream, which sees the provider key only', async () => {
      const answer = await chat();
      expect(answer.status).toBe(200);
      expect(answer.body.equals(upstream.last.sent)).toBe(true);
      expect(upstream.last.request.header('authorization')).toBe(`Bearer ${upstreamKey}`);
      expect(upstream.last.request.rawHeaders.join('\n')).not.toContain(token);
    });

    test.each([
      ['X-Tidegate-Authorization', (value: string) => ({ 'x-tidegate-authorization': `Bearer ${value}` })],
      ['x-api-key', (value: string) => ({ 'x-api-key': value })],
      ['x-goog-api-key', (value: string) => ({ 'x-goog-api-key': value })],
    ])('the token may come in %s, and does not travel on', async (_name, headers) => {
      const url = `${proxy.url}/llm/v1/providers/team-openai/v1/models`;
      const answer = await exchange(url, { headers: headers(token) });
      expect(answer.status).toBe(200);
      expect(upstream.last.request.rawHeaders.join('\n')).not.toContain(token);
    });

    test('the token may come as ?key=, and does not travel on', async () => {
      const url = `${proxy.url}/llm/v1/providers/team-openai/v1/models?key=${token}&limit=2`;
      expect((await exchange(url)).status).toBe(200);
      expect(upstream.last.request.target).not.toContain(token);
      expect(upstream.last.request.target).toContain('limit=2');
      expect(installation.logs()).not.toContain(token);
    });

    test('the openai SDK takes the token as its API key, and raises its own errors for refusals', async () => {
      const sdk = (apiKey: string): OpenAI =>
        new OpenAI({ apiKey, baseURL: `${proxy.url}/llm/v1/providers/team-openai/v1`, maxRetries: 2 });
      const call = { model: 'gpt-4o', messages: [{ role: 'user' as const, content: 'Say hello.' }] };
      const answer = await sdk(token).chat.completions.create(call);
      expect(answer.choices[0]?.message.content).toContain('Hello');
      await expect(sdk('wrong').chat.completions.create(call)).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
      await expect(sdk(stranger).chat.completions.create(call)).rejects.toBeInstanceOf(OpenAI.PermissionDeniedError);
    });

    test('nobody without a token', async () => {
      const answer = await chat('');
      expect([answer.status, answer.headers['x-tidegate-error']]).toEqual([401, 'Unauthenticated']);
      expect(answer.headers['www-authenticate']).toMatch(/^Bearer/);
      expect(JSON.parse(answer.body.toString())).toMatchObject({
        error: { message: expect.stringContaining('tidegate') },
      });
    });

    test.each([
      ['a malformed token', () => Promise.resolve('not-a-token')],
      ['a token for another audience', () => cluster.serviceAccountToken(installation.namespace, 'app', ['elsewhere'])],
      ['a token with a broken signature', () => Promise.resolve(`${token.slice(0, -8)}AAAAAAAA`)],
    ])('nobody with %s', async (_name, make) => {
      const bad = await make();
      const answer = await chat(bad);
      expect([answer.status, answer.headers['x-tidegate-error']]).toEqual([401, 'Unauthenticated']);
      expect(answer.body.toString()).not.toContain(bad);
    });

    test('a connection test is for those who may `invoke`, and says that the key is right', async () => {
      const ask = (bearer: string): Promise<RawAnswer> =>
        post(
          `${proxy.url}/llm/v1/connection-tests`,
          { provider: 'team-openai' },
          { authorization: `Bearer ${bearer}` },
        );
      const [allowed, denied, unknown] = await Promise.all([token, stranger, 'no-token'].map(ask));
      expect(JSON.parse(allowed?.body.toString() ?? '')).toMatchObject({
        namespace: installation.namespace,
        passed: true,
        upstream: { status: 200 },
      });
      expect([denied?.status, denied?.headers['x-tidegate-error']]).toEqual([403, 'Forbidden']);
      expect([unknown?.status, unknown?.headers['x-tidegate-error']]).toEqual([401, 'Unauthenticated']);
    });

    test('nobody without the verb `invoke`', async () => {
      const answer = await chat(stranger);
      expect([answer.status, answer.headers['x-tidegate-error']]).toEqual([403, 'Forbidden']);
      expect(answer.body.toString()).toContain('invoke');
    });

    test('an unknown name is 404 to the authenticated and 401 to others', async () => {
      const url = `${proxy.url}/llm/v1/providers/unknown/v1/models`;
      expect((await exchange(url, { headers: { authorization: `Bearer ${token}` } })).status).toBe(404);
      expect((await exchange(url)).status).toBe(401);
    });

    test('the list shows what the caller may get, without a secret', async () => {
      const url = `${proxy.url}/llm/v1/providers`;
      const mine = await exchange(url, { headers: { authorization: `Bearer ${token}` } });
      expect(mine.status).toBe(200);
      expect(mine.body.toString()).toContain('team-openai');
      expect(mine.body.toString()).not.toContain(upstreamKey);
      const theirs = await exchange(url, { headers: { authorization: `Bearer ${stranger}` } });
      expect(theirs.body.toString()).not.toContain('team-openai');
    });
  });

  test('mistake 9: a new key in the Secret is used by the next requests, without a restart', async () => {
    upstream.acceptKeys('sk-upstream-rotated');
    await applySecret({ OPENAI_API_KEY: 'sk-upstream-rotated' });
    await untilAnswered(200);
    upstream.acceptKeys(upstreamKey);
    await applySecret({ OPENAI_API_KEY: upstreamKey });
    await untilAnswered(200);
  });

  test('with its key removed it says SecretKeyNotFound and callers read why', async () => {
    const removal = JSON.stringify([{ op: 'remove', path: '/data/OPENAI_API_KEY' }]);
    await cluster.kubectl(...inNamespace('patch', 'secret', 'team-openai', '--type=json', '-p', removal));
    await untilStatus('SecretKeyNotFound');
    await untilAnswered(503, 'CredentialsUnavailable');
  });

  test('with an empty key it says SecretKeyEmpty', async () => {
    await applySecret({ OPENAI_API_KEY: '' });
    await untilStatus('SecretKeyEmpty');
  });

  test('disabled, it says so and callers get 403', async () => {
    await applySecret({ OPENAI_API_KEY: upstreamKey });
    await untilStatus('Active');
    await applyProvider({ enabled: false });
    await untilStatus('Disabled');
    expect(await condition('Ready')).toMatchObject({ status: 'True', reason: 'Disabled' });
    await untilAnswered(403, 'ProviderDisabled');
    await applyProvider({ enabled: true });
    await untilStatus('Active');
    await untilAnswered(200);
  });

  test('its changes are told by events', async () => {
    const events = await cluster.get<{ items: { reason: string; regarding: { name: string } }[] }>(
      ...inNamespace('events.events.k8s.io'),
    );
    const reasons = events.items.filter((event) => event.regarding.name === 'team-openai').map((event) => event.reason);
    expect(reasons).toEqual(expect.arrayContaining(['SecretNotFound', 'Activated', 'Deactivated']));
  });

  test('when the last proxy is gone it is not active any more', async () => {
    await proxy[Symbol.asyncDispose]();
    await waitFor('NotServed', async () => (await statusColumn()) === 'NotServed');
    proxy = await installation.startProxy('proxy-1');
    await untilStatus('Active');
  });

  test('deleted, it is 404', async () => {
    await cluster.kubectl(...inNamespace('delete', 'llmprovider', 'team-openai'));
    await untilAnswered(404, 'ProviderNotFound');
  });

  test('neither key nor token is in any log, metric, event, status or Lease', async () => {
    const objects = await cluster.kubectl(
      ...inNamespace('get', 'llmproviders,events.events.k8s.io,leases,configmaps', '-o', 'yaml'),
    );
    const metrics = await proxy.process.metricsText();
    for (const text of [installation.logs(), objects, metrics]) {
      expect(text).not.toContain(upstreamKey);
      expect(text).not.toContain('sk-upstream-rotated');
      expect(text).not.toContain(token);
    }
  });
});
