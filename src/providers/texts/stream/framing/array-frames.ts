/** A JSON array of objects (Gemini's stream without `alt=sse`) cut into its elements; each frame has the separator before it. */
import { CutFrames } from './cut-frames.ts';
import type { EventFrame, Frame, Framing, OwnEvent } from './frame.ts';

const EMPTY = Buffer.alloc(0);
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const COMMA = 0x2c;

const isWhitespace = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** An element of the array, or an object in its place. */
class Element implements EventFrame {
  readonly kind = 'Event';
  readonly name = undefined;
  readonly raw: Buffer;
  readonly #start: number;

  constructor(raw: Buffer, start: number) {
    this.raw = raw;
    this.#start = start;
  }

  get data(): Buffer {
    return this.raw.subarray(this.#start);
  }

  with(data: Buffer): Buffer {
    return Buffer.concat([this.raw.subarray(0, this.#start), data]);
  }
}

export class ArrayFrames implements Framing {
  /** Each frame has to be cut. */
  readonly isBetweenEvents = false;
  readonly #frames = new CutFrames();
  /** Containers around the present byte, from the element's own on; 0 between elements. */
  #depth = 0;
  #inString = false;
  #escaped = false;
  /** Where in the frame the element begins. */
  #elementStart = 0;
  #ended = false;
  #malformed = false;

  push(chunk: Buffer): readonly Frame[] {
    let start = 0;
    for (let i = 0; i < chunk.length && !this.#malformed; i++) {
      const byte = chunk[i] as number;
      if (this.#depth > 0) {
        i = this.#inElement(chunk, i);
        if (this.#depth > 0 || i >= chunk.length) continue;
        this.#frames.cut(chunk.subarray(start, i + 1), (raw) => new Element(raw, this.#elementStart));
        start = i + 1;
      } else if (byte === OPEN_BRACE) {
        this.#depth = 1;
        this.#elementStart = this.#frames.heldLength + i - start;
      } else if (byte === CLOSE_BRACKET) {
        this.#frames.add({ kind: 'End', raw: this.#frames.takeHeld(chunk.subarray(start, i + 1)) });
        this.#ended = true;
        start = i + 1;
      } else if (byte !== OPEN_BRACKET && byte !== COMMA && !isWhitespace(byte)) {
        this.#malformed = true;
        this.#frames.add({ kind: 'Unreadable', raw: this.#frames.takeHeld(chunk.subarray(start)), reason: MALFORMED });
        return this.#frames.take();
      }
    }
    const rest = start === 0 ? chunk : chunk.subarray(start);
    if (!this.#malformed && !this.#ended) this.#frames.hold(rest);
    else if (rest.length > 0) this.#frames.add({ kind: 'Other', raw: rest });
    return this.#frames.take();
  }

  end(): readonly Frame[] {
    if (this.#frames.heldLength === 0) return [];
    const raw = this.#frames.takeHeld(EMPTY);
    return [this.#depth > 0 ? { kind: 'Unreadable', raw, reason: MALFORMED } : { kind: 'Other', raw }];
  }

  write({ data }: OwnEvent, isFirst: boolean): Buffer {
    return Buffer.from(`${isFirst ? '[' : ',\r\n'}${data}`);
  }

  close(isEmpty: boolean): Buffer {
    return Buffer.from(isEmpty ? '[]' : '\n]');
  }

  /** Goes on to the byte that ends the element, or the last of the chunk. */
  #inElement(chunk: Buffer, from: number): number {
    let i = from;
    for (; i < chunk.length; i++) {
      const byte = chunk[i] as number;
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (byte === BACKSLASH) this.#escaped = true;
        else if (byte === QUOTE) this.#inString = false;
      } else if (byte === QUOTE) {
        this.#inString = true;
      } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        this.#depth++;
      } else if ((byte === CLOSE_BRACE || byte === CLOSE_BRACKET) && --this.#depth === 0) {
        return i;
      }
    }
    return i;
  }
}

const MALFORMED = 'the answer is no JSON array of objects';
