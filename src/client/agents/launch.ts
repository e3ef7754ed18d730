/** Hands the terminal over to an agent, and waits for its end. */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { constants } from 'node:os';
import { CommandError, EXIT } from '../../command/io.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface Launch {
  readonly file: string;
  readonly arguments: readonly string[];
  /** Whole: nothing else is there for the agent. */
  readonly env: Environment;
  /** Called when it runs. */
  readonly onStart?: (pid: number) => void;
}

/** Those that a person or a supervisor sends to end something. */
const PASSED_ON: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGCONT'];
/** Those that a terminal sends to all that runs in it. */
const OF_TERMINAL: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT'];

/** The agent's exit status; 128 and the number of the signal when one ended it. Rejects when it cannot be started. */
export async function launch({ file, arguments: words, env, onStart }: Launch): Promise<number> {
  const defined = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined));
  const child = started(file, words, defined);
  const restore = takeSignals((signal) => child.kill(signal));
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once('error', (error) => reject(notStarted(file, error)));
      child.once('spawn', () => {
        if (child.pid !== undefined) onStart?.(child.pid);
      });
      child.once('exit', (code, signal) => {
        resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
      });
    });
  } finally {
    restore();
  }
}

/** Some failures are thrown, and others come as an event. */
function started(file: string, words: readonly string[], env: Environment): ChildProcess {
  try {
    return spawn(file, [...words], { stdio: 'inherit', env });
  } catch (error) {
    throw notStarted(file, error as Error);
  }
}

function notStarted(file: string, error: Error): CommandError {
  return new CommandError(`cannot start ${file}: ${error.message}`, EXIT.failure, { cause: error });
}

/**
 * While the agent runs, signals are its own. One that a terminal sends has reached it already: a second Ctrl-C would end
 * an agent that asks before it goes.
 */
function takeSignals(pass: (signal: NodeJS.Signals) => void): () => void {
  const hasTerminal = isInTerminal();
  const handlers = [...PASSED_ON, ...OF_TERMINAL].map((signal) => {
    const before = process.listeners(signal);
    const handler = (): void => {
      if (!hasTerminal || PASSED_ON.includes(signal)) pass(signal);
    };
    process.removeAllListeners(signal);
    process.on(signal, handler);
    return { signal, before, handler };
  });
  return () => {
    for (const { signal, before, handler } of handlers) {
      process.removeListener(signal, handler);
      for (const listener of before) process.on(signal, listener);
    }
  };
}

/** Whether this process has a controlling terminal, whatever its standard streams are. */
function isInTerminal(): boolean {
  if (process.platform === 'win32') return true;
  try {
    closeSync(openSync('/dev/tty', 'r+'));
    return true;
  } catch {
    return false;
  }
}
