/** How long text waits: it comes at one end, and leaves at the other. */
export class HoldTime {
  /** Up to which code unit of the text something came, and when; only what has not left. */
  readonly #arrivals: { readonly end: number; readonly at: number }[] = [];
  #came = 0;
  #left = 0;

  /**
   * `came` and `left` code units more, `now` in milliseconds. Returns how long the first of those that left had waited; 0
   * when none left.
   */
  step(came: number, left: number, now: number): number {
    this.#came += came;
    if (came > 0) this.#arrivals.push({ end: this.#came, at: now });
    if (left === 0) return 0;
    const arrivals = this.#arrivals;
    let first = arrivals[0];
    const waited = now - (first?.at ?? now);
    this.#left += left;
    while (first !== undefined && first.end <= this.#left) {
      arrivals.shift();
      first = arrivals[0];
    }
    return waited;
  }

  get isEmpty(): boolean {
    return this.#arrivals.length === 0;
  }
}
