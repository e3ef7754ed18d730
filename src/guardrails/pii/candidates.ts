/** Where values may begin: fast walks to the next candidate. Each returns `NONE` when there is none. */
import { behindEscape, escapedBefore, NO_ESCAPE } from '../words/escapes.ts';
import { END, isLetter, isSpaceOrDash, touches, unitAt } from './characters.ts';
import { NONE } from './shape.ts';
import type { View } from './view.ts';

/** A kind of code units, for all of ASCII: 1 for those that are of it. */
export type Codes = Uint8Array;

/** The kind of the characters of a string. */
export function codesOf(characters: string): Codes {
  const table = new Uint8Array(128);
  for (let i = 0; i < characters.length; i++) table[characters.charCodeAt(i)] = 1;
  return table;
}

const isOf = (kind: Codes, code: number): boolean => code > END && code < 128 && kind[code] === 1;

export const upperLetters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
export const lowerLetters = 'abcdefghijklmnopqrstuvwxyz';
export const decimalDigits = '0123456789';

/**
 * The next run of at least `count` code units of a kind, or one that ends with the text and may grow. A run that began
 * before `from` is none; one begins also behind an escape that ends with code units of the kind. Looks at every `count`th code unit only as long as that is of another kind.
 */
export function nextRun(text: string, from: number, count: number, kind: Codes): number {
  const { length } = text;
  let begin = isOf(kind, unitAt(text, from - 1)) ? endOfBegun(text, from, kind) : from;
  while (begin < length) {
    const probe = Math.min(begin + count, length) - 1;
    if (!isOf(kind, text.charCodeAt(probe))) {
      begin = probe + 1;
      continue;
    }
    let start = probe;
    while (start > begin && isOf(kind, text.charCodeAt(start - 1))) start--;
    // Too short as far as it was seen: it may go on after the probe.
    const end = endOfRun(text, probe + 1, Math.min(start + count, length), kind);
    if (end === length || end - start >= count) return start;
    begin = end;
  }
  return NONE;
}

/** Behind what is left of a run that began before `from`: its end, or that of an escape with which it begins. */
function endOfBegun(text: string, from: number, kind: Codes): number {
  if (escapedBefore(text, from) !== NO_ESCAPE) return from;
  const end = endOfRun(text, from, text.length, kind);
  const behind = behindEscape(text, from);
  return behind > from && behind < end ? behind : end;
}

function endOfRun(text: string, from: number, limit: number, kind: Codes): number {
  let index = from;
  while (index < limit && isOf(kind, text.charCodeAt(index))) index++;
  return index;
}

/** The next word that begins with one of `initials`. */
export function nextWord(text: string, from: number, initials: Codes): number {
  const { length } = text;
  for (let i = from; i < length; i++) {
    const code = text.charCodeAt(i);
    if (isOf(initials, code) && !touches(text, i)) return i;
  }
  return NONE;
}

/**
 * The next two letters before a number of at least two digits, with or without a space or a dash between: what begins with
 * the code of a country or a series.
 */
export function nextPair(text: string, from: number, view: View): number {
  const { length } = text;
  const first = view.numberFrom(from);
  const { bounds, boundsEnd } = view;
  for (let place = first; place < boundsEnd; place += 2) {
    const number = bounds[place] ?? 0;
    const end = bounds[place + 1] ?? 0;
    if (end - number < 2 && end < length) continue;
    const before = unitAt(text, number - 1);
    const isBeside = isLetter(before);
    if (!isBeside && !isSpaceOrDash(before)) continue;
    const start = isBeside ? number - 2 : number - 3;
    if (start >= from && isPair(text, start)) return start;
  }
  for (let start = Math.max(from, length - 3); start < length; start++) if (isPair(text, start)) return start;
  return NONE;
}

/** Whether a word begins with two letters and no third, as far as the text goes. */
function isPair(text: string, start: number): boolean {
  if (!isLetter(text.charCodeAt(start))) return false;
  if (start + 1 < text.length && (!isLetter(text.charCodeAt(start + 1)) || isLetter(unitAt(text, start + 2))))
    return false;
  return !touches(text, start);
}

/** The next place with `prefix`, or where the text ends with a beginning of it. */
export function nextPrefix(text: string, from: number, prefix: string): number {
  const found = text.indexOf(prefix, from);
  return found === -1 ? nextEndOf(text, from, prefix) : found;
}

/** Where the text ends with a beginning of `prefix`. */
export function nextEndOf(text: string, from: number, prefix: string): number {
  for (let i = Math.max(from, text.length - prefix.length + 1); i < text.length; i++) {
    if (text.charCodeAt(i) === prefix.charCodeAt(0) && prefix.startsWith(text.slice(i))) return i;
  }
  return NONE;
}
