import { addTo, WORD_BITS } from './positions.ts';

/** Positions that another may come after, as words of the set that are not empty. */
interface Words {
  readonly indexes: Int32Array;
  readonly masks: Int32Array;
}

/** From each position of `sources` to the one that is `offset` further on. */
interface Shift {
  readonly offset: number;
  readonly sources: Int32Array;
  /** The words of `sources` that are not empty are from `low` to `high`. */
  readonly low: number;
  readonly high: number;
}

/** From any position of `sources` to all of `targets`. */
interface Joint {
  readonly sources: Words;
  readonly targets: Words;
}

/** From each position of `sources` to all that come after it, up to `end`. */
interface Fill {
  readonly sources: Words;
  readonly end: number;
}

interface Parts {
  readonly near: { readonly stay: Int32Array; readonly next: Int32Array };
  readonly shifts: readonly Shift[];
  readonly joints: readonly Joint[];
  readonly fills: readonly Fill[];
}

/** Offsets that are shifted by in one go. */
const NEAR: ReadonlySet<number> = new Set([0, 1]);

/** What follows a position: others, sorted, each once. Positions that are followed by the same should share the array. */
export type Follow = readonly number[];

/** Shorter lists are worth taking apart; longer ones belong to few positions, or are runs. */
const SHORT = 8;
/** Shifts that are looked at besides those to the position itself and to the next must be shared by so many. */
const SHARED = 8;
/** A run of followers shorter than this is no {@link Fill}. */
const SHORTEST_RUN = 3;
/** What a joint or a fill costs besides its words, in words. */
const OVERHEAD = 4;

/**
 * Which positions come after which, so that a step of all at once takes few operations on words: most positions are
 * followed by the next one, copies of one item by what is equally far from each, and what leaves a repetition or enters an
 * alternation goes to the same places from wherever it comes.
 */
export class Transitions {
  /** Words that a step looks at, at most. */
  readonly cost: number;
  /** Positions that may be followed by themselves, and by the next one; reversed, those that may come after one. */
  readonly #stay: Int32Array;
  readonly #next: Int32Array;
  readonly #shifts: readonly Shift[];
  readonly #joints: readonly Joint[];
  readonly #fills: readonly Fill[];
  readonly #isReversed: boolean;

  private constructor({ near, shifts, joints, fills }: Parts, isReversed: boolean) {
    this.#stay = near.stay;
    this.#next = near.next;
    this.#shifts = shifts;
    this.#joints = joints;
    this.#fills = fills;
    this.#isReversed = isReversed;
    this.cost = costOf({ near, shifts, joints, fills });
  }

  /** `follows`: by position, less 32. `words`: of a set. */
  static of(follows: readonly Follow[], words: number): Transitions {
    const plain = take(follows, NEAR, words);
    const shared = take(follows, sharedOffsets(follows), words);
    return new Transitions(costOf(shared) < costOf(plain) ? shared : plain, false);
  }

  /** The same, from what comes after to what comes before. */
  reversed(): Transitions {
    const next = new Int32Array(this.#next.length);
    shift(this.#next, 1, 0, next.length - 1, undefined, next);
    const shifts = this.#shifts.map(({ offset, sources }) => {
      const targets = new Int32Array(sources.length);
      shift(sources, offset, 0, sources.length - 1, undefined, targets);
      return shiftOf(-offset, targets);
    });
    const joints = this.#joints.map(({ sources, targets }) => ({ sources: targets, targets: sources }));
    return new Transitions({ near: { stay: this.#stay, next }, shifts, joints, fills: this.#fills }, true);
  }

  /** Writes into `to` what comes after the positions of `from`, and `besides`. */
  apply(from: Int32Array, besides: Int32Array, to: Int32Array): void {
    const stay = this.#stay;
    const next = this.#next;
    const words = to.length;
    let carry = 0;
    if (this.#isReversed) {
      for (let i = words - 1; i >= 0; i -= 1) {
        const word = from[i] ?? 0;
        const moved = word & (next[i] ?? 0);
        to[i] = (besides[i] ?? 0) | (word & (stay[i] ?? 0)) | (moved >>> 1) | carry;
        carry = moved << (WORD_BITS - 1);
      }
    } else {
      for (let i = 0; i < words; i += 1) {
        const word = from[i] ?? 0;
        const moved = word & (next[i] ?? 0);
        to[i] = (besides[i] ?? 0) | (word & (stay[i] ?? 0)) | (moved << 1) | carry;
        carry = moved >>> (WORD_BITS - 1);
      }
    }
    this.add(from, to);
  }

  /** Adds to `to` what comes after the positions of `from` further off. */
  add(from: Int32Array, to: Int32Array): void {
    for (const { offset, sources, low, high } of this.#shifts) shift(from, offset, low, high, sources, to);
    for (const { sources, targets } of this.#joints) {
      if (meets(from, sources)) add(to, targets);
    }
    for (const one of this.#fills) {
      if (this.#isReversed) fillBack(from, one, to);
      else fillOn(from, one, to);
    }
  }
}

function costOf({ near, shifts, joints, fills }: Parts): number {
  let cost = near.next.length;
  for (const { low, high } of shifts) cost += high - low + 2;
  for (const { sources, targets } of joints) cost += OVERHEAD + sources.indexes.length + targets.indexes.length;
  for (const { sources, end } of fills) {
    cost += OVERHEAD + sources.indexes.length + (end >> 5) - (sources.indexes[0] ?? 0) + 1;
  }
  return cost;
}

/** Those of {@link NEAR}, and those that pay since many positions share them. */
function sharedOffsets(follows: readonly Follow[]): ReadonlySet<number> {
  const counts = new Map<number, { count: number; first: number; last: number }>();
  for (const [i, follow] of follows.entries()) {
    if (follow.length > SHORT) continue;
    for (const position of follow) {
      const offset = position - i - WORD_BITS;
      const known = counts.get(offset);
      if (known === undefined) counts.set(offset, { count: 1, first: i, last: i });
      else {
        known.count += 1;
        known.last = i;
      }
    }
  }
  const offsets = new Set(NEAR);
  for (const [offset, { count, first, last }] of counts) {
    if (count >= Math.max(SHARED, (last - first) >> 4)) offsets.add(offset);
  }
  return offsets;
}

/** Takes what follows positions apart: into shifts by some offsets, and the rest. */
function take(follows: readonly Follow[], offsets: ReadonlySet<number>, words: number): Parts {
  const shifts = new Map<number, Int32Array>();
  const fills = new Map<number, number[]>();
  const joints = new Map<string, { readonly sources: number[]; readonly targets: Follow }>();
  const keys = new Map<Follow, string>();
  for (const [i, follow] of follows.entries()) {
    const position = i + WORD_BITS;
    let rest: Follow = follow;
    const run = runAfter(follow, position);
    if (run >= SHORTEST_RUN) {
      put(fills, position + run, position);
      rest = follow.filter((one) => one <= position || one > position + run);
    }
    let left = rest;
    if (rest.length <= SHORT) {
      left = rest.filter((target) => !offsets.has(target - position));
      for (const target of rest) {
        const offset = target - position;
        if (!offsets.has(offset)) continue;
        let sources = shifts.get(offset);
        if (sources === undefined) shifts.set(offset, (sources = new Int32Array(words)));
        addTo(sources, 0, position);
      }
    }
    if (left.length === 0) continue;
    let key = keys.get(left);
    if (key === undefined) keys.set(left, (key = left.join()));
    const known = joints.get(key);
    if (known === undefined) joints.set(key, { sources: [position], targets: left });
    else known.sources.push(position);
  }
  const near = { stay: shifts.get(0) ?? new Int32Array(words), next: shifts.get(1) ?? new Int32Array(words) };
  shifts.delete(0);
  shifts.delete(1);
  return {
    near,
    shifts: Array.from(shifts, ([offset, sources]) => shiftOf(offset, sources)),
    joints: Array.from(joints.values(), ({ sources, targets }) => {
      return { sources: wordsOf(sources), targets: wordsOf(targets) };
    }),
    fills: Array.from(fills, ([end, sources]) => ({ sources: wordsOf(sources), end })),
  };
}

/** How many followers stand one after another right behind a position. */
function runAfter(follow: Follow, position: number): number {
  if (follow.length < SHORTEST_RUN) return 0;
  let at = follow.indexOf(position + 1);
  if (at < 0) return 0;
  let run = 0;
  while (follow[at] === position + run + 1) {
    run += 1;
    at += 1;
  }
  return run;
}

function put(lists: Map<number, number[]>, key: number, value: number): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

function shiftOf(offset: number, sources: Int32Array): Shift {
  const low = sources.findIndex((word) => word !== 0);
  return { offset, sources, low, high: sources.findLastIndex((word) => word !== 0) };
}

export function wordsOf(positions: readonly number[]): Words {
  const masks = new Map<number, number>();
  for (const one of positions) masks.set(one >> 5, (masks.get(one >> 5) ?? 0) | (1 << (one & 31)));
  const indexes = Int32Array.from(masks.keys()).sort();
  return { indexes, masks: Int32Array.from(indexes, (index) => masks.get(index) ?? 0) };
}

export type { Words };

export function meets(set: Int32Array, { indexes, masks }: Words): boolean {
  for (let i = 0; i < indexes.length; i += 1) {
    if (((set[indexes[i] ?? 0] ?? 0) & (masks[i] ?? 0)) !== 0) return true;
  }
  return false;
}

function add(set: Int32Array, { indexes, masks }: Words): void {
  for (let i = 0; i < indexes.length; i += 1) {
    const index = indexes[i] ?? 0;
    set[index] = (set[index] ?? 0) | (masks[i] ?? 0);
  }
}

function shift(
  from: Int32Array,
  offset: number,
  low: number,
  high: number,
  mask: Int32Array | undefined,
  to: Int32Array,
): void {
  const skip = offset >> 5;
  const left = offset & 31;
  let carry = 0;
  let word = low;
  for (; word <= high; word += 1) {
    const moved = mask === undefined ? (from[word] ?? 0) : (from[word] ?? 0) & (mask[word] ?? 0);
    const at = word + skip;
    if (left === 0) {
      if (moved !== 0) to[at] = (to[at] ?? 0) | moved;
      continue;
    }
    const value = (moved << left) | carry;
    carry = moved >>> (WORD_BITS - left);
    if (value !== 0) to[at] = (to[at] ?? 0) | value;
  }
  if (carry !== 0) to[word + skip] = (to[word + skip] ?? 0) | carry;
}

/** From the first of `sources` that is there all are reached up to the end. */
function fillOn(from: Int32Array, { sources, end }: Fill, to: Int32Array): void {
  const { indexes, masks } = sources;
  for (let i = 0; i < indexes.length; i += 1) {
    const index = indexes[i] ?? 0;
    const there = (from[index] ?? 0) & (masks[i] ?? 0);
    if (there === 0) continue;
    const first = index * WORD_BITS + (31 - Math.clz32(there & -there)) + 1;
    for (let word = first >> 5; word <= end >> 5; word += 1) {
      to[word] = (to[word] ?? 0) | (upFrom(first, word) & upTo(end, word));
    }
    return;
  }
}

/** All of `sources` come before the last position that is there up to the end, but those behind it. */
function fillBack(from: Int32Array, { sources, end }: Fill, to: Int32Array): void {
  const { indexes, masks } = sources;
  const lowest = indexes[0] ?? 0;
  for (let word = end >> 5; word >= lowest; word -= 1) {
    const there = (from[word] ?? 0) & upTo(end, word);
    if (there === 0) continue;
    const last = word * WORD_BITS + 31 - Math.clz32(there);
    for (let i = 0; i < indexes.length; i += 1) {
      const index = indexes[i] ?? 0;
      if (index > word) return;
      to[index] = (to[index] ?? 0) | ((masks[i] ?? 0) & upTo(last - 1, index));
    }
    return;
  }
}

/** The bits of a word that stand for a position or later ones. */
function upFrom(position: number, word: number): number {
  return word === position >> 5 ? -1 << (position & 31) : -1;
}

/** The bits of a word that stand for a position or earlier ones; the word may be behind it. */
function upTo(position: number, word: number): number {
  const last = position >> 5;
  if (word < last) return -1;
  return word > last ? 0 : -1 >>> (31 - (position & 31));
}
