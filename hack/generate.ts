/**
 * Writes everything that is made from the CRDs and from the condition reasons. With `--check` it writes nothing, names
 * the files that are stale and exits with status 1.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import type { CustomResourceDefinition } from './generate/crd.ts';
import { generateSchemaModule } from './generate/schema-module.ts';
import { generateTypes } from './generate/types.ts';

const root = path.join(import.meta.dirname, '..');

/** Every generated file by its path in the repository. */
async function generate(): Promise<ReadonlyMap<string, string>> {
  const source = 'crds/tidegate.io_llmproviders.yaml';
  const text = await readFile(path.join(root, source), 'utf8');
  const crd = parse(text) as CustomResourceDefinition;
  return new Map([
    ['src/api/generated/llmprovider.ts', generateTypes(crd, source)],
    ['src/api/generated/llmprovider-schema.ts', generateSchemaModule(crd, source)],
  ]);
}

async function current(file: string): Promise<string | undefined> {
  try {
    return await readFile(path.join(root, file), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

const check = process.argv.includes('--check');
const stale: string[] = [];
for (const [file, wanted] of await generate()) {
  if ((await current(file)) === wanted) continue;
  stale.push(file);
  if (check) continue;
  await mkdir(path.dirname(path.join(root, file)), { recursive: true });
  await writeFile(path.join(root, file), wanted);
}
for (const file of stale) console.log(check ? `stale: ${file}; run \`npm run generate\`` : `wrote ${file}`);
if (check && stale.length > 0) process.exitCode = 1;
