import { Kind, type Alphabet } from './alphabet.ts';
import type { FollowerFinder } from './follow.ts';
import { ALIVE, Machine, NOTED, type MachineOptions } from './machine.ts';
import { PcSet } from './pc-set.ts';
import { addTo, WORD_BITS, type Positions } from './positions.ts';
import type { Program } from './program.ts';
import { Transitions } from './transitions.ts';

/**
 * A machine that reads a text from its end towards its beginning. A step is noted when a match may begin at its code point
 * that is still under way at the end. Conditions count as met and no way is preferred, so some of these cannot: who needs
 * certainty reads onwards from there.
 */
export class Backward {
  readonly machine: Machine;
  /** Words that a step looks at, at most. */
  readonly cost: number;
  readonly #positions: Positions;
  readonly #precede: Transitions;
  /** Positions that may take the first code point of a match. */
  readonly #first: Int32Array;
  /** All positions, and one more that stands for the end of the text where a condition waits for what follows it. */
  readonly #end: Int32Array;
  readonly #none: Int32Array;

  constructor(
    program: Program,
    alphabet: Alphabet,
    positions: Positions,
    finder: FollowerFinder,
    options?: MachineOptions,
  ) {
    const { words, pcs, ofPc } = positions;
    this.#positions = positions;
    const { follows, waiting } = finder.find('All');
    const end = pcs.length + WORD_BITS;
    const waits = new Set(waiting);
    const following = follows.map((follow, i) => (waits.has(i + WORD_BITS) ? [...follow, end] : follow));
    this.#precede = Transitions.of(following, words).reversed();
    this.#none = new Int32Array(words);
    this.#first = new Int32Array(words);
    for (const pc of firstOf(program)) addTo(this.#first, 0, ofPc[pc] ?? 0);
    this.#end = new Int32Array(words);
    for (let position = WORD_BITS; position <= end; position += 1) addTo(this.#end, 0, position);
    this.cost = this.#precede.cost + words;
    const next = new Int32Array(words);
    this.machine = new Machine(
      alphabet,
      { step: (from, _kind, one) => this.step(from, one, next), result: () => next.slice() },
      options,
    );
  }

  /** The state at the end of a text. */
  start(): number {
    return this.machine.stateOf(this.#end, Kind.Other);
  }

  /** Writes into `to` what takes a code point of a class before `from` takes the next one. */
  step(from: Int32Array, one: number, to: Int32Array): number {
    const { words, taking } = this.#positions;
    this.#precede.apply(from, this.#none, to);
    let alive = 0;
    let begins = 0;
    const begin = one * words;
    for (let i = 0; i < words; i += 1) {
      const word = (to[i] ?? 0) & (taking[begin + i] ?? 0);
      to[i] = word;
      alive |= word;
      begins |= word & (this.#first[i] ?? 0);
    }
    return (alive === 0 ? 0 : ALIVE) | (begins === 0 ? 0 : NOTED);
  }
}

/** By instruction: those that lead to it. */
export function predecessors({ instructions }: Program): number[][] {
  const before: number[][] = instructions.map(() => []);
  for (const [pc, instruction] of instructions.entries()) {
    if (instruction.op === 'Match') continue;
    before[instruction.next]?.push(pc);
    if (instruction.op === 'Split' && instruction.other !== instruction.next) before[instruction.other]?.push(pc);
  }
  return before;
}

/** The `Set` instructions that may take the first code point of a match. */
export function firstOf({ instructions, start }: Program): ReadonlySet<number> {
  const reached = new PcSet(instructions.length);
  reached.add(start);
  const first = new Set<number>();
  for (let i = 0; i < reached.length; i += 1) {
    const pc = reached.members[i] ?? 0;
    const instruction = instructions[pc];
    if (instruction?.op === 'Set') first.add(pc);
    else if (instruction?.op === 'Look') reached.add(instruction.next);
    else if (instruction?.op === 'Split') {
      reached.add(instruction.next);
      reached.add(instruction.other);
    }
  }
  return first;
}
