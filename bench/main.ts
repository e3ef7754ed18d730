/**
 * `npm run bench -- [--quick] [--only=requests,chunks,…] [--targets=bare,standalone,…]`: figures of the gateway beside references in the same run.
 * The process under measurement has one core, load and upstream the other. Everything stays on loopback and ends.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { BenchUpstream } from './load/upstream.ts';
import { pinned, pinSelf } from './process.ts';
import { printReport, type Report } from './report.ts';
import { runAll, sections, targetNames } from './sections.ts';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    targets: { type: 'string' },
    rounds: { type: 'string' },
  },
});

function choose<T extends string>(from: readonly T[], list: string | undefined): readonly T[] {
  return (list?.split(',') ?? from).map((word) => {
    const found = from.find((known) => known === word);
    if (found === undefined) throw new Error(`unknown word "${word}": choose from ${from.join(', ')}`);
    return found;
  });
}

const chosen = choose(sections, values.only);
const targets = choose(targetNames, values.targets);

// What ships is measured: the source, stripped of its types at each start, would need 25 MB more.
if (process.env['TIDEGATE_MAIN'] === undefined) {
  const root = new URL('..', import.meta.url).pathname;
  execFileSync(process.execPath, ['hack/build.ts'], { cwd: root, stdio: 'inherit' });
  process.env['TIDEGATE_MAIN'] = join(root, 'dist/main.js');
}

// As in the image; for every target alike.
process.env['MALLOC_ARENA_MAX'] ??= '1';

pinSelf();
const folder = mkdtempSync(join(tmpdir(), 'tidegate-bench-'));
const upstream = await BenchUpstream.start();
const report: Report = { startedAt: new Date().toISOString(), node: process.version, pinned, rows: [] };
try {
  const rounds = Number(values.rounds ?? (values.quick ? 2 : 4));
  const { quick } = values;
  const manyProviders = quick ? 200 : 1000;
  const seconds = quick ? 3 : 6;
  await runAll(chosen, { upstream, folder, targets, rounds, seconds, manyProviders }, report.rows);
} finally {
  await upstream[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
}
printReport(report);
const results = new URL('results/', import.meta.url).pathname;
mkdirSync(results, { recursive: true });
const file = join(results, `${report.startedAt.replaceAll(':', '-')}.json`);
writeFileSync(file, `${JSON.stringify(report, undefined, 2)}\n`);
process.stdout.write(`\nwritten to ${file}\n`);
