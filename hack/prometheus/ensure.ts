/**
 * Finds or fetches `prometheus` and `promtool` for the tests of rules and dashboard, outside of the checkout and without
 * installing anything: `PROMETHEUS_ASSETS`, the cache folder, PATH, Debian's package (unpacked, so that no service
 * starts), the official archive.
 *
 * `node hack/prometheus/ensure.ts` does it from the command line and exits with 1 when they can't be had.
 */
import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { accessSync, constants, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Of the official archive. Any version from 2.42 on, which is what a Debian has, does for the tests. */
const version = '3.5.0';
const names = ['prometheus', 'promtool'] as const;
const indexTimeoutMilliseconds = 8_000;
const archiveTimeoutMilliseconds = 180_000;

/** Paths of the binaries. */
export interface PrometheusBinaries {
  readonly prometheus: string;
  readonly promtool: string;
}

/** Says why there are none, in words for the person at the terminal. */
export interface MissingPrometheus {
  readonly missing: string;
}

/** Resolves the binaries, fetching them when needed. */
export async function ensurePrometheus(
  log: (line: string) => void = logToStderr,
): Promise<PrometheusBinaries | MissingPrometheus> {
  const present = (): PrometheusBinaries | undefined =>
    [process.env['PROMETHEUS_ASSETS'], cacheFolder(), ...(process.env['PATH'] ?? '').split(delimiter)]
      .map((folder) => (folder === undefined || folder === '' ? undefined : inFolder(folder)))
      .find((found) => found !== undefined);
  const problems: string[] = [];
  for (const fetchThem of [fromDebian, fromArchive]) {
    const found = present();
    if (found !== undefined) return found;
    const scratch = join(cacheFolder(), `.partial-${randomUUID()}`);
    mkdirSync(scratch);
    try {
      publish(await fetchThem(scratch, log));
    } catch (error) {
      problems.push(
        `${fetchThem.name}: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)}`,
      );
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  }
  return present() ?? { missing: `no prometheus and promtool for tests: ${problems.join('; ')}` };
}

function cacheFolder(): string {
  const base = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  const folder = join(base, 'tidegate', 'prometheus');
  mkdirSync(folder, { recursive: true });
  return folder;
}

function inFolder(folder: string): PrometheusBinaries | undefined {
  try {
    for (const name of names) accessSync(join(folder, name), constants.X_OK);
    return { prometheus: join(folder, 'prometheus'), promtool: join(folder, 'promtool') };
  } catch {
    return undefined;
  }
}

/** By rename, complete or not at all: runs may overlap. */
function publish(unpacked: string): void {
  if (inFolder(unpacked) === undefined) throw new Error(`what was fetched holds no ${names.join(' and ')}`);
  for (const name of names) renameSync(join(unpacked, name), join(cacheFolder(), name));
}

/** Debian's package, from whatever mirror apt is set up with; apt checks its signature. */
async function fromDebian(scratch: string, log: (line: string) => void): Promise<string> {
  log('fetching the package prometheus of this distribution');
  const download = () => run('apt-get', ['download', '-q', 'prometheus'], { cwd: scratch });
  // A new machine has no list of packages yet.
  await download().catch(async () => {
    await run('apt-get', ['update', '-q']);
    await download();
  });
  const file = readdirSync(scratch).find((name) => name.endsWith('.deb'));
  if (file === undefined) throw new Error('apt-get has downloaded nothing');
  await run('dpkg', ['-x', file, 'unpacked'], { cwd: scratch });
  return join(scratch, 'unpacked', 'usr', 'bin');
}

/** The project's own archive, compared with the digest that its publisher gives. */
async function fromArchive(scratch: string, log: (line: string) => void): Promise<string> {
  const arch = process.arch === 'x64' ? 'amd64' : process.arch;
  const base = `https://github.com/prometheus/prometheus/releases/download/v${version}`;
  const file = `prometheus-${version}.${process.platform}-${arch}.tar.gz`;
  const sums = (await fetchBytes(`${base}/sha256sums.txt`, indexTimeoutMilliseconds)).toString('utf8');
  const expected = sums
    .split('\n')
    .find((line) => line.endsWith(` ${file}`))
    ?.split(' ')[0];
  if (expected === undefined) throw new Error(`there is no ${file}`);
  log(`downloading ${base}/${file}`);
  const bytes = await fetchBytes(`${base}/${file}`, archiveTimeoutMilliseconds);
  const actual = createHash('sha256').update(bytes).digest('hex');
  if (actual !== expected) throw new Error(`${file} has sha256 ${actual}, its publisher says ${expected}`);
  writeFileSync(join(scratch, file), bytes);
  await run('tar', ['-xzf', file, '--strip-components=1'], { cwd: scratch });
  return scratch;
}

async function fetchBytes(url: string, timeoutMilliseconds: number): Promise<Buffer> {
  const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMilliseconds) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return Buffer.from(await response.arrayBuffer());
}

function logToStderr(line: string): void {
  process.stderr.write(`prometheus: ${line}\n`);
}

if (import.meta.main) {
  const result = await ensurePrometheus();
  if ('missing' in result) {
    logToStderr(result.missing);
    process.exitCode = 1;
  } else for (const [name, path] of Object.entries(result)) process.stdout.write(`${name}=${path}\n`);
}
