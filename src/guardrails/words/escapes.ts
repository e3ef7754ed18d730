/**
 * Escapes as JSON and source code write them, in texts that are shown as they are written: a streamed answer that is JSON,
 * JSON amid prose, code, logs. In `x\nAKIA…` the letter of the escape stands directly before a value that begins a line
 * and is none of it. What is directly behind an escape therefore begins as it would behind the character that is meant;
 * what begins at the escape's letter, as in `C:\titan`, still begins there, too.
 *
 * The one rule for all detectors: a backslash makes an escape of what follows it, also one that is itself escaped. `\\n`
 * may be the line end of a text that was escaped twice, and finding too much harms less than to miss a key.
 */

/** "No escape ends here". */
export const NO_ESCAPE = -1;

/** Code units of the longest escape: what must be seen before a place to know whether one ends there. */
export const LONGEST_ESCAPE = 6;

const BACKSLASH = 0x5c;
const LETTER_U = 0x75;
const LETTER_X = 0x78;

/** What the letter behind a backslash means; 0xffff: it makes no escape of two code units. `\/` is one of JSON's. */
const meanings = new Uint16Array(128).fill(0xffff);
for (const [letter, meant] of Object.entries({ b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', 0: '\0', '/': '/' })) {
  meanings[letter.charCodeAt(0)] = meant.charCodeAt(0);
}

/** For ASCII: 1 for what an escape may end with, and 2 beside it for what the last digits of one may stand behind. */
const places = new Uint8Array(128);
for (const last of 'bfnrt0/123456789acdeABCDEF') places[last.charCodeAt(0)] = 1;
for (const within of '0123456789abcdefABCDEFux\\')
  places[within.charCodeAt(0)] = (places[within.charCodeAt(0)] ?? 0) | 2;

/**
 * The code unit that the escape means which ends before `at`: `\n` and its like, `\xXX`, `\uXXXX`; {@link NO_ESCAPE} when none
 * does. Half of a pair of surrogates counts as itself.
 */
export function escapedBefore(text: string, at: number): number {
  if (at < 2) return NO_ESCAPE;
  const last = text.charCodeAt(at - 1);
  return last > 127 || ((places[last] ?? 0) & 1) === 0 ? NO_ESCAPE : lookBefore(text, at, last);
}

/** The same where `last`, the code unit before `at`, may end an escape: seldom, so that what is asked often stays small. */
function lookBefore(text: string, at: number, last: number): number {
  if (text.charCodeAt(at - 2) === BACKSLASH) return simple(last);
  if (at >= 4 && text.charCodeAt(at - 4) === BACKSLASH) return hexEscape(text, at - 4, LETTER_X, 2);
  return at >= LONGEST_ESCAPE && text.charCodeAt(at - LONGEST_ESCAPE) === BACKSLASH
    ? hexEscape(text, at - LONGEST_ESCAPE, LETTER_U, 4)
    : NO_ESCAPE;
}

/** The end of the escape whose backslash stands at `start`; {@link NO_ESCAPE} when there is none, or not all of it. */
export function endOfEscape(text: string, start: number): number {
  const { length } = text;
  if (start + 2 > length || text.charCodeAt(start) !== BACKSLASH) return NO_ESCAPE;
  const letter = text.charCodeAt(start + 1);
  const end = start + (letter === LETTER_U ? LONGEST_ESCAPE : letter === LETTER_X ? 4 : 2);
  return end <= length && escapedBefore(text, end) !== NO_ESCAPE ? end : NO_ESCAPE;
}

/** Behind the escape that `at` is within; `at` when it is within none. */
export function behindEscape(text: string, at: number): number {
  const least = Math.max(0, at - LONGEST_ESCAPE + 1);
  for (let start = at - 1; start >= least; start -= 1) {
    const code = text.charCodeAt(start);
    if (code > 127 || ((places[code] ?? 0) & 2) === 0) return at;
    if (code === BACKSLASH) return Math.max(at, endOfEscape(text, start));
  }
  return at;
}

/** Where the escape begins that ends before `at`; `at` when none does. */
export function beginOfEscape(text: string, at: number): number {
  return escapedBefore(text, at) === NO_ESCAPE ? at : at - lengthBefore(text, at);
}

function lengthBefore(text: string, at: number): number {
  if (text.charCodeAt(at - 2) === BACKSLASH) return 2;
  return text.charCodeAt(at - 4) === BACKSLASH ? 4 : LONGEST_ESCAPE;
}

/** Whether what ends before `at` is an escape of digits, `\xXX` or `\uXXXX`: the digits before `at` are no part of a number. */
export function isHexEscape(text: string, at: number): boolean {
  return beginOfEscape(text, at) < at - 2;
}

function simple(letter: number): number {
  const meant = meanings[letter] ?? 0xffff;
  return meant === 0xffff ? NO_ESCAPE : meant;
}

/** The value of an escape of `digits` digits of base 16 whose backslash stands at `start`. */
function hexEscape(text: string, start: number, letter: number, digits: number): number {
  if (text.charCodeAt(start + 1) !== letter) return NO_ESCAPE;
  let value = 0;
  for (let i = start + 2; i < start + 2 + digits; i += 1) {
    const digit = hexValue(text.charCodeAt(i));
    if (digit === NO_ESCAPE) return NO_ESCAPE;
    value = value * 16 + digit;
  }
  return value;
}

function hexValue(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : NO_ESCAPE;
}
