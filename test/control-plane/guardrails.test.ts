/**
 * Guardrails in a real API server, with the chart's rights: what people write, what both kinds say of each other, what
 * proxies get, and what callers are answered. Nothing is ever served unguarded.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { GuardrailEntry } from '../../src/table/types.ts';
import { connectControlPlane, describeControlPlane, waitFor, type Connection } from '../support/control-plane/index.ts';
import {
  guardrail,
  Installation,
  post,
  upstreamKey,
  type InstalledProxy,
  type RawAnswer,
} from '../support/gateway/index.ts';
import type { GatewayProcess } from '../support/gateway/process.ts';
import { ClusterObjects, condition } from '../support/operator/cluster-objects.ts';
import { StandInProxy } from '../support/operator/stand-in-proxy.ts';
import { openAI, UpstreamServer } from '../upstreams/index.ts';

const passing = { name: 'masks', direction: 'Input', text: 'write to a@example.com', expect: { action: 'Mask' } };
const failing = { name: 'blocks', direction: 'Input', text: 'harmless', expect: { action: 'Block' } };

describeControlPlane('Guardrails', () => {
  let cluster: Connection;
  let installation: Installation;
  let operator: GatewayProcess;
  let proxy: StandInProxy;
  let objects: ClusterObjects;

  beforeAll(async () => {
    cluster = connectControlPlane();
    installation = await Installation.create(cluster);
    const { namespace } = installation;
    objects = new ClusterObjects(cluster, namespace);
    operator = await installation.startOperator();
    proxy = await StandInProxy.start({ cluster, namespace, name: 'stand-in' });
    await objects.putSecret('openai', { OPENAI_API_KEY: 'sk-1' });
  });

  afterAll(async () => {
    await proxy?.[Symbol.asyncDispose]();
    await installation?.[Symbol.asyncDispose]();
  });

  const guarded = (name: string, ...guardrails: string[]): Promise<void> =>
    objects.applyProvider(name, {
      secretRef: { name: 'openai' },
      guardrailRefs: guardrails.map((guardrail) => ({ name: guardrail })),
    });
  /** The Guardrails that a proxy puts before this provider. */
  const inForce = (name: string, { table } = proxy): readonly (GuardrailEntry | undefined)[] | undefined =>
    table?.lookup(installation.namespace, name)?.guardrails.map(({ hash }) => table.guardrailWithHash(hash));
  const generationsInForce = (name: string, by = proxy): string =>
    String(inForce(name, by)?.map((entry) => entry?.generation));

  test('are Ready with their tests passed, and say so to whoever looks', async () => {
    await objects.applyGuardrail('rules', {
      tests: [passing, { ...passing, name: 'masks answers', direction: 'Output' }],
    });
    const ready = await objects.untilReadyIs('rules', 'Ready');
    expect(ready.status).toMatchObject({ observedGeneration: 1, testsPassed: '2/2', usedBy: 'none' });
    expect(condition(ready, 'Ready')).toMatchObject({ status: 'True' });
    expect(Object.fromEntries(await objects.columns('guardrails', 'rules'))).toMatchObject({
      NAME: 'rules',
      MODE: 'Enforce',
      READY: 'True',
      TESTS: '2/2',
      'USED-BY': 'none',
    });
    await cluster.kubectl(
      'wait',
      '--for=condition=Ready',
      'guard/rules',
      '-n',
      installation.namespace,
      '--timeout=60s',
    );
    await objects.untilEvent('rules', /^Normal Ready: /);
  });

  test('are in force for the providers that refer to them, and count these', async () => {
    await guarded('one', 'rules');
    await objects.untilActiveIs('one', 'Active');
    expect(inForce('one')).toMatchObject([{ name: 'rules', mode: 'Enforce', pii: { entities: [{ type: 'Email' }] } }]);
    await objects.untilGuardrail('rules', 'used by one', ({ status }) => status.usedBy === '1 provider');
    await guarded('two', 'rules');
    await objects.untilGuardrail('rules', 'used by two', ({ status }) => status.usedBy === '2 providers');
    await objects.delete('llmprovider', 'two');
    await objects.untilGuardrail('rules', 'used by one again', ({ status }) => status.usedBy === '1 provider');
  });

  test('that come after their provider make it Active then', async () => {
    await guarded('early', 'late');
    const missing = await objects.untilActiveIs('early', 'GuardrailNotFound');
    expect(condition(missing, 'Active')?.message).toBe(`guardrail "${installation.namespace}/late" not found`);
    expect(condition(missing, 'Ready')).toMatchObject({ status: 'False', reason: 'GuardrailNotFound' });
    expect(await objects.statusColumn('early')).toBe('GuardrailNotFound');
    await objects.applyGuardrail('late');
    await objects.untilActiveIs('early', 'Active');
    await objects.untilEvent('early', /^Warning GuardrailNotFound: /);
  });

  test('that are edited are served in the new version before their provider counts as served', async () => {
    const old = await StandInProxy.start({ cluster, namespace: installation.namespace, name: 'old' });
    await objects.until('one', 'served by both', ({ status }) => status.proxies === '2/2');
    const { generation } = (await objects.guardrail('rules')).metadata;
    await old.refuseTables({ code: 'EntryInvalid', message: 'not that one' });
    await objects.applyGuardrail('rules', { mode: 'Audit', tests: [passing] });
    const behind = await objects.until('one', 'served by one', ({ status }) => status.proxies === '1/2');
    // The provider itself is as it was; the one proxy that has its Guardrail's new version is enough.
    expect(condition(behind, 'Active')).toMatchObject({ status: 'True' });
    expect(generationsInForce('one')).toBe(String(generation + 1));
    expect(generationsInForce('one', old)).toBe(String(generation));

    await proxy.refuseTables({ code: 'EntryInvalid', message: 'nor that' });
    await objects.applyGuardrail('rules', { tests: [passing] });
    const unserved = await objects.until('one', 'served by none, and why', (provider) => {
      return condition(provider, 'Active')?.message.includes('a proxy refuses the newest routing table') === true;
    });
    expect(unserved.status.proxies).toBe('0/2');
    expect(condition(unserved, 'Active')?.reason).toBe('NotServed');
    await Promise.all([proxy, old].map((refusing) => refusing.refuseTables(undefined)));
    await objects.until('one', 'served by both again', ({ status }) => status.proxies === '2/2');
    expect(generationsInForce('one', old)).toBe(String(generation + 2));
    await old[Symbol.asyncDispose]();
  });

  test('whose tests fail, or whose pattern is none, take their providers out of service', async () => {
    await objects.applyGuardrail('rules', { tests: [passing, failing] });
    const broken = await objects.untilReadyIs('rules', 'TestsFailed');
    expect(broken.status.testsPassed).toBe('1/2');
    expect(condition(broken, 'Ready')?.message).toContain('blocks');
    const refused = await objects.untilActiveIs('one', 'GuardrailNotReady');
    expect(condition(refused, 'Active')?.message).toBe(
      `guardrail "${installation.namespace}/rules" is not ready: TestsFailed`,
    );
    await waitFor('the proxies to have neither the key nor the rules', () => {
      const entry = proxy.table?.lookup(installation.namespace, 'one');
      return entry?.availability.state === 'Unavailable' && entry.credential.kind === 'None';
    });
    expect((await objects.columns('guardrail', 'rules')).get('READY')).toBe('False');
    await objects.untilEvent('rules', /^Warning TestsFailed: /);

    await objects.applyGuardrail('rules', { pii: { regexes: [{ name: 'bad', pattern: 'a(', action: 'Block' }] } });
    await objects.untilReadyIs('rules', 'InvalidPattern');
    await objects.applyGuardrail('rules', { tests: [passing] });
    await objects.untilReadyIs('rules', 'Ready');
    await objects.untilActiveIs('one', 'Active');
    expect((await objects.guardrail('rules')).status.testsPassed).toBe('1/1');
  });

  test('keep the order in which their provider names them, and are of its own namespace only', async () => {
    const elsewhere = new ClusterObjects(cluster, await cluster.createNamespace('elsewhere'));
    await elsewhere.applyGuardrail('foreign');
    await guarded('ordered', 'rules', 'late', 'foreign');
    await objects.untilActiveIs('ordered', 'GuardrailNotFound');
    await guarded('ordered', 'rules', 'late');
    await objects.untilActiveIs('ordered', 'Active');
    expect(inForce('ordered')?.map((entry) => entry?.name)).toEqual(['rules', 'late']);
    await guarded('ordered', 'late', 'rules');
    await waitFor('the other order', () => inForce('ordered')?.[0]?.name === 'late');
    expect(inForce('ordered')?.map((entry) => entry?.name)).toEqual(['late', 'rules']);
  });

  test('that ask a webhook need its Secret, and are in force again once it is there', async () => {
    const http = { url: 'https://judge.example.com', secretRef: { name: 'judge', key: 'token' } };
    await objects.applyGuardrail('asking', {
      contentPolicies: {
        deniedTopics: [{ name: 'weather', definition: 'What the weather will be.' }],
        evaluator: { http },
      },
    });
    const missing = await objects.untilReadyIs('asking', 'SecretNotFound');
    expect(condition(missing, 'SecretNotFound')).toMatchObject({
      status: 'True',
      message: `secret "${installation.namespace}/judge" not found`,
    });
    await guarded('asked', 'asking');
    await objects.untilActiveIs('asked', 'GuardrailNotReady');
    await objects.putSecret('judge', { token: 'a-token-of-the-judge' });
    expect(condition(await objects.untilReadyIs('asking', 'Ready'), 'SecretNotFound')).toBeUndefined();
    await objects.untilActiveIs('asked', 'Active');
    await objects.delete('secret', 'judge');
    await objects.untilReadyIs('asking', 'SecretNotFound');
    await objects.untilActiveIs('asked', 'GuardrailNotReady');
    await objects.delete('guardrail', 'asking');
    expect(installation.logs()).not.toContain('a-token-of-the-judge');
  });

  test('are counted by reason in the metrics, and need nothing from a disabled provider', async () => {
    await objects.applyProvider('off', {
      secretRef: { name: 'openai' },
      enabled: false,
      guardrailRefs: [{ name: 'nowhere' }],
    });
    await objects.untilActiveIs('off', 'Disabled');
    await objects.applyGuardrail('broken', { tests: [failing] });
    await objects.untilReadyIs('broken', 'TestsFailed');
    const metrics = await operator.metrics();
    const count = (reason: string): number => metrics.sum('tidegate_operator_guardrails', { reason });
    expect([count('Ready'), count('TestsFailed'), count('InvalidPattern')]).toEqual([2, 1, 0]);
    expect(metrics.sum('tidegate_operator_namespaces_refused', { resource: 'Guardrails' })).toBe(0);
  });

  test('whose tests take seconds together do not stop the operator meanwhile', async () => {
    const regexes = Array.from({ length: 64 }, (_, i) => ({
      name: `slow-${i}`,
      action: 'Detect',
      pattern: '(a|aa){1,40}c',
    }));
    const tests = Array.from({ length: 20 }, (_, i) => ({
      name: `long ${i}`,
      direction: 'Input',
      text: 'a'.repeat(8000),
      expect: { action: 'Allow' },
    }));
    const names = ['slow-a', 'slow-b', 'slow-c', 'slow-d', 'slow-e', 'slow-f'];
    const items = names.map((name) => guardrail(name, { pii: { regexes }, tests }, installation.namespace));
    const start = performance.now();
    await cluster.apply({ apiVersion: 'v1', kind: 'List', items });
    let longest = 0;
    const areReady = async (): Promise<boolean> => {
      const begin = performance.now();
      await operator.metrics();
      longest = Math.max(longest, performance.now() - begin);
      const found = await Promise.all(names.map((name) => objects.guardrail(name)));
      return found.every((each) => condition(each, 'Ready')?.status === 'True');
    };
    await waitFor('the slow ones to be Ready', areReady, { timeoutMilliseconds: 60_000 });
    // One that stopped for them would answer once they are over, and not in between; a busy machine may be slow by itself.
    expect(longest).toBeLessThan(Math.max(2500, (performance.now() - start) / 2));
    for (const name of names) await objects.delete('guardrail', name);
  });

  test('settle: a status is written once, and another leader writes none of it again', async () => {
    await objects.untilGuardrail('rules', 'used by two', ({ status }) => status.usedBy === '2 providers');
    const versions = async (): Promise<readonly string[]> =>
      [...(await objects.versions())].filter(([name]) => !name.startsWith('Event/')).map((item) => item.join(' '));
    const before = await versions();
    await installation.stopOperators();
    const heir = await installation.startOperator('operator-1');
    // What its first passes have to say comes before what changes now.
    await objects.applyGuardrail('last');
    await objects.untilReadyIs('last', 'Ready');
    const after = (await versions()).filter((item) => !item.startsWith('Guardrail/last'));
    expect(after).toEqual(before);
    expect((await heir.metrics()).sum('tidegate_operator_status_writes_total', { result: 'success' })).toBe(1);
  });
});

describeControlPlane('calls of a provider with a Guardrail', () => {
  let cluster: Connection;
  let upstream: UpstreamServer;
  let installation: Installation;
  let proxy: InstalledProxy;
  let objects: ClusterObjects;
  let token: string;

  beforeAll(async () => {
    cluster = connectControlPlane();
    upstream = await UpstreamServer.start({ wire: openAI(), keys: [upstreamKey] });
    installation = await Installation.create(cluster);
    objects = new ClusterObjects(cluster, installation.namespace);
    await installation.startOperator();
    token = await installation.callerToken('app');
    await installation.allow('app', 'openai');
    proxy = await installation.startProxy();
    await objects.putSecret('openai', { OPENAI_API_KEY: upstreamKey });
    await objects.applyGuardrail('rules');
    await objects.applyProvider('openai', { baseURL: `${upstream.origin}/v1`, guardrailRefs: [{ name: 'rules' }] });
    await objects.untilActiveIs('openai', 'Active');
  });

  afterAll(async () => {
    await installation?.[Symbol.asyncDispose]();
    await upstream?.[Symbol.asyncDispose]();
  });

  const chat = (content: string): Promise<RawAnswer> =>
    post(
      `${proxy.url}/llm/v1/providers/openai/v1/chat/completions`,
      { model: 'gpt-4o', messages: [{ role: 'user', content }] },
      { authorization: `Bearer ${token}` },
    );
  const outcome = ({ status, headers }: RawAnswer): string =>
    [status, headers['x-tidegate-error'] ?? ''].join(' ').trim();
  const untilAnswered = (expected: string): Promise<unknown> =>
    waitFor(`the answer ${expected}`, async () => outcome(await chat('hello')) === expected);
  const sent = (): string => upstream.last.request.body.toString();

  test('are checked by it', async () => {
    expect(outcome(await chat('write to a@example.com'))).toBe('200');
    expect(sent()).toContain('write to {EMAIL}');
  });

  test('are checked by what it has become', async () => {
    await objects.applyGuardrail('rules', { pii: { entities: [{ type: 'Email', action: 'Block' }] } });
    await waitFor('the new rule', async () => outcome(await chat('write to a@example.com')) === '400 GuardrailBlocked');
    expect(outcome(await chat('write to nobody'))).toBe('200');
  });

  test('are refused while it is gone, and go through again once it is back', async () => {
    await objects.delete('guardrail', 'rules');
    await objects.untilActiveIs('openai', 'GuardrailNotFound');
    await untilAnswered('503 GuardrailUnavailable');
    await objects.applyGuardrail('rules');
    await objects.untilActiveIs('openai', 'Active');
    await untilAnswered('200');
    expect(outcome(await chat('write to a@example.com'))).toBe('200');
    expect(sent()).toContain('write to {EMAIL}');
  });

  test('are refused while its tests fail', async () => {
    await objects.applyGuardrail('rules', { tests: [failing] });
    await objects.untilActiveIs('openai', 'GuardrailNotReady');
    await untilAnswered('503 GuardrailUnavailable');
    const count = upstream.exchanges.length;
    expect(outcome(await chat('hello'))).toBe('503 GuardrailUnavailable');
    expect(upstream.exchanges).toHaveLength(count);
    await objects.applyGuardrail('rules');
    await untilAnswered('200');
  });

  test('go on being checked when the operator may no longer list Guardrails, or is new and never could', async () => {
    const { namespace } = installation;
    const role = ['role', `tidegate-operator.${namespace}`, '-n', namespace];
    const found = await cluster.get<{ rules: { resources: string[] }[] }>(...role);
    const rules = found.rules.map((rule) => ({
      ...rule,
      resources: rule.resources.filter((resource) => resource !== 'guardrails'),
    }));
    await installation.stopOperators();
    await cluster.kubectl('patch', ...role, '--type=merge', '-p', JSON.stringify({ rules }));
    const blind = await installation.startOperator('operator-1');
    await objects.putSecret('openai', { OPENAI_API_KEY: upstreamKey, unrelated: 'change' });
    await objects.untilActiveIs('openai', 'GuardrailUnreadable');
    await waitFor('the metric to say so', async () => {
      const metrics = await blind.metrics();
      return metrics.sum('tidegate_operator_namespaces_refused', { resource: 'Guardrails' }) === 1;
    });
    expect(outcome(await chat('write to a@example.com'))).toBe('200');
    expect(sent()).toContain('write to {EMAIL}');

    await cluster.kubectl('patch', ...role, '--type=merge', '-p', JSON.stringify({ rules: found.rules }));
    await objects.untilActiveIs('openai', 'Active');
    expect(outcome(await chat('write to a@example.com'))).toBe('200');
  });
});
