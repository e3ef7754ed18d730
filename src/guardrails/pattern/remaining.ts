import { predecessors } from './backward.ts';
import type { CharSet } from './char-set.ts';
import type { Program } from './program.ts';

/** By instruction: how many code points a match takes from there at least, every condition counted as met. */
export function remainingOf(program: Program): Int32Array {
  const { instructions } = program;
  const before = predecessors(program);
  const remaining = new Int32Array(instructions.length).fill(-1);
  let level = [...instructions.keys()].filter((pc) => instructions[pc]?.op === 'Match');
  for (let count = 0; level.length > 0; count += 1) {
    const next: number[] = [];
    for (let pc = level.pop(); pc !== undefined; pc = level.pop()) {
      if (remaining[pc] !== -1) continue;
      remaining[pc] = count;
      for (const one of before[pc] ?? []) (instructions[one]?.op === 'Set' ? next : level).push(one);
    }
    level = next;
  }
  return remaining;
}

const NOTHING: CharSet = [];

/** The program without what only matches of more than `maxLength` code points come to: its sets are empty. */
export function withinReach(program: Program, maxLength: number): Program {
  const remaining = remainingOf(program);
  const reached = reachedOf(program);
  const instructions = program.instructions.map((instruction, pc) => {
    if (instruction.op !== 'Set' || (reached[pc] ?? 0) + (remaining[pc] ?? 0) <= maxLength) return instruction;
    return { ...instruction, set: NOTHING };
  });
  return { ...program, instructions };
}

/** By instruction: how many code points a match takes at least before it. */
function reachedOf({ instructions, start }: Program): Int32Array {
  const reached = new Int32Array(instructions.length).fill(-1);
  let level = [start];
  for (let count = 0; level.length > 0; count += 1) {
    const next: number[] = [];
    for (let pc = level.pop(); pc !== undefined; pc = level.pop()) {
      const instruction = instructions[pc];
      if (instruction === undefined || instruction.op === 'Match' || reached[pc] !== -1) continue;
      reached[pc] = count;
      (instruction.op === 'Set' ? next : level).push(instruction.next);
      if (instruction.op === 'Split') level.push(instruction.other);
    }
    level = next;
  }
  return reached;
}
