/** One text of a streamed answer, as far as judges elsewhere have seen it. Offsets count from its beginning. */
import { createHash, type Hash } from 'node:crypto';
import type { Edit } from '../../../guardrails/engine/judge.ts';
import { joined } from '../../../guardrails/remote/verdict.ts';
import type { TextOrigin } from '../../../providers/texts/stream/judge.ts';

/** What is asked about of a text. */
export interface TextWindow {
  readonly text: StreamedText;
  readonly start: number;
  readonly end: number;
  readonly value: string;
}

export class StreamedText {
  readonly origin: TextOrigin;
  /** Nobody asks about it. */
  readonly isFree: boolean;
  #kept = '';
  /** Where `#kept` begins. */
  #base = 0;
  #judged = 0;
  #isConcluded = false;
  isEnded = false;
  #edits: readonly Edit[] = [];
  readonly #hash: Hash = createHash('sha1');

  constructor(origin: TextOrigin, isFree: boolean) {
    this.origin = origin;
    this.isFree = isFree;
  }

  get length(): number {
    return this.#base + this.#kept.length;
  }

  /** How much has come since it was judged. */
  get waiting(): number {
    return this.isFree ? 0 : this.length - this.#judged;
  }

  /** Whether it is to be asked about: something new has come, or what has come is all there is and was not known to be. */
  get isPending(): boolean {
    return !this.isFree && !this.#isConcluded && (this.waiting > 0 || this.isEnded);
  }

  get edits(): readonly Edit[] {
    return this.#edits;
  }

  push(text: string): void {
    this.#kept += text;
    this.#hash.update(text, 'utf16le');
    if (this.isFree) this.#forget(this.length);
  }

  /** Ends it. Returns what tells it apart from other texts. */
  end(): string {
    this.isEnded = true;
    // What is judged up to its end needs no other verdict for ending there.
    if (this.waiting === 0) this.#isConcluded = true;
    return this.#hash.digest('base64');
  }

  /** What has not been judged, `most` code units of it at most, and `overlap` before it. */
  window(overlap: number, most: number): TextWindow {
    const start = Math.max(this.#base, this.#judged - overlap);
    const end = Math.min(this.length, this.#judged + most);
    return { text: this, start, end, value: this.#kept.slice(start - this.#base, end - this.#base) };
  }

  /** There is a verdict of a window. */
  judged({ start, end }: TextWindow, edits: readonly Edit[], overlap: number): void {
    const moved = edits.map((edit) => ({ ...edit, start: edit.start + start, end: edit.end + start }));
    this.#edits = joined([...this.#edits, ...moved]);
    this.#judged = end;
    if (this.isEnded && end === this.length) this.#isConcluded = true;
    this.#forget(this.#isConcluded ? this.length : end - overlap);
  }

  /** Whether nothing that comes can change what becomes of the text up to a place. */
  isSafe(place: number, overlap: number): boolean {
    return this.isFree || this.#isConcluded || place <= this.#judged - overlap;
  }

  #forget(place: number): void {
    const base = Math.max(this.#base, place);
    this.#kept = this.#kept.slice(base - this.#base);
    this.#base = base;
  }
}

/** What tells a whole text apart from others, as {@link StreamedText.end} does. */
export function digestOf(text: string): string {
  return createHash('sha1').update(text, 'utf16le').digest('base64');
}
