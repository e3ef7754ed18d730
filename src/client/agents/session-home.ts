/**
 * Directories that live as long as one session of an agent: 0700, gone when it ends, whatever ends it. Where this program
 * itself is killed, the next one removes what it left.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { CommandError, EXIT } from '../../command/io.ts';
import { stateDirectory } from '../profiles/paths.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Says whose a directory is: a process id a line. It is swept when none of them lives. */
const OWNERS = '.owners';

export class SessionHome {
  readonly directory: string;
  readonly #removeAtExit = (): void => this.remove();

  private constructor(directory: string) {
    this.directory = directory;
    process.once('exit', this.#removeAtExit);
  }

  /** Throws a CommandError where it cannot be made. Sweeps what others left, and makes one. Not below the directory for temporary files: Codex does not work there. */
  static create(agent: string, env: Environment): SessionHome {
    const sessions = path.join(stateDirectory(env), 'sessions');
    try {
      mkdirSync(sessions, { recursive: true, mode: 0o700 });
      sweep(sessions);
      // A name that no sweep looks at, until it says whose it is.
      const draft = mkdtempSync(path.join(sessions, `.${agent}-`));
      writeFileSync(path.join(draft, OWNERS), `${String(process.pid)}\n`, { mode: 0o600 });
      const directory = path.join(sessions, path.basename(draft).slice(1));
      renameSync(draft, directory);
      return new SessionHome(directory);
    } catch (error) {
      throw new CommandError(`cannot make a home for the session: ${(error as Error).message}`, EXIT.failure, {
        cause: error,
        hint: 'XDG_STATE_HOME names another place',
      });
    }
  }

  /** Writes a file, 0600. */
  write(name: string, content: string): string {
    const file = path.join(this.directory, name);
    writeFileSync(file, content, { mode: 0o600 });
    return file;
  }

  /** The agent uses it, too, and may live longer than this process. */
  addOwner(pid: number): void {
    writeFileSync(path.join(this.directory, OWNERS), `${String(process.pid)}\n${String(pid)}\n`, { mode: 0o600 });
  }

  remove(): void {
    process.removeListener('exit', this.#removeAtExit);
    // A process that the agent started may write while it is removed.
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  }
}

/** Removes the directories of which no owner lives. */
function sweep(sessions: string): void {
  for (const entry of readdirSync(sessions, { withFileTypes: true })) {
    if (!entry.isDirectory() || entry.name.startsWith('.')) continue;
    const directory = path.join(sessions, entry.name);
    if (!ownersOf(directory).some(isAlive)) rmSync(directory, { recursive: true, force: true });
  }
}

function ownersOf(directory: string): readonly number[] {
  try {
    return readFileSync(path.join(directory, OWNERS), 'utf8')
      .split('\n')
      .map(Number)
      .filter((pid) => Number.isSafeInteger(pid) && pid > 0);
  } catch {
    return [];
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch (error) {
    // It is there, and somebody else's.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** In a container there may be nobody who collects what has ended (proc_pid_stat(5)). */
function isZombie(pid: number): boolean {
  try {
    return /\) [ZX] /.test(readFileSync(`/proc/${String(pid)}/stat`, 'utf8'));
  } catch {
    return false; // another system
  }
}
