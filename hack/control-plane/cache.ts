/**
 * The cache folder outside the checkout, and the lock that lets overlapping
 * runs share one build. A binary appears in the folder by rename, complete or
 * not at all; the lock only saves work, so losing it is harmless.
 */
import { randomUUID } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { homedir, hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { toolset } from './versions.ts';

const heartbeatMilliseconds = 5_000;
const staleMilliseconds = 30_000;

/** Folder of this toolset's binaries; made when missing. */
export function cacheFolder(): string {
  const base = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  const folder = join(base, 'tidegate', 'control-plane', toolset);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** The path when it is an executable file. */
export function executable(path: string): string | undefined {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile() ? path : undefined;
  } catch {
    return undefined;
  }
}

/** A fresh folder on the cache's file system, removed after `use`. */
export async function withScratch<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = join(cacheFolder(), `.partial-${randomUUID()}`);
  mkdirSync(folder);
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Moves a finished binary from scratch into the cache. */
export function publish(binary: string, name: string): void {
  renameSync(binary, join(cacheFolder(), name));
}

/**
 * Runs `work` while no other process holds the lock. A holder renews the lock
 * file every 5 s; one that stopped doing so for 30 s, or whose process is gone
 * from this host, is taken for dead.
 */
export async function withLock<T>(log: (line: string) => void, work: () => Promise<T>): Promise<T> {
  const lock = join(cacheFolder(), '.lock');
  const content = JSON.stringify({ pid: process.pid, host: hostname(), id: randomUUID() });
  let announced = false;
  while (!tryCreate(lock, content)) {
    if (isStale(lock)) {
      rmSync(lock, { force: true });
      continue;
    }
    if (!announced) log('another run is preparing the control plane; waiting for it');
    announced = true;
    await delay(500);
  }
  const heartbeat = setInterval(() => {
    const now = new Date();
    if (existsSync(lock)) utimesSync(lock, now, now);
  }, heartbeatMilliseconds);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    if (read(lock) === content) rmSync(lock, { force: true });
  }
}

function tryCreate(lock: string, content: string): boolean {
  try {
    writeFileSync(lock, content, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function isStale(lock: string): boolean {
  try {
    if (Date.now() - statSync(lock).mtimeMs > staleMilliseconds) return true;
    const holder: unknown = JSON.parse(readFileSync(lock, 'utf8'));
    if (typeof holder !== 'object' || holder === null || !('pid' in holder) || !('host' in holder)) return false;
    return holder.host === hostname() && typeof holder.pid === 'number' && !isAlive(holder.pid);
  } catch {
    // Just released, or not written yet: the next attempt tells.
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
