import { codesOf } from './candidates.ts';
import { isDash, isDigit, joins } from './characters.ts';
import { lengthsOf, type Lengths } from './calling-codes.ts';
import { NONE } from './shape.ts';
import type { View } from './view.ts';

const SPACE = 0x20;
const OPEN = 0x28;
const CLOSE = 0x29;
/** E.164: fifteen digits with the calling code. */
const MAXIMUM = 15;
/** Fewer are more often something else (`+100 2000`) than a number of a small island. */
const MINIMUM = 8;

const separators = codesOf(' ./()-');

/** What stands between the groups of a number. */
export const isBetweenGroups = (code: number): boolean => (code < 128 ? separators[code] === 1 : isDash(code));

/** How many of these follow one another at most. */
export const SEPARATORS = 3;

/** After at most {@link SEPARATORS}; `(0)`, which is dialled only within the country, is one. NONE when no digit follows. */
export function startOfGroup(view: View, from: number): number {
  let index = from;
  while (index - from < SEPARATORS && isBetweenGroups(view.at(index))) {
    index++;
    if (view.before(index) === OPEN && view.at(index) === 0x30 && view.at(index + 1) === CLOSE) {
      index += 2;
      if (view.at(index) === SPACE) index++;
      break;
    }
  }
  return isDigit(view.at(index)) ? index : NONE;
}

/** Whether a number may end here: no letter follows but the `x` of an extension. */
export function endsFree(view: View, end: number): boolean {
  const after = view.at(end);
  return !joins(after) || ((after === 0x78 || after === 0x58) && isDigit(view.at(end + 1)));
}

/** The end of the number whose `+` stands at `start`: the last group with which its length is one of its country. */
export function endOfInternational(view: View, start: number): number {
  let digits = '';
  let lengths: Lengths | undefined;
  let code = 0;
  let end = NONE;
  for (let index = start + 1; ;) {
    if (!isDigit(view.at(index))) return end;
    while (isDigit(view.at(index))) {
      digits += view.text.charAt(index++);
      if (digits.length > MAXIMUM) return end;
      if (!lengths && digits.length <= 3) {
        lengths = lengthsOf(digits);
        code = digits.length;
      }
      if (digits.length >= 3 && !lengths) return NONE;
    }
    if (lengths && digits.length >= MINIMUM) {
      const national = digits.length - code;
      if (national > lengths.most) return end;
      if (national >= lengths.least && endsFree(view, index)) end = index;
      if (national === lengths.most) return end;
    }
    index = startOfGroup(view, index);
    if (index === NONE) return end;
  }
}
