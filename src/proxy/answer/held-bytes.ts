/** Chunks of an answer that are kept until it is whole. */
export class HeldBytes {
  readonly #limit: number;
  #chunks: Buffer[] = [];
  #length = 0;

  /** `limit` in bytes. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get length(): number {
    return this.#length;
  }

  /** False: it is more than may be held. The chunk is kept all the same. */
  push(chunk: Buffer): boolean {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    return this.#length <= this.#limit;
  }

  /** All of it; nothing is held afterwards. */
  take(): Buffer {
    const body = Buffer.concat(this.#chunks, this.#length);
    this.#chunks = [];
    this.#length = 0;
    return body;
  }
}
