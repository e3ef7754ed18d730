/** Every example is applied to a real API server, and nothing in it looks like a real key. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { connectControlPlane, describeControlPlane, type Connection } from '../support/control-plane/index.ts';
import { documents, repository } from './support/helm.ts';

const folder = join(repository, 'examples');

/** YAML files with Kubernetes objects, by their path below examples/. */
const examples = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.yaml'))
  .filter((file) => !readFileSync(join(folder, file), 'utf8').includes('kind: TidegateConfiguration'))
  .toSorted();

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

  test('are all listed in their README', () => {
    const readme = readFileSync(join(folder, 'README.md'), 'utf8');
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.name === 'README.md') continue;
      const name = entry.isDirectory() ? `${entry.name}/` : entry.name;
      expect(readme).toContain(`(${name})`);
    }
  });
});
