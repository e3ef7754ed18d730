/** How much may run at once. */
export class Overloaded extends Error {
  readonly code = 'TIDEGATE_EVALUATOR_OVERLOADED';

  constructor() {
    super('too much waits');
    this.name = 'Overloaded';
  }
}

/** Lets so many run at once; the others wait in order, and no more than `waiting` of them. */
export class Limiter {
  readonly #limit: number;
  readonly #most: number;
  readonly #waiting = new Set<() => void>();
  #running = 0;

  constructor(running: number, waiting: number) {
    this.#limit = running;
    this.#most = waiting;
  }

  /** Rejects with the signal's reason when it is aborted before the turn comes, and with {@link Overloaded}. */
  async run<T>(task: () => Promise<T>, signal: AbortSignal): Promise<T> {
    if (this.#running >= this.#limit) await this.#turn(signal);
    else this.#running += 1;
    try {
      signal.throwIfAborted();
      return await task();
    } finally {
      this.#next();
    }
  }

  /** A turn is handed over by who had it, so that `#running` stays. */
  #turn(signal: AbortSignal): Promise<void> {
    if (this.#waiting.size >= this.#most) return Promise.reject(new Overloaded());
    return new Promise((resolve, reject) => {
      const begin = (): void => {
        signal.removeEventListener('abort', give);
        resolve();
      };
      const give = (): void => {
        this.#waiting.delete(begin);
        reject(signal.reason as Error);
      };
      this.#waiting.add(begin);
      if (signal.aborted) give();
      else signal.addEventListener('abort', give, { once: true });
    });
  }

  #next(): void {
    const [next] = this.#waiting;
    if (next === undefined) this.#running -= 1;
    else {
      this.#waiting.delete(next);
      next();
    }
  }
}
