/**
 * Finds or makes the binaries of the control plane that tests run against.
 *
 * etcd, kube-apiserver and kubectl: `KUBEBUILDER_ASSETS`, the cache folder, the
 * official envtest archive, a build from Go modules. helm and, for want of it,
 * kubectl: the cache folder, PATH (same major version), download, build.
 *
 * `node hack/control-plane/ensure.ts` does it from the command line and exits
 * with 1 when the control plane can't be had.
 */
import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { buildFromSource, whyNoGo } from './build.ts';
import { cacheFolder, executable, withLock } from './cache.ts';
import { downloadEnvtest, downloadHelm } from './download.ts';
import { builds } from './versions.ts';

const run = promisify(execFile);

/** Paths of the binaries; helm is absent when it can't be had here. */
export interface ControlPlaneBinaries {
  readonly etcd: string;
  readonly kubeApiserver: string;
  readonly kubectl: string;
  readonly helm?: string;
}

/** Says why there is no control plane, in words for the person at the terminal. */
export interface MissingControlPlane {
  readonly missing: string;
}

/** Settings of a search. */
export interface EnsureOptions {
  /** Receives progress lines; default stderr. */
  readonly log?: (line: string) => void;
  /** Make helm too when it is missing; default true. */
  readonly needsHelm?: boolean;
}

/** Resolves the binaries, making them when needed: at once when cached, ten minutes when built. */
export async function ensureControlPlane({ log = logToStderr, needsHelm = true }: EnsureOptions = {}): Promise<
  ControlPlaneBinaries | MissingControlPlane
> {
  const problems: string[] = [];
  let found = await present();
  if (found === undefined || (needsHelm && found.helm === undefined)) {
    await withLock(log, async () => {
      found = await present();
      if (found === undefined) await makeControlPlane(log, problems);
      found = await present();
      if (needsHelm && found !== undefined && found.helm === undefined) await makeHelm(log, problems);
    });
    found = await present();
  }
  for (const problem of problems) log(problem);
  return found ?? { missing: `no kube-apiserver and etcd for tests: ${problems.join('; ')}` };
}

async function present(): Promise<ControlPlaneBinaries | undefined> {
  const helm = cached('helm') ?? (await onPath('helm', ['version', '--short'], builds.helm.version));
  for (const folder of assetFolders()) {
    const etcd = executable(join(folder, 'etcd'));
    const kubeApiserver = executable(join(folder, 'kube-apiserver'));
    if (etcd === undefined || kubeApiserver === undefined) continue;
    const kubectl =
      executable(join(folder, 'kubectl')) ??
      cached('kubectl') ??
      (await onPath('kubectl', ['version', '--client'], builds.kubernetes.version));
    if (kubectl !== undefined) return { etcd, kubeApiserver, kubectl, ...(helm !== undefined && { helm }) };
  }
  return undefined;
}

function assetFolders(): string[] {
  const assets = process.env['KUBEBUILDER_ASSETS'];
  return assets ? [resolve(assets), cacheFolder()] : [cacheFolder()];
}

function cached(name: string): string | undefined {
  return executable(join(cacheFolder(), name));
}

async function onPath(name: string, versionArguments: string[], wanted: string): Promise<string | undefined> {
  try {
    const { stdout } = await run(name, versionArguments);
    return stdout.match(/v\d+\.\d+\.\d+/)?.[0].split('.')[0] === wanted.split('.')[0] ? name : undefined;
  } catch {
    return undefined;
  }
}

async function makeControlPlane(log: (line: string) => void, problems: string[]): Promise<void> {
  const downloaded = await attempt('download', problems, () => downloadEnvtest(log));
  if (downloaded) return;
  await build(log, problems, builds.etcd, 'etcd');
  await build(log, problems, builds.kubernetes, 'kube-apiserver', 'kubectl');
}

async function makeHelm(log: (line: string) => void, problems: string[]): Promise<void> {
  const downloaded = await attempt('download of helm', problems, () => downloadHelm(log));
  if (!downloaded) await build(log, problems, builds.helm, 'helm');
}

async function build(
  log: (line: string) => void,
  problems: string[],
  what: (typeof builds)[keyof typeof builds],
  ...names: string[]
): Promise<void> {
  if (names.every((name) => cached(name) !== undefined)) return;
  const obstacle = await whyNoGo();
  if (obstacle !== undefined) problems.push(`build of ${names.join(' and ')}: ${obstacle}`);
  else await attempt(`build of ${names.join(' and ')}`, problems, () => buildFromSource(what, log));
}

async function attempt(what: string, problems: string[], work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    problems.push(`${what}: ${describe(error)}`);
    return false;
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}

function logToStderr(line: string): void {
  process.stderr.write(`control-plane: ${line}\n`);
}

if (import.meta.main) {
  const result = await ensureControlPlane();
  if ('missing' in result) {
    logToStderr(result.missing);
    process.exitCode = 1;
  } else {
    for (const [name, path] of Object.entries(result)) process.stdout.write(`${name}=${path}\n`);
  }
}
