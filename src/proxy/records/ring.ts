/**
 * A log of texts by key in a fixed number of bytes outside of the JavaScript heap: new texts overwrite the oldest. Nothing
 * is allocated per text and nothing is deleted; what has been overwritten is known by its position.
 */

/** Before each text: position of the older entry in the same bucket (8), bytes of the text (4), length of the key (4). */
const HEADER_BYTES = 16;
/** Bytes of texts for each bucket; a bucket takes 8 itself. Texts are about so long, so that few share one. */
const BYTES_PER_BUCKET = 512;
const BUCKET_BYTES = 8;
/** UTF-8 has at most so many bytes for one UTF-16 code unit. */
const MAX_UNIT_BYTES = 3;

/** Position of an entry that never was. */
const NOWHERE = -1;

export class TextRing {
  /** Entries one after the other. An entry never goes over the end: what is left there stays as it was. */
  readonly #bytes: Buffer;
  /** Of the newest entry of each bucket. Positions only ever grow: one is `capacity` more each time round. */
  readonly #newest: Float64Array;
  #next = 0;

  /** @param maxBytes for texts and what finds them; at least 1 */
  constructor(maxBytes: number) {
    const buckets = Math.max(1, Math.floor(maxBytes / (BYTES_PER_BUCKET + BUCKET_BYTES)));
    this.#newest = new Float64Array(buckets).fill(NOWHERE);
    this.#bytes = Buffer.allocUnsafeSlow(Math.max(0, maxBytes - buckets * BUCKET_BYTES));
  }

  /** Bytes that it takes, however much is in it. */
  get byteLength(): number {
    return this.#bytes.length + this.#newest.byteLength;
  }

  /**
   * @param key of ASCII characters
   * @returns false when the text is longer than all the room there is
   */
  put(key: string, text: string): boolean {
    const bytes = this.#bytes;
    const capacity = bytes.length;
    let start = this.#next % capacity;
    const most = HEADER_BYTES + key.length + text.length * MAX_UNIT_BYTES;
    if (!(start + most <= capacity)) {
      const exact = HEADER_BYTES + key.length + Buffer.byteLength(text);
      if (exact > capacity) return false;
      if (start + exact > capacity) {
        this.#next += capacity - start;
        start = 0;
      }
    }
    const bucket = this.#bucketOf(key);
    const length = bytes.write(key + text, start + HEADER_BYTES, 'utf8') - key.length;
    bytes.writeDoubleLE(this.#newest[bucket] ?? NOWHERE, start);
    bytes.writeUInt32LE(length, start + 8);
    bytes.writeUInt32LE(key.length, start + 12);
    this.#newest[bucket] = this.#next;
    this.#next += HEADER_BYTES + key.length + length;
    return true;
  }

  /** The newest text of `key`; undefined: there is none, or it has been overwritten. */
  get(key: string): string | undefined {
    const bytes = this.#bytes;
    let position = this.#newest[this.#bucketOf(key)] ?? NOWHERE;
    // Each entry points to an older one, so that this ends.
    while (position !== NOWHERE && position >= this.#next - bytes.length) {
      const start = position % bytes.length;
      const keyLength = bytes.readUInt32LE(start + 12);
      const from = start + HEADER_BYTES;
      if (keyLength === key.length && bytes.toString('latin1', from, from + keyLength) === key) {
        return bytes.toString('utf8', from + keyLength, from + keyLength + bytes.readUInt32LE(start + 8));
      }
      position = bytes.readDoubleLE(start);
    }
    return undefined;
  }

  /** FNV-1a over the key's end: ids that are made in turn differ there, and random ones everywhere. */
  #bucketOf(key: string): number {
    let hash = 0x811c9dc5;
    for (let i = Math.max(0, key.length - 8); i < key.length; i += 1) {
      hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
    }
    return (hash >>> 0) % this.#newest.length;
  }
}
