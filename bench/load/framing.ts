/**
 * HTTP/1.1 framing with as little work as possible, so that what is measured is the process between load and
 * upstream. Understands heads, content-length and chunked bodies; trusts its peer; allocates nothing per body byte.
 */

/** What a reader reports. */
export interface MessageEvents {
  /** The head, without the blank line. */
  head(head: string): void;
  /** A part of the body as it came from the socket, chunked framing included. */
  body(bytes: Buffer): void;
  end(): void;
}

const empty = Buffer.alloc(0);

/** Reads messages, one after the other, from the bytes of one connection. */
export class MessageReader {
  readonly #events: MessageEvents;
  #state: 'head' | 'length' | 'chunked' = 'head';
  #held: Buffer = empty;
  /** Bytes of the body, or of the current chunk and its line end, that are still to come. */
  #remaining = 0;
  #lastChunk = false;

  constructor(events: MessageEvents) {
    this.#events = events;
  }

  push(bytes: Buffer): void {
    let rest = this.#held.length > 0 ? Buffer.concat([this.#held, bytes]) : bytes;
    this.#held = empty;
    while (rest.length > 0) {
      const used =
        this.#state === 'head'
          ? this.#head(rest)
          : this.#state === 'length'
            ? this.#counted(rest)
            : this.#chunked(rest);
      if (used === 0) {
        this.#held = rest;
        return;
      }
      rest = rest.subarray(used);
    }
  }

  #head(bytes: Buffer): number {
    const end = bytes.indexOf('\r\n\r\n');
    if (end < 0) return 0;
    const head = bytes.toString('latin1', 0, end);
    const lower = head.toLowerCase();
    const length = /\r\ncontent-length: *(\d+)/.exec(lower)?.[1];
    this.#remaining = 0;
    this.#lastChunk = false;
    if (length === undefined && lower.includes('\r\ntransfer-encoding: chunked')) this.#state = 'chunked';
    else if (Number(length ?? 0) > 0) {
      this.#state = 'length';
      this.#remaining = Number(length);
    }
    this.#events.head(head);
    if (this.#state === 'head') this.#events.end();
    return end + 4;
  }

  #counted(bytes: Buffer): number {
    const used = Math.min(this.#remaining, bytes.length);
    this.#remaining -= used;
    this.#events.body(used === bytes.length ? bytes : bytes.subarray(0, used));
    if (this.#remaining === 0) this.#finish();
    return used;
  }

  #chunked(bytes: Buffer): number {
    let at = 0;
    while (at < bytes.length) {
      if (this.#remaining > 0) {
        const used = Math.min(this.#remaining, bytes.length - at);
        this.#remaining -= used;
        at += used;
        if (this.#remaining === 0 && this.#lastChunk) {
          this.#events.body(bytes.subarray(0, at));
          this.#finish();
          return at;
        }
        continue;
      }
      const line = bytes.indexOf('\r\n', at);
      if (line < 0) break;
      const size = Number.parseInt(bytes.toString('latin1', at, line), 16);
      this.#lastChunk = size === 0;
      this.#remaining = size + 2;
      at = line + 2;
    }
    if (at > 0) this.#events.body(bytes.subarray(0, at));
    return at;
  }

  #finish(): void {
    this.#state = 'head';
    this.#events.end();
  }
}
