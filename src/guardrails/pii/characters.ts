/**
 * Kinds of UTF-16 code units. Every function takes `NaN` (what `charCodeAt` says outside of a text) and {@link END} for
 * "nothing here" and answers false.
 */
import { escapedBefore, NO_ESCAPE } from '../words/escapes.ts';

/** What {@link View.at} says beyond the end of a text. */
export const END = -1;

/**
 * The code unit at `index`, {@link END} outside of the text. To be asked where `index` may be outside: a `charCodeAt` that
 * was once asked for such a one is a slow call ever after.
 */
export const unitAt = (text: string, index: number): number =>
  index >= 0 && index < text.length ? text.charCodeAt(index) : END;

// One comparison instead of two: what is out of range is, as an unsigned integer, beyond it.
export const isDigit = (code: number): boolean => (code ^ 0x30) >>> 0 < 10;
export const isUpper = (code: number): boolean => code >= 0x41 && code <= 0x5a;
export const isLower = (code: number): boolean => code >= 0x61 && code <= 0x7a;
export const isLetter = (code: number): boolean => ((code | 0x20) - 0x61) >>> 0 < 26;
export const isAlphanumeric = (code: number): boolean => isDigit(code) || isLetter(code);

/** The lower case of a letter of ASCII; anything else as it is. */
export const lower = (code: number): number => (isUpper(code) ? code + 0x20 : code);

/** A digit of base 16, in either case. */
export const isHex = (code: number): boolean =>
  isDigit(code) || (code >= 0x61 && code <= 0x66) || (code >= 0x41 && code <= 0x46);

/** The value of a digit of base 16. */
export const valueOfHex = (code: number): number => (code & 0x0f) + (code > 0x39 ? 9 : 0);

/** The alphabet of RFC 4648 section 5, `A–Z a–z 0–9 - _`. */
export const isBase64URL = (code: number): boolean => isAlphanumeric(code) || code === 0x2d || code === 0x5f;

/** The hyphen of keyboards, and the hyphens, dashes and the minus of typesetters. */
export const isDash = (code: number): boolean => code === 0x2d || (code >= 0x2010 && code <= 0x2015) || code === 0x2212;

/** A space or a dash: what stands between the groups of a number. */
export const isSpaceOrDash = (code: number): boolean => code === 0x20 || isDash(code);

/** Letters of alphabets with words between spaces whose look is close to ours: Latin, Greek, Cyrillic. */
const isExtendedLetter = (code: number): boolean =>
  code >= 0xc0 && code <= 0x52f && code !== 0xd7 && code !== 0xf7 && !(code >= 0x2b0 && code <= 0x36f);

/**
 * Letters and digits that a value cannot touch without being a part of something longer. Scripts that write without
 * spaces between words are not among them: a number in a Chinese sentence touches its neighbours.
 */
export const joins = (code: number): boolean => isAlphanumeric(code) || isExtendedLetter(code);

/** Whether a value that begins at `at` would touch a letter or digit before it: not one of an escape that means none. */
export const touches = (text: string, at: number): boolean => joins(unitAt(text, at - 1)) && !isFreed(text, at, joins);

/**
 * Whether an escape ends before `at`, so that a value may begin there, though it ends with what a value cannot touch. `joins`: what
 * a value cannot touch, of which the escape must not mean one either.
 */
export function isFreed(text: string, at: number, joins: (code: number) => boolean): boolean {
  const escaped = escapedBefore(text, at);
  return escaped !== NO_ESCAPE && !joins(escaped);
}
