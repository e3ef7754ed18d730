/**
 * A child process that never outlives its parent: a guardian shell holds the
 * reading end of a pipe whose other end is ours, and kills the child when the
 * pipe closes, which it does however the parent ends.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';

const guard = 'read -r word; [ "$word" = done ] || kill -9 "$1" 2>/dev/null';
const logTailCharacters = 4_000;

/** How to start a process. */
export interface ProcessOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** File that receives stdout and stderr, appended. */
  readonly logFile: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
}

/** A running child with its log. */
export class ManagedProcess {
  readonly name: string;
  readonly logFile: string;
  /** Resolves when the process has ended, whatever the cause; never rejects. */
  readonly exited: Promise<void>;
  readonly #child: ChildProcess;
  #running = true;

  private constructor(options: ProcessOptions, child: ChildProcess, guardian: ChildProcess) {
    this.name = options.name;
    this.logFile = options.logFile;
    this.#child = child;
    this.exited = new Promise((resolve) => {
      child.once('exit', () => {
        this.#running = false;
        guardian.stdin?.end('done\n');
        resolve();
      });
    });
  }

  /** Starts it in a process group of its own, so that Ctrl-C reaches only the parent. */
  static async start(options: ProcessOptions): Promise<ManagedProcess> {
    const log = openSync(options.logFile, 'a');
    try {
      const child = spawn(options.command, [...options.args], {
        stdio: ['ignore', log, log],
        detached: true,
        ...(options.env && { env: options.env }),
        ...(options.cwd && { cwd: options.cwd }),
      });
      await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject));
      const guardian = spawn('sh', ['-c', guard, 'guardian', String(child.pid)], {
        stdio: ['pipe', 'ignore', 'ignore'],
        detached: true,
      });
      // It may be gone before the last word reaches it.
      guardian.stdin.on('error', () => {});
      guardian.on('error', () => {});
      child.unref();
      guardian.unref();
      (guardian.stdin as unknown as { unref(): void }).unref();
      return new ManagedProcess(options, child, guardian);
    } finally {
      closeSync(log);
    }
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** The signal that ended it; null while it runs, and when it ended by itself. */
  get killedBy(): NodeJS.Signals | null {
    return this.#child.signalCode;
  }

  get isRunning(): boolean {
    return this.#running;
  }

  /** Sends a signal, when it still runs. */
  signal(signal: NodeJS.Signals): void {
    if (this.#running) this.#child.kill(signal);
  }

  /** SIGTERM, then SIGKILL after the grace; resolves when it has ended. */
  async stop(graceMilliseconds: number): Promise<void> {
    if (!this.#running) return;
    this.#child.ref();
    this.signal('SIGTERM');
    // A stopped (SIGSTOP) process takes SIGTERM only when it continues.
    this.signal('SIGCONT');
    const kill = setTimeout(() => this.signal('SIGKILL'), graceMilliseconds);
    await this.exited;
    clearTimeout(kill);
  }

  /** The end of its log, for error messages. */
  logTail(): string {
    return readFileSync(this.logFile, 'utf8').slice(-logTailCharacters);
  }
}
