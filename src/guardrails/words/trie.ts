import { lowerCase } from './letter-case.ts';
import type { WordPattern } from './pattern.ts';

/** What ends at a state, by the borders that it needs; one bit each. */
export const AT_BEGIN = 0b1010;
export const AT_END = 0b1100;
export const EXEMPT = 0b10000;

function kindOf(pattern: WordPattern): number {
  if (pattern.exempt) return EXEMPT;
  return 1 << ((pattern.atBegin ? 1 : 0) + (pattern.atEnd ? 2 : 0));
}

/** All patterns as a tree of code units, in arrays; states are numbered breadth first, and children by their symbol. */
export interface Trie {
  readonly size: number;
  readonly symbols: Uint16Array;
  /** Symbols are below it. */
  readonly symbolCount: number;
  readonly depth: Uint16Array;
  readonly parent: Int32Array;
  /** The symbol that leads to a state. */
  readonly symbolOf: Uint16Array;
  /** Children of a state are from here up to the first child of the next. */
  readonly firstChild: Int32Array;
  readonly kinds: Uint8Array;
  /** 0 when there is none. */
  child(state: number, symbol: number): number;
}

interface Node {
  readonly children: Map<number, Node>;
  kinds: number;
}

export function buildTrie(patterns: readonly WordPattern[], caseSensitive: boolean): Trie {
  const { symbols, symbolCount } = symbolsOf(patterns, caseSensitive);
  const root: Node = { children: new Map(), kinds: 0 };
  for (const pattern of patterns) {
    let node = root;
    for (let i = 0; i < pattern.text.length; i += 1) {
      const symbol = symbols[pattern.text.charCodeAt(i)] ?? 0;
      let child = node.children.get(symbol);
      if (child === undefined) node.children.set(symbol, (child = { children: new Map(), kinds: 0 }));
      node = child;
    }
    node.kinds |= kindOf(pattern);
  }
  return flatten(root, symbols, symbolCount);
}

function flatten(root: Node, symbols: Uint16Array, symbolCount: number): Trie {
  const nodes: Node[] = [root];
  const parent: number[] = [0];
  const symbolOf: number[] = [0];
  const firstChild: number[] = [];
  // The list grows while it is walked: that is what breadth first means.
  for (let state = 0; state < nodes.length; state += 1) {
    firstChild.push(nodes.length);
    for (const [symbol, child] of [...(nodes[state]?.children ?? [])].sort(([a], [b]) => a - b)) {
      nodes.push(child);
      parent.push(state);
      symbolOf.push(symbol);
    }
  }
  firstChild.push(nodes.length);
  const depth = new Uint16Array(nodes.length);
  for (let state = 1; state < nodes.length; state += 1) depth[state] = (depth[parent[state] ?? 0] ?? 0) + 1;
  const first = Int32Array.from(firstChild);
  const ledBy = Uint16Array.from(symbolOf);
  return {
    size: nodes.length,
    symbols,
    symbolCount,
    depth,
    parent: Int32Array.from(parent),
    symbolOf: ledBy,
    firstChild: first,
    kinds: Uint8Array.from(nodes, (node) => node.kinds),
    child: (state, symbol) => childOf(first, ledBy, state, symbol),
  };
}

/** By halving; most states have one child. */
function childOf(firstChild: Int32Array, symbolOf: Uint16Array, state: number, symbol: number): number {
  let low = firstChild[state] ?? 0;
  let high = firstChild[state + 1] ?? 0;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const found = symbolOf[middle] ?? 0;
    if (found === symbol) return middle;
    if (found < symbol) low = middle + 1;
    else high = middle;
  }
  return 0;
}

function symbolsOf(patterns: readonly WordPattern[], caseSensitive: boolean) {
  const symbols = new Uint16Array(0x10000);
  let symbolCount = 1;
  for (const { text } of patterns) {
    for (let i = 0; i < text.length; i += 1) {
      const unit = plain(text.charCodeAt(i), caseSensitive);
      if (symbols[unit] === 0) symbols[unit] = symbolCount++;
    }
  }
  for (let unit = 0; unit < 0x10000; unit += 1) symbols[unit] = symbols[plain(unit, caseSensitive)] ?? 0;
  return { symbols, symbolCount };
}

const SPACE = 0x20;

/** What a code unit counts as: white space of any kind as a space, for a name may stand where a line is broken. */
function plain(unit: number, caseSensitive: boolean): number {
  if ((unit >= 0x09 && unit <= 0x0d) || unit === 0x85 || unit === 0x2028 || unit === 0x2029) return SPACE;
  return caseSensitive ? unit : lowerCase(unit);
}
