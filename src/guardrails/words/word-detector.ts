import type { Detector, Match, Notes } from '../types.ts';
import { Automaton } from './automaton.ts';
import { beginsWord, isBorder } from './borders.ts';
import { LONGEST_ESCAPE } from './escapes.ts';
import { Found } from './found.ts';
import type { WordPattern } from './pattern.ts';
import { AT_BEGIN, AT_END, EXEMPT } from './trie.ts';

/** Looks for many words at once, in folded texts. Of matches that overlap the leftmost counts, of those the longest. */
export function detectPatterns(patterns: readonly WordPattern[], caseSensitive: boolean): Detector {
  const automaton = new Automaton(patterns, caseSensitive);
  const exempt = Math.max(0, ...patterns.filter((pattern) => pattern.exempt).map(({ text }) => text.length));
  return new WordDetector(automaton, Math.max(LONGEST_ESCAPE, exempt));
}

class WordDetector implements Detector {
  readonly lookBehind: number;
  readonly #automaton: Automaton;
  readonly #exempts: boolean;

  constructor(automaton: Automaton, lookBehind: number) {
    this.#automaton = automaton;
    this.lookBehind = lookBehind;
    this.#exempts = ((automaton.below[0] ?? 0) & EXEMPT) !== 0;
  }

  find(text: string, from: number, isWhole: boolean): readonly Match[] {
    const matches: Match[] = [];
    this.#walk(text, from, isWhole, matches);
    return matches;
  }

  undecided(text: string, from: number): number {
    const automaton = this.#automaton;
    const { symbols, dense, denseStates, rowBits } = automaton;
    let state = 0;
    // What is further back than the longest pattern has left no trace in the state.
    for (let i = Math.max(this.#begin(from), text.length - automaton.longest); i < text.length; i += 1) {
      const symbol = symbols[text.charCodeAt(i)] ?? 0;
      state = state < denseStates ? (dense[(state << rowBits) | symbol] ?? 0) : automaton.next(state, symbol);
      if (state < 0) state = ~state;
    }
    return this.#open(text, from, state);
  }

  scan(text: string, from: number, _notes: Notes, matches: Match[]): number {
    return this.#open(text, from, this.#walk(text, from, false, matches));
  }

  /** Adds what is found to `matches`; returns the state at the end of the text. */
  #walk(text: string, from: number, isWhole: boolean, matches: Match[]): number {
    const automaton = this.#automaton;
    const { symbols, dense, denseStates, rowBits, skip } = automaton;
    let shallowStates = skip === undefined ? 0 : automaton.shallowStates;
    let found: Findings | undefined;
    let state = 0;
    let tried = -1;
    for (let i = this.#begin(from); i < text.length; i += 1) {
      // At most one code unit is under way: nothing is lost by looking on from there.
      if (state < shallowStates && skip !== undefined) {
        const start = state === 0 ? i : i - 1;
        if (start > tried) {
          tried = skip.next(text, start);
          if (tried > start) {
            i = tried;
            state = 0;
          }
          // Behind that there is no room for a whole word.
          if (tried + skip.length > text.length) shallowStates = 0;
        }
      }
      const symbol = symbols[text.charCodeAt(i)] ?? 0;
      state = state < denseStates ? (dense[(state << rowBits) | symbol] ?? 0) : automaton.next(state, symbol);
      if (state >= 0) continue;
      state = ~state;
      found ??= { words: new Found(), exempt: new Found() };
      this.#collect(text, state, i + 1, from, isWhole, found);
    }
    if (found !== undefined) choose(found, matches);
    return state;
  }

  /** Where the first pattern begins of those under way at the end of the text, in `state`, that more text could complete. */
  #open(text: string, from: number, state: number): number {
    const { fail, depth, kinds, below } = this.#automaton;
    for (let at = state; at !== 0; at = fail[at] ?? 0) {
      const start = text.length - (depth[at] ?? 0);
      let open = (below[at] ?? 0) | ((kinds[at] ?? 0) & AT_END);
      if (start < from) open &= EXEMPT;
      if ((open & AT_BEGIN) !== 0 && !beginsWord(text, start)) open &= ~AT_BEGIN;
      if (open !== 0) return Math.max(from, start);
    }
    return text.length;
  }

  /** An innocent word may begin before what it protects. */
  #begin(from: number): number {
    return this.#exempts ? Math.max(0, from - this.lookBehind) : from;
  }

  /** Everything that ends at `end`, the longest first. */
  #collect(text: string, state: number, end: number, from: number, isWhole: boolean, found: Findings): void {
    const { output, depth, kinds, fail } = this.#automaton;
    const endsWord = end === text.length ? isWhole : isBorder(text, end);
    for (let at = output[state] ?? 0; at !== 0; at = output[fail[at] ?? 0] ?? 0) {
      const start = end - (depth[at] ?? 0);
      let kind = kinds[at] ?? 0;
      if ((kind & EXEMPT) !== 0) found.exempt.add(start, end);
      kind &= ~EXEMPT;
      if (!endsWord) kind &= ~AT_END;
      if (kind === 0 || start < from) continue;
      if ((kind & AT_BEGIN) !== 0 && !beginsWord(text, start)) kind &= ~AT_BEGIN;
      if (kind !== 0) found.words.add(start, end);
    }
  }
}

interface Findings {
  readonly words: Found;
  /** Innocent words. */
  readonly exempt: Found;
}

/** Adds to `matches`, from left to right, what neither overlaps the one before nor lies within an innocent word. */
function choose({ words, exempt }: Findings, matches: Match[]): void {
  let free = 0;
  let next = 0;
  let innocentTo = 0;
  for (let i = 0; i < words.starts.length; i += 1) {
    const start = words.starts[i] ?? 0;
    const end = words.ends[i] ?? 0;
    for (; (exempt.starts[next] ?? Infinity) <= start; next += 1)
      innocentTo = Math.max(innocentTo, exempt.ends[next] ?? 0);
    if (start < free || end <= innocentTo) continue;
    matches.push({ start, end });
    free = end;
  }
}
