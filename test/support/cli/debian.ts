/**
 * Programs of this distribution that few machines have installed, unpacked outside of the checkout and run from there:
 * nothing is installed, and no service starts.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { alone } from '../alone.ts';

export interface Unpacked {
  /** What the packages call `/`. */
  readonly root: string;
  /** Variables with which its programs run. */
  readonly env: { readonly PATH: string; readonly LD_LIBRARY_PATH: string };
}

/** Packages with what they need. Where they cannot be had, a reason; with `CI=true` that throws. */
export function unpacked(...packages: string[]): Unpacked | { readonly missing: string } {
  try {
    const root = prepare(packages);
    const libraries = ['usr/lib', 'lib'].flatMap((folder) => foldersOfLibraries(join(root, folder)));
    const path = ['usr/bin', 'bin'].map((folder) => join(root, folder));
    return {
      root,
      env: { PATH: [...path, process.env['PATH']].join(':'), LD_LIBRARY_PATH: libraries.join(':') },
    };
  } catch (error) {
    const missing = error instanceof Error ? error.message : String(error);
    if (process.env['CI'] === 'true')
      throw new Error(`${packages.join(', ')} must run in CI: ${missing}`, { cause: error });
    process.stderr.write(`\n*** SKIPPED: ${packages.join(', ')}. ${missing}\n\n`);
    return { missing };
  }
}

/** Some packages keep theirs several folders deep. */
function foldersOfLibraries(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder, { recursive: true, withFileTypes: true });
  return [...new Set(files.filter(({ name }) => /\.so(\.|$)/.test(name)).map(({ parentPath }) => parentPath))];
}

function prepare(packages: readonly string[]): string {
  const base = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  const root = join(base, 'tidegate', 'packages', packages.join('+'));
  // One for all: apt-get has a lock of its own, and does not wait for it.
  return existsSync(root) ? root : alone(join(root, '..', 'lock'), () => prepareAlone(root, packages));
}

function prepareAlone(root: string, packages: readonly string[]): string {
  if (existsSync(root)) return root;
  const scratch = `${root}.partial-${process.pid}`;
  try {
    mkdirSync(scratch, { recursive: true });
    try {
      download(packages, scratch);
    } catch {
      // A new machine has no list of packages yet, an old one an outdated one.
      execFileSync('apt-get', ['update', '-q'], { stdio: 'pipe' });
      download(packages, scratch);
    }
    for (const file of readdirSync(scratch))
      execFileSync('dpkg', ['-x', file, 'root'], { cwd: scratch, stdio: 'pipe' });
    if (!existsSync(root)) renameSync(join(scratch, 'root'), root);
    return root;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Fetches packages and what they need; what is installed already is not fetched. */
function download(packages: readonly string[], folder: string): void {
  const names = installed(['install', '--simulate', '--no-install-recommends', ...packages]);
  execFileSync('apt-get', ['download', '-q', ...new Set([...packages, ...names])], { cwd: folder, stdio: 'pipe' });
}

/** Packages that this call of apt-get would install. */
function installed(args: readonly string[]): readonly string[] {
  const output = execFileSync('apt-get', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  return [...output.matchAll(/^Inst (\S+)/gm)].map(([, name = '']) => name);
}
