/**
 * Where the texts are in what passes: found in bytes, and put back by splicing bytes. Pure. Nothing else of a body or an
 * event changes: key order, white space and members that nobody knows stay as they were.
 */
import type { Splice } from '../wire.ts';

/** Whose words a text is. */
export type TextScope = 'System' | 'User' | 'Assistant' | 'ToolInput' | 'ToolOutput';

/** One text within a JSON document. */
export interface FoundText {
  readonly scope: TextScope;
  /** A model signed it: who edits it breaks the signature. */
  readonly isSigned: boolean;
  /** As a person reads it: escapes of JSON are undone, those of JSON within a string, too. */
  readonly text: string;
  /**
   * The splices that make the text read `replacement`; offsets in the document that was read. The replaced part alone is
   * written anew, so that what stays keeps the escapes that it had. `start` and `end` are offsets in `text`.
   */
  splice(edits: readonly TextEdit[]): readonly Splice[];
}

/** Offsets in UTF-16 code units; sorted, not overlapping. */
export interface TextEdit {
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
}

export type TextReading =
  | { readonly kind: 'Texts'; readonly texts: readonly FoundText[] }
  /** What cannot be read cannot be judged. `reason` is ready for the caller and quotes nothing. */
  | { readonly kind: 'Unreadable'; readonly reason: string };
