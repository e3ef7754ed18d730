import type { Kind } from './alphabet.ts';
import type { Automaton } from './automaton.ts';
import { codePointBefore } from './code-point.ts';
import type { Stretches } from './stretches.ts';
import { holds, Way, type Ways } from './ways.ts';

/** What the preferred way from a place comes to before the end of the text. */
const DEAD = 0;
/** It matches. */
const MATCHED = 1;
/** It is under way, or depends on what follows the text. */
const OPEN = 2;

/**
 * The first index from `lowest` on, and before `end`, at which a match begins that is open at `end`: more text could make,
 * lengthen or undo it. `end` if there is none. For all beginnings at once, in as many steps for a code unit as there are
 * instructions.
 */
export function firstOpen({ ways, stretches }: Automaton, text: string, lowest: number, end: number): number {
  const { size, sets, alphabet, positions, start } = ways;
  const { taking, words } = positions;
  // Two more places: where no way goes on, and a match.
  let next = new Uint8Array(size + 2).fill(MATCHED, size + 1);
  let here = new Uint8Array(size + 2).fill(OPEN, 0, sets).fill(MATCHED, size + 1);
  let first = end;
  settle(ways, stretches, here, alphabet.kindBefore(text, end), undefined);
  for (let at = end; at > lowest;) {
    const code = codePointBefore(text, at, lowest);
    at -= code > 0xffff ? 2 : 1;
    [here, next] = [next, here];
    const one = alphabet.classOf(code);
    const begin = one * words + 1;
    for (const { first: row, length, to } of stretches.rows) {
      const isTaken = (((taking[begin + (row >> 5)] ?? 0) >>> (row & 31)) & 1) === 1;
      for (let i = 0; i < length; i += 1) here[row + i] = isTaken ? (next[to + i] ?? DEAD) : DEAD;
    }
    settle(ways, stretches, here, alphabet.kindBefore(text, at), (alphabet.kinds[one] ?? 0) as Kind);
    if (here[start] === OPEN) first = at;
  }
  return first;
}

/** Decides instructions that take no code point by those they lead to. `after` undefined: not known yet. */
function settle(ways: Ways, { ladders }: Stretches, here: Uint8Array, before: Kind, after: Kind | undefined): void {
  const { ops, nexts, nextsBetween, others, loops, entries } = ways;
  if (loops.length > 0) {
    // In a loop around what may be empty it depends on where one comes in which way is cut as one that was gone already.
    for (const entry of entries) here[entry] = follow(ways, here, entry, before, after);
    return;
  }
  const nextsHere = after === undefined ? nexts : nextsBetween(before, after);
  for (const { first: i, length, to, out, isGreedy } of ladders) {
    if (length > 1) {
      const other = here[out] ?? DEAD;
      for (let step = 0; step < length; step += 1) {
        const one = here[to + step] ?? DEAD;
        here[i + step] = isGreedy ? one || other : other || one;
      }
      continue;
    }
    let value = here[nextsHere[i] ?? 0] ?? DEAD;
    if (ops[i] === Way.Split) {
      if (value === DEAD) value = here[others[i] ?? 0] ?? DEAD;
    } else if (ops[i] === Way.Look && after === undefined) {
      const isMet = holds(ways, i, before, after);
      if (isMet === undefined) value = OPEN;
      else if (!isMet) value = DEAD;
    }
    here[i] = value;
  }
}

/** What the preferred way from an instruction comes to; `here` has to know it of `Set` instructions only. */
function follow(ways: Ways, here: Uint8Array, entry: number, before: Kind, after: Kind | undefined): number {
  const { sets, ops, nexts, others } = ways;
  const seen = new Set<number>();
  const later = [entry];
  for (let at = later.pop(); at !== undefined; at = later.pop()) {
    if (at < sets) {
      if (here[at] !== DEAD) return here[at] ?? DEAD;
      continue;
    }
    if (seen.has(at)) continue;
    seen.add(at);
    const op = ops[at];
    if (op === Way.Match) return MATCHED;
    if (op === Way.Look) {
      const isMet = holds(ways, at, before, after);
      if (isMet === undefined) return OPEN;
      if (!isMet) continue;
    } else later.push(others[at] ?? 0);
    later.push(nexts[at] ?? 0);
  }
  return DEAD;
}
