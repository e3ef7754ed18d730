import type { Alphabet } from './alphabet.ts';
import { contains } from './char-set.ts';
import { PcSet } from './pc-set.ts';
import type { Program } from './program.ts';

/** Shorter leaps cost more than they save. */
const SHORTEST = 3;
const LONGEST = 32;
const BMP = 0x1_0000;

/**
 * How far one may look ahead for a match (Horspool's algorithm): if a match is at least `length` code units long, the last
 * of so many says how many places at their beginning cannot begin one.
 */
export interface Leaps {
  readonly length: number;
  /** By class of a code unit: places that may be left out; 0 where a match may begin at the first. */
  readonly shifts: Uint8Array;
}

/** `shortest`: code points of the shortest match. Undefined where nothing can be said, or little. */
export function leapsOf(program: Program, alphabet: Alphabet, shortest: number): Leaps | undefined {
  const length = Math.min(shortest, LONGEST);
  if (length < SHORTEST) return undefined;
  const shifts = new Uint8Array(alphabet.size).fill(length);
  let now = [program.start];
  for (let i = 0; i < length; i += 1) {
    const sets = setsFrom(program, now);
    for (const pc of sets) {
      const instruction = program.instructions[pc];
      if (instruction?.op !== 'Set') continue;
      // Places are counted in code units: beyond the first plane a code point has two.
      if ((instruction.set.at(-1) ?? 0) >= BMP) return undefined;
      for (const [one, sample] of alphabet.samples.entries()) {
        if (contains(instruction.set, sample)) shifts[one] = length - 1 - i;
      }
    }
    now = sets.map((pc) => nextOf(program, pc));
  }
  return shifts.includes(0) && shifts.includes(length) ? { length, shifts } : undefined;
}

/** The `Set` instructions that are reached without a code point, every condition counted as met. */
function setsFrom({ instructions }: Program, pcs: readonly number[]): readonly number[] {
  const reached = new PcSet(instructions.length);
  for (const pc of pcs) reached.add(pc);
  const sets: number[] = [];
  for (let i = 0; i < reached.length; i += 1) {
    const pc = reached.members[i] ?? 0;
    const instruction = instructions[pc];
    if (instruction === undefined || instruction.op === 'Match') continue;
    if (instruction.op === 'Set') {
      sets.push(pc);
      continue;
    }
    reached.add(instruction.next);
    if (instruction.op === 'Split') reached.add(instruction.other);
  }
  return sets;
}

function nextOf({ instructions }: Program, pc: number): number {
  const instruction = instructions[pc];
  return instruction?.op === 'Set' ? instruction.next : pc;
}
