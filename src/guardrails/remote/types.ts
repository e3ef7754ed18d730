/** What a judge elsewhere is asked, and what it says. */
import type { Edit } from '../engine/judge.ts';
import type { Action, Scope } from '../types.ts';

/** One text that is to be judged. */
export interface RemoteText {
  readonly scope: Scope;
  readonly text: string;
}

/** What a judge found, by the name of its rule. Never text that was found. */
export interface RemoteFinding {
  readonly rule: string;
  readonly action: Action;
  readonly count: number;
}

/** An edit of the text with the index `text`. */
export interface PlacedEdit extends Edit {
  readonly text: number;
}

/** One request to a judge. */
export interface Ask {
  /** JSON, made when it is asked for: of a long text there are many. */
  body(): string;
  /** What the body of a successful answer says. @throws {UnreadableAnswer} */
  read(answer: string): Reading;
}

export type Reading =
  | { readonly kind: 'Read'; readonly findings: readonly RemoteFinding[]; readonly edits: readonly PlacedEdit[] }
  /** It says that something is to be masked, and not where: each text has to be asked about by itself. */
  | { readonly kind: 'AskAgain'; readonly asks: readonly Ask[] };

/** What a judge says of all texts. */
export interface RemoteVerdict {
  /** Counts by rule and action, in the order in which they came. */
  readonly findings: readonly RemoteFinding[];
  /** The first rule that blocks. */
  readonly blockedBy: string | undefined;
  /** For each text what is to be put in place of what; sorted, not overlapping. */
  readonly edits: readonly (readonly Edit[])[];
}

/** An answer that cannot be understood. The message is for logs and quotes nothing of it. */
export class UnreadableAnswer extends Error {
  readonly code = 'TIDEGATE_UNREADABLE_VERDICT';

  constructor(message: string) {
    super(message);
    this.name = 'UnreadableAnswer';
  }
}
