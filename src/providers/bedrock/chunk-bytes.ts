/**
 * The bytes that a `chunk` event of InvokeModelWithResponseStream carries: `{"bytes":"<base64>","p":"<padding>"}`, an
 * object of strings, whose member `bytes` is one JSON document of the model's own. Pieces may be cut anywhere; what is
 * held is at most three characters of base64 and a name.
 */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;

const MEMBER = Buffer.from('bytes');

const BETWEEN = 0;
const NAME = 1;
const AFTER_NAME = 2;
const VALUE = 3;

const EMPTY = Buffer.alloc(0);

/** Decodes the payload of one event. A new one for each. */
export class ChunkBytes {
  readonly #sink: (decoded: Buffer) => void;
  #state: typeof BETWEEN | typeof NAME | typeof AFTER_NAME | typeof VALUE = BETWEEN;
  /** The name so far, as long as it may be the member's. */
  #nameLength = 0;
  #isMember = false;
  #escaped = false;
  /** Characters of base64 that are not yet four. */
  #rest = '';

  constructor(sink: (decoded: Buffer) => void) {
    this.#sink = sink;
  }

  push(piece: Buffer): void {
    let i = 0;
    while (i < piece.length) i = this.#step(piece, i);
  }

  #step(piece: Buffer, from: number): number {
    switch (this.#state) {
      case BETWEEN: {
        const quote = piece.indexOf(QUOTE, from);
        if (quote < 0) return piece.length;
        this.#state = NAME;
        this.#nameLength = 0;
        this.#isMember = true;
        return quote + 1;
      }
      case NAME:
        this.#name(piece[from] ?? 0);
        return from + 1;
      case AFTER_NAME: {
        const byte = piece[from];
        // A value that is no string has no quote before the next name.
        if (byte === QUOTE) this.#state = VALUE;
        else if (byte !== COLON && !isWhitespace(byte)) this.#state = BETWEEN;
        return from + 1;
      }
      default:
        return this.#value(piece, from);
    }
  }

  #name(byte: number): void {
    if (this.#escaped) {
      this.#escaped = false;
      this.#isMember = false;
    } else if (byte === QUOTE) {
      this.#isMember &&= this.#nameLength === MEMBER.length;
      this.#state = AFTER_NAME;
    } else {
      this.#escaped = byte === BACKSLASH;
      this.#isMember &&= byte === MEMBER[this.#nameLength];
      this.#nameLength += 1;
    }
  }

  /** Takes the value up to its end, or the piece's. A backslash stands before a character of base64 only as `\/`. */
  #value(piece: Buffer, from: number): number {
    if (this.#escaped) {
      this.#escaped = false;
      this.#characters(piece, from, from + 1);
      return from + 1;
    }
    const quote = piece.indexOf(QUOTE, from);
    const end = quote < 0 ? piece.length : quote;
    const backslash = piece.subarray(from, end).indexOf(BACKSLASH);
    if (backslash >= 0) {
      this.#characters(piece, from, from + backslash);
      this.#escaped = true;
      return from + backslash + 1;
    }
    this.#characters(piece, from, end);
    if (quote < 0) return end;
    this.#flush();
    this.#state = BETWEEN;
    return quote + 1;
  }

  #characters(piece: Buffer, from: number, to: number): void {
    if (!this.#isMember || from === to) return;
    const text = this.#rest + piece.toString('latin1', from, to);
    const whole = text.length - (text.length % 4);
    this.#rest = text.slice(whole);
    if (whole > 0) this.#sink(Buffer.from(whole === text.length ? text : text.slice(0, whole), 'base64'));
  }

  #flush(): void {
    const decoded = this.#rest === '' ? EMPTY : Buffer.from(this.#rest, 'base64');
    this.#rest = '';
    if (decoded.length > 0) this.#sink(decoded);
  }
}

function isWhitespace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
