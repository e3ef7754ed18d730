import { LATIN, LOOK_ALIKE, lookOf, traits, WORD } from './characters.ts';
import { Places } from './places.ts';

/** How far, in code units, a letter's word is looked at to either side, and how far before it the word before is sought. */
const REACH = 32;
/** Code units that are kept of what has come out, at most. */
const MOST_BEFORE = 1024;

/**
 * Cyrillic and Greek letters that look like Latin ones, of a text that grows. They are read as Latin
 * - in a word that also has Latin letters (`p\u0430ypal` in Latin with a Cyrillic letter), and
 * - in a word of nothing but such letters that follows a Latin word.
 *
 * Everywhere else they are what they are: Russian and Greek prose stays as it is, also where a word of it, alone, could
 * be taken for Latin letters. A word is decided at its end, a long one in parts. One code unit becomes one.
 */
export class LookAlikes {
  /** The end of what has come out, or more. */
  #before = '';
  #waiting = '';

  /** `places`: where `piece` may have such letters; undefined: nowhere. */
  push(piece: string, places: Places | undefined, isLast: boolean): string {
    if (places === undefined && this.#waiting === '') {
      if (!isLast) this.#remember(piece);
      return piece;
    }
    const before = this.#before.slice(-2 * REACH);
    const first = before.length;
    const decided = new Decided(before + this.#waiting + piece);
    const { text } = decided;
    const lookAlikes = places ?? new Places();
    lookAlikes.within(first + this.#waiting.length);
    let at = lookAlikes.next(text, first);
    while (at < text.length) {
      const end = endOfWord(text, at) ?? (isLast ? text.length : undefined);
      if (end === undefined) break;
      if (readsAsLatin(decided, at, end)) decided.makeLatin(at, end);
      at = lookAlikes.next(text, end);
    }
    this.#waiting = text.slice(at);
    const added = decided.slice(first, at);
    if (!isLast) this.#remember(added);
    return added;
  }

  #remember(added: string): void {
    const before = this.#before + added.slice(-2 * REACH);
    // Small pieces are only strung together until there are many.
    this.#before = before.length > MOST_BEFORE ? before.slice(-2 * REACH) : before;
  }
}

/** A text of which some letters become Latin: its code units are taken out to be changed in place when the first does. */
class Decided {
  readonly text: string;
  #units: Uint16Array | undefined;

  constructor(text: string) {
    this.text = text;
  }

  makeLatin(from: number, end: number): void {
    this.#units ??= codeUnits(this.text);
    makeLatin(this.#units, from, end);
  }

  /** Whether the code unit at a place, as it is now, is of a kind. */
  is(at: number, trait: number): boolean {
    const unit = this.#units === undefined ? this.text.charCodeAt(at) : (this.#units[at] ?? 0);
    return (traits(unit) & trait) !== 0;
  }

  slice(from: number, end: number): string {
    return this.#units === undefined ? this.text.slice(from, end) : written(this.#units, from, end);
  }
}

/** The end of the word's part that begins at `from`; undefined when the word may go on. */
function endOfWord(text: string, from: number): number | undefined {
  let at = from;
  while (at - from < REACH) {
    if (at === text.length) return undefined;
    if (!is(text, at, WORD)) return at;
    at += 1;
  }
  return at;
}

/** What is before `from` is decided, and counts as it reads. */
function readsAsLatin(decided: Decided, from: number, end: number): boolean {
  let begin = from;
  while (begin > 0 && from - begin < REACH && decided.is(begin - 1, WORD)) begin -= 1;
  let onlyLookAlikes = true;
  for (let i = begin; i < end; i += 1) {
    if (decided.is(i, LATIN)) return true;
    if (!decided.is(i, LOOK_ALIKE)) onlyLookAlikes = false;
  }
  return onlyLookAlikes && followsLatin(decided, begin);
}

/** Whether the last letter before a word, near by, is a Latin one. */
function followsLatin(decided: Decided, begin: number): boolean {
  for (let i = begin - 1; i >= 0 && begin - i <= REACH; i -= 1) {
    if (decided.is(i, WORD)) return decided.is(i, LATIN);
  }
  return false;
}

function is(text: string, at: number, trait: number): boolean {
  return (traits(text.charCodeAt(at)) & trait) !== 0;
}

function makeLatin(units: Uint16Array, from: number, end: number): void {
  for (let i = from; i < end; i += 1) units[i] = lookOf(units[i] ?? 0);
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
