import { isDigit } from './characters.ts';
import { endsFree, startOfGroup } from './phone-international.ts';
import { NONE } from './shape.ts';
import type { View } from './view.ts';

const MINIMUM = 6;
/** Digits that stand together. */
export const UNGROUPED_MINIMUM = 7;
const MAXIMUM = 13;
const OPEN = 0x28;

/** Groups of dates and IP addresses. */
const otherShapes = /^(?:422|224|[123]{4})$/;

/** The end of a number of any country at `start`, as many digits as fit. */
export function endOfNational(view: View, start: number): number {
  let index = view.at(start) === OPEN ? start + 1 : start;
  let digits = 0;
  let shape = '';
  let end = NONE;
  while (isDigit(view.at(index))) {
    const group = index;
    while (isDigit(view.at(index)) && digits + index - group <= MAXIMUM) index++;
    digits += index - group;
    if (digits > MAXIMUM) break;
    shape += String(index - group);
    if (!endsFree(view, index)) return NONE;
    end = digits >= (shape.length > 1 ? MINIMUM : UNGROUPED_MINIMUM) ? index : NONE;
    index = startOfGroup(view, index);
    if (index === NONE) break;
  }
  return end === NONE || (otherShapes.test(shape) && !shape.startsWith('2222')) ? NONE : end;
}
