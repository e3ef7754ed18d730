/** Whether the upstream may send: not while the client, or somebody else on the answer's way, takes no more. */
export class Flow {
  #upstream: { pause(): void; resume(): void } | undefined;
  #stops = 0;

  /** Where the answer comes from. */
  from(upstream: { pause(): void; resume(): void }): void {
    this.#upstream = upstream;
  }

  /** Somebody takes no more for now. */
  stop(): void {
    if (this.#stops++ === 0) this.#upstream?.pause();
  }

  /** Who called {@link Flow.stop} takes more again. */
  go(): void {
    if (--this.#stops === 0) this.#upstream?.resume();
  }

  /** Nobody slows the upstream down any more. */
  free(): void {
    this.#upstream?.resume();
    this.#upstream = undefined;
  }

  /** The upstream has nothing more to send. */
  end(): void {
    this.#upstream = undefined;
  }
}
