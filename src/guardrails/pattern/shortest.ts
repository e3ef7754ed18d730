import type { Node } from './syntax.ts';

/** How many code points a match of a node has at least. */
export function shortestOf(node: Node): number {
  switch (node.kind) {
    case 'Empty':
    case 'Look':
      return 0;
    case 'Set':
      return 1;
    case 'Concat':
      return node.nodes.reduce((sum, part) => sum + shortestOf(part), 0);
    case 'Alternate':
      return Math.min(...node.nodes.map(shortestOf));
    default:
      return node.min * shortestOf(node.node);
  }
}
