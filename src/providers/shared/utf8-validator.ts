import { isUtf8 } from 'node:buffer';

/** Length of the UTF-8 sequence that a lead byte announces; 1 for a byte that cannot lead one, which then fails alone. */
function sequenceLength(lead: number): number {
  if (lead >= 0xf0) return 4;
  if (lead >= 0xe0) return 3;
  return lead >= 0xc0 ? 2 : 1;
}

/** Bytes at the end of `chunk` that begin a sequence which the chunk does not complete. */
function incompleteTail(chunk: Buffer): number {
  const last = chunk.length - 1;
  for (let back = 0; back < 3 && back <= last; back++) {
    const byte = chunk[last - back] ?? 0;
    if (byte >= 0xc0) return sequenceLength(byte) > back + 1 ? back + 1 : 0;
    if (byte < 0x80) return 0;
  }
  return 0;
}

/** Offset of the first sequence in `bytes` that is not UTF-8. Only called once it is known that there is one. */
function firstInvalid(bytes: Buffer): number {
  let offset = 0;
  while (offset < bytes.length) {
    const length = sequenceLength(bytes[offset] ?? 0);
    if (!isUtf8(bytes.subarray(offset, offset + length))) return offset;
    offset += length;
  }
  return offset;
}

/** Checks that chunks, cut anywhere, are UTF-8 in sum. The checking itself is the engine's, at memory speed. */
export class UTF8Validator {
  /** Bytes of a sequence that the chunks so far did not complete. */
  readonly #partial = Buffer.alloc(4);
  #partialLength = 0;
  #offset = 0;

  /** Offset of the first sequence that is not UTF-8 in all bytes so far, or -1. Not to be called again after a fault. */
  push(chunk: Buffer): number {
    let start = 0;
    if (this.#partialLength > 0) {
      const wanted = sequenceLength(this.#partial[0] ?? 0);
      const taken = Math.min(wanted - this.#partialLength, chunk.length);
      chunk.copy(this.#partial, this.#partialLength, 0, taken);
      this.#partialLength += taken;
      if (this.#partialLength < wanted) {
        this.#offset += chunk.length;
        return -1;
      }
      if (!isUtf8(this.#partial.subarray(0, wanted))) return this.#offset + taken - wanted;
      this.#partialLength = 0;
      start = taken;
    }
    const rest = start === 0 ? chunk : chunk.subarray(start);
    const tail = incompleteTail(rest);
    const whole = tail === 0 ? rest : rest.subarray(0, rest.length - tail);
    if (!isUtf8(whole)) return this.#offset + start + firstInvalid(whole);
    if (tail > 0) {
      rest.copy(this.#partial, 0, rest.length - tail);
      this.#partialLength = tail;
    }
    this.#offset += chunk.length;
    return -1;
  }

  /** Offset of a sequence that the end cut off, or -1. */
  end(): number {
    return this.#partialLength === 0 ? -1 : this.#offset - this.#partialLength;
  }
}
