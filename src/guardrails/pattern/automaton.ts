import { Alphabet } from './alphabet.ts';
import { Anywhere } from './anywhere.ts';
import { Backward, firstOf } from './backward.ts';
import { contains } from './char-set.ts';
import { columnsOf } from './columns.ts';
import { FollowerFinder } from './follow.ts';
import { orderedStates } from './determine.ts';
import { leapsOf, type Leaps } from './leaps.ts';
import { BUDGET } from './machine.ts';
import { Ordered } from './ordered.ts';
import { positionsOf } from './positions.ts';
import type { Program } from './program.ts';
import { stretchesOf, type Stretches } from './stretches.ts';
import { waysOf, type Ways } from './ways.ts';

/** What a compiled pattern runs on. */
export interface Automaton {
  readonly alphabet: Alphabet;
  /** From where a match begins to where it ends. */
  readonly ordered: Ordered;
  /** Whether and where any match ends. */
  readonly anywhere: Anywhere;
  /** From the end of a text to where a match may be under way. */
  readonly backward: Backward;
  /** All ways at once, for texts on which trying beginnings takes too long. */
  readonly ways: Ways;
  readonly stretches: Stretches;
  /** By class: 1 where a match may begin with it. */
  readonly first: Uint8Array;
  /** How to find where a match may begin without a look at every code unit. */
  readonly leaps: Leaps | undefined;
  /** Whether a match may depend on what stands before or after it. */
  readonly looksAround: boolean;
  /** Whether what follows what could not be found out in the time there is: the machines are not to be used. */
  readonly isIncomplete: boolean;
  /** Whether all states of `ordered` are known to fit in its table. Takes some time to find out. */
  isDeterminate(): boolean;
}

export interface AutomatonOptions {
  /** Integers that each of the three machines may keep (default 262144). */
  readonly budget?: number | undefined;
  /** Steps that each of the machines that have others to go on with remembers at first (default 32768). */
  readonly credit?: number | undefined;
}

/** Steps that the machines remember at first which know only where matches are under way. */
const CREDIT = 1 << 15;
/** Those that keep ways in their order take longer to make. */
const ORDERED_CREDIT = 1 << 12;
/** Integers that a state takes besides its row in the table, usually. */
const ROOM = 4;

/** `shortest`: code points of the shortest match. */
export function automatonOf(
  program: Program,
  shortest: number,
  { budget, credit = CREDIT }: AutomatonOptions,
): Automaton {
  const alphabet = new Alphabet(program);
  const first = new Uint8Array(alphabet.size);
  for (const pc of firstOf(program)) {
    const instruction = program.instructions[pc];
    if (instruction?.op !== 'Set') continue;
    for (const [one, sample] of alphabet.samples.entries()) if (contains(instruction.set, sample)) first[one] = 1;
  }
  const columns = columnsOf(program);
  const positions = positionsOf(program, alphabet);
  const finder = new FollowerFinder(program, columns, positions);
  const ways = waysOf(program, columns, alphabet, positions);
  return {
    alphabet,
    ordered: new Ordered(program, columns, alphabet, positions, { budget, credit: Math.min(credit, ORDERED_CREDIT) }),
    anywhere: new Anywhere(program, columns, alphabet, positions, finder, { budget, credit }),
    backward: new Backward(program, alphabet, positions, finder, { budget, credit }),
    ways,
    stretches: stretchesOf(ways),
    first,
    leaps: leapsOf(program, alphabet, shortest),
    looksAround: program.instructions.some(({ op }) => op === 'Look'),
    isIncomplete: finder.isExhausted,
    isDeterminate: () => {
      const most = Math.floor(BUDGET / (alphabet.size + ROOM));
      return orderedStates(program, columns, alphabet, positions, most) !== undefined;
    },
  };
}
