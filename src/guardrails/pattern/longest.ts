import type { Node } from './syntax.ts';

const BMP = 0x1_0000;

/** How many UTF-16 code units a match of a node has at most; Infinity: there is no bound. */
export function longestOf(node: Node): number {
  switch (node.kind) {
    case 'Empty':
    case 'Look':
      return 0;
    case 'Set':
      return (node.set.at(-1) ?? 0) >= BMP ? 2 : 1;
    case 'Concat':
      return node.nodes.reduce((sum, part) => sum + longestOf(part), 0);
    case 'Alternate':
      return Math.max(...node.nodes.map(longestOf));
    default: {
      const one = longestOf(node.node);
      return one === 0 || node.max === 0 ? 0 : node.max * one;
    }
  }
}
