/** What a guardrail looks for in a text, what it finds, and what then happens to the text. */
import type { Numbers } from './pii/numbers.ts';

/** What becomes of a text in which a rule has found something. From strictest to mildest. */
export type Action = 'Block' | 'Mask' | 'Detect';

/** `Input`: what the caller sends; `Output`: what the model answers. */
export type Direction = 'Input' | 'Output';

/** Whose words a text is. */
export type Scope = 'System' | 'User' | 'Assistant' | 'ToolInput' | 'ToolOutput';

/** A place in a text. Offsets in UTF-16 code units; `end` is exclusive and beyond `start`. */
export interface Match {
  readonly start: number;
  readonly end: number;
}

/** What detectors that look at the same text have found out about it for one another. Empty at first; of one text alone. */
export interface Notes {
  numbers: Numbers | undefined;
}

/**
 * Looks for one thing. Pure and linear in the length of the text, whatever the text. A text comes whole or grows at its
 * end; a detector keeps nothing of it: it is shown the part that is not decided yet, with what came just before.
 */
export interface Detector {
  /** Code units before `from` that its matches may depend on: a word's border, a keyword that gives a number its meaning. */
  readonly lookBehind: number;
  /**
   * Matches that begin at `from` or later, by their start, none overlapping another. `isWhole`: nothing follows `text`.
   * Otherwise more may come, and only what begins before {@link Detector.undecided} counts. `notes`: those of `text`, where
   * more than one detector looks at it.
   */
  find(text: string, from: number, isWhole: boolean, notes?: Notes): readonly Match[];
  /**
   * The first index, from `from` on, at which a match begins that more text could make, lengthen or undo; the text's
   * length when there is none. Matches that begin before it are final.
   */
  undecided(text: string, from: number, notes?: Notes): number;
  /**
   * Both in one look, of a text that may grow: returns what {@link Detector.undecided} returns, and adds to `matches` what
   * {@link Detector.find} finds. Only of detectors that spare a look by it.
   */
  scan?(text: string, from: number, notes: Notes, matches: Match[]): number;
}

/** A detector with what it is called and what it leads to. */
export interface Rule {
  /** On metrics and logs, for example `word/project-names`, `profanity`, `pii/Email`, `regex/ticket`. Never text that was found. */
  readonly name: string;
  readonly action: Action;
  /** What `Mask` writes in place of a match, for example `{EMAIL}`. */
  readonly mask: string;
  readonly detector: Detector;
}

/** What a rule found. */
export interface Finding extends Match {
  readonly rule: Rule;
}
