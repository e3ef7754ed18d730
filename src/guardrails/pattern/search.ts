import type { Match } from '../types.ts';
import type { Kind } from './alphabet.ts';
import { alignUp, codePointFrom } from './code-point.ts';
import { Ends } from './ends.ts';
import { ALIVE, DEAD, DEAD_NOTED, NOTED } from './machine.ts';
import { matchEnd, UNKNOWN, type Effort } from './match-end.ts';
import type { Pattern } from './pattern.ts';

/** Beginnings may be tried for so many code units, and for so many more for each that the search has come on, or more. */
export const SLACK = 1 << 14;
const FEW = 16;
/** How many code units are gone over without a table before one is asked for again. */
const WHILE = 1024;

/**
 * Looks for matches in one text. A machine that runs once over the text says where the first match ends, whichever it is;
 * only then beginnings are tried, those of the last `maxLength` code units. Each is tried at most once. Where that comes to
 * more than finding out where all ways lead would, it is found out instead.
 */
export class Search {
  readonly #pattern: Pattern;
  readonly #text: string;
  /** Where the search began. */
  readonly #from: number;
  /** Before it nothing is under way that could still match. */
  #idleTo = 0;
  /** The last occurrence of the inner literal that was looked for. */
  #innerAt = -1;
  #wentTo = 0;
  /** What has been tried so far. */
  readonly effort: Effort = { read: 0 };
  /** Once trying has taken too long. */
  #ends: Ends | undefined;

  constructor(pattern: Pattern, text: string, from: number) {
    this.#pattern = pattern;
    this.#text = text;
    this.#from = from;
  }

  /** The first match that begins at `from` or later. */
  next(from: number): Match | undefined {
    for (let position = from; ;) {
      const firstEnd = this.#firstEnd(position);
      if (firstEnd < 0) return undefined;
      let start = alignUp(this.#text, Math.max(position, this.#idleTo, firstEnd - this.#pattern.maxLength));
      while (start < firstEnd) {
        const end = this.#matchEnd(start);
        if (end > start) return { start, end };
        start = alignUp(this.#text, start + 1);
      }
      // What ended here was too long, or an empty match is preferred to it.
      position = firstEnd;
    }
  }

  #matchEnd(start: number): number {
    if (this.#ends !== undefined) return this.#ends.endOf(start);
    const { automaton, maxLength, longest, manner } = this.#pattern;
    const end = matchEnd(automaton, this.#text, start, maxLength, this.effort);
    if (manner === 'Tries') return end;
    const { ways, stretches, ordered } = automaton;
    const isTooMuch = this.effort.read > SLACK + Math.max(FEW, stretches.cost >> 1) * (start - this.#from);
    if (end !== UNKNOWN && !isTooMuch) return end;
    this.#ends = new Ends(ways, stretches, this.#text, maxLength, longest);
    ordered.machine.earn(this.#text.length - start);
    return end === UNKNOWN ? this.#ends.endOf(start) : end;
  }

  /** Where the first match ends of those that begin at `from` or later and are not empty, of whatever length; -1: none. */
  #firstEnd(from: number): number {
    const text = this.#text;
    const { alphabet, anywhere } = this.#pattern.automaton;
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
          if (to === 0) {
            to = this.#goWithout(state, before);
            at = this.#wentTo;
            if (to === DEAD_NOTED) return at;
          }
          table = machine.table;
        }
      }
      if (to !== DEAD) return before;
    }
    return -1;
  }

  /** Goes on from a state without its machine's table, for a while, and up to where `#wentTo` says; returns where it is then. */
  #goWithout(state: number, from: number): number {
    const text = this.#text;
    const { alphabet, anywhere } = this.#pattern.automaton;
    const { machine } = anywhere;
    const begin = machine.at(state);
    if (begin === undefined) return DEAD;
    let [now, next] = anywhere.scratch;
    now.set(begin.pcs);
    let { kind } = begin;
    let at = from;
    let outcome = ALIVE;
    const end = Math.min(text.length, from + WHILE);
    while (at <= end) {
      let one = alphabet.size;
      let width = 1;
      if (at < text.length) {
        const code = codePointFrom(text, at, text.charCodeAt(at));
        one = alphabet.classOf(code);
        if (code > 0xffff) width = 2;
      }
      outcome = anywhere.step(now, kind, one, next);
      if (outcome === NOTED) break;
      at += width;
      if (outcome !== ALIVE) break;
      kind = alphabet.kinds[one] as Kind;
      [now, next] = [next, now];
    }
    machine.earn(at - from);
    this.#wentTo = at;
    if (outcome === ALIVE) return machine.stateOf(now.slice(), kind);
    return outcome === NOTED ? DEAD_NOTED : DEAD;
  }

  /** The first index from `at` on where a match could begin; -1: there is none. */
  #skip(at: number): number {
    const { prefix, inner } = this.#pattern.literals;
    if (at >= this.#text.length) return -1;
    if (prefix !== '') return this.#text.indexOf(prefix, at);
    if (inner === '') return this.#pattern.automaton.leaps === undefined ? this.#skipByClass(at) : this.#leap(at);
    if (this.#innerAt < at) {
      this.#innerAt = this.#text.indexOf(inner, at);
      if (this.#innerAt < 0) return -1;
    }
    const from = alignUp(this.#text, Math.max(at, this.#innerAt + inner.length - this.#pattern.maxLength));
    return this.#skipByClass(from);
  }

  /** Looks at the last code unit of the shortest match that could begin at a place, then at the first. */
  #leap(from: number): number {
    const text = this.#text;
    const { alphabet, first, leaps } = this.#pattern.automaton;
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
    const { alphabet, first } = this.#pattern.automaton;
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
