/**
 * Server-sent events (WHATWG HTML §9.2.6) cut into their `data` payloads, for readers that watch a stream pass. Lines
 * end in LF, CR or CRLF; chunks may be cut anywhere; what is held between chunks is bounded.
 */

import { ByteAccumulator } from './byte-accumulator.ts';

/** Hears the payloads. A payload of one line comes whole in one piece if it is small or lies within one chunk. */
export interface EventSink {
  /**
   * A piece of an event's payload, of several `data` lines joined by LF. `last`: the event ends with it. The bytes may
   * belong to the chunk being pushed: what is kept has to be copied.
   */
  data(piece: Buffer, first: boolean, last: boolean): void;
}

/** Payload bytes that are held until their event ends; a longer payload is handed on in pieces. */
const MAX_HELD_BYTES = 64 * 1024;

/** Payload bytes to which a further line is joined by a copy of both: many short lines must not cost a copy of all each. */
const MAX_JOINED_BYTES = 1024;

const LF = 0x0a;
const CR = 0x0d;
const NEWLINE = Buffer.from('\n');
const BOM = Buffer.from([0xef, 0xbb, 0xbf]);

/** Where the payload of a `data` line (four bytes, compared singly) begins, or -1 for any other line. */
function payloadStart(line: Buffer): number {
  if (line.length < 4 || line[0] !== 0x64 || line[1] !== 0x61 || line[2] !== 0x74 || line[3] !== 0x61) return -1;
  if (line.length === 4) return 4;
  if (line[4] !== 0x3a) return -1;
  return line[5] === 0x20 ? 6 : 5;
}

/** See the head of this file. */
export class EventStreamReader {
  readonly #sink: EventSink;
  /** The beginning of a line that the chunks so far did not end. */
  readonly #partial = new ByteAccumulator();
  /** The line at hand is longer than may be held: its bytes go on as they come, or are skipped. */
  #long: 'No' | 'Data' | 'Other' = 'No';
  /** Payload of the event at hand that has not been handed on; undefined when there is none. */
  #payload: Buffer | undefined;
  /** `#payload` is no part of the chunk being pushed. */
  #payloadOwned = false;
  /** A piece of the event's payload has been handed on. */
  #begun = false;
  #afterCR = false;
  #atStart = true;

  constructor(sink: EventSink) {
    this.#sink = sink;
  }

  /** Whether `chunk` would begin and, as far as its last bytes tell, end between two events: it may then be left out. */
  wouldEndBetweenEvents(chunk: Buffer): boolean {
    const { length } = chunk;
    return length >= 2 && chunk[length - 1] === LF && chunk[length - 2] === LF && this.isBetweenEvents;
  }

  /** Whether the bytes so far leave no event and no line unfinished. */
  get isBetweenEvents(): boolean {
    return (
      this.#partial.length === 0 && this.#long === 'No' && this.#payload === undefined && !this.#begun && !this.#afterCR
    );
  }

  push(chunk: Buffer): void {
    let from = 0;
    if (this.#afterCR && chunk.length > 0) {
      if (chunk[0] === LF) from = 1;
      this.#afterCR = false;
    }
    // Each is looked for again only when it has been passed: a chunk without the one is not searched for it line by line.
    let cr = chunk.indexOf(CR, from);
    let lf = chunk.indexOf(LF, from);
    for (;;) {
      if (lf >= 0 && lf < from) lf = chunk.indexOf(LF, from);
      if (cr >= 0 && cr < from) cr = chunk.indexOf(CR, from);
      const end = lf < 0 ? cr : cr < 0 ? lf : Math.min(lf, cr);
      if (end < 0) break;
      this.#line(chunk.subarray(from, end));
      from = end + 1;
      if (end === cr) {
        if (from === chunk.length) this.#afterCR = true;
        else if (chunk[from] === LF) from++;
      }
    }
    if (from < chunk.length) this.#partialLine(chunk.subarray(from));
    if (this.#payload !== undefined && !this.#payloadOwned) this.#setPayload(Buffer.from(this.#payload), true);
  }

  /** The stream ended. An event that it left unfinished counts, whether its last line is whole or not. */
  end(): void {
    if (this.#partial.length > 0 || this.#long !== 'No') this.#line(EMPTY);
    this.#dispatch();
  }

  #line(rest: Buffer): void {
    if (this.#long !== 'No') {
      if (this.#long === 'Data') this.#setPayload(rest, false);
      this.#long = 'No';
      return;
    }
    let line = rest;
    const continued = this.#partial.length > 0;
    if (continued) {
      this.#partial.append(rest, Infinity);
      line = this.#partial.take() ?? EMPTY;
    }
    line = this.#withoutBOM(line);
    if (line.length === 0) {
      this.#dispatch();
      return;
    }
    const start = payloadStart(line);
    if (start >= 0) this.#addPayload(line.subarray(start), continued);
  }

  #withoutBOM(line: Buffer): Buffer {
    if (!this.#atStart) return line;
    this.#atStart = false;
    return line.length >= 3 && line.compare(BOM, 0, 3, 0, 3) === 0 ? line.subarray(3) : line;
  }

  #addPayload(payload: Buffer, owned: boolean): void {
    const before = this.#payload;
    if (before === undefined && !this.#begun) this.#setPayload(payload, owned);
    else if (before === undefined || before.length <= MAX_JOINED_BYTES) {
      this.#setPayload(Buffer.concat([before ?? EMPTY, NEWLINE, payload]), true);
    } else {
      this.#handOn(before, false);
      this.#handOn(NEWLINE, false);
      this.#setPayload(payload, owned);
    }
  }

  #setPayload(payload: Buffer, owned: boolean): void {
    this.#payload = payload;
    this.#payloadOwned = owned;
    if (owned && payload.length > MAX_HELD_BYTES) this.#handOn(payload, false);
  }

  #partialLine(bytes: Buffer): void {
    if (this.#long === 'Other') return;
    if (this.#long === 'Data') {
      this.#handOn(bytes, false);
      return;
    }
    this.#partial.append(bytes, Infinity);
    if (this.#partial.length <= MAX_HELD_BYTES) return;
    const line = this.#withoutBOM(this.#partial.take() ?? EMPTY);
    const start = payloadStart(line);
    this.#long = start < 0 ? 'Other' : 'Data';
    if (start < 0) return;
    this.#addPayload(line.subarray(start), true);
    if (this.#payload !== undefined) this.#handOn(this.#payload, false);
  }

  #handOn(piece: Buffer, last: boolean): void {
    this.#payload = undefined;
    const first = !this.#begun;
    this.#begun = !last;
    this.#sink.data(piece, first, last);
  }

  #dispatch(): void {
    if (this.#payload !== undefined) this.#handOn(this.#payload, true);
    else if (this.#begun) this.#handOn(EMPTY, true);
  }
}

const EMPTY = Buffer.alloc(0);
