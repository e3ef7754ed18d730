/** One command at a time refreshes a sign-in: a refresh token that is spent twice ends it at many issuers. */
import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { CommandError, EXIT } from '../../command/io.ts';

const POLL_MS = 50;
const PATIENCE_MS = 60_000;
/** A lock that is older was left by a process that was killed. */
const STALE_MS = 90_000;

/** Nothing can be written where the lock would be. */
export class NoLockError extends CommandError {}

/** Runs `work` while no other process holds the lock of this name. Rejects with a CommandError where it cannot be had. */
export async function withLock<T>(file: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  const until = Date.now() + PATIENCE_MS;
  while (!(await tried(file))) {
    if (signal?.aborted === true) throw new CommandError('interrupted', EXIT.failure);
    if (Date.now() > until) {
      throw new CommandError('another command is refreshing the sign-in and does not end', EXIT.failure, {
        hint: `if none runs, delete ${file}`,
      });
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}

async function tried(file: string): Promise<boolean> {
  try {
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    return await take(file);
  } catch (error) {
    throw new NoLockError(`cannot write ${file}: ${(error as Error).message}`, EXIT.failure, {
      cause: error,
      hint: 'a sign-in is refreshed where it is kept: XDG_STATE_HOME names another place',
    });
  }
}

async function take(file: string): Promise<boolean> {
  try {
    const handle = await open(file, 'wx', 0o600);
    await handle.writeFile(String(process.pid));
    await handle.close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  if (await isAbandoned(file)) await takeAway(file);
  return false;
}

/** Another process may have done so, and hold the lock by now: then it gets it back. */
async function takeAway(file: string): Promise<void> {
  const aside = `${file}.${randomUUID()}`;
  try {
    await rename(file, aside);
    if (!(await isAbandoned(aside))) await link(aside, file);
  } catch {
    // It is gone, or yet another one has it.
  } finally {
    await rm(aside, { force: true });
  }
}

async function isAbandoned(file: string): Promise<boolean> {
  try {
    const { mtimeMs } = await stat(file);
    if (Date.now() - mtimeMs > STALE_MS) return true;
    const pid = Number(await readFile(file, 'utf8'));
    return pid > 0 && !isAlive(pid);
  } catch {
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It is there, and somebody else's.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
