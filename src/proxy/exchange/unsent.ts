/**
 * Answers that the pipeline has ended and the client has not taken whole. Nobody waits for them any more, so a client that
 * takes nothing would keep them, and with them its request, open for ever: after a while they are cut.
 */
export interface UnsentAnswer {
  /** Bytes that wait for the client; undefined while another answer on the same connection has to go out first. */
  readonly unsentBytes: number | undefined;
  /** What the last sweep saw of it, and since when that is so. */
  readonly unsent: UnsentMark;
  abort(): void;
}

export class UnsentMark {
  bytes: number | undefined;
  since = 0;
}

export class UnsentAnswers {
  readonly #answers = new Set<UnsentAnswer>();
  readonly #limit: number;

  /** `limit`: milliseconds that a client may take nothing of an answer. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  add(answer: UnsentAnswer): void {
    this.#answers.add(answer);
  }

  delete(answer: UnsentAnswer): void {
    this.#answers.delete(answer);
  }

  /** Regular look; `now` is monotonic, in milliseconds. */
  sweep(now: number): void {
    for (const answer of this.#answers) {
      const { unsent, unsentBytes } = answer;
      if (unsent.since === 0 || unsentBytes === undefined || unsentBytes !== unsent.bytes) {
        unsent.bytes = unsentBytes;
        unsent.since = now;
      } else if (now - unsent.since > this.#limit) answer.abort();
    }
  }
}
