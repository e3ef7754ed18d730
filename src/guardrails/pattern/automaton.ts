import { Alphabet } from './alphabet.ts';
import { Backward, firstOf } from './backward.ts';
import { Forward } from './forward.ts';
import { leapsOf, type Leaps } from './leaps.ts';
import type { Program } from './program.ts';
import { contains } from './char-set.ts';

/** What a compiled pattern runs on. */
export interface Automaton {
  readonly alphabet: Alphabet;
  /** From where a match begins to where it ends. */
  readonly ordered: Forward;
  /** Whether and where any match ends. */
  readonly anywhere: Forward;
  /** From the end of a text to where a match may be under way. */
  readonly backward: Backward;
  /** By class: 1 where a match may begin with it. */
  readonly first: Uint8Array;
  /** How to find where a match may begin without a look at every code unit. */
  readonly leaps: Leaps | undefined;
  /** Whether a match may depend on what stands before or after it. */
  readonly looksAround: boolean;
}

/** `shortest`: code points of the shortest match. `budget`: integers that each of the three machines may keep. */
export function automatonOf(program: Program, shortest: number, budget?: number): Automaton {
  const alphabet = new Alphabet(program);
  const first = new Uint8Array(alphabet.size);
  for (const pc of firstOf(program)) {
    const instruction = program.instructions[pc];
    if (instruction?.op !== 'Set') continue;
    for (const [one, sample] of alphabet.samples.entries()) if (contains(instruction.set, sample)) first[one] = 1;
  }
  return {
    alphabet,
    ordered: new Forward(program, alphabet, 'Ordered', budget),
    anywhere: new Forward(program, alphabet, 'Anywhere', budget),
    backward: new Backward(program, alphabet, budget),
    first,
    leaps: leapsOf(program, alphabet, shortest),
    looksAround: program.instructions.some(({ op }) => op === 'Look'),
  };
}
