import type { WordPattern } from './pattern.ts';

/** Symbols that fit a table of pairs which stays in the fast part of memory. */
const MOST_SYMBOL_BITS = 7;
/** Shorter words leave too little to skip. */
const SHORTEST = 4;
/** Of the pairs of symbols that words have, one in so many may end a word's first part at most. */
const CANDIDATES = 6;

/**
 * Skips what begins no word, without looking at all of it (Wu and Manber's algorithm): the last two code units of a stretch
 * as long as the shortest word say how far the next word is away at least.
 */
export class Skip {
  /** Code units of the shortest word. */
  readonly length: number;
  readonly #symbols: Uint16Array;
  readonly #symbolBits: number;
  /** By pair of symbols. */
  readonly #shifts: Uint8Array;

  constructor(symbols: Uint16Array, symbolBits: number, length: number, patterns: readonly WordPattern[]) {
    this.#symbols = symbols;
    this.#symbolBits = symbolBits;
    this.length = length;
    this.#shifts = new Uint8Array(1 << (2 * symbolBits)).fill(length - 1);
    for (const { text } of patterns) {
      for (let i = 1; i < length; i += 1) {
        const pair = this.#pair(text.charCodeAt(i - 1), text.charCodeAt(i));
        this.#shifts[pair] = Math.min(this.#shifts[pair] ?? 0, length - 1 - i);
      }
    }
  }

  /** The first index from `from` on at which a word, or at the end of the text a part of one, may begin. */
  next(text: string, from: number): number {
    const symbols = this.#symbols;
    const bits = this.#symbolBits;
    const shifts = this.#shifts;
    const { length } = text;
    let last = from + this.length - 1;
    while (last < length) {
      const before = symbols[text.charCodeAt(last - 1)] ?? 0;
      const shift = shifts[(before << bits) | (symbols[text.charCodeAt(last)] ?? 0)] ?? 0;
      if (shift === 0) break;
      last += shift;
    }
    return last - this.length + 1;
  }

  /** How many pairs of symbols do not lead on. */
  get candidates(): number {
    return this.#shifts.reduce((sum, shift) => sum + (shift === 0 ? 1 : 0), 0);
  }

  #pair(before: number, after: number): number {
    return ((this.#symbols[before] ?? 0) << this.#symbolBits) | (this.#symbols[after] ?? 0);
  }
}

/** The way to skip for these patterns; undefined where looking at each code unit costs less. */
export function skipOf(patterns: readonly WordPattern[], symbols: Uint16Array, symbolCount: number): Skip | undefined {
  const symbolBits = Math.ceil(Math.log2(symbolCount));
  const length = Math.min(...patterns.map(({ text }) => text.length), 255);
  if (length < SHORTEST || symbolBits > MOST_SYMBOL_BITS) return undefined;
  const skip = new Skip(symbols, symbolBits, length, patterns);
  return skip.candidates * CANDIDATES <= symbolCount * symbolCount ? skip : undefined;
}
