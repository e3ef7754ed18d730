import { END } from './characters.ts';

/** "No candidate", "no match". */
export const NONE = -1;

/**
 * A text under a detector's eyes, which remembers whether they ran over its end: then, and only then, more text could
 * change what was decided.
 */
export class View {
  readonly text: string;
  /** Whether anything beyond the text was asked for since {@link View.begin}. */
  sawEnd = false;
  /** Where to look on when no match begins here. */
  resume = 0;
  #oneAt = -1;
  #otherAt = -1;

  constructor(text: string) {
    this.text = text;
  }

  begin(start: number): void {
    this.sawEnd = false;
    this.resume = start + 1;
  }

  /** The code unit at `index`, {@link END} beyond the text. */
  at(index: number): number {
    if (index < this.text.length) return this.text.charCodeAt(index);
    this.sawEnd = true;
    return END;
  }

  /** The first of two characters from `from` on, the text's length when there is none. Asked for the same two each time. */
  nextOf(one: string, other: string, from: number): number {
    if (this.#oneAt < from) this.#oneAt = this.#indexOf(one, from);
    if (this.#otherAt < from) this.#otherAt = this.#indexOf(other, from);
    return Math.min(this.#oneAt, this.#otherAt);
  }

  #indexOf(character: string, from: number): number {
    const found = this.text.indexOf(character, from);
    return found === -1 ? this.text.length : found;
  }

  /** No match begins here, whatever follows. */
  never(): typeof NONE {
    this.sawEnd = false;
    return NONE;
  }

  /** The code unit before `index`; `NaN` where the text begins. */
  before(index: number): number {
    return this.text.charCodeAt(index - 1);
  }
}
