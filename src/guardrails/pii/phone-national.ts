import { isDigit } from './characters.ts';
import { endsFree, startOfGroup } from './phone-international.ts';
import { NONE } from './shape.ts';
import type { View } from './view.ts';

const MINIMUM = 6;
/** Digits that stand together. */
export const UNGROUPED_MINIMUM = 7;
const MAXIMUM = 13;
const OPEN = 0x28;

/** Whether groups are those of dates or IP addresses: how many digits each has, written one after the other. */
function isOtherShape(shape: number): boolean {
  if (shape === 422 || shape === 224) return true;
  if (shape < 1111 || shape > 3333 || shape === 2222) return false;
  for (let rest = shape; rest > 0; rest = Math.floor(rest / 10)) if (rest % 10 < 1 || rest % 10 > 3) return false;
  return true;
}

/** The end of a number of any country at `start`, as many digits as fit. */
export function endOfNational(view: View, start: number): number {
  let index = view.at(start) === OPEN ? start + 1 : start;
  let digits = 0;
  let groups = 0;
  let shape = 0;
  let end = NONE;
  while (isDigit(view.at(index))) {
    const group = index;
    while (isDigit(view.at(index)) && digits + index - group <= MAXIMUM) index++;
    digits += index - group;
    if (digits > MAXIMUM) break;
    groups++;
    shape = shape * (index - group < 10 ? 10 : 100) + index - group;
    if (!endsFree(view, index)) return NONE;
    end = digits >= (groups > 1 ? MINIMUM : UNGROUPED_MINIMUM) ? index : NONE;
    index = startOfGroup(view, index);
    if (index === NONE) break;
  }
  return end === NONE || isOtherShape(shape) ? NONE : end;
}
