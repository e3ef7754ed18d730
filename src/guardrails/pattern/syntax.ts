import type { CharSet } from './char-set.ts';

/** A pattern as it was read. Groups have left no trace: nothing asks what they matched. */
export type Node =
  | { readonly kind: 'Empty' }
  /** One code point out of a set. */
  | { readonly kind: 'Set'; readonly set: CharSet }
  | { readonly kind: 'Look'; readonly look: Look }
  | { readonly kind: 'Concat'; readonly nodes: readonly Node[] }
  /** The earlier one is preferred. */
  | { readonly kind: 'Alternate'; readonly nodes: readonly Node[] }
  | Repeat;

export interface Repeat {
  readonly kind: 'Repeat';
  readonly node: Node;
  readonly min: number;
  /** Infinity: without end. */
  readonly max: number;
  /** More is preferred to less. */
  readonly greedy: boolean;
  /** Where in the pattern the operator stands, in UTF-16 code units. */
  readonly at: number;
}

/** Conditions on what stands before and after a place in the text. Words and lines are ASCII's, as in RE2. */
export type Look = 'BeginText' | 'EndText' | 'BeginLine' | 'EndLine' | 'WordBorder' | 'NoWordBorder';

/** A pattern that RE2 refuses, or that is too large. */
export class PatternError extends Error {
  readonly code = 'InvalidPattern';

  /** `at`: where in the pattern, in UTF-16 code units. */
  constructor(pattern: string, at: number, problem: string) {
    super(`at character ${Array.from(pattern.slice(0, at)).length + 1}: ${problem}`);
    this.name = 'PatternError';
  }
}
