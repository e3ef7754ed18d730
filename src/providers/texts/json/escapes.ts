/** The escapes of JSON, wherever in a text they stand. */

const BACKSLASH = 0x5c;
const LETTER_U = 0x75;

/** What stands for the byte after a backslash; 0: that begins no escape of one character. */
const SIMPLE = new Uint8Array(256);
for (const letter of '"\\/bfnrt') SIMPLE[letter.charCodeAt(0)] = (JSON.parse(`"\\${letter}"`) as string).charCodeAt(0);

/** An escape that the end cuts off. */
const CUT = /^\\(?:u[0-9a-fA-F]{0,3})?$/;
const HEX = /^[0-9a-fA-F]{4}$/;
/** Bytes of `\u00e9`. */
const LONG = 6;

/**
 * `written`, UTF-8, with what its escapes mean in their place; one that the end cuts off stays, half of a character is a replacement
 * character, which is as long. Undefined: a backslash begins no escape.
 */
export function withoutEscapes(written: Buffer): string | undefined {
  // No escape is shorter than what it means.
  const bytes = Buffer.allocUnsafe(written.length);
  let to = 0;
  for (let at = 0; at < written.length; at++) {
    const byte = written[at] as number;
    if (byte !== BACKSLASH) {
      bytes[to++] = byte;
      continue;
    }
    const next = written[at + 1] ?? 0;
    const simple = SIMPLE[next] as number;
    if (simple !== 0) {
      bytes[to++] = simple;
      at++;
      continue;
    }
    const character = next === LETTER_U ? characterAt(written, at) : undefined;
    if (character !== undefined) {
      to += bytes.write(character.said, to);
      at += character.length - 1;
    } else if (CUT.test(written.toString('latin1', at, at + LONG))) {
      bytes[to++] = byte;
    } else {
      return undefined;
    }
  }
  return bytes.toString('utf8', 0, to);
}

/** What `\uXXXX` means, with a second one if both are one character, and how many bytes that is. */
function characterAt(written: Buffer, at: number): { readonly said: string; readonly length: number } | undefined {
  const first = unitAt(written, at);
  if (first === undefined) return undefined;
  const second = isHigh(first) ? unitAt(written, at + LONG) : undefined;
  return second !== undefined && isLow(second)
    ? { said: String.fromCharCode(first, second), length: 2 * LONG }
    : { said: String.fromCharCode(first), length: LONG };
}

function unitAt(written: Buffer, at: number): number | undefined {
  if (written[at] !== BACKSLASH || written[at + 1] !== LETTER_U) return undefined;
  const digits = written.toString('latin1', at + 2, at + LONG);
  return HEX.test(digits) ? Number.parseInt(digits, 16) : undefined;
}

const isHigh = (unit: number): boolean => (unit & 0xfc00) === 0xd800;
const isLow = (unit: number): boolean => (unit & 0xfc00) === 0xdc00;
