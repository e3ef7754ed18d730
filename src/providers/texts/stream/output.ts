/** Bytes to send on, in order. Neighbours in memory become one piece, so that what nobody changed leaves as it came. */
export class Output {
  #pieces: Buffer[] = [];

  add(bytes: Buffer): void {
    if (bytes.length === 0) return;
    const last = this.#pieces.at(-1);
    if (last?.buffer === bytes.buffer && last.byteOffset + last.length === bytes.byteOffset) {
      const joined = Buffer.from(bytes.buffer, last.byteOffset, last.length + bytes.length);
      this.#pieces[this.#pieces.length - 1] = joined;
    } else {
      this.#pieces.push(bytes);
    }
  }

  take(): readonly Buffer[] {
    const pieces = this.#pieces;
    this.#pieces = [];
    return pieces;
  }
}
