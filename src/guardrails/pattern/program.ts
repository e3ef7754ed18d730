import { charSet, type CharSet } from './char-set.ts';
import { longestOf } from './longest.ts';
import type { Look, Node, Repeat } from './syntax.ts';

/** Instructions by their index. */
export type Instruction =
  /** One code point out of a set. */
  | { readonly op: 'Set'; readonly set: CharSet; readonly next: number }
  /** Goes on if the condition holds. */
  | { readonly op: 'Look'; readonly look: Look; readonly next: number }
  /** Both ways; the first is preferred. */
  | { readonly op: 'Split'; readonly next: number; readonly other: number }
  | { readonly op: 'Match' };

/** A pattern as a machine of many ways at once (Thompson's construction). */
export interface Program {
  readonly instructions: readonly Instruction[];
  readonly start: number;
}

/** `node` must have passed `checkLimits`. */
export function compile(node: Node): Program {
  const compiler = new Compiler();
  const start = compiler.add(node, compiler.emit({ op: 'Match' }));
  return { instructions: compiler.instructions, start };
}

class Compiler {
  readonly instructions: Instruction[] = [];
  readonly #joined = new Map<readonly Node[], readonly Node[]>();

  emit(instruction: Instruction): number {
    return this.instructions.push(instruction) - 1;
  }

  /** The first instruction of a node, after which the machine goes on at `next`. */
  add(node: Node, next: number): number {
    switch (node.kind) {
      case 'Empty':
        return next;
      case 'Set':
        return this.emit({ op: 'Set', set: node.set, next });
      case 'Look':
        return this.emit({ op: 'Look', look: node.look, next });
      case 'Concat':
        return node.nodes.reduceRight((after, part) => this.add(part, after), next);
      case 'Alternate': {
        const [last, ...before] = this.#alternatives(node.nodes)
          .map((part) => this.add(part, next))
          .toReversed();
        return before.reduce((other, first) => this.#split(first, other, true), last ?? next);
      }
      default:
        return this.#repeat(node, next);
    }
  }

  #repeat(repeat: Repeat, next: number): number {
    const { node, min, max, greedy } = longestOf(repeat.node) > 0 ? repeat : onceAtMost(repeat);
    let first = next;
    if (max !== Infinity) {
      for (let i = min; i < max; i += 1) first = this.#split(this.add(node, first), next, greedy);
    } else if (min > 0 || isNullable(node)) {
      // A loop over what may be empty is (x+)?: otherwise the empty way would be preferred too early.
      first = this.#loop(node, next, greedy);
      if (min === 0) return this.#split(first, next, greedy);
    } else {
      const loop = this.#reserve(next);
      this.instructions[loop] = this.#way(this.add(node, loop), next, greedy);
      return loop;
    }
    for (let i = max === Infinity ? 1 : 0; i < min; i += 1) first = this.add(node, first);
    return first;
  }

  /** Copies of an alternation share their sets. */
  #alternatives(nodes: readonly Node[]): readonly Node[] {
    let joined = this.#joined.get(nodes);
    if (joined === undefined) this.#joined.set(nodes, (joined = joinSets(nodes)));
    return joined;
  }

  /** Once or more. */
  #loop(node: Node, next: number, greedy: boolean): number {
    const loop = this.#reserve(next);
    const first = this.add(node, loop);
    this.instructions[loop] = this.#way(first, next, greedy);
    return first;
  }

  #reserve(next: number): number {
    return this.emit({ op: 'Split', next, other: next });
  }

  #split(first: number, next: number, greedy: boolean): number {
    return this.emit(this.#way(first, next, greedy));
  }

  #way(first: number, next: number, greedy: boolean): Instruction {
    return greedy ? { op: 'Split', next: first, other: next } : { op: 'Split', next, other: first };
  }
}

/** Alternatives that stand side by side and take one code point each are one: it is the same which of them took it. */
function joinSets(nodes: readonly Node[]): readonly Node[] {
  const joined: Node[] = [];
  for (const node of nodes) {
    const last = joined.at(-1);
    if (node.kind !== 'Set' || last?.kind !== 'Set') joined.push(node);
    else joined[joined.length - 1] = { kind: 'Set', set: charSet([...last.set, ...node.set]) };
  }
  return joined;
}

/** What takes no code point holds as often as one likes, or not at all. */
function onceAtMost(repeat: Repeat): Repeat {
  return { ...repeat, min: Math.min(repeat.min, 1), max: Math.min(repeat.max, 1) };
}

function isNullable(node: Node): boolean {
  switch (node.kind) {
    case 'Empty':
    case 'Look':
      return true;
    case 'Set':
      return false;
    case 'Concat':
      return node.nodes.every(isNullable);
    case 'Alternate':
      return node.nodes.some(isNullable);
    default:
      return node.min === 0 || isNullable(node.node);
  }
}
