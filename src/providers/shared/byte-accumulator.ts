const INITIAL_BYTES = 256;

/** Bytes copied together, up to a bound. Beyond it nothing is kept and {@link overflowed} stands until the next take. */
export class ByteAccumulator {
  #buffer: Buffer | undefined;
  #length = 0;
  #overflowed = false;

  get length(): number {
    return this.#length;
  }

  get overflowed(): boolean {
    return this.#overflowed;
  }

  /** Copies `bytes` unless that makes more than `cap` in all. */
  append(bytes: Buffer, cap: number): void {
    const length = this.#length + bytes.length;
    if (this.#overflowed || length > cap) {
      this.#overflowed = true;
      this.#buffer = undefined;
      this.#length = 0;
      return;
    }
    if (this.#buffer === undefined || this.#buffer.length < length) {
      const grown = Buffer.allocUnsafe(Math.max(length * 2, INITIAL_BYTES));
      this.#buffer?.copy(grown, 0, 0, this.#length);
      this.#buffer = grown;
    }
    bytes.copy(this.#buffer, this.#length);
    this.#length = length;
  }

  /** The bytes, undefined after an overflow. The accumulator is empty afterwards and no longer refers to them. */
  take(): Buffer | undefined {
    const bytes = this.#overflowed ? undefined : (this.#buffer ?? EMPTY).subarray(0, this.#length);
    this.clear();
    return bytes;
  }

  clear(): void {
    this.#buffer = undefined;
    this.#length = 0;
    this.#overflowed = false;
  }
}

const EMPTY = Buffer.alloc(0);
