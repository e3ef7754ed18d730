import { contains, LAST_CODE_POINT, type CharSet } from './char-set.ts';
import { NEWLINE, WORD } from './classes.ts';
import type { Program } from './program.ts';

/** What a condition may want to know of the code point before or after a place. `TextEnd`: none is there. */
export const Kind = { TextEnd: 0, Newline: 1, Word: 2, Other: 3 } as const;
export type Kind = (typeof Kind)[keyof typeof Kind];

const PAGE = 256;
const BMP = 0x1_0000;

/** Code points a program cannot tell apart are one class; its machines run on classes. */
export class Alphabet {
  /** How many classes there are. The end of a text counts as one more, with this number. */
  readonly size: number;
  /** By class: a code point of it. */
  readonly samples: Int32Array;
  /** By class, the end of a text included. `Other` where the program does not ask. */
  readonly kinds: Uint8Array;
  /** Class of the first 256 code points, and of the rest of the BMP by {@link Alphabet.classOf}. */
  readonly pages: Uint16Array;
  /** By the upper byte of a BMP code point: where its page begins. */
  readonly #pageOf: Int32Array;
  /** First code points of the ranges that share a class, and these classes; whole range of Unicode. */
  readonly #starts: Int32Array;
  readonly #classes: Uint16Array;

  constructor(program: Program) {
    const sets = new Set<CharSet>();
    let asksWord = false;
    let asksLine = false;
    let asks = false;
    for (const instruction of program.instructions) {
      if (instruction.op === 'Set') sets.add(instruction.set);
      if (instruction.op !== 'Look') continue;
      asks = true;
      if (instruction.look === 'WordBorder' || instruction.look === 'NoWordBorder') asksWord = true;
      if (instruction.look === 'BeginLine' || instruction.look === 'EndLine') asksLine = true;
    }
    if (asksWord) sets.add(WORD);
    if (asksLine) sets.add(NEWLINE);
    this.#starts = startsOf(sets);
    this.#classes = classesOf(this.#starts, sets);
    this.size = this.#classes.reduce((most, one) => Math.max(most, one + 1), 0);
    this.samples = new Int32Array(this.size);
    for (const [range, one] of this.#classes.entries()) this.samples[one] = this.#starts[range] ?? 0;
    this.kinds = new Uint8Array(this.size + 1).fill(Kind.Other);
    if (asks) this.kinds[this.size] = Kind.TextEnd;
    for (const [one, sample] of this.samples.entries()) {
      if (asksWord && contains(WORD, sample)) this.kinds[one] = Kind.Word;
      if (asksLine && contains(NEWLINE, sample)) this.kinds[one] = Kind.Newline;
    }
    [this.pages, this.#pageOf] = this.#makePages();
  }

  /** Any code point. */
  classOf(codePoint: number): number {
    if (codePoint < BMP) {
      return this.pages[(this.#pageOf[codePoint >> 8] ?? 0) | (codePoint & (PAGE - 1))] ?? 0;
    }
    return this.#classes[rangeOf(this.#starts, codePoint)] ?? 0;
  }

  /** The classes that a set of the program consists of. */
  classesIn(set: CharSet): readonly number[] {
    const classes = new Set<number>();
    for (let i = 0; i < set.length; i += 2) {
      const end = set[i + 1] ?? 0;
      for (let range = rangeOf(this.#starts, set[i] ?? 0); (this.#starts[range] ?? Infinity) <= end; range += 1) {
        classes.add(this.#classes[range] ?? 0);
      }
    }
    return [...classes];
  }

  /** The kind of what stands before a place in a text. */
  kindBefore(text: string, at: number): Kind {
    const one = at === 0 ? this.size : this.classOf(text.charCodeAt(at - 1));
    return (this.kinds[one] ?? Kind.Other) as Kind;
  }

  #makePages(): [Uint16Array, Int32Array] {
    const pages: number[] = [];
    const pageOf = new Int32Array(BMP / PAGE);
    const uniform = new Map<number, number>();
    for (let page = 0; page < BMP / PAGE; page += 1) {
      const first = rangeOf(this.#starts, page * PAGE);
      const isUniform = (this.#starts[first + 1] ?? LAST_CODE_POINT) >= (page + 1) * PAGE;
      const one = this.#classes[first] ?? 0;
      const same = isUniform ? uniform.get(one) : undefined;
      // The first page is read without a look at its number.
      if (same !== undefined) pageOf[page] = same;
      else {
        pageOf[page] = pages.length;
        if (isUniform) uniform.set(one, pages.length);
        let range = first;
        for (let code = page * PAGE; code < (page + 1) * PAGE; code += 1) {
          while ((this.#starts[range + 1] ?? Infinity) <= code) range += 1;
          pages.push(this.#classes[range] ?? 0);
        }
      }
    }
    return [Uint16Array.from(pages), pageOf];
  }
}

/** Where, from 0 on, a set begins or has ended. */
function startsOf(sets: ReadonlySet<CharSet>): Int32Array {
  const starts = new Set([0]);
  for (const set of sets) {
    for (let i = 0; i < set.length; i += 2) {
      starts.add(set[i] ?? 0);
      starts.add((set[i + 1] ?? 0) + 1);
    }
  }
  starts.delete(LAST_CODE_POINT + 1);
  return Int32Array.from(starts).sort();
}

/** Classes of the ranges: each set in turn splits those it has a part of. */
function classesOf(starts: Int32Array, sets: ReadonlySet<CharSet>): Uint16Array {
  const split = new Int32Array(starts.length);
  let made = 1;
  for (const set of sets) {
    const parts = new Map<number, number>();
    for (let i = 0; i < set.length; i += 2) {
      const end = set[i + 1] ?? 0;
      for (let range = rangeOf(starts, set[i] ?? 0); (starts[range] ?? Infinity) <= end; range += 1) {
        const whole = split[range] ?? 0;
        const part = parts.get(whole) ?? made++;
        parts.set(whole, part);
        split[range] = part;
      }
    }
  }
  const numbers = new Map<number, number>();
  return Uint16Array.from(split, (one) => {
    const number = numbers.get(one) ?? numbers.size;
    numbers.set(one, number);
    return number;
  });
}

/** The last range that begins at a code point or before it. */
function rangeOf(starts: Int32Array, codePoint: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= codePoint) low = middle;
    else high = middle - 1;
  }
  return low;
}
