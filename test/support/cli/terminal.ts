/** A person at a terminal of a {@link Machine}: a shell in tmux, what is typed there, and what is to be seen. */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { waitFor } from '../control-plane/wait.ts';
import { unpacked, type Unpacked } from './debian.ts';
import type { Machine } from './machine.ts';

const run = promisify(execFile);

/** What a busy machine may take until something is to be seen, in milliseconds. */
const PATIENCE_MS = 60_000;
/** For so long a screen has to be the same before somebody answers it. */
const STILL_MS = 1000;
const PROMPT = 'ready>';

/** Of this distribution; where it cannot be had, a reason. */
export function tmuxPackage(): Unpacked | { readonly missing: string } {
  return unpacked('tmux');
}

export class Terminal implements AsyncDisposable {
  readonly #socket: string;
  readonly #env: Readonly<Record<string, string>>;

  private constructor(machine: Machine, { env }: Unpacked) {
    // One each: a server that has been told to end still answers for a moment, and takes the next one's session along.
    this.#socket = join(machine.home, `.tmux-${randomUUID()}`);
    const PATH = `${env.PATH}:${machine.env['PATH'] ?? ''}`;
    this.#env = { ...machine.env, ...env, PATH, TERM: 'xterm-256color', LC_ALL: 'C.UTF-8' };
  }

  /** Opens one with a shell in it, 120 columns wide. */
  static async open(machine: Machine, tmux: Unpacked): Promise<Terminal> {
    const terminal = new Terminal(machine, tmux);
    // The libraries are tmux's own business.
    const shell = `exec env -u LD_LIBRARY_PATH PATH='${machine.env['PATH'] ?? ''}' PS1='${PROMPT} ' sh`;
    const size = ['-x', '120', '-y', '40'];
    await terminal.#tmux('-f', '/dev/null', 'new-session', '-d', ...size, '-c', machine.directory, shell);
    await terminal.shows(new RegExp(`^${PROMPT}`, 'm'));
    return terminal;
  }

  /** Types this, a key at a time: what comes at once is taken for something pasted. */
  async types(text: string): Promise<void> {
    for (const key of text) await this.#tmux('send-keys', '-l', '--', key);
  }

  /** Waits until this is to be seen, and presses keys; words, which begin with a slash, are typed. */
  async answers(seen: RegExp, ...keys: readonly string[]): Promise<void> {
    await this.shows(seen);
    for (const key of keys) await (key.startsWith('/') ? this.types(key) : this.presses(key));
  }

  /**
   * Does what the screen asks for until something is to be seen: presses the key of the first pattern on it, once it has
   * stood still, since a question may be drawn anew while it is read.
   */
  async until(seen: RegExp, asked: readonly (readonly [pattern: RegExp, key: string])[]): Promise<void> {
    let last = '';
    let stillSince = Date.now();
    await this.shows(seen, async (screen) => {
      if (screen !== last) [last, stillSince] = [screen, Date.now()];
      if (Date.now() - stillSince < STILL_MS) return;
      stillSince = Date.now();
      const [, key] = asked.find(([pattern]) => pattern.test(screen)) ?? [];
      if (key !== undefined) await this.presses(key);
    });
  }

  /** Presses keys by their names in tmux: `Enter`, `Down`, `C-c`. */
  async presses(...keys: string[]): Promise<void> {
    await this.#tmux('send-keys', ...keys);
  }

  /** What is to be seen now. */
  async screen(): Promise<string> {
    return this.#tmux('capture-pane', '-p');
  }

  /** Waits until this is to be seen; whatever else is, goes to `otherwise`. */
  async shows(
    pattern: RegExp,
    otherwise: (screen: string) => Promise<void> = async () => {},
  ): Promise<RegExpExecArray> {
    let screen = '';
    try {
      return await waitFor(
        `${String(pattern)} on the screen`,
        async () => {
          screen = await this.screen();
          const found = pattern.exec(screen);
          if (found === null) await otherwise(screen);
          return found ?? undefined;
        },
        { timeoutMilliseconds: PATIENCE_MS, intervalMilliseconds: 100 },
      );
    } catch (error) {
      throw new Error(`${String(pattern)} is not on the screen:\n${screen}`, { cause: error });
    }
  }

  /** Whether programs find it as a shell leaves it: modes of the line, and what they may ask of a terminal. */
  async state(): Promise<string> {
    const { stdout: tty } = await run('stty', ['-a', '-F', await this.#format('#{pane_tty}')]);
    const flags = ['cursor_flag', 'alternate_on', 'mouse_any_flag', 'keypad_flag', 'keypad_cursor_flag', 'insert_flag'];
    const asked = await this.#format(flags.map((name) => `${name}=#{${name}}`).join(' '));
    return `${tty}${asked}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tmux('kill-server');
  }

  async #format(format: string): Promise<string> {
    return (await this.#tmux('display-message', '-p', format)).trim();
  }

  async #tmux(...words: string[]): Promise<string> {
    const { stdout } = await run('tmux', ['-u', '-S', this.#socket, ...words], { env: { ...this.#env } });
    return stdout;
  }
}
