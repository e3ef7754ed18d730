import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { generateFiles } from './generate/files.ts';

const repository = path.join(import.meta.dirname, '..');

/** Exit status and output of the script on a checkout at `root`. */
async function generate(root: string, ...args: string[]): Promise<{ status: number; output: string }> {
  const script = path.join(repository, 'hack/generate.ts');
  try {
    const { stdout } = await promisify(execFile)(process.execPath, ['--no-warnings', script, '--root', root, ...args]);
    return { status: 0, output: stdout };
  } catch (error) {
    const { code, stdout } = error as { code: number; stdout: string };
    return { status: code, output: stdout };
  }
}

describe('generated files', () => {
  let root: string;

  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'tidegate-generate-'));
    await cp(path.join(repository, 'crds'), path.join(root, 'crds'), { recursive: true });
  });

  afterEach(async () => {
    await rm(root, { recursive: true });
  });

  test('those of this repository are fresh', async () => {
    for (const [name, wanted] of await generateFiles(repository)) {
      expect([name, await readFile(path.join(repository, name), 'utf8')]).toEqual([name, wanted]);
    }
  });

  test('a second run writes nothing', async () => {
    const first = await generate(root);
    expect(first.output.trim().split('\n')).toHaveLength((await generateFiles(root)).size);
    expect(await generate(root)).toEqual({ status: 0, output: '' });
  });

  test('--check names stale and missing files and changes nothing', async () => {
    await generate(root);
    const page = path.join(root, 'docs/reference/llmprovider.md');
    await writeFile(page, 'edited by hand');
    await rm(path.join(root, 'docs/reference/conditions.md'));
    const { status, output } = await generate(root, '--check');
    expect(status).toBe(1);
    expect(output).toContain('stale: docs/reference/llmprovider.md');
    expect(output).toContain('stale: docs/reference/conditions.md');
    expect(output.trim().split('\n')).toHaveLength(2);
    expect(await readFile(page, 'utf8')).toBe('edited by hand');
  });

  test('a field called description survives in the schema module', async () => {
    const { generateSchemaModule } = await import('./generate/schema-module.ts');
    const crd = {
      spec: {
        names: { kind: 'Thing' },
        versions: [
          {
            schema: {
              openAPIV3Schema: {
                type: 'object',
                description: 'prose',
                properties: { description: { type: 'string', description: 'prose' } },
              },
            },
          },
        ],
      },
    } as unknown as Parameters<typeof generateSchemaModule>[0];
    const text = generateSchemaModule(crd, 'x');
    expect(text).toContain('"description": {');
    expect(text).not.toContain('prose');
  });
});
