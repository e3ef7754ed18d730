import { beforeAll, beforeEach, expect, test } from '@jest/globals';
import {
  connectControlPlane,
  describeControlPlane,
  KubectlError,
  type Connection,
} from '../../support/control-plane/index.ts';
import { tableOf } from './table.ts';

const openai = {
  apiVersion: 'tidegate.io/v1alpha1',
  kind: 'LLMProvider',
  metadata: { name: 'openai' },
  spec: { type: 'OpenAI', secretRef: { name: 'openai-key' } },
};
const ollama = {
  ...openai,
  metadata: { name: 'ollama' },
  spec: { type: 'OpenAICompatible', baseURL: 'http://ollama:11434/v1' },
};

interface Stored {
  readonly metadata: { readonly generation: number };
  readonly spec: Record<string, unknown>;
  readonly status: {
    readonly conditions: readonly { readonly type: string; readonly status: string; readonly reason: string }[];
  };
}

describeControlPlane('LLMProvider as kubectl shows it', () => {
  let cluster: Connection;
  let namespace: string;

  beforeAll(async () => {
    cluster = connectControlPlane();
    await cluster.installCustomResources('crds');
  });

  beforeEach(async () => {
    namespace = await cluster.createNamespace('crd-surface');
    await cluster.kubectl('apply', '-n', namespace, '-f', '-', {
      input: `${JSON.stringify(openai)}\n---\n${JSON.stringify(ollama)}`,
    });
  });

  const setStatus = async (): Promise<void> => {
    const status = {
      observedGeneration: 1,
      url: '/llm/v1/providers/openai',
      modelSummary: 'gpt-5.2,o4 +1',
      proxies: '2/2',
      conditions: ['Ready', 'Active'].map((type) => ({
        type,
        status: 'True',
        reason: 'Active',
        message: `${type} message`,
        lastTransitionTime: '2026-01-01T00:00:00Z',
      })),
    };
    await cluster.apply(
      { ...openai, metadata: { name: 'openai', namespace }, spec: undefined, status },
      '--subresource=status',
      '--field-manager=test',
      '-n',
      namespace,
    );
  };

  test('STATUS is Pending before any operator has run', async () => {
    const [header, ...rows] = await tableOf(cluster, namespace, 'llmproviders');
    expect(header).toEqual(['NAME', 'TYPE', 'STATUS', 'MODELS', 'AGE']);
    expect(rows.map((row) => row.slice(0, 3))).toEqual([
      ['ollama', 'OpenAICompatible', 'Pending'],
      ['openai', 'OpenAI', 'Pending'],
    ]);
    const { status } = await cluster.get<Stored>('llmprovider', 'openai', '-n', namespace);
    expect(status.conditions.map(({ type, status, reason }) => [type, status, reason])).toEqual([
      ['Ready', 'Unknown', 'Pending'],
      ['Active', 'Unknown', 'Pending'],
    ]);
  });

  test('-o wide adds READY, PROXIES, URL and MESSAGE', async () => {
    await setStatus();
    const [header, row] = await tableOf(cluster, namespace, 'llmp', 'openai', '-o', 'wide');
    expect(header).toEqual(['NAME', 'TYPE', 'STATUS', 'MODELS', 'AGE', 'READY', 'PROXIES', 'URL', 'MESSAGE']);
    expect(row?.toSpliced(4, 1)).toEqual([
      'openai',
      'OpenAI',
      'Active',
      'gpt-5.2,o4 +1',
      'True',
      '2/2',
      '/llm/v1/providers/openai',
      'Active message',
    ]);
  });

  test('the short name and the category find it', async () => {
    const names = (await cluster.kubectl('get', 'llmp', '-n', namespace, '-o', 'name')).trim().split('\n');
    expect(names).toEqual(['llmprovider.tidegate.io/ollama', 'llmprovider.tidegate.io/openai']);
    const category = await cluster.kubectl('get', 'tidegate', '-n', namespace, '-o', 'name');
    expect(category.trim().split('\n')).toEqual(names);
  });

  test('field selectors find providers by type and by Secret', async () => {
    const byType = await cluster.kubectl(
      'get',
      'llmp',
      '-n',
      namespace,
      '-o',
      'name',
      '--field-selector',
      'spec.type=OpenAICompatible',
    );
    expect(byType.trim()).toBe('llmprovider.tidegate.io/ollama');
    const bySecret = await cluster.kubectl(
      'get',
      'llmp',
      '-n',
      namespace,
      '-o',
      'name',
      '--field-selector',
      'spec.secretRef.name=openai-key',
    );
    expect(bySecret.trim()).toBe('llmprovider.tidegate.io/openai');
  });

  test('defaults are stored where everyone sees them', async () => {
    const { spec } = await cluster.get<Stored>('llmprovider', 'openai', '-n', namespace);
    expect(spec).toEqual({
      ...openai.spec,
      enabled: true,
      streamUsage: 'InjectAndStrip',
      onClientDisconnect: 'Cancel',
      timeouts: { connectSeconds: 10, firstByteSeconds: 600, idleSeconds: 300 },
    });
  });

  test('status is written through its subresource only, and only spec raises the generation', async () => {
    await setStatus();
    await cluster.kubectl('label', 'llmp', 'openai', 'team=a', '-n', namespace);
    await cluster.kubectl(
      'patch',
      'llmp',
      'openai',
      '-n',
      namespace,
      '--type=merge',
      '-p',
      '{"status":{"proxies":"9/9"}}',
    );
    const labelled = await cluster.get<Stored>('llmprovider', 'openai', '-n', namespace);
    expect(labelled).toMatchObject({ metadata: { generation: 1 }, status: { proxies: '2/2' } });
    await cluster.kubectl(
      'patch',
      'llmp',
      'openai',
      '-n',
      namespace,
      '--type=merge',
      '-p',
      '{"spec":{"enabled":false}}',
    );
    expect(await cluster.get<Stored>('llmprovider', 'openai', '-n', namespace)).toMatchObject({
      metadata: { generation: 2 },
    });
  });

  test('the type cannot be changed', async () => {
    const change = cluster.kubectl(
      'patch',
      'llmp',
      'ollama',
      '-n',
      namespace,
      '--type=merge',
      '-p',
      '{"spec":{"type":"OpenAI","secretRef":{"name":"a"}}}',
    );
    await expect(change).rejects.toThrow(KubectlError);
    await expect(change).rejects.toThrow('`type` must not be changed');
  });

  test('kubectl explain tells what a field is', async () => {
    expect(await cluster.kubectl('explain', 'llmprovider.spec.timeouts.idleSeconds')).toMatch(
      /Seconds that an answer may pause.*Defaults to 300/s,
    );
  });
});
