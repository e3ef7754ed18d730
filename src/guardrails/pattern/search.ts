import type { Match } from '../types.ts';
import type { Automaton } from './automaton.ts';
import { alignUp, codePointFrom } from './code-point.ts';
import type { Literals } from './literals.ts';
import { DEAD } from './machine.ts';
import { matchEnd } from './match-end.ts';

/**
 * Looks for matches in one text. A machine that runs once over the text says where the first match ends, whichever it is;
 * only then beginnings are tried, those of the last `maxLength` code units. Each is tried at most once.
 */
export class Search {
  readonly #automaton: Automaton;
  readonly #literals: Literals;
  readonly #maxLength: number;
  readonly #text: string;
  /** Before it nothing is under way that could still match. */
  #idleTo = 0;
  /** The last occurrence of the inner literal that was looked for. */
  #innerAt = -1;

  constructor(automaton: Automaton, literals: Literals, maxLength: number, text: string) {
    this.#automaton = automaton;
    this.#literals = literals;
    this.#maxLength = maxLength;
    this.#text = text;
  }

  /** The first match that begins at `from` or later. */
  next(from: number): Match | undefined {
    for (let position = from; ;) {
      const firstEnd = this.#firstEnd(position);
      if (firstEnd < 0) return undefined;
      let start = alignUp(this.#text, Math.max(position, this.#idleTo, firstEnd - this.#maxLength));
      while (start < firstEnd) {
        const end = matchEnd(this.#automaton, this.#text, start, this.#maxLength);
        if (end > start) return { start, end };
        start = alignUp(this.#text, start + 1);
      }
      // What ended here was too long, or an empty match is preferred to it.
      position = firstEnd;
    }
  }

  /** Where the first match ends of those that begin at `from` or later and are not empty, of whatever length; -1: none. */
  #firstEnd(from: number): number {
    const text = this.#text;
    const { alphabet, anywhere } = this.#automaton;
    const { pages } = alphabet;
    const { machine } = anywhere;
    for (let at = this.#skip(from); at >= 0; at = this.#skip(at)) {
      this.#idleTo = at;
      let state = anywhere.start(alphabet.kindBefore(text, at));
      let table = machine.table;
      let to = state;
      let before = at;
      while (to > 0) {
        state = to;
        before = at;
        let one = alphabet.size;
        if (at < text.length) {
          const unit = text.charCodeAt(at);
          if (unit < 256) one = pages[unit] ?? 0;
          else {
            const code = codePointFrom(text, at, unit);
            one = alphabet.classOf(code);
            if (code > 0xffff) at += 1;
          }
        }
        at += 1;
        to = table[state + one] ?? 0;
        if (to === 0) {
          to = machine.step(state, one);
          table = machine.table;
        }
      }
      if (to !== DEAD) return before;
    }
    return -1;
  }

  /** The first index from `at` on where a match could begin; -1: there is none. */
  #skip(at: number): number {
    const { prefix, inner } = this.#literals;
    if (at >= this.#text.length) return -1;
    if (prefix !== '') return this.#text.indexOf(prefix, at);
    if (inner === '') return this.#automaton.leaps === undefined ? this.#skipByClass(at) : this.#leap(at);
    if (this.#innerAt < at) {
      this.#innerAt = this.#text.indexOf(inner, at);
      if (this.#innerAt < 0) return -1;
    }
    const from = alignUp(this.#text, Math.max(at, this.#innerAt + inner.length - this.#maxLength));
    return this.#skipByClass(from);
  }

  /** Looks at the last code unit of the shortest match that could begin at a place, then at the first. */
  #leap(from: number): number {
    const text = this.#text;
    const { alphabet, first, leaps } = this.#automaton;
    const { pages } = alphabet;
    if (leaps === undefined) return from;
    const { length, shifts } = leaps;
    for (let last = from + length - 1; last < text.length;) {
      const unit = text.charCodeAt(last);
      const shift = shifts[unit < 256 ? (pages[unit] ?? 0) : alphabet.classOf(unit)] ?? 0;
      if (shift > 0) {
        last += shift;
        continue;
      }
      const at = last - length + 1;
      const begin = text.charCodeAt(at);
      if (first[begin < 256 ? (pages[begin] ?? 0) : alphabet.classOf(begin)] === 1) return alignUp(text, at);
      last += 1;
    }
    return -1;
  }

  #skipByClass(from: number): number {
    const text = this.#text;
    const { alphabet, first } = this.#automaton;
    const { pages } = alphabet;
    for (let at = from; at < text.length; at += 1) {
      const unit = text.charCodeAt(at);
      if (unit < 256) {
        if (first[pages[unit] ?? 0] === 1) return at;
      } else {
        const code = codePointFrom(text, at, unit);
        if (first[alphabet.classOf(code)] === 1) return at;
        if (code > 0xffff) at += 1;
      }
    }
    return -1;
  }
}
