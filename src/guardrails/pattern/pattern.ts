import type { Automaton } from './automaton.ts';
import type { Manner } from './cost.ts';
import type { Literals } from './literals.ts';

/** A compiled pattern. */
export interface Pattern {
  readonly automaton: Automaton;
  readonly literals: Literals;
  /** Code units that a match has at most: what is longer is none. */
  readonly maxLength: number;
  /** Code units of the longest match there could be otherwise. */
  readonly longest: number;
  /** How ends of matches are found. */
  readonly manner: Manner;
}
