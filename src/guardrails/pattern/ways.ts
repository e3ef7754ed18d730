import { Kind, type Alphabet } from './alphabet.ts';
import { check } from './closure.ts';
import { Op, type Columns } from './columns.ts';
import { WORD_BITS, type Positions } from './positions.ts';
import type { Program } from './program.ts';
import type { Look } from './syntax.ts';

const KINDS = Object.keys(Kind).length;

/** The numbers of {@link Op}, in the columns of {@link Ways}. */
export const Way = Op;

/**
 * The instructions of a program that a match can come to, in an order in which each comes after those it leads to without
 * a code point, loops around what may be empty left aside: first the `Set` instructions by position, then the rest. What is
 * true of all ways from a place onwards is found by going through them once, from the end of a text to its beginning.
 */
export interface Ways {
  readonly start: number;
  /** How many of them are `Set` instructions. */
  readonly sets: number;
  readonly size: number;
  readonly ops: Uint8Array;
  /** A match leads to {@link Ways.size} and one: a place that is no instruction. */
  readonly nexts: Int32Array;
  readonly others: Int32Array;
  /** The same as `nexts` between code points of two kinds: conditions that do not hold lead to {@link Ways.size}. */
  readonly nextsBetween: (before: Kind, after: Kind) => Int32Array;
  /** By instruction that is a condition. */
  readonly looks: readonly (Look | undefined)[];
  /** Around what may be empty. */
  readonly loops: readonly Loop[];
  /** Where one may come to from a code point, `Set` instructions left out. */
  readonly entries: readonly number[];
  readonly alphabet: Alphabet;
  readonly positions: Positions;
}

/** Instructions side by side that lead to one another: it takes so many rounds to find out what is true of all of them. */
export interface Loop {
  readonly first: number;
  readonly length: number;
  readonly rounds: number;
}

export function waysOf(program: Program, columns: Columns, alphabet: Alphabet, positions: Positions): Ways {
  const { pcs, ofPc } = positions;
  const { order, loops } = epsilonOrder(program, columns, positions);
  const numbers = new Int32Array(program.instructions.length);
  for (const pc of pcs) numbers[pc] = (ofPc[pc] ?? 0) - WORD_BITS;
  for (const [i, pc] of order.entries()) numbers[pc] = pcs.length + i;
  const all = [...pcs, ...order];
  const nexts = Int32Array.from(all, (pc) => {
    return columns.ops[pc] === Op.Match ? all.length + 1 : (numbers[columns.nexts[pc] ?? 0] ?? 0);
  });
  const looks = all.map((pc) => {
    const instruction = program.instructions[pc];
    return instruction?.op === 'Look' ? instruction.look : undefined;
  });
  const conditions = [...all.keys()].filter((i) => looks[i] !== undefined);
  const start = numbers[program.start] ?? 0;
  return {
    start,
    sets: pcs.length,
    size: all.length,
    ops: Uint8Array.from(all, (pc) => columns.ops[pc] ?? 0),
    nexts,
    others: Int32Array.from(all, (pc) => numbers[columns.others[pc] ?? 0] ?? 0),
    nextsBetween: nextsBy(nexts, looks, conditions),
    looks,
    loops: loops.map((loop) => ({ ...loop, first: loop.first + pcs.length })),
    entries: [...new Set([start, ...nexts.subarray(0, pcs.length)])].filter((at) => at >= pcs.length),
    alphabet,
    positions,
  };
}

/** Whether a condition holds; undefined: it depends on what comes after. */
export function holds({ looks }: Ways, at: number, before: Kind, after: Kind | undefined): boolean | undefined {
  const look = looks[at];
  return look === undefined ? true : check(look, before, after);
}

/** Made once for each pair of kinds: a pattern may have hundreds of conditions. */
function nextsBy(
  nexts: Int32Array,
  looks: readonly (Look | undefined)[],
  conditions: readonly number[],
): Ways['nextsBetween'] {
  const known = new Map<number, Int32Array>();
  return (before, after) => {
    if (conditions.length === 0) return nexts;
    const key = before * KINDS + after;
    let between = known.get(key);
    if (between === undefined) {
      between = nexts.slice();
      for (const at of conditions) {
        const look = looks[at];
        if (look !== undefined && check(look, before, after) !== true) between[at] = looks.length;
      }
      known.set(key, between);
    }
    return between;
  };
}

/** All but `Set` instructions, each after those it leads to, but for loops; these begin where they do in the order. */
function epsilonOrder(
  program: Program,
  { ops, nexts, others }: Columns,
  positions: Positions,
): { readonly order: readonly number[]; readonly loops: readonly Loop[] } {
  const UNSEEN = 0;
  const OPEN = 1;
  const DONE = 2;
  const marks = new Uint8Array(program.instructions.length);
  const order: number[] = [];
  const back: [from: number, to: number][] = [];
  const visit = (root: number): void => {
    const stack = [root];
    while (stack.length > 0) {
      const pc = stack.at(-1) ?? 0;
      const op = ops[pc];
      if (op === Op.Set || marks[pc] === DONE) {
        stack.pop();
        continue;
      }
      if (marks[pc] === OPEN) {
        marks[pc] = DONE;
        order.push(pc);
        stack.pop();
        continue;
      }
      marks[pc] = OPEN;
      if (op === Op.Match) continue;
      for (const to of op === Op.Split ? [others[pc] ?? 0, nexts[pc] ?? 0] : [nexts[pc] ?? 0]) {
        if (marks[to] === UNSEEN) stack.push(to);
        else if (marks[to] === OPEN) back.push([pc, to]);
      }
    }
  };
  visit(program.start);
  // What only sets without members lead to is not there.
  for (const pc of positions.pcs) {
    const instruction = program.instructions[pc];
    if (instruction?.op === 'Set' && instruction.set.length > 0) visit(instruction.next);
  }
  return { order, loops: loopsOf(order, back) };
}

/**
 * An instruction that leads back comes before the one it leads to, and what lies between may belong to the loop. A way
 * that takes no code point leads back to each at most once, which bounds the rounds.
 */
function loopsOf(order: readonly number[], back: readonly (readonly [from: number, to: number])[]): readonly Loop[] {
  const places = new Map(order.map((pc, i) => [pc, i]));
  const spans = back
    .map(([from, to]) => ({ first: places.get(from) ?? 0, last: places.get(to) ?? 0, heads: new Set([to]) }))
    .sort((a, b) => a.first - b.first);
  const loops: typeof spans = [];
  for (const span of spans) {
    const before = loops.at(-1);
    if (before === undefined || span.first > before.last) loops.push(span);
    else {
      before.last = Math.max(before.last, span.last);
      for (const head of span.heads) before.heads.add(head);
    }
  }
  return loops.map(({ first, last, heads }) => ({ first, length: last - first + 1, rounds: heads.size + 1 }));
}
