import { alignUp, codePointFrom } from './code-point.ts';
import { Kind } from './alphabet.ts';
import { PcSet } from './pc-set.ts';
import { joinSingles, type Ladder, type Row, type Stretches } from './stretches.ts';
import { Way, type Ways } from './ways.ts';

/** No way from a place leads to a match. */
const NEVER = 0xffff;
/** Numbers that a table may have: 8 MB. */
const MAX_NUMBERS = 1 << 22;
/** So many longest matches are looked at together, where there is room. */
const SPAN = 7;

/** Places that a row has besides those of instructions. */
const MORE = 2;

/** One table for all patterns, since only one looks at a time. It grows to 8 MB at most. */
let numbers = new Uint16Array(0);

/** How many beginnings the table has room for; `reach`: code units of the longest match. Not positive: there is none. */
export function spanOf({ size }: Ways, reach: number): number {
  return Math.min(SPAN * reach, Math.floor(MAX_NUMBERS / size) - reach - 2, NEVER - 2 * reach - 2);
}

/**
 * Where matches of one text end, for many beginnings at once: from the end of a stretch to its beginning it is noted, for
 * every code unit and instruction, where the nearest match ends that can be come to from there. Then no beginning has to
 * be tried that leads nowhere, and who follows a match takes no wrong way. It takes a pattern of n instructions n steps for
 * each code unit, whatever the text; trying takes fewer where few beginnings come far.
 */
export class Ends {
  readonly #ways: Ways;
  readonly #rows: readonly (Row & { readonly isPlain: boolean })[];
  readonly #ladders: readonly (Ladder & { readonly isPlain: boolean })[];
  readonly #text: string;
  readonly #maxLength: number;
  /** Code units that a match takes at most. */
  readonly #reach: number;
  /** Beginnings that a stretch has. */
  readonly #span: number;
  readonly #seen: PcSet;
  readonly #later: Int32Array;
  #base = 0;
  #to = 0;
  /** Two rows, and each by itself. A row has two more places: one that never matches, and one that matches here. */
  readonly #both: Uint16Array;
  readonly #lower: Uint16Array;
  readonly #upper: Uint16Array;
  /** Where each instruction may lead besides, in a row: those that lead to one place only to where nothing matches. */
  readonly #others: Int32Array;

  /** `longest`: code units of the longest match there can be. */
  constructor(ways: Ways, stretches: Stretches, text: string, maxLength: number, longest: number) {
    this.#ways = ways;
    this.#rows = joinSingles(stretches.rows, ({ length }) => length === 1);
    this.#ladders = joinSingles(stretches.ladders, ({ length, rounds }) => length === 1 && rounds === 1);
    this.#text = text;
    this.#maxLength = maxLength;
    this.#reach = Math.min(maxLength, longest);
    this.#span = Math.max(1, spanOf(ways, this.#reach));
    const { size, ops } = ways;
    this.#both = new Uint16Array(2 * (size + MORE));
    this.#lower = this.#both.subarray(0, size);
    this.#upper = this.#both.subarray(size + MORE, size + MORE + size);
    this.#others = ways.others.map((other, i) => (ops[i] === Way.Split ? other : size));
    this.#seen = new PcSet(ways.size);
    this.#later = new Int32Array(2 * ways.size + 2);
  }

  /** Where the match that begins at `start` ends, as `matchEnd` says it. Beginnings have to be asked for in their order. */
  endOf(start: number): number {
    if (start >= this.#to) this.#fill(start);
    const { ops, nexts, others, size } = this.#ways;
    const limit = start + this.#maxLength - this.#base;
    const later = this.#later;
    const seen = this.#seen;
    let at = start;
    let way = this.#ways.start;
    for (;;) {
      const row = (at - this.#base) * size;
      let waiting = 1;
      later[0] = way;
      seen.clear();
      let next = -1;
      while (waiting > 0 && next < 0) {
        waiting -= 1;
        const one = later[waiting] ?? 0;
        if ((numbers[row + one] ?? NEVER) > limit || !seen.add(one)) continue;
        const op = ops[one];
        if (op === Way.Match) return at;
        if (op === Way.Set) next = nexts[one] ?? 0;
        else {
          if (op === Way.Split) {
            later[waiting] = others[one] ?? 0;
            waiting += 1;
          }
          later[waiting] = nexts[one] ?? 0;
          waiting += 1;
        }
      }
      if (next < 0) return start;
      way = next;
      at += codePointFrom(this.#text, at, this.#text.charCodeAt(at)) > 0xffff ? 2 : 1;
    }
  }

  /** Makes the table of the stretch that begins at `base`. */
  #fill(base: number): void {
    const text = this.#text;
    const { size, alphabet } = this.#ways;
    this.#base = base;
    this.#to = base + this.#span;
    const top = alignUp(text, Math.min(text.length, this.#to + this.#reach));
    const needed = (top - base + 1) * size;
    if (numbers.length < needed) numbers = new Uint16Array(needed);
    const table = numbers;
    const both = this.#both.fill(NEVER);
    // Where the row of this code point begins, and that of the next one.
    let here = 0;
    let after = size + MORE;
    for (let at = top; ;) {
      let one = alphabet.size;
      if (at < text.length) one = alphabet.classOf(codePointFrom(text, at, text.charCodeAt(at)));
      if (at === top) both.fill(NEVER, here, here + size);
      else this.#take(both, here, after, one);
      both[here + size] = NEVER;
      both[here + size + 1] = at - base;
      const nexts = this.#ways.nextsBetween(alphabet.kindBefore(text, at), (alphabet.kinds[one] ?? Kind.Other) as Kind);
      this.#settle(both, here, nexts);
      table.set(here === 0 ? this.#lower : this.#upper, (at - base) * size);
      if (at <= base) return;
      at -= at - 1 > base && alignUp(text, at - 1) !== at - 1 ? 2 : 1;
      [here, after] = [after, here];
    }
  }

  /** What takes the code point here leads to the row after it. */
  #take(both: Uint16Array, here: number, after: number, one: number): void {
    const { positions, nexts } = this.#ways;
    const { taking, words } = positions;
    const begin = one * words + 1;
    for (const { first, length, to, isPlain } of this.#rows) {
      if (isPlain) {
        for (let i = first; i < first + length; i += 1) {
          const takes = ((taking[begin + (i >> 5)] ?? 0) >>> (i & 31)) & 1;
          both[here + i] = takes === 1 ? (both[after + (nexts[i] ?? 0)] ?? NEVER) : NEVER;
        }
        continue;
      }
      const isTaken = (((taking[begin + (first >> 5)] ?? 0) >>> (first & 31)) & 1) === 1;
      if (isTaken) both.copyWithin(here + first, after + to, after + to + length);
      else both.fill(NEVER, here + first, here + first + length);
    }
  }

  /** Goes once through the instructions that take no code point: each has the nearer one of where it leads. */
  #settle(both: Uint16Array, here: number, nexts: Int32Array): void {
    const others = this.#others;
    for (const { first, length, to, out, rounds, isPlain } of this.#ladders) {
      if (isPlain || rounds > 1) {
        if (rounds > 1) both.fill(NEVER, here + first, here + first + length);
        for (let round = 0; round < rounds; round += 1) {
          for (let i = first; i < first + length; i += 1) {
            const one = both[here + (nexts[i] ?? 0)] ?? NEVER;
            const other = both[here + (others[i] ?? 0)] ?? NEVER;
            both[here + i] = one < other ? one : other;
          }
        }
        continue;
      }
      const other = both[here + out] ?? NEVER;
      const shift = to - first;
      for (let i = here + first; i < here + first + length; i += 1) {
        const one = both[i + shift] ?? NEVER;
        both[i] = one < other ? one : other;
      }
    }
  }
}
