import { Kind, type Alphabet } from './alphabet.ts';
import { Closure } from './closure.ts';
import type { Columns } from './columns.ts';
import type { FollowerFinder } from './follow.ts';
import { ALIVE, Machine, NOTED, type MachineOptions } from './machine.ts';
import { PcSet } from './pc-set.ts';
import { addTo, WORD_BITS, type Positions } from './positions.ts';
import type { Program } from './program.ts';
import { meets, Transitions, wordsOf, type Words } from './transitions.ts';

/** What depends on the kinds of code points on both sides of a place. */
interface Place {
  /** Positions that may take the first code point of a match. */
  readonly begins: Int32Array;
  /** Positions after which a match has ended. */
  readonly ends: Words;
  /** What follows besides that which depends on no condition; undefined: nothing. */
  readonly more: Transitions | undefined;
}

const KINDS = Object.values(Kind);

/**
 * Begins a match at each code point, and is dead while none is under way. A step is noted when a match that is not empty
 * ended before its code point, whichever it is: the first such step is where the first match ends. Its states are sets of
 * the positions that took the last code point, of all matches under way.
 */
export class Anywhere {
  readonly machine: Machine;
  /** Words that a step looks at, at most. */
  readonly cost: number;
  /** Two sets of positions for who goes on without the machine's table. */
  readonly scratch: readonly [Int32Array, Int32Array];
  readonly #alphabet: Alphabet;
  readonly #positions: Positions;
  readonly #follow: Transitions;
  /** By kind before and kind after. */
  readonly #places: readonly Place[];
  /** By kind, as long as the machine has not begun anew. */
  #starts: number[] = [];
  #flushes = 0;

  constructor(
    program: Program,
    columns: Columns,
    alphabet: Alphabet,
    positions: Positions,
    finder: FollowerFinder,
    options?: MachineOptions,
  ) {
    this.#alphabet = alphabet;
    this.#positions = positions;
    const { words, pcs } = positions;
    const { follows, ends, waiting } = finder.find('None');
    this.#follow = Transitions.of(follows, words);
    const closure = new Closure(program, columns);
    const depending = new Set(waiting.map((position) => position - WORD_BITS));
    const placeOf = (before: Kind, after: Kind): Place => {
      const begun = new PcSet(program.instructions.length);
      closure.begin();
      // A preferred empty match ends the ways of a beginning, and is none.
      closure.follow(program.start, before, after, begun);
      const begins = new Int32Array(words);
      for (const pc of begun.members.subarray(0, begun.length)) {
        const position = positions.ofPc[pc] ?? 0;
        if (position > 0) addTo(begins, 0, position);
      }
      if (depending.size === 0) return { begins, ends: wordsOf(ends), more: undefined };
      const all = finder.find([before, after], depending);
      const more = pcs.map((_pc, i) => {
        const follow = all.follows[i] ?? [];
        return follow.length === follows[i]?.length ? [] : follow;
      });
      return {
        begins,
        ends: wordsOf([...ends, ...all.ends]),
        more: more.some(({ length }) => length > 0) ? Transitions.of(more, words) : undefined,
      };
    };
    const places = new Map<number, Place>();
    const asked = new Set<number>(alphabet.kinds);
    this.#places = KINDS.flatMap((before) =>
      KINDS.map((after) => {
        // Where nothing is asked all code points are of one kind, and so is the end.
        const b = asked.has(before) ? before : Kind.Other;
        const a = asked.has(after) ? after : Kind.Other;
        const key = b * KINDS.length + a;
        let place = places.get(key);
        if (place === undefined) places.set(key, (place = placeOf(b, a)));
        return place;
      }),
    );
    this.cost =
      this.#follow.cost +
      words +
      Math.max(...this.#places.map((place) => place.ends.indexes.length + (place.more?.cost ?? 0)));
    this.scratch = [new Int32Array(words), new Int32Array(words)];
    const next = new Int32Array(words);
    this.machine = new Machine(
      alphabet,
      { step: (from, kind, one) => this.step(from, kind, one, next), result: () => next.slice() },
      options,
    );
  }

  /** The first state after a code point of a kind. */
  start(kind: Kind): number {
    if (this.#flushes !== this.machine.flushes) this.#starts = [];
    const known = this.#starts[kind];
    if (known !== undefined) return known;
    const state = this.machine.stateOf(new Int32Array(this.#positions.words), kind);
    if (this.#flushes !== this.machine.flushes) this.#starts = [];
    this.#flushes = this.machine.flushes;
    this.#starts[kind] = state;
    return state;
  }

  /** Writes into `to` what takes a code point of a class after `from`, the last one having been of `kind`. */
  step(from: Int32Array, kind: Kind, one: number, to: Int32Array): number {
    const { words, taking } = this.#positions;
    const place = this.#places[kind * KINDS.length + (this.#alphabet.kinds[one] ?? 0)] as Place;
    if (meets(from, place.ends)) return NOTED;
    if (one === this.#alphabet.size) return 0;
    this.#follow.apply(from, place.begins, to);
    place.more?.apply(from, to, to);
    let alive = 0;
    const begin = one * words;
    for (let i = 0; i < words; i += 1) {
      const word = (to[i] ?? 0) & (taking[begin + i] ?? 0);
      to[i] = word;
      alive |= word;
    }
    return alive === 0 ? 0 : ALIVE;
  }
}
