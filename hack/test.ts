/**
 * Runs every jest project and prints one closing line,
 * `N passed, N failed, N skipped`. The control plane's binaries are prepared
 * while the tests run that don't need them.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensurePrometheus } from './prometheus/ensure.ts';
import { add, none, readCounts, summary, type Counts } from './test-counts.ts';

const root = join(import.meta.dirname, '..');
/** A run that hangs is a failure, not a job that never ends. */
const runTimeoutMinutes = 60;

interface Run {
  /** They share a jest process and its control plane. */
  readonly projects: readonly string[];
  readonly needsControlPlane: boolean;
  /** Jest's default is one less than there are cores. */
  readonly workers: number;
}

const cores = availableParallelism();

/** In the order in which they run. */
const runs: readonly Run[] = [
  { projects: ['unit', 'monitoring'], needsControlPlane: false, workers: cores },
  { projects: ['control-plane', 'clients', 'chart', 'faults'], needsControlPlane: true, workers: cores },
];

async function runJest({ projects, workers }: Run, outputFile: string): Promise<Counts> {
  const args = [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    join(root, 'node_modules/jest/bin/jest.js'),
    '--passWithNoTests',
    `--maxWorkers=${workers}`,
    '--json',
    `--outputFile=${outputFile}`,
    '--selectProjects',
    ...projects,
  ];
  // --json sends the report to stdout as well; what people read is on stderr.
  const jest = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  const timer = setTimeout(() => {
    process.stderr.write(`gave up after ${runTimeoutMinutes} minutes: ${projects.join(', ')}\n`);
    jest.kill('SIGKILL');
  }, runTimeoutMinutes * 60_000);
  const [exitCode] = (await once(jest, 'exit')) as [number | null];
  clearTimeout(timer);
  return readCounts(outputFile, exitCode);
}

const preparation = spawn(process.execPath, [join(root, 'hack/control-plane/ensure.ts')], {
  cwd: root,
  stdio: ['ignore', 'ignore', 'inherit'],
});
const prepared = once(preparation, 'exit');
// Before there are several test files that would fetch it. Whether it must be there, they say themselves.
await ensurePrometheus();

const folder = mkdtempSync(join(tmpdir(), 'tidegate-test-'));
let counts = none;
try {
  for (const run of runs) {
    if (run.needsControlPlane) await prepared;
    process.stderr.write(`\n=== ${run.projects.join(', ')}\n`);
    counts = add(counts, await runJest(run, join(folder, `${run.projects[0]}.json`)));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = counts.failed === 0 ? 0 : 1;
process.stdout.write(`${summary(counts)}\n`);
