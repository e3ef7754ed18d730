import { hasSameForm } from './repeated-form.ts';

/** Bytes of a chunk that are kept while its stream is open; real ones have some hundred. */
const MAX_KEPT_BYTES = 4096;

/** A reader of answers that knows where documents end. */
export interface RestingReader {
  push(chunk: Buffer): void;
  end(): void;
  readonly unparsable: boolean;
  /** The bytes so far end between two documents. */
  readonly isAtRest: boolean;
}

/**
 * Reader of a stream whose every document tells the figures so far: of chunks that have the same form, one after another,
 * only the first and the last are read.
 */
export class RepeatingAnswer {
  readonly #reader: RestingReader;
  /** The chunk before, copied: it began and ended between two documents. Empty: there is none. */
  #kept: Buffer | undefined;
  #keptLength = 0;
  /** The chunk before has not been read. */
  #isUnread = false;

  constructor(reader: RestingReader) {
    this.#reader = reader;
  }

  get unparsable(): boolean {
    return this.#reader.unparsable;
  }

  push(chunk: Buffer): void {
    if (this.#isRepeated(chunk)) {
      this.#keep(chunk);
      this.#isUnread = true;
      return;
    }
    this.#catchUp();
    const reader = this.#reader;
    const couldBe = chunk.length <= MAX_KEPT_BYTES && reader.isAtRest;
    reader.push(chunk);
    if (couldBe && reader.isAtRest && !reader.unparsable) this.#keep(chunk);
    else {
      this.#kept = undefined;
      this.#keptLength = 0;
    }
  }

  end(): void {
    this.#catchUp();
    this.#reader.end();
  }

  #isRepeated(chunk: Buffer): boolean {
    const kept = this.#kept;
    return kept !== undefined && chunk.length <= MAX_KEPT_BYTES && hasSameForm(kept, this.#keptLength, chunk);
  }

  #catchUp(): void {
    if (!this.#isUnread || this.#kept === undefined) return;
    this.#isUnread = false;
    this.#reader.push(this.#kept.subarray(0, this.#keptLength));
  }

  #keep(chunk: Buffer): void {
    const { length } = chunk;
    if (this.#kept === undefined || this.#kept.length < length) {
      // Not of the pool: a stream may be open for an hour, and would keep what others had of it.
      this.#kept = Buffer.allocUnsafeSlow(length + (length >> 2));
    }
    this.#kept.set(chunk);
    this.#keptLength = length;
  }
}
