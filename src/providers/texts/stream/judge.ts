/** Who judges the texts of a stream. A port: this room knows of texts where they are, not of what is wrong with them. */
import type { TextEdit, TextScope } from '../types.ts';

/** `Reasoning`: what a model thinks, which some providers sign. `Arguments`: of a tool, JSON. */
export type TextKind = 'Text' | 'Reasoning' | 'Arguments';

export interface TextOrigin {
  readonly scope: TextScope;
  readonly kind: TextKind;
  /** The model signs it: who edits it breaks the signature. */
  readonly isSigned?: true;
}

/** A text that grows from event to event. */
export interface Block extends TextOrigin {
  /** Unique within a stream. */
  readonly id: string;
}

export interface TextJudge {
  /**
   * The text of `block` goes on with `text`. Returns what may go out now; the rest is held. When it blocks: what stands
   * before that which it blocks.
   */
  push(block: Block, text: string): string;
  /** The text of `block` ends. Returns what was held, as it may go out; of one that was put together, nothing. */
  end(block: Block): string;
  /** The changes to a text that comes whole. */
  whole(text: string, origin: TextOrigin): readonly TextEdit[];
  /**
   * Whether nothing of `block` may go out before it has ended: it is then put together and judged whole, arguments by the
   * strings in their JSON.
   */
  holds(block: Block): boolean;
  /** Something cannot be read. `reason` is ready for the log and quotes nothing. */
  unreadable(reason: string): 'Pass' | 'Block';
  /** What the caller is to read in place of what follows, from when something was blocked; may be empty. */
  readonly blocked: string | undefined;
}
