import { PcSet } from './pc-set.ts';
import { Way, type Ways } from './ways.ts';

/** `Set` instructions of one set that stand side by side and lead to what stands side by side, as those of `x{9}` do. */
export interface Row {
  readonly first: number;
  readonly length: number;
  /** Where the first one leads. */
  readonly to: number;
}

/** `Split` instructions side by side: each leads to the next of what stands side by side, or out, all to the same place. */
export interface Ladder extends Row {
  readonly out: number;
  /** Whether it prefers the next to the way out. */
  readonly isGreedy: boolean;
  /** More than 1: of a loop, in which each leads anywhere. */
  readonly rounds: number;
}

/** The instructions of {@link Ways} in pieces that can be gone through in one go. Together they are all, in their order. */
export interface Stretches {
  readonly rows: readonly Row[];
  readonly ladders: readonly Ladder[];
  /** What going through all of it takes, in single instructions that are no part of anything. */
  readonly cost: number;
}

/** Pieces of one instruction that stand side by side as one piece, and how many instructions it has. */
export function joinSingles<Piece extends Row>(
  pieces: readonly Piece[],
  isSingle: (piece: Piece) => boolean,
): readonly (Piece & { readonly isPlain: boolean })[] {
  const joined: (Piece & { readonly isPlain: boolean })[] = [];
  for (const piece of pieces) {
    const last = joined.at(-1);
    const isPlain = isSingle(piece);
    if (!isPlain || last?.isPlain !== true) joined.push({ ...piece, isPlain });
    else joined[joined.length - 1] = { ...last, length: last.length + 1 };
  }
  return joined;
}

/** What a piece takes whatever its length, in single instructions; and how many more make up for one. */
const PIECE = 12;
const COPIED = 16;
const STEPPED = 2;
/** Where there are loops, what is open depends on where one comes in. That is asked seldom, and so it counts for less. */
const FOLLOWED = 8;

export function stretchesOf(ways: Ways): Stretches {
  const { sets, size, ops, nexts, others, loops, positions } = ways;
  const rows: Row[] = [];
  for (let first = 0; first < sets;) {
    const to = nexts[first] ?? 0;
    let length = 1;
    while (
      first + length < sets &&
      nexts[first + length] === to + length &&
      positions.classes[first + length] === positions.classes[first]
    ) {
      length += 1;
    }
    rows.push({ first, length, to });
    first += length;
  }
  const ladders: Ladder[] = [];
  let loop = 0;
  for (let first = sets; first < size;) {
    const next = loops[loop];
    if (next?.first === first) {
      ladders.push({ ...next, to: 0, out: 0, isGreedy: true });
      first += next.length;
      loop += 1;
      continue;
    }
    const end = next?.first ?? size;
    const isGreedy = nexts[first + 1] === (nexts[first] ?? 0) + 1;
    const [steps, outs] = isGreedy ? [nexts, others] : [others, nexts];
    const to = steps[first] ?? 0;
    const out = outs[first] ?? 0;
    let length = 1;
    if (to < sets && ops[first] === Way.Split) {
      while (
        first + length < end &&
        ops[first + length] === Way.Split &&
        to + length < sets &&
        steps[first + length] === to + length &&
        outs[first + length] === out
      ) {
        length += 1;
      }
    }
    if (length > 1) ladders.push({ first, length, to, out, isGreedy, rounds: 1 });
    else ladders.push({ first, length, to: nexts[first] ?? 0, out: others[first] ?? 0, isGreedy: true, rounds: 1 });
    first += length;
  }
  let cost = 0;
  for (const { length } of rows) cost += length === 1 ? 1 : Math.min(length, PIECE + length / COPIED);
  for (const { length, rounds } of ladders) {
    if (rounds > 1) cost += length * (rounds + 1);
    else cost += length === 1 ? 1 : Math.min(length, PIECE + length / STEPPED);
  }
  if (loops.length > 0) cost += reachedFromEntries(ways) / FOLLOWED;
  return { rows, ladders, cost: Math.ceil(cost) };
}

/** Instructions that are reached without a code point from where one may come to, one of these after another. */
function reachedFromEntries({ entries, sets, size, ops, nexts, others }: Ways): number {
  const reached = new PcSet(size);
  let count = 0;
  for (const entry of entries) {
    reached.clear();
    reached.add(entry);
    for (let i = 0; i < reached.length; i += 1) {
      const at = reached.members[i] ?? 0;
      if (at < sets || ops[at] === Way.Match) continue;
      reached.add(nexts[at] ?? 0);
      if (ops[at] === Way.Split) reached.add(others[at] ?? 0);
    }
    count += reached.length;
  }
  return count;
}
