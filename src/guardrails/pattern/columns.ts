import type { CharSet } from './char-set.ts';
import type { Program } from './program.ts';

/** Numbers of the operations. */
export const Op = { Set: 0, Look: 1, Split: 2, Match: 3 } as const;

/** The instructions of a program by column, for the inner loops. */
export interface Columns {
  readonly ops: Uint8Array;
  /** Where it goes on; 0 after `Match`. */
  readonly nexts: Int32Array;
  /** The other way of a `Split`. */
  readonly others: Int32Array;
  /** Empty but for `Set`. */
  readonly sets: readonly CharSet[];
}

export function columnsOf({ instructions }: Program): Columns {
  return {
    ops: Uint8Array.from(instructions, ({ op }) => Op[op]),
    nexts: Int32Array.from(instructions, (one) => (one.op === 'Match' ? 0 : one.next)),
    others: Int32Array.from(instructions, (one) => (one.op === 'Split' ? one.other : 0)),
    sets: instructions.map((one) => (one.op === 'Set' ? one.set : [])),
  };
}
