/** A virtual environment with pinned packages, made once for each requirements file and kept in `.venv/`. */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { alone } from '../alone.ts';

const cache = new URL('../../../.venv/', import.meta.url).pathname;

/** Why there is no Python here. */
export interface NoPython {
  readonly missing: string;
}

/**
 * Path of a Python interpreter that has these packages. Where there is no Python, a reason; with `CI=true` that throws.
 */
export function pythonWith(requirementsFile: string): { readonly python: string } | NoPython {
  try {
    return { python: prepare(requirementsFile) };
  } catch (error) {
    const missing = error instanceof Error ? error.message : String(error);
    if (process.env['CI'] === 'true')
      throw new Error(`the Python clients must run in CI: ${missing}`, { cause: error });
    process.stderr.write(`\n*** SKIPPED: Python clients. ${missing}\n\n`);
    return { missing };
  }
}

function prepare(requirementsFile: string): string {
  const hash = createHash('sha256').update(readFileSync(requirementsFile)).digest('hex').slice(0, 16);
  const folder = join(cache, hash);
  return alone(`${folder}.lock`, () => prepareAlone(folder, requirementsFile));
}

function prepareAlone(folder: string, requirementsFile: string): string {
  const python = join(folder, 'bin', 'python');
  if (existsSync(join(folder, 'complete'))) return python;
  if (spawnSync('python3', ['--version']).status !== 0) throw new Error('python3 is not installed');
  // Scripts in an environment name its path, so it is made in place; `complete` says that it can be used.
  rmSync(folder, { recursive: true, force: true });
  execFileSync('python3', ['-m', 'venv', folder], { stdio: 'pipe' });
  execFileSync(python, ['-m', 'pip', 'install', '--quiet', '--requirement', requirementsFile], { stdio: 'pipe' });
  mkdirSync(join(folder, 'preparing'));
  renameSync(join(folder, 'preparing'), join(folder, 'complete'));
  return python;
}
