import type { WordPattern } from './pattern.ts';
import { skipOf, type Skip } from './skip.ts';
import { buildTrie, type Trie } from './trie.ts';

/** Entries of the table of transitions that are worked out beforehand: 4 MB. */
const DENSE_ENTRIES = 1 << 20;

/**
 * Aho–Corasick: all patterns at once, in one pass. States are numbered breadth first, so that the children of a state are
 * neighbours; 0 is the root. The first states, where texts mostly are, have all transitions in a table; deeper ones go
 * from child to child and fall back along `fail`.
 */
export class Automaton {
  /** The symbol of a code unit; 0 is for those that no pattern has. Upper and lower case share one, unless they differ. */
  readonly symbols: Uint16Array;
  readonly depth: Uint16Array;
  /** What ends at a state: a set of kinds, one bit each. */
  readonly kinds: Uint8Array;
  /** What ends further down. */
  readonly below: Uint8Array;
  /** The state of the longest proper suffix. */
  readonly fail: Int32Array;
  /** The longest suffix, itself included, at which something ends; 0 when there is none. */
  readonly output: Int32Array;
  readonly longest: number;
  /** The states of no more than one code unit are those below. */
  readonly shallowStates: number;
  readonly skip: Skip | undefined;
  readonly #trie: Trie;
  /** Rows of transitions of the first states, `1 << rowBits` columns each: the next state; `~state` when something ends there. */
  readonly dense: Int32Array;
  readonly denseStates: number;
  readonly rowBits: number;

  constructor(patterns: readonly WordPattern[], caseSensitive: boolean) {
    const trie = buildTrie(patterns, caseSensitive);
    const { size } = trie;
    this.#trie = trie;
    this.rowBits = Math.ceil(Math.log2(trie.symbolCount));
    this.symbols = trie.symbols;
    this.depth = trie.depth;
    this.kinds = trie.kinds;
    this.below = new Uint8Array(size);
    this.fail = new Int32Array(size);
    this.output = new Int32Array(size);
    this.shallowStates = 1 + (trie.firstChild[1] ?? 1) - (trie.firstChild[0] ?? 1);
    this.skip = skipOf(patterns, trie.symbols, trie.symbolCount);
    this.longest = trie.depth[size - 1] ?? 0;
    this.denseStates = Math.min(size, Math.max(1, DENSE_ENTRIES >> this.rowBits));
    this.dense = new Int32Array(this.denseStates << this.rowBits);
    for (let state = 0; state < size; state += 1) this.#link(state);
    for (let state = 1; state < size; state += 1) {
      this.output[state] = (this.kinds[state] ?? 0) === 0 ? (this.output[this.fail[state] ?? 0] ?? 0) : state;
    }
    for (let i = 0; i < this.dense.length; i += 1) this.dense[i] = this.#marked(this.dense[i] ?? 0);
    for (let state = size - 1; state > 0; state -= 1) {
      const parent = trie.parent[state] ?? 0;
      this.below[parent] = (this.below[parent] ?? 0) | (this.below[state] ?? 0) | (this.kinds[state] ?? 0);
    }
  }

  /** The state after one more symbol; `~state` when something ends there. */
  next(state: number, symbol: number): number {
    if (symbol === 0) return 0;
    let at = state;
    while (at >= this.denseStates) {
      const child = this.#trie.child(at, symbol);
      if (child !== 0) return this.#marked(child);
      at = this.fail[at] ?? 0;
    }
    return this.dense[(at << this.rowBits) | symbol] ?? 0;
  }

  #marked(state: number): number {
    return this.output[state] === 0 ? state : ~state;
  }

  /** Everything about a state follows from states before it, and those are linked. Nothing is marked yet. */
  #link(state: number): void {
    const { parent, symbolOf, depth, firstChild } = this.#trie;
    const fail = (depth[state] ?? 0) > 1 ? this.next(this.fail[parent[state] ?? 0] ?? 0, symbolOf[state] ?? 0) : 0;
    this.fail[state] = fail;
    if (state >= this.denseStates) return;
    const row = state << this.rowBits;
    if (state > 0) this.dense.copyWithin(row, fail << this.rowBits, (fail + 1) << this.rowBits);
    for (let child = firstChild[state] ?? 0; child < (firstChild[state + 1] ?? 0); child += 1) {
      this.dense[row | (symbolOf[child] ?? 0)] = child;
    }
  }
}
