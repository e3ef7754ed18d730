/**
 * `npm run prices:update [-- --version 1.2.3]`: makes the built-in price catalog (src/prices/generated/snapshot.ts) from
 * the price list in the PyPI package `litellm`, by default the newest. Nothing of the package runs. The file stays as it
 * is when no price has changed.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { scriptArguments } from '../script-arguments.mjs';
import { convert } from './convert.ts';
import { writeSnapshot } from './write-snapshot.ts';

const LIST = 'litellm/model_prices_and_context_window_backup.json';
const TARGET = join(import.meta.dirname, '../../src/prices/generated/snapshot.ts');

const values = scriptArguments(
  `npm run prices:update [-- options]
  makes the built-in price catalog from the price list in the PyPI package litellm
  --version <version>  of the package (default: the newest)
`,
  { version: { type: 'string' } },
);

function run(command: string, ...args: readonly string[]): void {
  const { status, error } = spawnSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: exit status ${status}`);
}

const folder = mkdtempSync(join(tmpdir(), 'tidegate-prices-'));
try {
  const requirement = values.version === undefined ? 'litellm' : `litellm==${values.version}`;
  run('python3', '-m', 'pip', 'download', '--no-deps', '--only-binary=:all:', '--dest', folder, requirement);
  const wheel = readdirSync(folder).find((name) => name.endsWith('.whl'));
  if (wheel === undefined) throw new Error('pip has fetched no wheel');
  const version = wheel.split('-')[1] ?? '';
  run('python3', '-m', 'zipfile', '-e', join(folder, wheel), folder);
  // The notice that THIRD_PARTY_NOTICES repeats must still be the package's.
  const licence = readFileSync(join(folder, `litellm-${version}.dist-info/licenses/LICENSE`), 'utf8');
  const notices = readFileSync(join(import.meta.dirname, '../../THIRD_PARTY_NOTICES'), 'utf8');
  if (!notices.includes(licence.trim())) throw new Error('the licence has changed: read it, then THIRD_PARTY_NOTICES');
  const snapshot = convert(JSON.parse(readFileSync(join(folder, LIST), 'utf8')) as Parameters<typeof convert>[0]);
  const before = readFileSync(TARGET, 'utf8');
  if (before.includes(snapshot.cards) && before.includes(snapshot.models)) {
    console.log(`litellm ${version}: no price has changed`);
  } else {
    const date = new Date().toISOString().slice(0, 10);
    writeFileSync(TARGET, writeSnapshot(snapshot, { name: `LiteLLM ${version}`, date }));
    console.log(`litellm ${version}: wrote src/prices/generated/snapshot.ts; run the tests of src/prices`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
