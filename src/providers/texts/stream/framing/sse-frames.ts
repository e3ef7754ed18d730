/** Server-sent events (WHATWG HTML §9.2.6) cut into frames. Lines end in LF, CR or CRLF. */
import type { Frame, Framing, OwnEvent } from './frame.ts';
import { TOO_LONG } from './frame.ts';
import { HeldBytes } from './held-bytes.ts';
import { readEvent, writeEvent } from './sse-event.ts';

const LF = 0x0a;
const CR = 0x0d;
const COLON = 0x3a;
const EMPTY = Buffer.alloc(0);
const EVENT_END = Buffer.from('\n\n');

export class SSEFrames implements Framing {
  readonly #held = new HeldBytes();
  /** The present line holds bytes. */
  #inLine = false;
  /** The present event has lines before the present one. */
  #hasLines = false;
  /** The present line is a comment with which the event begins: it need not wait for the event. */
  #isComment = false;
  /** The last byte was a CR; an LF now belongs to the same line end. */
  #afterCR = false;
  #isFirst = true;
  /** The present event was longer than may be held: its bytes go on as they come. */
  #givenUp = false;
  /** The stream ended within an event. */
  #isCut = false;
  #frames: Frame[] = [];

  push(chunk: Buffer): readonly Frame[] {
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
    this.#hold(start === 0 ? chunk : chunk.subarray(start));
    return this.#take();
  }

  end(): readonly Frame[] {
    this.#isCut = this.#held.length > 0;
    if (this.#isCut) this.#emit(EMPTY);
    return this.#take();
  }

  write(event: OwnEvent): Buffer {
    const bytes = writeEvent(event);
    return this.#isCut ? Buffer.concat([EVENT_END, bytes]) : bytes;
  }

  close(): Buffer {
    return EMPTY;
  }

  #emit(last: Buffer): void {
    const raw = this.#held.take(last);
    if (this.#givenUp) this.#frames.push({ kind: 'Other', raw });
    else this.#frames.push(readEvent(raw, this.#isFirst));
    this.#isFirst = false;
    this.#givenUp = false;
    this.#hasLines = false;
    this.#isComment = false;
  }

  #hold(rest: Buffer): void {
    if (rest.length === 0) return;
    if (this.#givenUp) {
      this.#frames.push({ kind: 'Other', raw: rest });
    } else if (this.#held.isTooLong(rest.length)) {
      this.#givenUp = true;
      this.#frames.push({ kind: 'Unreadable', raw: this.#held.take(rest), reason: TOO_LONG });
    } else {
      this.#held.append(rest);
    }
  }

  #take(): readonly Frame[] {
    const frames = this.#frames;
    this.#frames = [];
    return frames;
  }
}
