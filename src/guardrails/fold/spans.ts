/**
 * The way back from a folded text to the text as it was written. Only the places at which both differ in length are kept,
 * so that plain text costs nothing. Offsets in code units from the beginning of both texts.
 */
export class Spans {
  // One entry per change, in order: what stands at [from, to) of the folded text was written at [writtenFrom, writtenTo).
  #from: number[] = [];
  #to: number[] = [];
  #writtenFrom: number[] = [];
  #writtenTo: number[] = [];

  /** Appends a change. An empty folded span is something that folding left out. */
  add(from: number, to: number, writtenFrom: number, writtenTo: number): void {
    const last = this.#from.length - 1;
    if (from === to && this.#to[last] === this.#from[last] && this.#writtenTo[last] === writtenFrom) {
      this.#writtenTo[last] = writtenTo;
      return;
    }
    this.#from.push(from);
    this.#to.push(to);
    this.#writtenFrom.push(writtenFrom);
    this.#writtenTo.push(writtenTo);
  }

  /** Where the character was written of which the folded code unit is a part. What was left out before it is not with it. */
  start(folded: number): number {
    const change = this.#lastAt(folded);
    if (change === -1) return folded;
    const to = this.#to[change] ?? 0;
    return folded < to ? (this.#writtenFrom[change] ?? 0) : (this.#writtenTo[change] ?? 0) + folded - to;
  }

  /** The end as written of a span that ends before the folded index. What was left out behind it is not with it. */
  end(folded: number): number {
    const change = this.#lastAt(folded - 1);
    if (change === -1) return folded;
    const to = this.#to[change] ?? 0;
    return (this.#writtenTo[change] ?? 0) + Math.max(0, folded - to);
  }

  /** The folded index itself, or where the change begins that it is within. */
  boundary(folded: number): number {
    const change = this.#lastAt(folded);
    return folded < (this.#to[change] ?? 0) ? (this.#from[change] ?? 0) : folded;
  }

  /** Forgets what is only needed for folded offsets before `folded`. */
  forget(folded: number): void {
    const change = this.#lastAt(folded);
    if (change < 1) return;
    this.#from.splice(0, change);
    this.#to.splice(0, change);
    this.#writtenFrom.splice(0, change);
    this.#writtenTo.splice(0, change);
  }

  /** The last change that begins at `folded` or before, by halving. */
  #lastAt(folded: number): number {
    let low = 0;
    let high = this.#from.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#from[middle] ?? 0) <= folded) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}
