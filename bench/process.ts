/** Processes under measurement: pinned to their core, read through /proc, ended with the benchmark. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';

/** Ticks a second of /proc/<pid>/stat: fixed by the kernel's interface. */
const ticksPerSecond = 100;

/** Turns of time-sharing that a process had are told in nanoseconds by kernels that count them (`CONFIG_SCHED_INFO`). */
const hasSchedulerStatistics = existsSync('/proc/self/schedstat');

/** Whether measured processes and load have a core each. */
export const pinned = availableParallelism() > 1 && succeeds('taskset', '-V');

function succeeds(command: string, ...args: string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Moves this process, with load and upstream, to the second core. */
export function pinSelf(): void {
  if (pinned) execFileSync('taskset', ['-a', '-cp', '1', String(process.pid)], { stdio: 'ignore' });
}

/** What can be read of a running process from outside. */
export class Measured {
  readonly pid: number;

  constructor(pid: number | undefined) {
    if (pid === undefined) throw new Error('the process did not start');
    this.pid = pid;
  }

  /** Moves it with all its threads to the first core. */
  pin(): void {
    if (pinned) execFileSync('taskset', ['-a', '-cp', '0', String(this.pid)], { stdio: 'ignore' });
  }

  /** User and system time so far, in seconds. */
  cpuSeconds(): number {
    return hasSchedulerStatistics ? this.#scheduledSeconds() : this.#tickedSeconds();
  }

  /** To the nanosecond, of the threads that live: those of a process under measurement live as long as it does. */
  #scheduledSeconds(): number {
    const threads = readdirSync(`/proc/${this.pid}/task`);
    const times = threads.map((thread) => Number(this.#proc(`task/${thread}/schedstat`).split(' ', 1)[0]));
    return times.reduce((sum, time) => sum + time, 0) / 1e9;
  }

  #tickedSeconds(): number {
    // The command's name, in parentheses, may hold anything.
    const stat = this.#proc('stat');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
  }

  /** Resident memory now, in bytes. */
  residentBytes(): number {
    return Number(/VmRSS:\s+(\d+)/.exec(this.#proc('status'))?.[1] ?? Number.NaN) * 1024;
  }

  #proc(file: string): string {
    return readFileSync(`/proc/${this.pid}/${file}`, 'utf8');
  }
}

/** A process that the benchmark starts, on the first core. */
export class BenchProcess implements AsyncDisposable {
  readonly name: string;
  readonly measured: Measured;
  readonly #logFile: string;
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  readonly #killWithUs = (): void => {
    this.#child.kill('SIGKILL');
  };

  constructor(name: string, command: readonly string[], logFile: string) {
    this.name = name;
    this.#logFile = logFile;
    const [program = '', ...args] = pinned ? ['taskset', '-c', '0', ...command] : command;
    const log = openSync(logFile, 'w');
    this.#child = spawn(program, args, { stdio: ['ignore', log, log] });
    closeSync(log);
    this.#exited = new Promise((resolve) => {
      this.#child.once('exit', () => resolve());
      this.#child.once('error', () => resolve());
    });
    process.once('exit', this.#killWithUs);
    this.measured = new Measured(this.#child.pid);
  }

  /** Polls until `ready` gives a value; throws with the end of the log when the process ends first. */
  async until<T>(ready: () => Promise<T | undefined>, seconds = 30): Promise<T> {
    const deadline = performance.now() + seconds * 1000;
    while (this.#running && performance.now() < deadline) {
      const value = await ready();
      if (value !== undefined) return value;
      await delay(2);
    }
    throw new Error(`${this.name} did not get ready:\n${readFileSync(this.#logFile, 'utf8').slice(-3000)}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    process.off('exit', this.#killWithUs);
    this.#child.kill('SIGTERM');
    const kill = setTimeout(() => this.#child.kill('SIGKILL'), 8000);
    await this.#exited;
    clearTimeout(kill);
  }

  get #running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }
}
