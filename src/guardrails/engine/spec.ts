import type { PIIType } from '../pii/pii.ts';
import type { Action, Direction, Scope } from '../types.ts';

/** What a Guardrail says about texts, as its reference names it. What asks a remote judge is not here. */
export interface GuardrailSpec {
  /** `Audit`: evaluate and count, change nothing. */
  readonly mode?: 'Enforce' | 'Audit';
  /** Which texts are read; all by default. */
  readonly scopes?: readonly Scope[];
  readonly wordFilters?: readonly WordFilterSpec[];
  readonly profanity?: RuleSpec;
  readonly pii?: {
    readonly entities?: readonly (RuleSpec & { readonly type: PIIType })[];
    readonly regexes?: readonly (RuleSpec & { readonly name: string; readonly pattern: string })[];
  };
  /** `holdBackCharacters`: the longest match of a pattern, and so how much streamed output waits for it (default 256). */
  readonly streaming?: { readonly holdBackCharacters?: number };
  readonly tests?: readonly TestSpec[];
}

export interface RuleSpec {
  readonly action: Action;
  /** Both by default. */
  readonly appliesTo?: readonly Direction[];
}

export interface WordFilterSpec extends RuleSpec {
  readonly name: string;
  readonly words: readonly string[];
  /** `Word` by default. */
  readonly match?: 'Word' | 'Substring';
  readonly caseSensitive?: boolean;
}

/** A text and what must come of it. */
export interface TestSpec {
  readonly name: string;
  readonly direction: Direction;
  readonly text: string;
  /** `text`: what a masked text must read. */
  readonly expect: { readonly action: 'Allow' | 'Mask' | 'Block'; readonly text?: string };
}
