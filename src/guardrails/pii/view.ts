import type { Notes } from '../types.ts';
import { isHexEscape } from '../words/escapes.ts';
import { END, isDigit, unitAt } from './characters.ts';
import { Numbers } from './numbers.ts';

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
  /** Where numbers begin and end, once {@link View.numberFrom} was asked: see {@link Numbers.bounds}. */
  bounds = noBounds;
  /** How many places of {@link View.bounds} are filled. */
  boundsEnd = 0;
  readonly #notes: Notes | undefined;
  #number = -1;
  #colonAt = -1;

  constructor(text: string, notes?: Notes) {
    this.text = text;
    this.#notes = notes;
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

  /** The place in {@link View.bounds} of the first number that begins at `from` or later. `from` never goes back. */
  numberFrom(from: number): number {
    if (this.#number === -1) this.#readNumbers(from);
    const { bounds, boundsEnd } = this;
    let number = this.#number;
    while (number < boundsEnd && (bounds[number] ?? 0) < from) number += 2;
    this.#number = number;
    return number;
  }

  /** Numbers before a place in {@link View.bounds} are not asked for any more. */
  leaveOutNumbers(place: number): void {
    this.#number = place;
  }

  #readNumbers(from: number): void {
    const numbers = this.#notes?.numbers ?? new Numbers(this.text);
    if (this.#notes !== undefined) this.#notes.numbers = numbers;
    this.bounds = numbers.bounds(from);
    this.boundsEnd = numbers.end;
    // The rest of a number that began before is none; digits of an escape are no part of the number behind it.
    const isRest = from > 0 && this.bounds[0] === from && isDigit(this.text.charCodeAt(from - 1));
    this.#number = isRest && !isHexEscape(this.text, from) ? 2 : 0;
  }

  /** The first colon from `from` on, the text's length when there is none. `from` never goes back. */
  colonFrom(from: number): number {
    if (this.#colonAt < from) {
      const found = this.text.indexOf(':', from);
      this.#colonAt = found === -1 ? this.text.length : found;
    }
    return this.#colonAt;
  }

  /** No match begins here, whatever follows. */
  never(): typeof NONE {
    this.sawEnd = false;
    return NONE;
  }

  /** Whether a digit stands before `index` that is no part of an escape. */
  hasDigitBefore(index: number): boolean {
    return isDigit(this.before(index)) && !isHexEscape(this.text, index);
  }

  /** The code unit before `index`; {@link END} where the text begins. */
  before(index: number): number {
    return unitAt(this.text, index - 1);
  }
}

const noBounds = new Int32Array(0);
