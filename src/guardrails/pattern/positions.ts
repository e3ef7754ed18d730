import type { Alphabet } from './alphabet.ts';
import type { CharSet } from './char-set.ts';
import { PcSet } from './pc-set.ts';
import type { Program } from './program.ts';

/** Bits of a word. The first word of a set of positions and its last one are empty, so that a shift has where to go. */
export const WORD_BITS = 32;

/**
 * The `Set` instructions that a match can come to, numbered from {@link WORD_BITS} on in the order in which a text goes
 * through them (Glushkov's positions). A set of them is an `Int32Array` of {@link Positions.words} words.
 */
export interface Positions {
  /** Instructions by position less {@link WORD_BITS}. */
  readonly pcs: readonly number[];
  /** Positions by instruction; 0 where it has none. */
  readonly ofPc: Int32Array;
  /** Words of a set of positions; room for one more position than there are. */
  readonly words: number;
  /** By class, the end of a text not included: the positions that take it, one set after another. */
  readonly taking: Int32Array;
  /** By position less {@link WORD_BITS}: the classes it takes. */
  readonly classes: readonly (readonly number[])[];
}

export function positionsOf(program: Program, alphabet: Alphabet): Positions {
  const pcs = reachedSets(program).sort((a, b) => b - a);
  const ofPc = new Int32Array(program.instructions.length);
  const words = ((pcs.length + WORD_BITS) >> 5) + 2;
  const taking = new Int32Array(words * alphabet.size);
  const known = new Map<CharSet, readonly number[]>();
  const classes: (readonly number[])[] = [];
  for (const [i, pc] of pcs.entries()) {
    const position = i + WORD_BITS;
    ofPc[pc] = position;
    const instruction = program.instructions[pc];
    if (instruction?.op !== 'Set') continue;
    let members = known.get(instruction.set);
    if (members === undefined) known.set(instruction.set, (members = alphabet.classesIn(instruction.set)));
    classes.push(members);
    for (const one of members) addTo(taking, one * words, position);
  }
  return { pcs, ofPc, words, taking, classes };
}

/** Adds a position to the set that begins at an index of `sets`. */
export function addTo(sets: Int32Array, begin: number, position: number): void {
  const word = begin + (position >> 5);
  sets[word] = (sets[word] ?? 0) | (1 << (position & 31));
}

export function has(set: Int32Array, position: number): boolean {
  return (((set[position >> 5] ?? 0) >>> (position & 31)) & 1) === 1;
}

/** Every condition counts as met. Nothing is reached by way of a set without members, but it itself is. */
function reachedSets({ instructions, start }: Program): number[] {
  const reached = new PcSet(instructions.length);
  reached.add(start);
  const sets: number[] = [];
  for (let i = 0; i < reached.length; i += 1) {
    const pc = reached.members[i] ?? 0;
    const instruction = instructions[pc];
    if (instruction === undefined || instruction.op === 'Match') continue;
    if (instruction.op === 'Set') {
      sets.push(pc);
      if (instruction.set.length === 0) continue;
    }
    reached.add(instruction.next);
    if (instruction.op === 'Split') reached.add(instruction.other);
  }
  return sets;
}
