/**
 * `npm run bench`: figures of the gateway beside references in the same run; `-- --help` lists the options.
 * The process under measurement has one core, load and upstream the other. Everything stays on loopback and ends.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { targetNames } from './context.ts';
import { BenchUpstream } from './load/upstream.ts';
import { pinned, pinSelf } from './process.ts';
import { printHead, printRows, type Report } from './report.ts';
import { defaultSections, runAll, sections } from './sections.ts';

const HELP = `npm run bench -- [options]
  --quick             short measurements and two rounds: whether it works, not how fast
  --only=<sections>   some of ${sections.join(', ')} (default: all but soak)
  --targets=<targets> some of ${targetNames.join(', ')} (default: all)
  --rounds=<count>    how often each measurement is made (default: 3)
  --seconds=<count>   how long each takes (default: 2)
  --minutes=<count>   how long soak takes (default: 10)
`;

const { values } = parseArgs({
  options: {
    help: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    targets: { type: 'string' },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    minutes: { type: 'string', default: '10' },
  },
});

function choose<T extends string>(from: readonly T[], list: string | undefined, usual: readonly T[]): readonly T[] {
  if (list === undefined) return usual;
  return list.split(',').map((word) => {
    const found = from.find((known) => known === word);
    if (found === undefined) throw new Error(`unknown word "${word}": choose from ${from.join(', ')}`);
    return found;
  });
}

function count(option: string, value: string): number {
  const number = Number(value);
  if (!(number > 0)) throw new Error(`--${option} must be a number above 0, not "${value}"`);
  return number;
}

async function bench(): Promise<void> {
  const { quick } = values;
  const chosen = choose(sections, values.only, defaultSections);
  const options = {
    targets: choose(targetNames, values.targets, targetNames),
    rounds: count('rounds', values.rounds ?? (quick ? '2' : '3')),
    seconds: count('seconds', values.seconds ?? (quick ? '1' : '2')),
    manyProviders: quick ? 200 : 1000,
    soakMinutes: count('minutes', values.minutes),
  };

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
  printHead(report);
  try {
    await runAll(chosen, { upstream, folder, ...options }, (rows) => {
      report.rows.push(...rows);
      printRows(rows);
      save(report);
    });
  } finally {
    await upstream[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  }
  process.stdout.write(`\nwritten to ${resultFile(report)}\n`);
}

function resultFile({ startedAt }: Report): string {
  return new URL(`results/${startedAt.replaceAll(':', '-')}.json`, import.meta.url).pathname;
}

/** After each section, so that a run that is stopped has not been in vain. */
function save(report: Report): void {
  mkdirSync(new URL('results/', import.meta.url), { recursive: true });
  writeFileSync(resultFile(report), `${JSON.stringify(report, undefined, 2)}\n`);
}

if (values.help) process.stdout.write(HELP);
else await bench();
