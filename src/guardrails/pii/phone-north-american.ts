import { isDash, isDigit } from './characters.ts';
import { endsFree } from './phone-international.ts';
import { NONE } from './shape.ts';
import type { View } from './view.ts';

const SPACE = 0x20;
const DOT = 0x2e;
const SLASH = 0x2f;
const OPEN = 0x28;
const CLOSE = 0x29;
const ONE = 0x31;
const TWO = 0x32;

const separates = (code: number): boolean => code === SPACE || code === DOT || isDash(code);

/** Three digits of which the first is at least 2: an area or an exchange. */
function isCode(view: View, start: number): boolean {
  return isDigit(view.at(start)) && view.at(start) >= TWO && isDigit(view.at(start + 1)) && isDigit(view.at(start + 2));
}

/** Areas do not end in 11 (emergency and services): https://www.nanpa.com/numbering/area-codes. */
const isArea = (view: View, start: number): boolean =>
  isCode(view, start) && !(view.at(start + 1) === ONE && view.at(start + 2) === ONE);

/** The end of `(415) 555-0132`, `415-555-0132`, `415.555.0132`, `415 555 0132`, `1-415-555-0132` at `start`. */
export function endOfNorthAmerican(view: View, start: number): number {
  let index = start;
  if (view.at(index) === ONE) {
    if (!separates(view.at(index + 1))) return NONE;
    index += 2;
  }
  const isBracketed = view.at(index) === OPEN;
  if (isBracketed) index++;
  if (!isArea(view, index)) return NONE;
  index += 3;
  if (isBracketed && view.at(index++) !== CLOSE) return NONE;
  const first = view.at(index);
  if (separates(first) || (first === SLASH && !isBracketed)) index++;
  else if (!isBracketed) return NONE;
  if (!isCode(view, index)) return NONE;
  index += 3;
  const second = view.at(index++);
  if (!separates(second) || (!isBracketed && second !== first && !(isDash(second) && first !== DOT))) return NONE;
  for (const end = index + 4; index < end; index++) if (!isDigit(view.at(index))) return NONE;
  return isFree(view, start, index, first === SPACE && second === SPACE && !isBracketed) ? index : NONE;
}

/** Three numbers with spaces are a telephone number only where no other number stands beside them. */
function isFree(view: View, start: number, end: number, isSpaced: boolean): boolean {
  const after = view.at(end);
  if (!endsFree(view, end)) return false;
  if ((isDash(after) || after === DOT || after === SLASH) && isDigit(view.at(end + 1))) return false;
  if (!isSpaced) return true;
  return (
    !(view.before(start) === SPACE && view.hasDigitBefore(start - 1)) && !(after === SPACE && isDigit(view.at(end + 1)))
  );
}
