/** A signal that aborts with the first of a time limit and other signals. */
import type { Clock } from './types.ts';

/** `release` it when the work is done: it holds a timer, and listeners on signals that may live long. */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #undo: (() => void)[] = [];
  readonly #cancelTimer: () => void;
  #reason: 'Timeout' | 'Aborted' | undefined;

  constructor(clock: Clock, ms: number, signals: readonly (AbortSignal | undefined)[]) {
    this.#cancelTimer = clock.schedule(ms, () => this.#end('Timeout'));
    for (const signal of signals) {
      if (signal === undefined) continue;
      if (signal.aborted) {
        this.#end('Aborted');
        return;
      }
      const listener = (): void => this.#end('Aborted');
      signal.addEventListener('abort', listener, { once: true });
      this.#undo.push(() => signal.removeEventListener('abort', listener));
    }
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Why the signal aborted; undefined while it has not. */
  get reason(): 'Timeout' | 'Aborted' | undefined {
    return this.#reason;
  }

  /** From now on only the signals count. */
  lift(): void {
    this.#cancelTimer();
  }

  release(): void {
    this.#cancelTimer();
    for (const undo of this.#undo.splice(0)) undo();
  }

  #end(reason: 'Timeout' | 'Aborted'): void {
    this.release();
    this.#reason = reason;
    this.#controller.abort();
  }
}
