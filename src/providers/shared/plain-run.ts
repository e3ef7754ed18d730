const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Bytes that are looked at singly before the run counts as long. */
const SHORT_RUN = 48;

const isPlain = (byte: number): boolean => byte !== QUOTE && byte !== BACKSLASH && byte >= 0x20;

/** Has the top bit of a byte set where that byte is a quote, a backslash or below 0x20; maybe also next to such a byte. */
function specials(word: number): number {
  const least = (word - 0x20202020) | ((word ^ 0x22222222) - 0x01010101) | ((word ^ 0x5c5c5c5c) - 0x01010101);
  return least & ~word & 0x80808080;
}

/**
 * Index of the first byte at or after `from` that ends a run of plain bytes in a JSON string (a quote, a backslash or a
 * control character), or the chunk's length. Long runs (images, documents) are looked at sixteen bytes at a time: a
 * memchr cannot look for a range.
 */
export function plainRunEnd(chunk: Buffer, from: number): number {
  const length = chunk.length;
  const shortEnd = Math.min(from + SHORT_RUN, length);
  let i = from;
  while (i < shortEnd && isPlain(chunk[i] as number)) i++;
  if (i < shortEnd || i === length) return i;
  while (((chunk.byteOffset + i) & 3) !== 0 && i < length) {
    if (!isPlain(chunk[i] as number)) return i;
    i++;
  }
  // The chunk may end before the next whole word begins.
  if (i === length) return i;
  const words = new Int32Array(chunk.buffer, chunk.byteOffset + i, (length - i) >> 2);
  let w = 0;
  const lastFour = words.length - 4;
  while (w <= lastFour) {
    const found =
      specials(words[w] as number) |
      specials(words[w + 1] as number) |
      specials(words[w + 2] as number) |
      specials(words[w + 3] as number);
    if (found !== 0) break;
    w += 4;
  }
  while (w < words.length && specials(words[w] as number) === 0) w++;
  i += w * 4;
  while (i < length && isPlain(chunk[i] as number)) i++;
  return i;
}

/** Whether bytes below 0x20 are in `chunk`. Twice as fast as to look for three kinds of bytes at once. */
export function hasControlBytes(chunk: Buffer): boolean {
  const { length } = chunk;
  let i = 0;
  while (i < length && ((chunk.byteOffset + i) & 3) !== 0) {
    if ((chunk[i] as number) < 0x20) return true;
    i++;
  }
  // The chunk may end before the next whole word begins.
  if (i === length) return false;
  const words = new Int32Array(chunk.buffer, chunk.byteOffset + i, (length - i) >> 2);
  const lastFour = words.length - 4;
  let w = 0;
  for (; w <= lastFour; w += 4) {
    const a = words[w] as number;
    const b = words[w + 1] as number;
    const c = words[w + 2] as number;
    const d = words[w + 3] as number;
    const found = ((a - 0x20202020) & ~a) | ((b - 0x20202020) & ~b) | ((c - 0x20202020) & ~c) | ((d - 0x20202020) & ~d);
    // A borrow marks a byte besides, but only next to one that is below 0x20.
    if ((found & 0x80808080) !== 0) return true;
  }
  for (i += w * 4; i < length; i++) if ((chunk[i] as number) < 0x20) return true;
  return false;
}

/**
 * Where strings end or escape, for readers who leave it to others whether what stands between is valid: both bytes are
 * looked for by memchr, ten times as fast as a look at each. Each search goes on from the last one's find, so that a
 * chunk is searched through once for each byte, however many strings and escapes it holds.
 */
export class StringMarks {
  #quote = -1;
  #backslash = -1;

  /** Call when another chunk is next. */
  reset(): void {
    this.#quote = -1;
    this.#backslash = -1;
  }

  /** Index of the first quote or backslash at or after `from`, or the chunk's length. `from` never goes back. */
  next(chunk: Buffer, from: number): number {
    const shortEnd = Math.min(from + SHORT_RUN, chunk.length);
    for (let i = from; i < shortEnd; i++) {
      const byte = chunk[i] as number;
      if (byte === QUOTE || byte === BACKSLASH) return i;
    }
    if (this.#quote < from) this.#quote = found(chunk.indexOf(QUOTE, shortEnd), chunk);
    if (this.#backslash < from) this.#backslash = found(chunk.indexOf(BACKSLASH, shortEnd), chunk);
    return Math.min(this.#quote, this.#backslash);
  }
}

function found(index: number, chunk: Buffer): number {
  return index < 0 ? chunk.length : index;
}
