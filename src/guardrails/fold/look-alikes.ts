import { LATIN, LOOK_ALIKE, lookOf, traits, WORD } from './characters.ts';

/** How far, in code units, a letter's word is looked at to either side, and how far before it the word before is sought. */
const REACH = 32;

/**
 * Cyrillic and Greek letters that look like Latin ones, of a text that grows. They are read as Latin
 * - in a word that also has Latin letters (`p\u0430ypal` in Latin with a Cyrillic letter), and
 * - in a word of nothing but such letters that follows a Latin word.
 *
 * Everywhere else they are what they are: Russian and Greek prose stays as it is, also where a word of it, alone, could
 * be taken for Latin letters. A word is decided at its end, a long one in parts. One code unit becomes one.
 */
export class LookAlikes {
  /** The end of what has come out. */
  #before = '';
  #waiting = '';

  /** `looksAlike`: whether `piece` may have such letters at all. */
  push(piece: string, looksAlike: boolean, isLast: boolean): string {
    if (!looksAlike && this.#waiting === '') {
      if (!isLast) this.#remember(piece);
      return piece;
    }
    const first = this.#before.length;
    const units = codeUnits(this.#before + this.#waiting + piece);
    let at = first;
    while (at < units.length) {
      if (!is(units, at, LOOK_ALIKE)) {
        at += 1;
        continue;
      }
      const end = endOfWord(units, at) ?? (isLast ? units.length : undefined);
      if (end === undefined) break;
      if (readsAsLatin(units, at, end)) makeLatin(units, at, end);
      at = end;
    }
    this.#waiting = written(units, at, units.length);
    const added = written(units, first, at);
    if (!isLast) this.#remember(added);
    return added;
  }

  #remember(added: string): void {
    this.#before = (this.#before + added.slice(-2 * REACH)).slice(-2 * REACH);
  }
}

/** The end of the word's part that begins at `from`; undefined when the word may go on. */
function endOfWord(units: Uint16Array, from: number): number | undefined {
  let at = from;
  while (at - from < REACH) {
    if (at === units.length) return undefined;
    if (!is(units, at, WORD)) return at;
    at += 1;
  }
  return at;
}

/** What is before `from` is decided, and stands there as it reads. */
function readsAsLatin(units: Uint16Array, from: number, end: number): boolean {
  let begin = from;
  while (begin > 0 && from - begin < REACH && is(units, begin - 1, WORD)) begin -= 1;
  let onlyLookAlikes = true;
  for (let i = begin; i < end; i += 1) {
    if (is(units, i, LATIN)) return true;
    if (!is(units, i, LOOK_ALIKE)) onlyLookAlikes = false;
  }
  return onlyLookAlikes && followsLatin(units, begin);
}

/** Whether the last letter before a word, near by, is a Latin one. */
function followsLatin(units: Uint16Array, begin: number): boolean {
  for (let i = begin - 1; i >= 0 && begin - i <= REACH; i -= 1) {
    if (is(units, i, WORD)) return is(units, i, LATIN);
  }
  return false;
}

function makeLatin(units: Uint16Array, from: number, end: number): void {
  for (let i = from; i < end; i += 1) units[i] = lookOf(units[i] ?? 0);
}

function is(units: Uint16Array, at: number, trait: number): boolean {
  return (traits(units[at] ?? 0) & trait) !== 0;
}

/** A text's code units, to be changed in place. */
function codeUnits(text: string): Uint16Array {
  const bytes = Buffer.alloc(2 * text.length);
  bytes.write(text, 'utf16le');
  return new Uint16Array(bytes.buffer, bytes.byteOffset, text.length);
}

function written(units: Uint16Array, from: number, end: number): string {
  return Buffer.from(units.buffer, units.byteOffset + 2 * from, 2 * (end - from)).toString('utf16le');
}

/** A text with every look-alike read as Latin, whatever stands around it. */
export function withLatinLooks(text: string): string {
  const units = codeUnits(text);
  makeLatin(units, 0, units.length);
  return written(units, 0, units.length);
}
