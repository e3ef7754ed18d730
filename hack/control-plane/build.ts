/**
 * Builds binaries from their Go modules, pinned by the go.mod and go.sum
 * beside this file.
 */
import { execFile } from 'node:child_process';
import { setPriority } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { publish, withScratch } from './cache.ts';
import type { Build } from './versions.ts';

const run = promisify(execFile);
const progressMilliseconds = 30_000;
/** Tests run meanwhile and should not notice. */
const backgroundPriority = 10;
/** k8s.io/kubernetes 1.36 asks for it; an older Go ≥ 1.21 fetches it by itself. */
const minimumGo = [1, 26] as const;

/** Why Go can't build here, or undefined when it can. */
export async function whyNoGo(): Promise<string | undefined> {
  try {
    const { stdout } = await run('go', ['env', 'GOVERSION'], { cwd: join(import.meta.dirname, 'kubernetes') });
    const [, major, minor] = stdout.match(/^go(\d+)\.(\d+)/) ?? [];
    const isNewEnough =
      Number(major) > minimumGo[0] || (Number(major) === minimumGo[0] && Number(minor) >= minimumGo[1]);
    return isNewEnough ? undefined : `Go ${minimumGo.join('.')} or newer is needed, found ${stdout.trim()}`;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT'
      ? 'Go is not installed'
      : `go does not run: ${String(error)}`;
  }
}

/** Builds one module's binaries into the cache folder. */
export async function buildFromSource(build: Build, log: (line: string) => void): Promise<void> {
  const names = Object.keys(build.packages);
  const what = `${names.join(' and ')} ${build.version}`;
  const started = performance.now();
  const elapsed = (): string => `${Math.round((performance.now() - started) / 1000)} s`;
  log(`building ${what} from source`);
  const progress = setInterval(() => log(`still building ${what} (${elapsed()})`), progressMilliseconds);
  try {
    await withScratch(async (scratch) => {
      for (const [name, mainPackage] of Object.entries(build.packages)) {
        await compile(build, mainPackage, join(scratch, name));
        publish(join(scratch, name), name);
      }
    });
  } finally {
    clearInterval(progress);
  }
  log(`built ${what} in ${elapsed()}`);
}

async function compile(build: Build, mainPackage: string, output: string): Promise<void> {
  const flags = ['-s', '-w', ...build.stamp.flatMap((setting) => ['-X', setting])].join(' ');
  const { GOFLAGS: _unwanted, ...environment } = process.env;
  const building = run('go', ['build', '-mod=readonly', '-trimpath', '-ldflags', flags, '-o', output, mainPackage], {
    cwd: join(import.meta.dirname, build.folder),
    env: { ...environment, CGO_ENABLED: '0' },
    maxBuffer: 16 * 1024 * 1024,
  });
  if (building.child.pid !== undefined) setPriority(building.child.pid, backgroundPriority);
  await building;
}
