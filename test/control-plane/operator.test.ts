/**
 * The operator with the chart's rights in a real API server, from what people write to what they read: statuses,
 * columns, events, and the table that proxies get. The proxies are stand-ins that read and acknowledge it.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { connectControlPlane, describeControlPlane, waitFor, type Connection } from '../support/control-plane/index.ts';
import { Installation } from '../support/gateway/index.ts';
import type { GatewayProcess } from '../support/gateway/process.ts';
import { StandInProxy } from '../support/operator/stand-in-proxy.ts';

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly lastTransitionTime: string;
}

interface Provider {
  readonly metadata: { readonly generation: number; readonly resourceVersion: string };
  readonly status: {
    readonly observedGeneration?: number;
    readonly proxies?: string;
    readonly url?: string;
    readonly modelSummary?: string;
    readonly conditions: readonly Condition[];
  };
}

const key = 'sk-first-1b6b0d7c';
const rotated = 'sk-second-9f3e2a41';

describeControlPlane('the operator', () => {
  let cluster: Connection;
  let installation: Installation;
  let operator: GatewayProcess;
  let proxy: StandInProxy;
  let namespace: string;

  beforeAll(async () => {
    cluster = connectControlPlane();
    installation = await Installation.create(cluster);
    namespace = installation.namespace;
    operator = await installation.startOperator();
    proxy = await StandInProxy.start({ cluster, namespace, name: 'stand-in' });
  }, 60_000);

  afterAll(async () => {
    await proxy?.[Symbol.asyncDispose]();
    await installation?.[Symbol.asyncDispose]();
  }, 30_000);

  const applyProvider = (name: string, spec: object = {}): Promise<string> =>
    cluster.apply({
      apiVersion: 'tidegate.io/v1alpha1',
      kind: 'LLMProvider',
      metadata: { name, namespace },
      spec: { type: 'OpenAI', secretRef: { name }, ...spec },
    });

  /** The Secret with exactly this data. */
  const putSecret = async (name: string, stringData: Record<string, string>): Promise<void> => {
    const input = { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, stringData };
    try {
      await cluster.kubectl('replace', '-f', '-', { input });
    } catch {
      await cluster.kubectl('create', '-f', '-', { input });
    }
  };

  const condition = (provider: Provider, type: string): Condition | undefined =>
    provider.status.conditions.find((item) => item.type === type);

  /** Waits until the provider's Active has this reason, and returns the provider. */
  const untilActiveIs = (name: string, reason: string): Promise<Provider> =>
    cluster.waitForObject<Provider>(
      ['llmprovider', name, '-n', namespace],
      (provider) => condition(provider, 'Active')?.reason === reason,
      `${name} to be ${reason}`,
    );

  /** What a person reads in the STATUS column. */
  const statusColumn = async (name: string): Promise<string | undefined> => {
    const [header = '', row = ''] = (await cluster.kubectl('get', 'llmp', name, '-n', namespace)).trim().split('\n');
    return row.split(/\s{2,}/)[header.split(/\s{2,}/).indexOf('STATUS')];
  };

  const servedKey = (name: string): string | undefined => {
    const credential = proxy.table?.lookup(namespace, name)?.credential;
    return credential?.kind === 'APIKey' ? credential.value.reveal() : undefined;
  };

  test('follows a Secret from missing to whole, changed, emptied, keyless and gone', async () => {
    await applyProvider('life');
    const missing = await untilActiveIs('life', 'SecretNotFound');
    expect(condition(missing, 'SecretNotFound')).toMatchObject({
      status: 'True',
      message: `secret "${namespace}/life" not found`,
    });
    expect(condition(missing, 'Ready')).toMatchObject({ status: 'False', reason: 'SecretNotFound' });
    expect(condition(missing, 'Stalled')).toBeUndefined();
    expect(await statusColumn('life')).toBe('SecretNotFound');
    await waitFor('the table to say why', () => {
      const availability = proxy.table?.lookup(namespace, 'life')?.availability;
      return availability?.state === 'Unavailable' && availability.reason === 'SecretNotFound';
    });

    await putSecret('life', { OPENAI_API_KEY: `${key}\n` });
    const active = await untilActiveIs('life', 'Active');
    expect(servedKey('life')).toBe(key);
    expect(active.status).toMatchObject({ proxies: '1/1', modelSummary: 'all models', url: '/llm/v1/providers/life' });
    expect(active.status.observedGeneration).toBe(active.metadata.generation);
    expect(condition(active, 'SecretNotFound')).toBeUndefined();
    expect(await statusColumn('life')).toBe('Active');
    await cluster.kubectl(
      'wait',
      '--for=condition=Active',
      '--for=condition=Ready',
      'llmp/life',
      '-n',
      namespace,
      '--timeout=5s',
    );

    await putSecret('life', { OPENAI_API_KEY: rotated });
    await waitFor('the new key to be served', () => servedKey('life') === rotated);
    const still = await cluster.get<Provider>('llmprovider', 'life', '-n', namespace);
    expect(condition(still, 'Active')).toEqual(condition(active, 'Active'));

    await putSecret('life', { OPENAI_API_KEY: '' });
    expect(condition(await untilActiveIs('life', 'SecretKeyEmpty'), 'Active')?.message).toBe(
      `key "OPENAI_API_KEY" of secret "${namespace}/life" is empty`,
    );
    await putSecret('life', { SOMETHING_ELSE: key });
    expect(condition(await untilActiveIs('life', 'SecretKeyNotFound'), 'Active')?.message).toBe(
      `secret "${namespace}/life" has no key "OPENAI_API_KEY"`,
    );
    await putSecret('life', { OPENAI_API_KEY: 'two\nlines' });
    expect(condition(await untilActiveIs('life', 'InvalidSpec'), 'Active')?.message).not.toContain('two');
    await cluster.kubectl('delete', 'secret', 'life', '-n', namespace);
    await untilActiveIs('life', 'SecretNotFound');
    await waitFor('the key to leave the table', () => servedKey('life') === undefined);
  });
});
