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

/**
 * Texts of one event of a stream. Events of one answer are read in order by one reader; `block` names the text that a
 * piece continues: pieces of one block, in order, are one text.
 */
export interface EventReading {
  readonly kind: 'Event';
  /** Pieces that continue the text of their block. */
  readonly pieces: readonly (FoundText & { readonly block: string })[];
  /** Texts that the event repeats whole (`response.output_text.done`); judged by themselves. */
  readonly wholes: readonly FoundText[];
  /** Blocks that end with this event: what is held of them goes out before it. */
  readonly ends: readonly string[];
  /** Where the event's running number stands, when it has one: events that are put in or left out shift those after them. */
  readonly sequence?: { readonly start: number; readonly end: number; readonly value: number };
}

/** Reads the events of one streamed answer. */
export interface EventTexts {
  /** `data`: the JSON of one event, whole. `name`: of the SSE event or AWS event, when it has one. */
  read(data: Buffer, name: string | undefined): EventReading | { readonly kind: 'Unreadable'; readonly reason: string };
}
