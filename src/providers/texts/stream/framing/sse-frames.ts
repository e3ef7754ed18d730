/** Server-sent events (WHATWG HTML §9.2.6) cut into frames. Lines end in LF, CR or CRLF. */
import { CutFrames } from './cut-frames.ts';
import type { Frame, Framing, OwnEvent } from './frame.ts';
import { readEvent, writeEvent } from './sse-event.ts';

const LF = 0x0a;
const CR = 0x0d;
const COLON = 0x3a;
const EMPTY = Buffer.alloc(0);
const CR_BYTE = Buffer.from([CR]);
const CRLF = Buffer.from([CR, LF]);
const EVENT_END = Buffer.from('\n\n');

export class SSEFrames implements Framing {
  readonly #frames = new CutFrames();
  /** The present line holds bytes. */
  #inLine = false;
  /** The present event has lines before the present one. */
  #hasLines = false;
  /** The present line is a comment with which the event begins: it need not wait for the event. */
  #isComment = false;
  /** The last byte was a CR; an LF now belongs to the same line end. */
  #afterCR = false;
  /** Lines end in CRLF. */
  #usesCRLF = false;
  /** The last byte was a CR whose LF has yet to come: what is written after this event must not come between them. */
  #awaitsLF = false;
  #isFirst = true;
  /** The stream ended within an event. */
  #isCut = false;

  get isBetweenEvents(): boolean {
    return !this.#inLine && !this.#hasLines && !this.#afterCR && !this.#awaitsLF && this.#frames.heldLength === 0;
  }

  push(chunk: Buffer): readonly Frame[] {
    if (chunk.length === 0) return [];
    const bytes = this.#awaitsLF ? Buffer.concat([CR_BYTE, chunk]) : chunk;
    this.#usesCRLF ||= this.#afterCR && bytes[0] === LF;
    const endsInCR = bytes[bytes.length - 1] === CR;
    if (endsInCR) this.#usesCRLF ||= bytes.includes(CRLF);
    this.#awaitsLF = endsInCR && this.#usesCRLF;
    this.#cut(this.#awaitsLF ? bytes.subarray(0, -1) : bytes);
    return this.#frames.take();
  }

  end(): readonly Frame[] {
    if (this.#awaitsLF) this.#cut(CR_BYTE);
    this.#isCut = this.#frames.heldLength > 0;
    if (this.#isCut) this.#emit(EMPTY);
    return this.#frames.take();
  }

  write(event: OwnEvent): Buffer {
    const bytes = writeEvent(event);
    return this.#isCut ? Buffer.concat([EVENT_END, bytes]) : bytes;
  }

  close(): Buffer {
    return EMPTY;
  }

  #cut(chunk: Buffer): void {
    let start = 0;
    let from = 0;
    if (this.#afterCR && chunk.length > 0) {
      this.#afterCR = false;
      if (chunk[0] === LF) from = 1;
    }
    let lf = chunk.indexOf(LF, from);
    let cr = chunk.indexOf(CR, from);
    while (from < chunk.length) {
      if (lf >= 0 && lf < from) lf = chunk.indexOf(LF, from);
      if (cr >= 0 && cr < from) cr = chunk.indexOf(CR, from);
      const end = lf < 0 ? cr : cr < 0 ? lf : Math.min(lf, cr);
      if (!this.#inLine && end !== from) {
        this.#inLine = true;
        this.#isComment = chunk[from] === COLON && !this.#hasLines;
      }
      if (end < 0) break;
      from = end + 1;
      if (end === cr) {
        if (from === chunk.length) this.#afterCR = true;
        else if (chunk[from] === LF) from++;
      }
      if (!this.#inLine || this.#isComment) {
        this.#emit(chunk.subarray(start, from));
        start = from;
      } else {
        this.#hasLines = true;
      }
      this.#inLine = false;
    }
    this.#frames.hold(start === 0 ? chunk : chunk.subarray(start));
  }

  #emit(last: Buffer): void {
    this.#frames.cut(last, (raw) => readEvent(raw, this.#isFirst));
    this.#isFirst = false;
    this.#hasLines = false;
    this.#isComment = false;
  }
}
