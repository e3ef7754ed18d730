/** An answer that nobody gets any more, and that is read for its usage alone. */
import type { Answer, AnswerOwner, Flushed } from './answer.ts';

/** It is read on for so many bytes and so long at most. */
const DRAIN_BYTES = 16 * 1024 * 1024;
const DRAIN_MILLISECONDS = 600_000;

export class DrainedAnswer implements Answer {
  readonly #owner: AnswerOwner;
  readonly #since: number;
  #bytes = 0;

  /** `now` is monotonic, in milliseconds. */
  constructor(owner: AnswerOwner, now: number) {
    this.#owner = owner;
    this.#since = now;
  }

  begin(): void {
    // Nobody is to be told.
  }

  push(chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > DRAIN_BYTES) this.#owner.abandon();
  }

  end(): void {
    this.#owner.complete();
  }

  flush(): Flushed {
    return 'Ended';
  }

  /** Regular look at what only time tells. */
  sweep(now: number): void {
    if (now - this.#since > DRAIN_MILLISECONDS) this.#owner.abandon();
  }
}
