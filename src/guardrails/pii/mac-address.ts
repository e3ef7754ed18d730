/**
 * MAC addresses (IEEE 802): six pairs with colons or hyphens, or three groups of four with dots as Cisco writes them. All
 * zeros and the broadcast address, all ones, are no device's.
 */
import { LONGEST_ESCAPE } from '../words/escapes.ts';
import { decimalDigits, codesOf, nextWord } from './candidates.ts';
import { isHex, joins, touches } from './characters.ts';
import { NONE, type Shape } from './shape.ts';
import type { View } from './view.ts';

const COLON = 0x3a;
const HYPHEN = 0x2d;
const DOT = 0x2e;

const hexDigits = codesOf(`${decimalDigits}abcdefABCDEF`);
const separates = (code: number): boolean => code === COLON || code === HYPHEN || code === DOT;

/** The end of `count` groups of `size` digits. */
function endOfGroups(view: View, start: number, size: number, count: number, separator: number): number {
  let index = start;
  for (let group = 0; group < count; group++) {
    if (group > 0 && view.at(index++) !== separator) return NONE;
    for (const end = index + size; index < end; index++) if (!isHex(view.at(index))) return NONE;
  }
  return index;
}

/** Not all digits alike; with dots, where amounts and versions look alike, letters and digits. */
function isDevice(address: string, separator: number): boolean {
  let digits = false;
  let letters = false;
  let differ = false;
  for (let i = 0; i < address.length; i++) {
    const code = address.charCodeAt(i);
    if (separates(code)) continue;
    if (code <= 0x39) digits = true;
    else letters = true;
    differ ||= (code | 0x20) !== (address.charCodeAt(0) | 0x20);
  }
  return separator === DOT ? digits && letters : differ;
}

export const macAddress: Shape = {
  lookBehind: LONGEST_ESCAPE + 1,
  next: (text, from) => nextWord(text, from, hexDigits),
  end(view, start) {
    if (separates(view.before(start)) && touches(view.text, start - 1)) return NONE;
    if (!isHex(view.at(start + 1))) return NONE;
    const third = view.at(start + 2);
    const size = third === COLON || third === HYPHEN ? 2 : 4;
    if (size === 4 && !(isHex(third) && isHex(view.at(start + 3)))) return NONE;
    const separator = view.at(start + size);
    if (!separates(separator) || (size === 4 && separator !== DOT)) return NONE;
    const end = endOfGroups(view, start, size, size === 2 ? 6 : 3, separator);
    if (end === NONE || joins(view.at(end))) return NONE;
    if (view.at(end) === separator && joins(view.at(end + 1))) return NONE;
    return isDevice(view.text.slice(start, end), separator) ? end : NONE;
  },
};
