import { predecessors } from './backward.ts';
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
