import { Kind, type Alphabet } from './alphabet.ts';
import type { PcSet } from './pc-set.ts';

/** Nothing is alive any more. */
export const DEAD = -1;
/** Nothing is alive any more, and the step was one to note. */
export const DEAD_NOTED = -2;

/**
 * A way of stepping that {@link Machine} makes deterministic: writes into `out` (which is empty) where the machine is after
 * a code point of a class, having been at `pcs` after a code point of `kind`. Returns whether the step is one to note.
 */
export type Step = (pcs: Int32Array, kind: Kind, one: number, out: PcSet) => boolean;

/** Integers that a machine may keep; about a megabyte. */
const BUDGET = 1 << 18;
/** States that fit whatever the budget. The numbers 0 and 1 are not given away: offsets are beyond those of dead ends. */
const FIRST_STATE = 2;
const MIN_STATES = 8;

/**
 * A deterministic machine made while it runs, so that a step is one look into a table; when the table is full, it is begun
 * anew. A step costs at worst the size of the program, and time is linear in the text whatever the pattern.
 *
 * A state is where its row in the table begins. `table[state + class]`: 0 is not known yet (ask {@link Machine.step}); a
 * positive number the next state; a negative one below {@link DEAD_NOTED} the next state negated, of a step to note.
 */
export class Machine {
  /** Replaced when it grows: to be read anew after each {@link Machine.step}. */
  table: Int32Array;
  /** How often it was begun anew. */
  flushes = 0;

  readonly #alphabet: Alphabet;
  readonly #step: Step;
  readonly #sort: boolean;
  readonly #out: PcSet;
  readonly #stride: number;
  readonly #budget: number;
  readonly #states = new Map<number, number>();
  /** By number of state. */
  #pcs: Int32Array[] = [];
  #kinds: Kind[] = [];
  #sameHash: number[] = [];
  #spent = 0;

  /** `sort`: the order of ways does not matter, so states that differ only in it are one. */
  constructor(alphabet: Alphabet, step: Step, out: PcSet, sort: boolean, budget: number = BUDGET) {
    this.#alphabet = alphabet;
    this.#step = step;
    this.#sort = sort;
    this.#out = out;
    this.#stride = alphabet.size + 1;
    this.#budget = Math.max(budget, this.#stride * (FIRST_STATE + MIN_STATES));
    this.table = new Int32Array(this.#stride * (FIRST_STATE + MIN_STATES));
    this.#flush();
  }

  /** The state of being at `pcs` after a code point of `kind`. May begin anew: other states are then forgotten. */
  stateOf(pcs: Int32Array, kind: Kind): number {
    const hash = hashOf(pcs, kind);
    const first = this.#states.get(hash) ?? 0;
    for (let number = first; number !== 0; number = this.#sameHash[number] ?? 0) {
      if (this.#kinds[number] === kind && areEqual(this.#pcs[number], pcs)) return number * this.#stride;
    }
    const cost = pcs.length + this.#stride;
    if (this.#spent + cost > this.#budget && this.#pcs.length > FIRST_STATE + 1) {
      this.#flush();
      this.flushes += 1;
      return this.stateOf(pcs, kind);
    }
    this.#spent += cost;
    const number = this.#pcs.length;
    this.#pcs.push(pcs);
    this.#kinds.push(kind);
    this.#sameHash.push(first);
    this.#states.set(hash, number);
    if ((number + 1) * this.#stride > this.table.length) this.#grow();
    return number * this.#stride;
  }

  /** What the table says of a class after a state, once it knows. */
  step(state: number, one: number): number {
    const known = this.table[state + one] ?? 0;
    if (known !== 0) return known;
    const number = state / this.#stride;
    const pcs = this.#pcs[number];
    const kind = this.#kinds[number];
    if (pcs === undefined || kind === undefined) return DEAD;
    this.#out.clear();
    const isNoted = this.#step(pcs, kind, one, this.#out);
    if (this.#out.length === 0) {
      const dead = isNoted ? DEAD_NOTED : DEAD;
      this.table[state + one] = dead;
      return dead;
    }
    const next = this.#out.members.slice(0, this.#out.length);
    if (this.#sort) next.sort();
    const { flushes } = this;
    const offset = this.stateOf(next, (this.#alphabet.kinds[one] ?? 0) as Kind);
    const result = isNoted ? -offset : offset;
    if (flushes === this.flushes) this.table[state + one] = result;
    return result;
  }

  /** Where the program is in a state, and after what. */
  at(state: number): { readonly pcs: Int32Array; readonly kind: Kind } | undefined {
    const pcs = this.#pcs[state / this.#stride];
    const kind = this.#kinds[state / this.#stride];
    return pcs === undefined || kind === undefined ? undefined : { pcs, kind };
  }

  #flush(): void {
    this.table.fill(0);
    this.#states.clear();
    this.#pcs = [new Int32Array(0), new Int32Array(0)];
    this.#kinds = [Kind.Other, Kind.Other];
    this.#sameHash = [0, 0];
    this.#spent = FIRST_STATE * this.#stride;
  }

  #grow(): void {
    const grown = new Int32Array(this.table.length * 2);
    grown.set(this.table);
    this.table = grown;
  }
}

function hashOf(pcs: Int32Array, kind: Kind): number {
  let hash: number = kind;
  for (let i = 0; i < pcs.length; i += 1) hash = (Math.imul(hash, 0x0100_0193) ^ (pcs[i] ?? 0)) | 0;
  return hash;
}

function areEqual(a: Int32Array | undefined, b: Int32Array): boolean {
  if (a?.length !== b.length) return false;
  for (let i = 0; i < b.length; i += 1) if (a[i] !== b[i]) return false;
  return true;
}
