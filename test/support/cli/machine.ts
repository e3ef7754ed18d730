/** A machine of somebody who calls a gateway: the program as a process of its own, in a home of its own. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import {
  type Dirent,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { mainFile } from '../gateway/process.ts';
import { waitFor } from '../control-plane/wait.ts';

export interface Outcome {
  /** Undefined: a signal ended it. */
  readonly status: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  /** Put over the machine's. */
  readonly env?: Readonly<Record<string, string>>;
  /** Default: nothing, at its end at once. */
  readonly input?: string;
  /** Its input stays open. */
  readonly open?: boolean;
}

export class Machine implements Disposable {
  readonly home = mkdtempSync(join(tmpdir(), 'tidegate-machine-'));
  /** Of every command; nothing of what surrounds the tests. */
  readonly env: Record<string, string>;
  /** Where commands run. */
  directory = this.home;

  constructor(env: Readonly<Record<string, string>> = {}) {
    this.env = { PATH: process.env['PATH'] ?? '', HOME: this.home, ...env };
  }

  /** Runs `tidegate …` to its end. */
  async run(args: readonly string[], options: CommandOptions = {}): Promise<Outcome> {
    return this.start(args, options).ended;
  }

  /** Starts `tidegate …`. */
  start(args: readonly string[], { env, input = '', open = false }: CommandOptions = {}): RunningCommand {
    const child = spawn(process.execPath, [mainFile(), ...args], { cwd: this.directory, env: { ...this.env, ...env } });
    child.stdin.on('error', () => undefined);
    if (!open) child.stdin.end(input);
    return new RunningCommand(child);
  }

  /** Starts `tidegate …` in a terminal of its own (util-linux); what is written to its stdin is typed. */
  inTerminal(args: readonly string[]): RunningCommand {
    const line = [process.execPath, mainFile(), ...args].map((word) => `'${word}'`).join(' ');
    const child = spawn('script', ['-qefc', line, '/dev/null'], { cwd: this.directory, env: this.env });
    return new RunningCommand(child);
  }

  /** Writes a file below the home; returns its path. */
  write(name: string, text: string, mode = 0o600): string {
    const file = join(this.home, name);
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, text, { mode });
    return file;
  }

  read(name: string): string {
    return readFileSync(join(this.home, name), 'utf8');
  }

  /** Every file and directory below the home by its path, with its mode in octal digits: `drwx` has `700/`. */
  modes(): Readonly<Record<string, string>> {
    return Object.fromEntries(
      entriesBelow(this.home).flatMap((entry) => {
        const path = join(entry.parentPath, entry.name);
        const mode = unlessGone(() => (statSync(path).mode & 0o777).toString(8));
        if (mode === undefined) return [];
        return [[relative(this.home, path), entry.isDirectory() ? `${mode}/` : mode]];
      }),
    );
  }

  /** Files below the home that hold this text; commands may run meanwhile. */
  filesWith(text: string): readonly string[] {
    return entriesBelow(this.home)
      .filter((entry) => entry.isFile())
      .map((entry) => relative(this.home, join(entry.parentPath, entry.name)))
      .filter((path) => unlessGone(() => this.read(path).includes(text)));
  }

  [Symbol.dispose](): void {
    // What a command has started may write while it is removed.
    rmSync(this.home, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}

export class RunningCommand {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<Outcome>;
  #stdout = '';
  #stderr = '';
  /** It has ended, and everything that it printed has been read. */
  #isOver = false;

  constructor(child: ChildProcessWithoutNullStreams) {
    this.child = child;
    child.stdout.setEncoding('utf8').on('data', (text: string) => (this.#stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text));
    this.ended = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (status) => {
        this.#isOver = true;
        resolve({ status: status ?? undefined, stdout: this.#stdout, stderr: this.#stderr });
      });
    });
  }

  /** Waits until what it prints matches. */
  async prints(pattern: RegExp): Promise<void> {
    try {
      await waitFor(`${String(pattern)} on stdout`, () => pattern.test(this.#stdout) || this.#isOver);
    } catch (error) {
      throw new Error(`it printed ${this.#stdout.slice(-2000)}\n${this.#stderr}`, { cause: error });
    }
    if (!pattern.test(this.#stdout)) throw new Error(`it ended: ${this.#stdout.slice(-2000)}\n${this.#stderr}`);
  }

  /** Waits until what it says to its person matches. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    const found = await waitFor(
      `${String(pattern)} on stderr`,
      () => pattern.exec(this.#stderr) ?? (this.#isOver ? 'ended' : undefined),
    );
    if (found === 'ended') throw new Error(`it ended: ${this.#stderr}`);
    return found;
  }
}

/** At whatever depth. */
function entriesBelow(folder: string): readonly Dirent[] {
  const entries = unlessGone(() => readdirSync(folder, { withFileTypes: true })) ?? [];
  return entries.flatMap((entry) => {
    return entry.isDirectory() ? [entry, ...entriesBelow(join(folder, entry.name))] : [entry];
  });
}

/** What is there when it is looked for may be gone when it is looked at, while commands run. */
function unlessGone<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
