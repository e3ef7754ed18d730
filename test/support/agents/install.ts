/**
 * Command-line agents, each a pinned npm package, installed once and kept in `.agents/`: they are too large to be
 * dependencies that everybody installs.
 *
 * @example
 * const agent = agentFrom('@anthropic-ai/claude-code', '2.1.330');
 * if ('missing' in agent) …; else agent.file('cli-wrapper.cjs');
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { alone } from '../alone.ts';

const cache = new URL('../../../.agents/', import.meta.url).pathname;

/** An installed agent. */
export interface InstalledAgent {
  /** Path of a file of its package. */
  file(name: string): string;
}

/** Why there is no such agent here. */
export interface NoAgent {
  readonly missing: string;
}

/** The package at exactly this version. Where it cannot be installed, a reason; with `CI=true` that throws. */
export function agentFrom(packageName: string, version: string): InstalledAgent | NoAgent {
  try {
    const folder = prepare(packageName, version);
    return { file: (name) => join(folder, 'node_modules', packageName, name) };
  } catch (error) {
    const missing = error instanceof Error ? error.message : String(error);
    if (process.env['CI'] === 'true') throw new Error(`${packageName} must run in CI: ${missing}`, { cause: error });
    process.stderr.write(`\n*** SKIPPED: ${packageName}. ${missing}\n\n`);
    return { missing };
  }
}

function prepare(packageName: string, version: string): string {
  const folder = join(cache, `${packageName.replace(/[^a-z0-9-]/gi, '_')}-${version}`);
  return alone(`${folder}.lock`, () => prepareAlone(folder, packageName, version));
}

function prepareAlone(folder: string, packageName: string, version: string): string {
  if (existsSync(join(folder, 'complete'))) return folder;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  // No script of a package runs: what an agent needs comes with it.
  const options = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  execFileSync('npm', ['install', ...options, '--prefix', folder, `${packageName}@${version}`], { stdio: 'pipe' });
  mkdirSync(join(folder, 'preparing'));
  renameSync(join(folder, 'preparing'), join(folder, 'complete'));
  return folder;
}
