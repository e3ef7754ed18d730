/** The texts of a streamed answer: collected from its bytes before they go out, and edited when they do. */
import type { Edit } from '../../../guardrails/engine/judge.ts';
import type { Block, TextJudge, TextOrigin } from '../../../providers/texts/stream/judge.ts';
import type { TextEdit } from '../../../providers/texts/types.ts';
import { digestOf, StreamedText } from './streamed-text.ts';

/** A place in a text up to which some bytes tell it. */
export interface Touched {
  readonly text: StreamedText;
  readonly end: number;
}

/** What collector and editor know of each other: both see the same bytes, in the same order. */
export class StreamTexts {
  /** Whether anybody asks about texts of an origin. */
  readonly #isAskedAbout: (origin: TextOrigin) => boolean;
  /** Texts of a block that have not gone out: most have one, and some go on after another kind of text. */
  readonly #blocks = new Map<string, StreamedText[]>();
  /** Whole texts, and those that were whole when they ended: what repeats them gets the same edits. */
  readonly #said = new Map<string, StreamedText>();
  readonly #open = new Set<StreamedText>();
  #touched = new Set<StreamedText>();

  constructor(isAskedAbout: (origin: TextOrigin) => boolean) {
    this.#isAskedAbout = isAskedAbout;
  }

  /** Texts that have to be asked about. */
  get pending(): readonly StreamedText[] {
    return [...this.#open].filter((text) => text.isPending);
  }

  /** Those that have been judged to their end are of no interest any more. */
  sweep(): void {
    for (const text of this.#open) if (text.isEnded && !text.isPending) this.#open.delete(text);
  }

  /** The texts that were told since the last call, and how far. */
  take(): readonly Touched[] {
    const touched = Array.from(this.#touched, (text) => ({ text, end: text.length }));
    this.#touched = new Set();
    return touched;
  }

  /** Whether arguments are judged by the strings in their JSON: their pieces say nothing. */
  holds(block: Block): boolean {
    return block.kind === 'Arguments' && this.#isAskedAbout(block);
  }

  append(block: Block, piece: string): void {
    const texts = this.#blocks.get(block.id) ?? [];
    this.#blocks.set(block.id, texts);
    let text = texts.at(-1);
    if (text === undefined || text.isEnded) texts.push((text = this.#begin(block)));
    text.push(piece);
    this.#touched.add(text);
  }

  endOf({ id }: Block): void {
    const text = this.#blocks.get(id)?.at(-1);
    if (text === undefined || text.isEnded) return;
    this.#touched.add(text);
    this.#said.set(text.end(), text);
  }

  appendWhole(value: string, origin: TextOrigin): void {
    const key = digestOf(value);
    let text = this.#said.get(key);
    if (text === undefined || (text.isFree && this.#isAskedAbout(origin))) {
      text = this.#begin(origin);
      text.push(value);
      text.end();
      this.#said.set(key, text);
    }
    this.#touched.add(text);
  }

  /** The text of a block that goes out now. */
  leaving({ id }: Block): StreamedText | undefined {
    return this.#blocks.get(id)?.[0];
  }

  left({ id }: Block): void {
    const texts = this.#blocks.get(id);
    texts?.shift();
    if (texts?.length === 0) this.#blocks.delete(id);
  }

  editsOf(value: string): readonly Edit[] {
    return this.#said.get(digestOf(value))?.edits ?? [];
  }

  #begin(origin: TextOrigin): StreamedText {
    const text = new StreamedText(origin, !this.#isAskedAbout(origin));
    if (!text.isFree) this.#open.add(text);
    return text;
  }
}

/** Reads along: nothing is changed. */
export class CollectingJudge implements TextJudge {
  readonly blocked = undefined;
  readonly #texts: StreamTexts;

  constructor(texts: StreamTexts) {
    this.#texts = texts;
  }

  push(block: Block, text: string): string {
    this.#texts.append(block, text);
    return text;
  }

  end(block: Block): string {
    this.#texts.endOf(block);
    return '';
  }

  whole(text: string, origin: TextOrigin): readonly TextEdit[] {
    this.#texts.appendWhole(text, origin);
    return [];
  }

  holds(block: Block): boolean {
    return this.#texts.holds(block);
  }

  /** Whether that passes has been decided by then. */
  unreadable(): 'Pass' {
    return 'Pass';
  }
}

/** Makes the edits that judges asked for, in bytes that go out. */
export class EditingJudge implements TextJudge {
  blocked: string | undefined;
  readonly #texts: StreamTexts;
  /** Up to where the text of each block has come. */
  readonly #places = new Map<string, number>();
  #message: string | undefined;

  constructor(texts: StreamTexts) {
    this.#texts = texts;
  }

  /** From the next text on nothing goes out. */
  block(message: string): void {
    this.#message = message;
  }

  push(block: Block, text: string): string {
    if (this.#isBlocked()) return '';
    const start = this.#places.get(block.id) ?? 0;
    this.#places.set(block.id, start + text.length);
    const edits = this.#texts.leaving(block)?.edits ?? [];
    return block.isSigned === true || edits.length === 0 ? text : editedPiece(text, start, edits);
  }

  end(block: Block): string {
    if (this.#isBlocked()) return '';
    this.#places.delete(block.id);
    this.#texts.left(block);
    return '';
  }

  whole(text: string, { isSigned }: TextOrigin): readonly TextEdit[] {
    if (this.#isBlocked() || isSigned === true) return [];
    return this.#texts.editsOf(text);
  }

  holds(block: Block): boolean {
    return this.#texts.holds(block);
  }

  unreadable(): 'Pass' {
    return 'Pass';
  }

  #isBlocked(): boolean {
    this.blocked ??= this.#message;
    return this.blocked !== undefined;
  }
}

/** The part of a text that begins at `start`, with the edits of the whole. An edit is written where it begins. */
export function editedPiece(piece: string, start: number, edits: readonly Edit[]): string {
  const end = start + piece.length;
  let out = '';
  let at = start;
  for (const edit of edits) {
    if (edit.end <= at) continue;
    if (edit.start >= end) break;
    if (edit.start >= at) out += piece.slice(at - start, edit.start - start) + edit.replacement;
    at = Math.min(edit.end, end);
  }
  return out + piece.slice(at - start);
}
