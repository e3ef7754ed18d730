import { Kind, type Alphabet } from './alphabet.ts';
import { contains } from './char-set.ts';
import { Machine, type Step } from './machine.ts';
import { PcSet } from './pc-set.ts';
import type { Program } from './program.ts';

/**
 * A machine that reads a text from its end towards its beginning. A step is noted when a match may begin at its code point
 * that is still under way at the end. Conditions count as met and no way is preferred, so some of these cannot: who needs
 * certainty reads onwards from there.
 */
export class Backward {
  readonly machine: Machine;
  readonly #end: Int32Array;

  constructor(program: Program, alphabet: Alphabet, budget?: number) {
    const { instructions } = program;
    const out = new PcSet(instructions.length);
    this.machine = new Machine(alphabet, stepper(program, alphabet), out, true, budget);
    // Under way is what waits for a code point, or for what follows the end.
    this.#end = Int32Array.from(
      [...instructions.keys()].filter((pc) => ['Set', 'Look'].includes(instructions[pc]?.op ?? '')),
    );
  }

  /** The state at the end of a text. */
  start(): number {
    return this.machine.stateOf(this.#end, Kind.Other);
  }
}

/** A machine is at the `Set` instructions that take the next code point; a step goes to those that took the one before. */
function stepper(program: Program, alphabet: Alphabet): Step {
  const { instructions } = program;
  const before = predecessors(program);
  const first = firstOf(program);
  const seen = new PcSet(instructions.length);

  return (pcs, _kind, one, out) => {
    const sample = alphabet.samples[one] ?? 0;
    let begins = false;
    seen.clear();
    for (const pc of pcs) seen.add(pc);
    for (let i = 0; i < seen.length; i += 1) {
      for (const pc of before[seen.members[i] ?? 0] ?? []) {
        const instruction = instructions[pc];
        if (instruction?.op !== 'Set') seen.add(pc);
        else if (contains(instruction.set, sample)) {
          out.add(pc);
          if (first.has(pc)) begins = true;
        }
      }
    }
    return begins;
  };
}

/** By instruction: those that lead to it. */
export function predecessors({ instructions }: Program): number[][] {
  const before: number[][] = instructions.map(() => []);
  for (const [pc, instruction] of instructions.entries()) {
    if (instruction.op === 'Match') continue;
    before[instruction.next]?.push(pc);
    if (instruction.op === 'Split' && instruction.other !== instruction.next) before[instruction.other]?.push(pc);
  }
  return before;
}

/** The `Set` instructions that may take the first code point of a match. */
export function firstOf({ instructions, start }: Program): ReadonlySet<number> {
  const reached = new PcSet(instructions.length);
  reached.add(start);
  const first = new Set<number>();
  for (let i = 0; i < reached.length; i += 1) {
    const pc = reached.members[i] ?? 0;
    const instruction = instructions[pc];
    if (instruction?.op === 'Set') first.add(pc);
    else if (instruction?.op === 'Look') reached.add(instruction.next);
    else if (instruction?.op === 'Split') {
      reached.add(instruction.next);
      reached.add(instruction.other);
    }
  }
  return first;
}
