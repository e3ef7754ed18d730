import { beforeAll, beforeEach, expect, test } from '@jest/globals';
import { connectControlPlane, describeControlPlane, type Connection } from '../../support/control-plane/index.ts';
import { tableOf } from './table.ts';

const personalData = {
  apiVersion: 'tidegate.io/v1alpha1',
  kind: 'Guardrail',
  metadata: { name: 'personal-data' },
  spec: {
    pii: { entities: [{ type: 'Email', action: 'Mask' }] },
    wordFilters: [{ name: 'names', words: ['Blue Heron'], action: 'Block', appliesTo: ['Input'] }],
  },
};
const words = {
  ...personalData,
  metadata: { name: 'words' },
  spec: { mode: 'Audit', profanity: { action: 'Detect' } },
};

interface Stored {
  readonly metadata: { readonly generation: number };
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status: {
    readonly testsPassed?: string;
    readonly conditions: readonly { readonly type: string; readonly status: string; readonly reason: string }[];
  };
}

describeControlPlane('Guardrail as kubectl shows it', () => {
  let cluster: Connection;
  let namespace: string;

  beforeAll(async () => {
    cluster = connectControlPlane();
    await cluster.installCustomResources('crds');
  });

  beforeEach(async () => {
    namespace = await cluster.createNamespace('crd-surface');
    await cluster.kubectl('apply', '-n', namespace, '-f', '-', {
      input: `${JSON.stringify(personalData)}\n---\n${JSON.stringify(words)}`,
    });
  });

  const get = async (name: string): Promise<Stored> => cluster.get<Stored>('guardrail', name, '-n', namespace);
  const patch = async (change: unknown): Promise<string> =>
    cluster.kubectl('patch', 'guard', 'words', '-n', namespace, '--type=merge', '-p', JSON.stringify(change));
  const names = async (...args: string[]): Promise<string[]> =>
    (await cluster.kubectl('get', ...args, '-n', namespace, '-o', 'name')).trim().split('\n');

  const setStatus = async (): Promise<void> => {
    const ready = { type: 'Ready', status: 'False', reason: 'TestsFailed', message: 'Test "a" failed' };
    const status = {
      observedGeneration: 1,
      testsPassed: '11/12',
      usedBy: '2 providers',
      conditions: [{ ...ready, lastTransitionTime: '2026-01-01T00:00:00Z' }],
    };
    await cluster.apply(
      { ...words, metadata: { name: 'words', namespace }, spec: undefined, status },
      '--subresource=status',
      '--field-manager=test',
      '-n',
      namespace,
    );
  };

  test('READY is Unknown before any operator has run', async () => {
    const [header, ...rows] = await tableOf(cluster, namespace, 'guardrails');
    expect(header).toEqual(['NAME', 'MODE', 'READY', 'TESTS', 'USED-BY', 'AGE']);
    expect(rows.map((row) => row.slice(0, 3))).toEqual([
      ['personal-data', 'Enforce', 'Unknown'],
      ['words', 'Audit', 'Unknown'],
    ]);
    const { status } = await get('words');
    expect(status.conditions).toMatchObject([{ type: 'Ready', status: 'Unknown', reason: 'Pending' }]);
  });

  test('-o wide adds REASON and MESSAGE', async () => {
    await setStatus();
    const [header, row] = await tableOf(cluster, namespace, 'guard', 'words', '-o', 'wide');
    expect(header).toEqual(['NAME', 'MODE', 'READY', 'TESTS', 'USED-BY', 'AGE', 'REASON', 'MESSAGE']);
    expect(row?.toSpliced(5, 1)).toEqual([
      'words',
      'Audit',
      'False',
      '11/12',
      '2 providers',
      'TestsFailed',
      'Test "a" failed',
    ]);
  });

  test('the short name, the category and the field selector find it', async () => {
    const both = ['guardrail.tidegate.io/personal-data', 'guardrail.tidegate.io/words'];
    expect(await names('guard')).toEqual(both);
    expect(await names('tidegate')).toEqual(both);
    expect(await names('guardrails', '--field-selector', 'spec.mode=Audit')).toEqual([both[1]]);
  });

  test('defaults are stored where everyone sees them', async () => {
    expect((await get('personal-data')).spec).toEqual({
      mode: 'Enforce',
      failurePolicy: 'Closed',
      streaming: { holdBackCharacters: 256 },
      pii: { entities: [{ type: 'Email', action: 'Mask', appliesTo: ['Input', 'Output'] }] },
      wordFilters: [
        {
          name: 'names',
          words: ['Blue Heron'],
          action: 'Block',
          appliesTo: ['Input'],
          match: 'Word',
          caseSensitive: false,
        },
      ],
    });
  });

  test('a direction that server-side apply takes out of `appliesTo` is out, though its default had both', async () => {
    const rule = { name: 'codes', words: ['a'], action: 'Mask' };
    const applied = (appliesTo: object): object => ({
      ...words,
      metadata: { name: 'applied', namespace },
      spec: { wordFilters: [{ ...rule, ...appliesTo }] },
    });
    await cluster.apply(applied({}), '-n', namespace);
    await cluster.apply(applied({ appliesTo: ['Input'] }), '-n', namespace);
    expect((await get('applied')).spec['wordFilters']).toMatchObject([{ appliesTo: ['Input'] }]);
  });

  test('status is written through its subresource only, and only spec raises the generation', async () => {
    await setStatus();
    await patch({ metadata: { labels: { team: 'a' } }, status: { testsPassed: '9/9' } });
    expect(await get('words')).toMatchObject({ metadata: { generation: 1 }, status: { testsPassed: '11/12' } });
    await patch({ spec: { mode: 'Enforce' } });
    expect(await get('words')).toMatchObject({ metadata: { generation: 2 } });
  });

  test('kubectl explain tells what a field is', async () => {
    expect(await cluster.kubectl('explain', 'guardrail.spec.streaming.holdBackCharacters')).toMatch(
      /Characters that a match.*Defaults to 256/s,
    );
  });

  test('the largest words, patterns and tests that the schema allows are within the budget of its rules', async () => {
    const spec = {
      scopes: ['System', 'User', 'Assistant', 'ToolInput', 'ToolOutput'],
      wordFilters: times(32, (i) => ({ name: `f${i}`, words: times(1000, (j) => `word ${i} ${j}`), action: 'Mask' })),
      pii: { regexes: times(64, (i) => ({ name: `r${i}`, pattern: 'a'.repeat(1024), action: 'Mask' })) },
      tests: times(100, (i) => ({
        name: `${'n'.repeat(240)} ${i}`,
        direction: 'Input',
        text: 'a'.repeat(2000),
        expect: { action: 'Mask', text: 'b'.repeat(2000) },
      })),
    };
    const huge = JSON.stringify({ ...words, metadata: { name: 'huge' }, spec });
    expect(await cluster.kubectl('create', '-n', namespace, '-f', '-', { input: huge })).toContain('created');
  });
});

function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}
