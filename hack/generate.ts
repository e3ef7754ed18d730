/**
 * Writes everything that is made from the CRDs and from the condition reasons. With `--check` it writes nothing, names
 * the files that are stale and exits with status 1. `--root DIR` works on another checkout.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { generateFiles } from './generate/files.ts';
import { scriptArguments } from './script-arguments.mjs';

const values = scriptArguments(
  `npm run generate [-- options]
  writes everything that is made from the CRDs and from the condition reasons
  --check       writes nothing; names the files that are stale and ends with status 1
  --root <dir>  another checkout
`,
  {
    check: { type: 'boolean', default: false },
    root: { type: 'string', default: path.join(import.meta.dirname, '..') },
  },
);

async function current(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

for (const [name, wanted] of await generateFiles(values.root)) {
  const file = path.join(values.root, name);
  if ((await current(file)) === wanted) continue;
  if (values.check) {
    console.log(`stale: ${name}; run \`npm run generate\``);
    process.exitCode = 1;
    continue;
  }
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, wanted);
  console.log(`wrote ${name}`);
}
