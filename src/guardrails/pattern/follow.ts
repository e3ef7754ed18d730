import type { Kind } from './alphabet.ts';
import { PcSet } from './pc-set.ts';
import type { Positions } from './positions.ts';
import type { Columns } from './columns.ts';
import { Op } from './columns.ts';
import { check } from './closure.ts';
import type { Program } from './program.ts';
import type { Follow } from './transitions.ts';

/** Instructions that may be gone over to find what follows positions. More take too long to compile, and then to run. */
const MAX_VISITS = 1 << 19;

/** What a pattern comes to between two code points. */
export interface Followers {
  /** By position, less 32: what may take the next code point. */
  readonly follows: readonly Follow[];
  /** Positions after which a match may end. */
  readonly ends: readonly number[];
  /** Positions after which a condition has to be decided. */
  readonly waiting: readonly number[];
}

/** Between which kinds of code points conditions are decided; `All`: each counts as met; `None`: none does. */
export type Between = readonly [before: Kind, after: Kind] | 'All' | 'None';

/** Finds what follows positions. It takes too long of programs that have too many ways around what is optional. */
export class FollowerFinder {
  readonly #program: Program;
  readonly #columns: Columns;
  readonly #positions: Positions;
  readonly #reached: PcSet;
  #visits = 0;

  constructor(program: Program, columns: Columns, positions: Positions) {
    this.#program = program;
    this.#columns = columns;
    this.#positions = positions;
    this.#reached = new PcSet(program.instructions.length);
  }

  /** Whether it was given up: what it found since is not all. */
  get isExhausted(): boolean {
    return this.#visits > MAX_VISITS;
  }

  /** `only`: positions, less 32, that are asked for; what follows others is left empty. */
  find(between: Between, only?: ReadonlySet<number>): Followers {
    const found = new Map<number, { follow: Follow; ends: boolean; waits: boolean }>();
    const ends: number[] = [];
    const waiting: number[] = [];
    const none: Follow = [];
    const follows = this.#positions.pcs.map((pc, i) => {
      if (only?.has(i) === false) return none;
      const next = this.#columns.nexts[pc] ?? 0;
      let one = found.get(next);
      if (one === undefined) found.set(next, (one = this.#after(next, between)));
      const position = this.#positions.ofPc[pc] ?? 0;
      if (one.ends) ends.push(position);
      if (one.waits) waiting.push(position);
      return one.follow;
    });
    return { follows, ends, waiting };
  }

  #after(next: number, between: Between): { follow: Follow; ends: boolean; waits: boolean } {
    const { ops, nexts, others } = this.#columns;
    const reached = this.#reached;
    const follow: number[] = [];
    let ends = false;
    let waits = false;
    reached.clear();
    if (!this.isExhausted) reached.add(next);
    for (let i = 0; i < reached.length; i += 1) {
      const pc = reached.members[i] ?? 0;
      const op = ops[pc];
      if (op === Op.Set) follow.push(this.#positions.ofPc[pc] ?? 0);
      else if (op === Op.Match) ends = true;
      else if (op === Op.Split) {
        reached.add(nexts[pc] ?? 0);
        reached.add(others[pc] ?? 0);
      } else {
        waits = true;
        if (this.#holds(pc, between)) reached.add(nexts[pc] ?? 0);
      }
    }
    this.#visits += reached.length + 1;
    return { follow: follow.sort((a, b) => a - b), ends, waits };
  }

  #holds(pc: number, between: Between): boolean {
    if (typeof between === 'string') return between === 'All';
    const instruction = this.#program.instructions[pc];
    return instruction?.op === 'Look' && check(instruction.look, ...between) === true;
  }
}
