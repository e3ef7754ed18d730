/** Whether two pieces of a stream of JSON documents say the same but for their numbers and their words of text. */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const ZERO = 0x30;

/** What follows a backslash, but `u`. */
const SIMPLE_ESCAPE = new Uint8Array(256);
for (const byte of Buffer.from('"\\/bfnrt')) SIMPLE_ESCAPE[byte] = 1;

/** What is part of no string and of no number. */
const BETWEEN = new Uint8Array(256).fill(1);
for (const byte of Buffer.from('"0123456789')) BETWEEN[byte] = 0;

/** The name of the member whose string may differ, as it is written. */
const TEXT = Buffer.from('"text"');

/**
 * Whether `later` is the first `length` bytes of `earlier` but for the digits of numbers and for what strings named `text`
 * hold. It is then as valid as `earlier`, and who hears neither of such strings nor of any number but the last of its name
 * learns all from `later` alone. May say no in vain. `later` begins between two documents and is whole in itself.
 */
export function hasSameForm(earlier: Uint8Array, length: number, later: Uint8Array): boolean {
  const laterLength = later.length;
  /** The string before, with its quotes, in `later`. */
  let nameStart = 0;
  let nameEnd = 0;
  let i = 0;
  let j = 0;
  while (i < length && j < laterLength) {
    const byte = later[j] as number;
    if (byte === QUOTE) {
      if (earlier[i] !== QUOTE) return false;
      const start = j;
      const end = sameStringEnd(earlier, i, length, later, j);
      if (end >= 0) {
        i += end - j;
        j = end;
      } else {
        if (!isText(later, nameStart, nameEnd, start)) return false;
        i = stringEnd(earlier, i, length);
        j = stringEnd(later, j, laterLength);
        if (i < 0 || j < 0) return false;
      }
      nameStart = start;
      nameEnd = j;
    } else if (isDigit(byte)) {
      if (!isDigit(earlier[i] as number)) return false;
      const from = j;
      let isSame = true;
      do {
        isSame &&= later[j] === earlier[i];
        i++;
        j++;
      } while (i < length && j < laterLength && isDigit(earlier[i] as number) && isDigit(later[j] as number));
      while (i < length && isDigit(earlier[i] as number)) {
        isSame = false;
        i++;
      }
      while (j < laterLength && isDigit(later[j] as number)) {
        isSame = false;
        j++;
      }
      // Such a number is none.
      if (!isSame && byte === ZERO && j - from > 1) return false;
    } else {
      if (byte !== earlier[i]) return false;
      do {
        i++;
        j++;
      } while (i < length && j < laterLength && later[j] === earlier[i] && BETWEEN[later[j] as number] === 1);
    }
  }
  return i === length && j === laterLength;
}

const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;
const isHexDigit = (byte: number): boolean => isDigit(byte) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66);

/** End of the string that begins at both places, in `later`; -1 when it is not the same in both. */
function sameStringEnd(earlier: Uint8Array, i: number, length: number, later: Uint8Array, j: number): number {
  const offset = i - j;
  const end = Math.min(length - offset, later.length);
  for (let at = j + 1; at < end; at++) {
    const byte = later[at] as number;
    if (byte !== earlier[at + offset] || byte < 0x20) return -1;
    if (byte === QUOTE) return at + 1;
    if (byte === BACKSLASH) {
      at++;
      if (at < end && later[at] !== earlier[at + offset]) return -1;
    }
  }
  return -1;
}

/** Whether the string at `start` is the value of a member `text`; the string before it is given. */
function isText(bytes: Uint8Array, nameStart: number, nameEnd: number, start: number): boolean {
  if (nameEnd - nameStart !== TEXT.length) return false;
  for (let i = 0; i < TEXT.length; i++) if (bytes[nameStart + i] !== TEXT[i]) return false;
  if (bytes[nameEnd] !== COLON) return false;
  for (let i = nameEnd + 1; i < start; i++) if (bytes[i] !== 0x20) return false;
  return true;
}

/** End of the string that begins at `start`; -1 when it is not valid or not whole. */
function stringEnd(bytes: Uint8Array, start: number, length: number): number {
  let i = start + 1;
  while (i < length) {
    const byte = bytes[i] as number;
    if (byte === QUOTE) return i + 1;
    if (byte < 0x20) return -1;
    if (byte !== BACKSLASH) i++;
    else if (i + 1 < length && SIMPLE_ESCAPE[bytes[i + 1] as number] === 1) i += 2;
    else if (i + 5 < length && bytes[i + 1] === 0x75 && isUnicodeEscape(bytes, i + 2)) i += 6;
    else return -1;
  }
  return -1;
}

function isUnicodeEscape(bytes: Uint8Array, at: number): boolean {
  for (let i = at; i < at + 4; i++) if (!isHexDigit(bytes[i] as number)) return false;
  return true;
}
