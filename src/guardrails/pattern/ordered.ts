import type { Alphabet, Kind } from './alphabet.ts';
import { Closure } from './closure.ts';
import { Op, type Columns } from './columns.ts';
import { ALIVE, Machine, NOTED, type MachineOptions } from './machine.ts';
import { PcSet } from './pc-set.ts';
import type { Positions } from './positions.ts';
import type { Program } from './program.ts';
import { remainingOf } from './remaining.ts';

/**
 * A machine that reads onwards from where a match begins, and keeps ways in their order: a step is noted when a match ended
 * before its code point, and the last noted one ends the preferred match.
 */
export class Ordered {
  readonly machine: Machine;
  readonly #program: Program;
  readonly #columns: Columns;
  readonly #alphabet: Alphabet;
  readonly #positions: Positions;
  readonly #remaining: Int32Array;
  readonly #closure: Closure;
  readonly #now: PcSet;
  readonly #next: PcSet;
  /** By kind, as long as the machine has not begun anew. */
  #starts: number[] = [];
  #flushes = 0;

  constructor(program: Program, columns: Columns, alphabet: Alphabet, positions: Positions, options?: MachineOptions) {
    const size = program.instructions.length;
    this.#program = program;
    this.#alphabet = alphabet;
    this.#remaining = remainingOf(program);
    this.#columns = columns;
    this.#positions = positions;
    this.#closure = new Closure(program, columns);
    this.#now = new PcSet(size);
    this.#next = new PcSet(size);
    const result = (): Int32Array => this.#next.members.slice(0, this.#next.length);
    this.machine = new Machine(alphabet, { step: this.#step.bind(this), result }, options);
  }

  /** The first state after a code point of a kind. */
  start(kind: Kind): number {
    if (this.#flushes !== this.machine.flushes) this.#starts = [];
    const known = this.#starts[kind];
    if (known !== undefined) return known;
    const state = this.machine.stateOf(Int32Array.of(this.#program.start), kind);
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
  #step(pcs: Int32Array, kind: Kind, one: number): number {
    const now = this.#now;
    const next = this.#next;
    const { ops, nexts } = this.#columns;
    const { ofPc, taking, words } = this.#positions;
    const after = this.#alphabet.kinds[one] as Kind;
    this.#closure.begin();
    now.clear();
    next.clear();
    let outcome = 0;
    for (let i = 0; i < pcs.length && outcome === 0; i += 1) {
      if (this.#closure.follow(pcs[i] ?? 0, kind, after, now)) outcome = NOTED;
    }
    if (one === this.#alphabet.size) return outcome;
    const begin = one * words;
    for (let i = 0; i < now.length; i += 1) {
      const pc = now.members[i] ?? 0;
      if (ops[pc] !== Op.Set) continue;
      const position = ofPc[pc] ?? 0;
      if ((((taking[begin + (position >> 5)] ?? 0) >>> (position & 31)) & 1) === 1) next.add(nexts[pc] ?? 0);
    }
    return next.length > 0 ? outcome | ALIVE : outcome;
  }
}
