/**
 * Downloads official binaries: the envtest archive (etcd, kube-apiserver,
 * kubectl) and helm's. Each is compared with the digest that its publisher
 * gives. Fails over within seconds where there is no internet.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { publish, withScratch } from './cache.ts';
import { builds } from './versions.ts';

/** https://github.com/kubernetes-sigs/controller-tools/blob/main/envtest-releases.yaml */
const envtestIndex = 'https://raw.githubusercontent.com/kubernetes-sigs/controller-tools/HEAD/envtest-releases.yaml';
const indexTimeoutMilliseconds = 8_000;
const archiveTimeoutMilliseconds = 180_000;

const run = promisify(execFile);
const platform = { os: process.platform, arch: process.arch === 'x64' ? 'amd64' : process.arch };

/** One archive of the index. */
export interface Archive {
  readonly version: string;
  readonly url: string;
  readonly sha512: string;
}

/**
 * The newest archive of the wanted minor version in the envtest index: the
 * project publishes one for most patch releases, not for each.
 */
export function pickArchive(index: string, wanted: string, os: string, arch: string): Archive | undefined {
  const minor = wanted.split('.').slice(0, 2).join('.');
  const entry = /^ {4}envtest-(v\d+\.\d+\.\d+)-(\w+)-(\w+)\.tar\.gz:\n((?: {6}.*\n?)+)/gm;
  let best: Archive | undefined;
  for (const [, version = '', entryOs, entryArch, fields = ''] of index.matchAll(entry)) {
    if (entryOs !== os || entryArch !== arch || !version.startsWith(`${minor}.`)) continue;
    const sha512 = fields.match(/hash: ([0-9a-f]{128})/)?.[1];
    const url = fields.match(/selfLink: (https:\/\/\S+)/)?.[1];
    if (sha512 === undefined || url === undefined) continue;
    if (best === undefined || patch(version) > patch(best.version)) best = { version, url, sha512 };
  }
  return best;
}

function patch(version: string): number {
  return Number(version.split('.')[2]);
}

/** Puts etcd, kube-apiserver and kubectl into the cache folder. */
export async function downloadEnvtest(log: (line: string) => void): Promise<void> {
  const wanted = builds.kubernetes.version;
  const index = (await fetchBytes(envtestIndex, indexTimeoutMilliseconds)).toString('utf8');
  const archive = pickArchive(index, wanted, platform.os, platform.arch);
  if (archive === undefined) throw new Error(`no envtest archive for ${wanted} on ${platform.os}/${platform.arch}`);
  log(`downloading ${archive.url}`);
  const bytes = await fetchBytes(archive.url, archiveTimeoutMilliseconds);
  verify(bytes, 'sha512', archive.sha512, archive.url);
  await unpack(bytes, ['etcd', 'kube-apiserver', 'kubectl']);
}

/** Puts helm into the cache folder. */
export async function downloadHelm(log: (line: string) => void): Promise<void> {
  const url = `https://get.helm.sh/helm-${builds.helm.version}-${platform.os}-${platform.arch}.tar.gz`;
  const digest =
    (await fetchBytes(`${url}.sha256`, indexTimeoutMilliseconds)).toString('utf8').trim().split(/\s+/)[0] ?? '';
  log(`downloading ${url}`);
  const bytes = await fetchBytes(url, archiveTimeoutMilliseconds);
  verify(bytes, 'sha256', digest, url);
  await unpack(bytes, ['helm']);
}

async function fetchBytes(url: string, timeoutMilliseconds: number): Promise<Buffer> {
  const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMilliseconds) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return Buffer.from(await response.arrayBuffer());
}

function verify(bytes: Buffer, algorithm: string, expected: string, url: string): void {
  const actual = createHash(algorithm).update(bytes).digest('hex');
  if (actual !== expected) throw new Error(`${url} has ${algorithm} ${actual}, its publisher says ${expected}`);
}

async function unpack(bytes: Buffer, names: readonly string[]): Promise<void> {
  await withScratch(async (scratch) => {
    const file = join(scratch, 'archive.tar.gz');
    writeFileSync(file, bytes);
    await run('tar', ['-xzf', file, '-C', scratch]);
    const files = readdirSync(scratch, { recursive: true, encoding: 'utf8' });
    for (const name of names) {
      const path = files.find((candidate) => candidate === name || candidate.endsWith(`/${name}`));
      if (path === undefined) throw new Error(`the archive holds no ${name}`);
      publish(join(scratch, path), name);
    }
  });
}
