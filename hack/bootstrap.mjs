/**
 * Makes a fresh clone ready: installs the locked packages when they are missing
 * or differ from the lock file, and then runs a TypeScript file with the Node
 * that the lock file pins. Plain JavaScript, for any Node from 20 on.
 *
 * `node hack/bootstrap.mjs` alone installs; with a file and arguments it runs
 * that file too.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, 'node_modules');
const node = join(modules, '.bin', 'node');

/**
 * Installs what package-lock.json says, when node_modules is something else.
 * Not with `npm ci`: it refuses a lock file that lacks other platforms'
 * optional packages, as npm writes it when a registry doesn't have them
 * (https://github.com/npm/cli/pull/9343). `--no-save` leaves the lock file alone.
 */
export function install() {
  if (isInstalled()) return;
  process.stdout.write('installing packages\n');
  const { status } = spawnSync('npm', ['install', '--no-save', '--no-audit'], { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

/**
 * Runs a TypeScript file of the checkout with the pinned Node and ends with its exit code.
 *
 * @param {string} file
 * @param {readonly string[]} [args]
 */
export function run(file, args = []) {
  const path = `${join(modules, '.bin')}:${process.env['PATH'] ?? ''}`;
  const child = spawn(node, [join(root, file), ...args], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, PATH: path },
  });
  // Ctrl-C reaches the child by itself; it decides when to end.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
}

/** Every package of the lock file that isn't optional is there in its version. */
function isInstalled() {
  const installed = packagesOf(join(modules, '.package-lock.json'));
  const wanted = packagesOf(join(root, 'package-lock.json'));
  if (!existsSync(node) || installed === undefined || wanted === undefined) return false;
  return Object.entries(wanted).every(
    ([path, { version, optional }]) => path === '' || optional === true || installed[path]?.version === version,
  );
}

/**
 * @param {string} lockFile
 * @returns {Record<string, { version?: string, optional?: boolean }> | undefined} by path
 */
function packagesOf(lockFile) {
  if (!existsSync(lockFile)) return undefined;
  /** @type {unknown} */
  const content = JSON.parse(readFileSync(lockFile, 'utf8'));
  const { packages } = /** @type {{ packages: Record<string, { version?: string, optional?: boolean }> }} */ (content);
  return packages;
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  install();
  if (argv[2] !== undefined) run(argv[2], argv.slice(3));
}
