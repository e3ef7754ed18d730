import { Kind, type Alphabet } from './alphabet.ts';

/** Nothing is alive any more. */
export const DEAD = -1;
/** Nothing is alive any more, and the step was one to note. */
export const DEAD_NOTED = -2;

/** What a step comes to: bits of a number. 0: nothing is alive, and nothing is to be noted. */
export const ALIVE = 1;
export const NOTED = 2;

/** A way of stepping that {@link Machine} makes deterministic. */
export interface Stepper {
  /**
   * Goes on after a code point of a class, having been at `from` after a code point of `kind`. Returns {@link ALIVE},
   * {@link NOTED}, both or 0.
   */
  step(from: Int32Array, kind: Kind, one: number): number;
  /** Where the last step led that was alive; a copy. */
  result(): Int32Array;
}

export interface MachineOptions {
  /** Integers that a machine may keep (default 262144, about a megabyte). */
  readonly budget?: number | undefined;
  /** Steps that are remembered before {@link Machine.earn} has to be called for more (default: no limit). */
  readonly credit?: number | undefined;
}

/** {@link MachineOptions.budget} by default. */
export const BUDGET = 1 << 18;
/** Steps to remember for one that was made without the table. */
const EARNED = 1 / 32;
/** States that fit whatever the budget. The numbers 0 and 1 are not given away: offsets are beyond those of dead ends. */
const FIRST_STATE = 2;
const MIN_STATES = 8;

/**
 * A deterministic machine made while it runs, so that a step is one look into a table; when the table is full, it is begun
 * anew. Remembering a step takes longer than making it, which only pays where steps come back: so a machine has a credit of
 * steps to remember, and whoever finds it used up makes some without it before it earns more.
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
  readonly #stepper: Stepper;
  readonly #stride: number;
  readonly #budget: number;
  readonly #states = new Map<number, number>();
  /** By number of state. */
  #pcs: Int32Array[] = [];
  #kinds: Kind[] = [];
  #sameHash: number[] = [];
  #spent = 0;
  #credit: number;

  constructor(alphabet: Alphabet, stepper: Stepper, { budget = BUDGET, credit = Infinity }: MachineOptions = {}) {
    this.#alphabet = alphabet;
    this.#stepper = stepper;
    this.#stride = alphabet.size + 1;
    this.#budget = Math.max(budget, this.#stride * (FIRST_STATE + MIN_STATES));
    this.#credit = credit;
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

  /** What the table says of a class after a state, once it knows; 0: it does not, and the credit is used up. */
  step(state: number, one: number): number {
    const known = this.table[state + one] ?? 0;
    if (known !== 0) return known;
    const number = state / this.#stride;
    const pcs = this.#pcs[number];
    const kind = this.#kinds[number];
    if (pcs === undefined || kind === undefined) return DEAD;
    if (this.#credit <= 0) return 0;
    this.#credit -= 1;
    const outcome = this.#stepper.step(pcs, kind, one);
    const isNoted = (outcome & NOTED) !== 0;
    if ((outcome & ALIVE) === 0) {
      const dead = isNoted ? DEAD_NOTED : DEAD;
      this.table[state + one] = dead;
      return dead;
    }
    const { flushes } = this;
    const offset = this.stateOf(this.#stepper.result(), (this.#alphabet.kinds[one] ?? 0) as Kind);
    const result = isNoted ? -offset : offset;
    if (flushes === this.flushes) this.table[state + one] = result;
    return result;
  }

  /** Lifts the limit on what is remembered, where all of it is known to fit. */
  trust(): void {
    this.#credit = Infinity;
  }

  /** So many steps were made without the table: a share of them may be remembered again. */
  earn(steps: number): void {
    this.#credit += steps * EARNED;
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
