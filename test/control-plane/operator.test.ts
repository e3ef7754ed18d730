/**
 * The operator with the chart's rights in a real API server, from what people write to what they read: statuses,
 * columns, events, and the table that proxies get. The proxies are stand-ins that read and acknowledge it.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { connectControlPlane, describeControlPlane, waitFor, type Connection } from '../support/control-plane/index.ts';
import { Installation } from '../support/gateway/index.ts';
import type { GatewayProcess } from '../support/gateway/process.ts';
import { ClusterObjects, condition } from '../support/operator/cluster-objects.ts';
import { StandInProxy } from '../support/operator/stand-in-proxy.ts';

const firstKey = 'sk-first-1b6b0d7c';
const secondKey = 'sk-second-9f3e2a41';

describeControlPlane('the operator', () => {
  let cluster: Connection;
  let installation: Installation;
  let operator: GatewayProcess;
  let proxy: StandInProxy;
  let namespace: string;
  let objects: ClusterObjects;

  beforeAll(async () => {
    cluster = connectControlPlane();
    installation = await Installation.create(cluster);
    namespace = installation.namespace;
    objects = new ClusterObjects(cluster, namespace);
    operator = await installation.startOperator();
    proxy = await StandInProxy.start({ cluster, namespace, name: 'stand-in' });
  });

  afterAll(async () => {
    await proxy?.[Symbol.asyncDispose]();
    await installation?.[Symbol.asyncDispose]();
  });

  const entryOf = (name: string) => proxy.table?.lookup(namespace, name);
  const servedKey = (name: string): string | undefined => {
    const credential = entryOf(name)?.credential;
    return credential?.kind === 'APIKey' ? credential.value.reveal() : undefined;
  };

  test('follows a Secret from missing to whole, changed, emptied, keyless and gone', async () => {
    await objects.applyProvider('life');
    const missing = await objects.untilActiveIs('life', 'SecretNotFound');
    expect(condition(missing, 'SecretNotFound')).toMatchObject({
      status: 'True',
      message: `secret "${namespace}/life" not found`,
    });
    expect(condition(missing, 'Ready')).toMatchObject({ status: 'False', reason: 'SecretNotFound' });
    expect(condition(missing, 'Stalled')).toBeUndefined();
    expect(await objects.statusColumn('life')).toBe('SecretNotFound');
    await waitFor('the table to say why', () => {
      const availability = entryOf('life')?.availability;
      return availability?.state === 'Unavailable' && availability.reason === 'SecretNotFound';
    });

    await objects.putSecret('life', { OPENAI_API_KEY: `${firstKey}\n` });
    const active = await objects.untilActiveIs('life', 'Active');
    expect(servedKey('life')).toBe(firstKey);
    expect(active.status).toMatchObject({ proxies: '1/1', modelSummary: 'all models', url: '/llm/v1/providers/life' });
    expect(active.status.observedGeneration).toBe(active.metadata.generation);
    expect(condition(active, 'SecretNotFound')).toBeUndefined();
    expect(await objects.statusColumn('life')).toBe('Active');

    await objects.putSecret('life', { OPENAI_API_KEY: secondKey });
    await waitFor('the new key to be served', () => servedKey('life') === secondKey);
    expect(condition(await objects.provider('life'), 'Active')).toEqual(condition(active, 'Active'));

    await objects.putSecret('life', { OPENAI_API_KEY: '' });
    expect(condition(await objects.untilActiveIs('life', 'SecretKeyEmpty'), 'Active')?.message).toBe(
      `key "OPENAI_API_KEY" of secret "${namespace}/life" is empty`,
    );
    await objects.putSecret('life', { SOMETHING_ELSE: firstKey });
    expect(condition(await objects.untilActiveIs('life', 'SecretKeyNotFound'), 'Active')?.message).toBe(
      `secret "${namespace}/life" has no key "OPENAI_API_KEY"`,
    );
    await objects.putSecret('life', { OPENAI_API_KEY: 'two\nlines' });
    expect(condition(await objects.untilActiveIs('life', 'InvalidSpec'), 'Active')?.message).not.toContain('two');
    await objects.delete('secret', 'life');
    await objects.untilActiveIs('life', 'SecretNotFound');
    await waitFor('the key to leave the table', () => servedKey('life') === undefined);

    await objects.untilEvent('life', /^Normal Activated: /);
    await objects.untilEvent('life', /^Warning Deactivated: .* is empty$/);
    await objects.untilEvent('life', /^Warning SecretKeyNotFound: /);
  });

  test('lets kubectl wait for Active and Ready', async () => {
    const waiting = Promise.all(
      ['Active', 'Ready'].map((type) =>
        waitFor('the object to be there', async () => {
          await cluster.kubectl('wait', `--for=condition=${type}`, 'llmp/awaited', '-n', namespace, '--timeout=60s');
          return true;
        }),
      ),
    );
    await objects.applyProvider('awaited', { models: [{ name: 'a' }, { name: 'b' }, { name: 'c' }] });
    await objects.putSecret('awaited', { OPENAI_API_KEY: firstKey });
    await waiting;
    expect((await objects.provider('awaited')).status.modelSummary).toBe('a, b +1');
  });

  test('calls a disabled provider Ready and Disabled, needs no Secret for it, and takes its key away', async () => {
    await objects.putSecret('switch', { OPENAI_API_KEY: firstKey });
    await objects.applyProvider('switch');
    await objects.untilActiveIs('switch', 'Active');
    await objects.applyProvider('switch', { enabled: false });
    await objects.delete('secret', 'switch');
    const disabled = await objects.untilActiveIs('switch', 'Disabled');
    expect(condition(disabled, 'Ready')).toMatchObject({ status: 'True', reason: 'Disabled' });
    expect(condition(disabled, 'SecretNotFound')).toBeUndefined();
    await waitFor(
      'the key to leave the table',
      () => entryOf('switch')?.enabled === false && servedKey('switch') === undefined,
    );
    await objects.untilEvent('switch', /^Normal Deactivated: /);
  });

  test('takes a deleted provider out of the table', async () => {
    await objects.applyProvider('short-lived', { type: 'OpenAICompatible', baseURL: 'http://vllm:8000/v1' });
    await objects.putSecret('short-lived', { API_KEY: firstKey });
    await objects.untilActiveIs('short-lived', 'Active');
    await objects.delete('llmprovider', 'short-lived');
    await waitFor('the entry to be gone', () => entryOf('short-lived') === undefined);
  });

  test('counts the proxies, and calls a provider Active only while a live one serves it', async () => {
    await objects.putSecret('counted', { OPENAI_API_KEY: firstKey });
    await objects.applyProvider('counted');
    await objects.until('counted', 'served by 1/1', (provider) => provider.status.proxies === '1/1');

    const second = await StandInProxy.start({ cluster, namespace, name: 'second', leaseSeconds: 2 });
    await objects.until('counted', 'served by 2/2', (provider) => provider.status.proxies === '2/2');
    second.fallSilent();
    await objects.until('counted', 'served by 1/1 again', (provider) => provider.status.proxies === '1/1');
    await second[Symbol.asyncDispose]();

    await proxy[Symbol.asyncDispose]();
    const alone = await objects.untilActiveIs('counted', 'NotServed');
    expect(condition(alone, 'Active')).toMatchObject({ status: 'False', message: 'No proxy is alive' });
    expect(condition(alone, 'Ready')).toMatchObject({ status: 'False', reason: 'NotServed' });
    proxy = await StandInProxy.start({ cluster, namespace, name: 'stand-in' });
    await objects.untilActiveIs('counted', 'Active');
  });

  test('says so when a proxy refuses a table, and goes on calling Active what it still serves', async () => {
    await objects.putSecret('kept', { OPENAI_API_KEY: firstKey });
    await objects.applyProvider('kept');
    await objects.untilActiveIs('kept', 'Active');
    await proxy.refuseTables({ code: 'EntryInvalid', message: 'the entry lacks `baseURL`' });

    await objects.putSecret('late', { OPENAI_API_KEY: firstKey });
    await objects.applyProvider('late');
    // It is NotServed before the proxy has refused.
    const message =
      'No live proxy serves this version of the provider yet; a proxy refuses the newest routing table: ' +
      'EntryInvalid: the entry lacks `baseURL`';
    await objects.until('late', 'not served, and why', (provider) => {
      const active = condition(provider, 'Active');
      return active?.reason === 'NotServed' && active.message === message;
    });
    expect(condition(await objects.provider('kept'), 'Active')).toMatchObject({ status: 'True' });

    await proxy.refuseTables(undefined);
    await objects.untilActiveIs('late', 'Active');
  });

  test.each<[string, () => Promise<unknown>]>([
    [
      'changed',
      () =>
        cluster.kubectl(
          'patch',
          'secret',
          'tidegate-table',
          '-n',
          namespace,
          '--type=merge',
          '-p',
          '{"data":{"part-0":"AAAA"}}',
        ),
    ],
    [
      'emptied',
      () =>
        cluster.kubectl('patch', 'secret', 'tidegate-table', '-n', namespace, '--type=merge', '-p', '{"data":null}'),
    ],
    ['deleted', () => objects.delete('secret', 'tidegate-table')],
    [
      'made immutable with other content',
      async () => {
        await cluster.kubectl(
          'patch',
          'secret',
          'tidegate-table',
          '-n',
          namespace,
          '--type=merge',
          '-p',
          '{"data":{"part-0":"AAAA"},"immutable":true}',
        );
      },
    ],
  ])('mends a table that somebody else has %s', async (_, damage) => {
    await objects.untilActiveIs('awaited', 'Active');
    const whole = proxy.table?.revision;
    const read = async () => {
      const secret = await cluster.get<{ data?: Record<string, string> }>('secret', 'tidegate-table', '-n', namespace);
      return secret.data ?? {};
    };
    const before = await read();
    await damage();
    await waitFor('the table to be whole again', async () => {
      const after = await read();
      return after['part-0'] === before['part-0'] && after['index.json'] === before['index.json'];
    });
    expect(proxy.table?.revision).toBe(whole);
    expect(condition(await objects.provider('awaited'), 'Active')?.status).toBe('True');
  });

  test('settles: once all is said, nothing is written any more', async () => {
    const writes = async (): Promise<number> => {
      const metrics = await operator.metrics();
      return ['POST', 'PATCH', 'DELETE'].reduce(
        (sum, method) => sum + metrics.sum('rest_client_requests_total', { method }),
        0,
      );
    };
    const renewal = async (): Promise<unknown> =>
      (await cluster.get<{ spec: { renewTime: string } }>('lease', 'tidegate-operator', '-n', namespace)).spec
        .renewTime;
    const nextRenewal = async (): Promise<void> => {
      const last = await renewal();
      await waitFor('the leader to renew its Lease', async () => (await renewal()) !== last);
    };
    // Two renewals of the Lease without a write: everything that was under way has ended.
    await waitFor(
      'the writes to end',
      async () => {
        const before = await writes();
        await nextRenewal();
        await nextRenewal();
        return (await writes()) === before;
      },
      { timeoutMilliseconds: 60_000 },
    );

    const before = { writes: await writes(), versions: await objects.versions() };
    // What does not change anything for anybody: a label, another Secret, the proxies' heartbeats.
    await cluster.kubectl('label', 'llmprovider', 'awaited', 'team=a', '-n', namespace);
    await objects.putSecret('unrelated', { anything: 'at all' });
    for (let i = 0; i < 3; i++) await nextRenewal();
    const after = await objects.versions();
    expect(await writes()).toBe(before.writes);
    const changed = [...after].filter(([name, version]) => before.versions.get(name) !== version).map(([name]) => name);
    expect(changed.sort()).toEqual(['LLMProvider/awaited', 'Secret/unrelated']);
  });

  test('shows no key in a status, an event, its log or its metrics', async () => {
    const everything = [
      await cluster.kubectl('get', 'llmproviders,events,leases', '-n', namespace, '-o', 'yaml'),
      installation.logs(),
      await operator.metricsText(),
    ].join('\n');
    expect(everything).toContain('awaited');
    for (const key of [firstKey, secondKey]) {
      expect(everything).not.toContain(key);
      expect(everything).not.toContain(Buffer.from(key).toString('base64'));
    }
    expect(everything).not.toContain('two\\nlines');
  });
});
