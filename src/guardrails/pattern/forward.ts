import type { Alphabet, Kind } from './alphabet.ts';
import { contains } from './char-set.ts';
import { Closure } from './closure.ts';
import { columnsOf, Op, type Columns } from './columns.ts';
import { Machine } from './machine.ts';
import { PcSet } from './pc-set.ts';
import type { Program } from './program.ts';
import { remainingOf } from './remaining.ts';

/**
 * `Ordered`: reads from where a match begins and keeps ways in their order, so that the last noted step ends the preferred
 * match. `Anywhere`: begins a match at each code point, and is dead while none is under way; the first noted step is where
 * the first match ends that is not empty, whichever it is.
 */
type Manner = 'Ordered' | 'Anywhere';

/** A machine that reads onwards, with its first states. A step is noted when a match ended before its code point. */
export class Forward {
  readonly machine: Machine;
  readonly #program: Program;
  readonly #columns: Columns;
  readonly #alphabet: Alphabet;
  readonly #manner: Manner;
  readonly #remaining: Int32Array;
  readonly #closure: Closure;
  readonly #now: PcSet;
  /** By kind, as long as the machine has not begun anew. */
  #starts: number[] = [];
  #flushes = 0;

  constructor(program: Program, alphabet: Alphabet, manner: Manner, budget?: number) {
    const size = program.instructions.length;
    this.#program = program;
    this.#alphabet = alphabet;
    this.#manner = manner;
    this.#remaining = remainingOf(program);
    this.#columns = columnsOf(program);
    this.#closure = new Closure(program, this.#columns);
    this.#now = new PcSet(size);
    const step = this.#step.bind(this);
    this.machine = new Machine(alphabet, step, new PcSet(size), manner === 'Anywhere', budget);
  }

  /** The first state after a code point of a kind. */
  start(kind: Kind): number {
    if (this.#flushes !== this.machine.flushes) this.#starts = [];
    const known = this.#starts[kind];
    if (known !== undefined) return known;
    const pcs = this.#manner === 'Ordered' ? [this.#program.start] : [];
    const state = this.machine.stateOf(Int32Array.from(pcs), kind);
    if (this.#flushes !== this.machine.flushes) this.#starts = [];
    this.#flushes = this.machine.flushes;
    this.#starts[kind] = state;
    return state;
  }

  /** Whether more text could make a difference: to a match that is preferred to all else it cannot. */
  isOpen(state: number): boolean {
    const at = this.machine.at(state);
    if (at === undefined) return false;
    this.#closure.begin();
    this.#now.clear();
    for (const pc of at.pcs) {
      this.#closure.follow(pc, at.kind, undefined, this.#now);
      if (this.#now.length > 0) break;
    }
    return this.#now.length > 0 && this.#columns.ops[this.#now.members[0] ?? 0] !== Op.Match;
  }

  /** How many more code points a match takes at least that is not over in a state. */
  remaining(state: number): number {
    let least = Infinity;
    for (const pc of this.machine.at(state)?.pcs ?? []) least = Math.min(least, this.#remaining[pc] ?? 0);
    return least;
  }

  /** States are where `Set` instructions have led; conditions are decided here, when it is known what follows. */
  #step(pcs: Int32Array, kind: Kind, one: number, out: PcSet): boolean {
    const now = this.#now;
    const { ops, nexts, sets } = this.#columns;
    const after = this.#alphabet.kinds[one] as Kind;
    this.#closure.begin();
    now.clear();
    let matches = false;
    for (const pc of pcs) {
      matches = this.#closure.follow(pc, kind, after, now);
      if (matches) break;
    }
    if (this.#manner === 'Anywhere') {
      if (matches) return true;
      // A preferred empty match ends the ways of this beginning, and is none.
      this.#closure.follow(this.#program.start, kind, after, now);
    }
    if (one === this.#alphabet.size) return matches;
    const sample = this.#alphabet.samples[one] ?? 0;
    for (let i = 0; i < now.length; i += 1) {
      const pc = now.members[i] ?? 0;
      const set = sets[pc];
      if (ops[pc] === Op.Set && set !== undefined && contains(set, sample)) out.add(nexts[pc] ?? 0);
    }
    return matches;
  }
}
