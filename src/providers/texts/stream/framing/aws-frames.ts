/**
 * The event stream encoding of AWS cut into frames; its form is told in bedrock/frame-reader.ts. Checksums are checked: a
 * client checks them, too, and so what is judged is what it will read.
 */
import { crc32 } from 'node:zlib';
import { frameKind } from '../../../bedrock/frame-headers.ts';
import { frame } from '../../../bedrock/frame-writer.ts';
import type { EventFrame, Frame, Framing, OwnEvent } from './frame.ts';
import { MAX_EVENT_BYTES, TOO_LONG } from './frame.ts';
import { HeldBytes } from './held-bytes.ts';
import { ModelChunk, writeModelChunk } from './model-chunk.ts';

const EMPTY = Buffer.alloc(0);
const PRELUDE_BYTES = 12;
const CRC_BYTES = 4;
const MALFORMED = 'the answer is no event stream, or one of its checksums is wrong';
const NO_CHUNK = 'an event of the stream does not hold what a chunk has to';

export class AWSFrames implements Framing {
  /** Each frame has to be cut. */
  readonly isBetweenEvents = false;
  readonly #held = new HeldBytes();
  /** Bytes of the present frame, as its prelude says; 0 until that is there. */
  #total = 0;
  /** Bytes of a frame that was given up that are still to come. */
  #skip = 0;
  #malformed = false;
  #frames: Frame[] = [];

  push(chunk: Buffer): readonly Frame[] {
    let from = 0;
    while (from < chunk.length) {
      const rest = from === 0 ? chunk : chunk.subarray(from);
      if (this.#malformed) {
        this.#frames.push({ kind: 'Other', raw: rest });
        break;
      }
      from += this.#skip > 0 ? this.#passSkipped(rest) : this.#total === 0 ? this.#prelude(rest) : this.#rest(rest);
    }
    const frames = this.#frames;
    this.#frames = [];
    return frames;
  }

  end(): readonly Frame[] {
    return this.#held.length > 0 ? [{ kind: 'Unreadable', raw: this.#held.take(EMPTY), reason: MALFORMED }] : [];
  }

  write({ name = '', data }: OwnEvent): Buffer {
    const headers = { ':event-type': name, ':content-type': 'application/json', ':message-type': 'event' };
    return frame(headers, name === 'chunk' ? writeModelChunk(data) : Buffer.from(data));
  }

  close(): Buffer {
    return EMPTY;
  }

  #passSkipped(rest: Buffer): number {
    const skipped = Math.min(this.#skip, rest.length);
    this.#skip -= skipped;
    this.#frames.push({ kind: 'Other', raw: rest.subarray(0, skipped) });
    return skipped;
  }

  /** Learns how long the frame is. Returns how many bytes are dealt with. */
  #prelude(rest: Buffer): number {
    const missing = PRELUDE_BYTES - this.#held.length;
    if (rest.length < missing) {
      this.#held.append(rest);
      return rest.length;
    }
    const used = this.#held.length === 0 ? 0 : missing;
    const prelude = this.#held.take(rest.subarray(0, missing));
    const total = prelude.readUInt32BE(0);
    const isSound = crc32(prelude.subarray(0, 8)) === prelude.readUInt32BE(8);
    if (!isSound || total < PRELUDE_BYTES + prelude.readUInt32BE(4) + CRC_BYTES) {
      this.#malformed = true;
      if (used > 0) this.#frames.push({ kind: 'Unreadable', raw: prelude, reason: MALFORMED });
      else this.#frames.push({ kind: 'Unreadable', raw: EMPTY, reason: MALFORMED });
    } else if (total > MAX_EVENT_BYTES) {
      this.#frames.push({ kind: 'Unreadable', raw: prelude, reason: TOO_LONG });
      this.#skip = total - PRELUDE_BYTES;
      return missing;
    } else {
      this.#total = total;
      if (used > 0) this.#held.append(prelude);
    }
    return used;
  }

  #rest(rest: Buffer): number {
    const missing = this.#total - this.#held.length;
    if (rest.length < missing) {
      this.#held.append(rest);
      return rest.length;
    }
    this.#total = 0;
    this.#frames.push(this.#whole(this.#held.take(rest.subarray(0, missing))));
    return missing;
  }

  #whole(raw: Buffer): Frame {
    const end = raw.length - CRC_BYTES;
    if (crc32(raw.subarray(0, end)) !== raw.readUInt32BE(end)) {
      this.#malformed = true;
      return { kind: 'Unreadable', raw, reason: MALFORMED };
    }
    const payloadStart = PRELUDE_BYTES + raw.readUInt32BE(4);
    const { message, type } = frameKind(raw.subarray(PRELUDE_BYTES, payloadStart));
    if (message !== 'event') return { kind: 'End', raw };
    if (type === 'initial-response') return { kind: 'Other', raw };
    const event = new AWSEvent(raw, type, raw.subarray(payloadStart, end));
    if (type !== 'chunk') return event;
    return ModelChunk.of(event) ?? { kind: 'Unreadable', raw, reason: NO_CHUNK, name: type };
  }
}

class AWSEvent implements EventFrame {
  readonly kind = 'Event';
  readonly raw: Buffer;
  readonly name: string | undefined;
  readonly data: Buffer;

  constructor(raw: Buffer, name: string | undefined, data: Buffer) {
    this.raw = raw;
    this.name = name;
    this.data = data;
  }

  /** Headers stay; lengths and checksums are those of the new payload. */
  with(data: Buffer): Buffer {
    const headersEnd = PRELUDE_BYTES + this.raw.readUInt32BE(4);
    const bytes = Buffer.allocUnsafe(headersEnd + data.length + CRC_BYTES);
    this.raw.copy(bytes, 0, 0, headersEnd);
    bytes.writeUInt32BE(bytes.length, 0);
    bytes.writeUInt32BE(crc32(bytes.subarray(0, 8)), 8);
    data.copy(bytes, headersEnd);
    bytes.writeUInt32BE(crc32(bytes.subarray(0, -CRC_BYTES)), bytes.length - CRC_BYTES);
    return bytes;
  }
}
