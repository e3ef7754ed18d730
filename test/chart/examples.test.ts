/** Every example is applied to a real API server, and nothing in it looks like a real key. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { parseConfiguration } from '../../src/config/load.ts';
import { RBACAuthorizer } from '../../src/identity/rbac/authorizer.ts';
import type { AccessVerb } from '../../src/identity/types.ts';
import { Catalog, parseFile, readDirectory, type CatalogResult } from '../../src/standalone/index.ts';
import { connectControlPlane, describeControlPlane, type Connection } from '../support/control-plane/index.ts';
import { documents, find, objects, repository } from './support/helm.ts';

const folder = join(repository, 'examples');

const yamlFiles = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.yaml'))
  .toSorted();
const isConfiguration = (file: string): boolean =>
  readFileSync(join(folder, file), 'utf8').includes('kind: TidegateConfiguration');

/** YAML files with Kubernetes objects, by their path below examples/. */
const examples = yamlFiles.filter((file) => !isConfiguration(file));
const team = join(folder, 'standalone-team/manifests');

describeControlPlane('the examples', () => {
  let cluster: Connection;

  beforeAll(async () => {
    cluster = connectControlPlane();
    await cluster.installCustomResources(join(repository, 'crds'));
  });

  test.each(examples)('%s is taken by the API server', async (file) => {
    const path = join(folder, file);
    const namespace = await cluster.createNamespace('example');
    const flags = ['--server-side', '--force-conflicts', '--validate=strict'];
    // A file with namespaces of its own must not be forced into another one.
    const hasNamespaces = readFileSync(path, 'utf8').includes('kind: Namespace');
    const where = hasNamespaces ? [] : ['-n', namespace];
    const answer = await cluster.kubectl('apply', ...flags, ...where, '-f', path);
    expect(answer.trim().split('\n')).toHaveLength(documents(readFileSync(path, 'utf8')).length);
  });

  test('standalone-team has the roles of the chart', async () => {
    const charted = await objects(cluster, 'tidegate');
    const roles = documents(readFileSync(join(team, 'roles.yaml'), 'utf8'));
    expect(roles.map(({ metadata }) => metadata.name)).toEqual(['llmprovider-invoker', 'llmprovider-viewer']);
    for (const role of roles) expect(role['rules']).toEqual(find(charted, role.kind, role.metadata.name)['rules']);
  });

  test('openai.yaml says that it waits before any operator runs', async () => {
    const namespace = await cluster.createNamespace('example');
    await cluster.kubectl('apply', '-n', namespace, '-f', join(folder, 'openai.yaml'));
    const table = await cluster.kubectl('get', 'llmproviders', '-n', namespace);
    expect(table).toMatch(/^NAME +TYPE +STATUS +MODELS +AGE\nopenai +OpenAI +Pending/);
  });
});

describe('the examples', () => {
  test('hold placeholders, never keys', () => {
    const secrets = examples.flatMap((file) =>
      documents(readFileSync(join(folder, file), 'utf8'))
        .filter((object) => object.kind === 'Secret')
        .flatMap((object) => Object.entries((object['stringData'] ?? {}) as Record<string, string>))
        .map(([key, value]) => [file, key, value] as const),
    );
    expect(secrets.length).toBeGreaterThan(3);
    for (const [file, key, value] of secrets) {
      expect(`${file} ${key}: ${value}`).toMatch(
        /: (replace-me-with-|\$\{[A-Z_]+\}$|demo-key-that-|-----BEGIN CERTIFICATE-----)/,
      );
    }
  });

  test.each(yamlFiles.filter(isConfiguration))('%s is a valid configuration', (file) => {
    expect(() => parseConfiguration(readFileSync(join(folder, file), 'utf8'), file)).not.toThrow();
  });

  describe('standalone-team', () => {
    let result: CatalogResult;

    beforeAll(async () => {
      const reading = await readDirectory(team);
      if ('problem' in reading) throw new Error(reading.problem.message);
      result = new Catalog({ OPENAI_API_KEY: 'demo' }).update(reading.files.map(parseFile));
    });

    test('is valid, down to the last role', () => {
      expect(result.problems).toEqual([]);
      expect(result.ignored).toEqual([]);
    });

    test.each<[who: string, username: string, group: string, verb: AccessVerb, openai: boolean, selfHosted: boolean]>([
      ['research', 'corp:ada', 'corp:research', 'invoke', true, true],
      ['the build machines', 'corp:ci', 'corp:machines', 'invoke', false, true],
      ['everybody else', 'corp:eve', 'corp:sales', 'invoke', false, false],
      ['everybody else', 'corp:eve', 'corp:sales', 'get', true, true],
    ])('lets %s call what it says (%s, %s, %s)', (_who, username, group, verb, ...expected) => {
      const caller = { username, groups: [group, 'system:authenticated'] };
      const authorizer = new RBACAuthorizer(result.policy);
      const may = (name: string): boolean => authorizer.authorize(caller, verb, 'default', name).kind === 'Allowed';
      expect([may('openai'), may('self-hosted')]).toEqual(expected);
    });
  });

  const withGuardrails = examples.filter((file) =>
    readFileSync(join(folder, file), 'utf8').includes('kind: Guardrail\n'),
  );

  test.each(withGuardrails)('%s has Guardrails that pass their tests', (file) => {
    const text = readFileSync(join(folder, file), 'utf8');
    const { compile, problems } = new Catalog({}).update([parseFile({ file, text })]);
    expect(problems).toEqual([]);
    const outcomes = [...compile.guardrails.values()].map(({ outcome, testsPassed }) => [outcome.kind, testsPassed]);
    const tests = documents(text)
      .filter(({ kind }) => kind === 'Guardrail')
      .map(({ spec }) => (spec as { tests?: readonly unknown[] }).tests?.length);
    const passed = (count: number | undefined): string | undefined =>
      count === undefined ? count : `${count}/${count}`;
    expect(outcomes).toEqual(tests.map((count) => ['Ready', passed(count)]));
  });

  test('are all listed in their README', () => {
    const readme = readFileSync(join(folder, 'README.md'), 'utf8');
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.name === 'README.md') continue;
      const name = entry.isDirectory() ? `${entry.name}/` : entry.name;
      expect(readme).toContain(`(${name})`);
    }
  });
});
