/** The dependency check must be able to fail: a wrongly configured parser finds no module and passes everything. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';

const root = process.cwd();
const house = mkdtempSync(join(tmpdir(), 'tidegate-arrows-'));
afterAll(() => rmSync(house, { recursive: true, force: true }));

function lint(files: Record<string, string>): string {
  rmSync(join(house, 'src'), { recursive: true, force: true });
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(house, file)), { recursive: true });
    writeFileSync(join(house, file), text);
  }
  writeFileSync(join(house, 'package.json'), '{"type":"module","dependencies":{"@kubernetes/client-node":"*"}}');
  rmSync(join(house, 'node_modules'), { force: true });
  symlinkSync(join(root, 'node_modules'), join(house, 'node_modules'));
  const { stdout } = spawnSync(
    process.execPath,
    [
      resolve('node_modules/dependency-cruiser/bin/dependency-cruise.mjs'),
      'src',
      '--config',
      resolve('.dependency-cruiser.cjs'),
    ],
    { cwd: house, encoding: 'utf8' },
  );
  return stdout;
}

describe('the dependency arrows', () => {
  test('hold in this tree, and modules are really found', () => {
    const out = execFileSync(
      process.execPath,
      ['node_modules/dependency-cruiser/bin/dependency-cruise.mjs', 'src', '--config', '.dependency-cruiser.cjs'],
      { encoding: 'utf8' },
    );
    const [, modules] = /(\d+) modules/.exec(out) ?? [];
    expect(Number(modules)).toBeGreaterThan(50);
  });

  test.each([
    [
      'a new arrow',
      { 'src/providers/a.ts': "import '../kube/b.ts';", 'src/kube/b.ts': '' },
      'providers-imports-only-its-rooms',
    ],
    [
      'a type-only arrow',
      {
        'src/kube/a.ts': "import type { P } from '../table/b.ts'; export type Q = P;",
        'src/table/b.ts': 'export type P = 1;',
      },
      'kube-imports-only-its-rooms',
    ],
    ['network in a pure room', { 'src/compile/a.ts': "import 'node:net';" }, 'pure-rooms-know-no-network'],
    ['a cycle', { 'src/kube/a.ts': "import './b.ts';", 'src/kube/b.ts': "import './a.ts';" }, 'no-cycles'],
    [
      'the heavy client in the proxy',
      { 'src/proxy/a.ts': "import '@kubernetes/client-node';" },
      'proxy-does-not-load-client-node',
    ],
    [
      'the heavy client behind a chain of imports of a serving command',
      {
        'src/cli/proxy.ts': "import '../kube/a.ts';",
        'src/kube/a.ts': "import './kubeconfig.ts';",
        'src/kube/kubeconfig.ts': "import '@kubernetes/client-node';",
      },
      'serving-commands-never-reach-client-node',
    ],
    [
      'the cluster on the path of a request',
      { 'src/proxy/a.ts': "import '../kube/b.ts';", 'src/kube/b.ts': '' },
      'proxy-knows-the-cluster-in-one-folder',
    ],
  ])('%s is an error', (_name, files, rule) => {
    expect(lint(files as unknown as Record<string, string>)).toContain(rule);
  });
});
