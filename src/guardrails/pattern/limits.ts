import { PatternError, type Node } from './syntax.ts';

/** How often the operators around one item may repeat it together, as in RE2. */
const MAX_REPEATS = 1000;
/** Instructions of a program. What a step of a machine costs at worst grows with it. */
const MAX_SIZE = 5000;

/**
 * Refuses patterns whose program would be too large, before it is made.
 *
 * @throws {PatternError}
 */
export function checkLimits(pattern: string, node: Node): void {
  const size = sizeOf(pattern, node);
  if (size > MAX_SIZE) {
    throw new PatternError(pattern, 0, `the pattern is too large: ${size} steps, and at most ${MAX_SIZE} are allowed`);
  }
}

/** Instructions that `compile` makes of a node, at most; without the last, which is every program's. */
export function sizeOf(pattern: string, node: Node): number {
  return measure(pattern, node, 1);
}

/** Instructions that `compile` makes of a node; `repeats`: how often what stands around it repeats it. */
function measure(pattern: string, node: Node, repeats: number): number {
  switch (node.kind) {
    case 'Empty':
      return 0;
    case 'Set':
    case 'Look':
      return 1;
    case 'Concat':
      return sum(pattern, node.nodes, repeats);
    case 'Alternate':
      return sum(pattern, node.nodes, repeats) + node.nodes.length - 1;
    default: {
      const copies = Math.max(node.max === Infinity ? node.min : node.max, 1);
      if (repeats * copies > MAX_REPEATS) {
        throw new PatternError(pattern, node.at, `operators together repeat an item more than ${MAX_REPEATS} times`);
      }
      const splits = node.max === Infinity ? 2 : node.max - node.min;
      return measure(pattern, node.node, repeats * copies) * copies + splits;
    }
  }
}

function sum(pattern: string, nodes: readonly Node[], repeats: number): number {
  let size = 0;
  for (const node of nodes) size += measure(pattern, node, repeats);
  return size;
}
