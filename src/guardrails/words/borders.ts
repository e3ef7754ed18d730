/**
 * Where words begin and end, a part of UAX #29 that needs no dictionary: letters, marks, numbers and connector
 * punctuation (`_`) join. In scripts without spaces between words (Han, Hiragana, Thai and their like) there is a border
 * on both sides of each letter; Katakana joins with Katakana. Nothing ends before a mark.
 */
import { escapedBefore, NO_ESCAPE } from './escapes.ts';

const NONE = 1;
const JOINS = 2;
const UNSPACED = 3;
const KATAKANA = 4;
const CONNECTOR = 5;
const MARK = 8;
type Kind = number;

const UNSPACED_SCRIPTS =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tai_Le}\p{Script=New_Tai_Lue}\p{Script=Tai_Tham}\p{Script=Tai_Viet}\p{Script=Ahom}]$/u;

const kinds = new Uint8Array(0x10000);

function kindOf(codePoint: number): Kind {
  if (codePoint > 0xffff) return lookUp(codePoint);
  const known = kinds[codePoint] ?? 0;
  return known === 0 ? (kinds[codePoint] = lookUp(codePoint)) : known;
}

function lookUp(codePoint: number): Kind {
  const character = String.fromCodePoint(codePoint);
  const mark = /^\p{M}$/u.test(character) ? MARK : 0;
  if (UNSPACED_SCRIPTS.test(character)) return UNSPACED | mark;
  if (/^(?=\p{L})\p{Script_Extensions=Katakana}$/u.test(character)) return KATAKANA;
  if (/^\p{Pc}$/u.test(character)) return CONNECTOR;
  return (/^[\p{L}\p{M}\p{N}]$/u.test(character) ? JOINS : NONE) | mark;
}

/** Whether a word may begin or end between the code units before `at` and those from it on. */
export function isBorder(text: string, at: number): boolean {
  if (at <= 0 || at >= text.length) return true;
  return parts(codePointBefore(text, at), text.codePointAt(at) ?? 0);
}

/** Whether a word may begin at `at`: at a border, or where one would be behind the character that an escape means. */
export function beginsWord(text: string, at: number): boolean {
  if (isBorder(text, at)) return true;
  const escaped = escapedBefore(text, at);
  return escaped !== NO_ESCAPE && parts(escaped, text.codePointAt(at) ?? 0);
}

function parts(left: number, right: number): boolean {
  const after = kindOf(right);
  if ((after & MARK) !== 0) return false;
  const before = kindOf(left) & ~MARK;
  if (before === CONNECTOR || after === CONNECTOR) return isLoose(before) || isLoose(after);
  return before !== after || isLoose(before);
}

function isLoose(kind: Kind): boolean {
  return kind === NONE || kind === UNSPACED;
}

function codePointBefore(text: string, at: number): number {
  const low = text.charCodeAt(at - 1);
  const pair = at > 1 && low >= 0xdc00 && low <= 0xdfff ? (text.codePointAt(at - 2) ?? 0) : 0;
  return pair > 0xffff ? pair : low;
}
