/**
 * The event stream encoding of AWS (`application/vnd.amazon.eventstream`) cut into its frames, for readers that watch a
 * stream pass. A frame is: total length, length of the headers, CRC-32 of these eight bytes, headers, payload, CRC-32 of
 * all before; numbers are big-endian, of four bytes. Chunks may be cut anywhere; a payload is never held.
 * Source: the Smithy specification, "Event streams", and smithy-typescript's `eventstream-codec`.
 */
import { ByteAccumulator } from '../shared/byte-accumulator.ts';
import { crcOfLengths } from './prelude-crc.ts';

/** The content type of answers in this encoding. */
export const EVENT_STREAM = 'application/vnd.amazon.eventstream';

/** Hears the frames. The bytes may belong to the chunk being pushed: what is kept has to be copied. */
export interface FrameSink {
  /** A frame begins. False: its payload is of no interest and is not handed on. */
  begin(headers: Buffer): boolean;
  /** A piece of the payload; `last`: the payload ends with it. An empty payload is one empty piece. */
  payload(piece: Buffer, first: boolean, last: boolean): void;
}

const PRELUDE_BYTES = 12;
const CRC_BYTES = 4;
/** What the specification allows. */
const MAX_HEADERS_BYTES = 128 * 1024;
const MAX_FRAME_BYTES = 24 * 1024 * 1024 + MAX_HEADERS_BYTES + PRELUDE_BYTES + CRC_BYTES;

const EMPTY = Buffer.alloc(0);

/** See the head of this file. */
export class FrameReader {
  readonly #sink: FrameSink;
  /** The beginning of a frame whose prelude or headers the chunks so far did not end. */
  readonly #head = new ByteAccumulator();
  /** Bytes of prelude and headers of the frame at hand; {@link PRELUDE_BYTES} until the prelude tells. */
  #headBytes = PRELUDE_BYTES;
  /** Bytes of the whole frame, from when the prelude tells. */
  #frameBytes = 0;
  /** Bytes of the payload that are still to come; -1 while the head is not whole. */
  #payloadLeft = -1;
  #payloadBegun = false;
  #wanted = false;
  /** Bytes of the frame's CRC that are still to come. */
  #crcLeft = 0;
  #malformed = false;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  /** What came is no event stream: nothing after it can be told apart, and nothing more is read. */
  get malformed(): boolean {
    return this.#malformed;
  }

  /** The bytes so far end with a whole frame, or there are none. */
  get isBetweenFrames(): boolean {
    return !this.#malformed && this.#payloadLeft < 0 && this.#crcLeft === 0 && this.#head.length === 0;
  }

  push(chunk: Buffer): void {
    let i = 0;
    while (i < chunk.length && !this.#malformed) {
      if (this.#crcLeft > 0) {
        const skipped = Math.min(this.#crcLeft, chunk.length - i);
        this.#crcLeft -= skipped;
        i += skipped;
      } else {
        i = this.#payloadLeft < 0 ? this.#takeHead(chunk, i) : this.#takePayload(chunk, i);
      }
    }
  }

  #takeHead(chunk: Buffer, from: number): number {
    const wanted = this.#headBytes - this.#head.length;
    const end = Math.min(from + wanted, chunk.length);
    if (end - from < wanted) {
      this.#head.append(chunk.subarray(from, end), MAX_HEADERS_BYTES + PRELUDE_BYTES);
      return end;
    }
    const isPrelude = this.#headBytes === PRELUDE_BYTES;
    if (this.#head.length > 0) {
      this.#head.append(chunk.subarray(from, end), MAX_HEADERS_BYTES + PRELUDE_BYTES);
      const head = this.#head.take() ?? EMPTY;
      if (isPrelude && !this.#readPrelude(head, 0)) return end;
      if (isPrelude && this.#headBytes > PRELUDE_BYTES) this.#head.append(head, PRELUDE_BYTES);
      else this.#beginFrame(head.subarray(PRELUDE_BYTES));
      return end;
    }
    if (!this.#readPrelude(chunk, from)) return end;
    const headEnd = from + this.#headBytes;
    if (headEnd > chunk.length) {
      this.#head.append(chunk.subarray(from), MAX_HEADERS_BYTES + PRELUDE_BYTES);
      return chunk.length;
    }
    this.#beginFrame(chunk.subarray(from + PRELUDE_BYTES, headEnd));
    return headEnd;
  }

  /** Learns the lengths from the prelude at `at`. False: they cannot be. */
  #readPrelude(bytes: Buffer, at: number): boolean {
    const total = bytes.readUInt32BE(at);
    const headers = bytes.readUInt32BE(at + 4);
    this.#frameBytes = total;
    this.#headBytes = PRELUDE_BYTES + headers;
    this.#malformed =
      total > MAX_FRAME_BYTES ||
      headers > MAX_HEADERS_BYTES ||
      total < this.#headBytes + CRC_BYTES ||
      bytes.readUInt32BE(at + 8) !== crcOfLengths(bytes, at);
    return !this.#malformed;
  }

  #beginFrame(headers: Buffer): void {
    this.#payloadLeft = this.#frameBytes - this.#headBytes - CRC_BYTES;
    this.#headBytes = PRELUDE_BYTES;
    this.#payloadBegun = false;
    this.#wanted = this.#sink.begin(headers);
    if (this.#payloadLeft === 0) this.#handOn(EMPTY);
  }

  #takePayload(chunk: Buffer, from: number): number {
    const end = Math.min(from + this.#payloadLeft, chunk.length);
    this.#payloadLeft -= end - from;
    this.#handOn(this.#wanted ? chunk.subarray(from, end) : EMPTY);
    return end;
  }

  #handOn(piece: Buffer): void {
    const last = this.#payloadLeft === 0;
    if (this.#wanted) this.#sink.payload(piece, !this.#payloadBegun, last);
    this.#payloadBegun = true;
    if (!last) return;
    this.#payloadLeft = -1;
    this.#crcLeft = CRC_BYTES;
  }
}
