/**
 * A member's name as the most lenient server compares it: Go ignores case (by Unicode's simple folding, in which `ſ` is an
 * `s`), Google takes `system_instruction` for `systemInstruction`.
 */
export function foldName(name: string): string {
  return name.toUpperCase().toLowerCase().replaceAll('_', '');
}

const QUOTE = 0x22;
/** Longer names are no API's. */
const MAX_REMEMBERED_BYTES = 48;
const SLOTS = 512;

interface Remembered {
  readonly bytes: Buffer;
  readonly folded: string;
}

/** Documents name the same few members again and again: the last ones are recognised by their bytes. */
const remembered: (Remembered | undefined)[] = Array.from({ length: SLOTS });

/** {@link foldName} of the name without escapes whose opening quote stands at `start`. */
export function foldedNameAt(document: Buffer, start: number): string {
  const from = start + 1;
  let end = from;
  let hash = 0;
  for (let byte = document[end] as number; byte !== QUOTE && end < document.length; byte = document[++end] as number) {
    hash = (Math.imul(hash, 31) + byte) | 0;
  }
  const slot = (hash ^ (hash >>> 9)) & (SLOTS - 1);
  const known = remembered[slot];
  if (known?.bytes.length === end - from && standsAt(document, from, known.bytes)) return known.folded;
  const folded = foldName(document.toString('utf8', from, end));
  if (end - from <= MAX_REMEMBERED_BYTES) {
    remembered[slot] = { bytes: Buffer.from(document.subarray(from, end)), folded };
  }
  return folded;
}

function standsAt(document: Buffer, start: number, bytes: Buffer): boolean {
  for (let i = 0; i < bytes.length; i++) if (document[start + i] !== bytes[i]) return false;
  return true;
}
