import { LOOK_ALIKE, traits } from './characters.ts';

/** Code units behind a place that are looked at one by one: of look-alikes this near to one another only the first is noted. */
const NEAR = 16;

/** Where look-alikes may be in a text, noted when it is folded, so that nobody has to look for them in all of it. */
export class Places {
  readonly #noted: number[] = [];
  /** Of what is noted: the next. */
  #next = 0;
  /** Where the text begins in which they were noted. */
  #offset = 0;
  /** Up to where look-alikes may be that are not noted. */
  #near = 0;

  /** `place`: not before the last one. */
  note(place: number): void {
    const last = this.#noted.at(-1);
    if (last === undefined || place - last > NEAR) this.#noted.push(place);
  }

  /** The text in which they were noted begins at `offset` of another, and any code unit before that may be one, too. */
  within(offset: number): void {
    this.#offset = offset;
    this.#near = offset;
  }

  /** The next look-alike from `from` on; the text's length when there is none. `from` never goes back. */
  next(text: string, from: number): number {
    for (let at = from; at < text.length; at = this.#place()) {
      for (; this.#place() <= at; this.#next += 1) this.#near = this.#place() + NEAR + 1;
      for (const near = Math.min(text.length, this.#near); at < near; at += 1) {
        if ((traits(text.charCodeAt(at)) & LOOK_ALIKE) !== 0) return at;
      }
    }
    return text.length;
  }

  #place(): number {
    return this.#offset + (this.#noted[this.#next] ?? Infinity);
  }
}
