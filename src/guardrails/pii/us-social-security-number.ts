/**
 * US Social Security numbers, `AAA-GG-SSSS`. With other separators or none only near words that say so: nine digits are
 * anything. Never given out: areas 000, 666 and 900–999 (those from 900 on are taxpayer numbers), group 00, serial 0000
 * (https://www.ssa.gov/employer/randomization.html); and two that were printed in advertisements and are nobody's:
 * 078-05-1120 (https://www.ssa.gov/history/ssn/misused.html) and 219-09-9999.
 */
import { isDash, isDigit, isSpaceOrDash, joins, touches, unitAt } from './characters.ts';
import { hasContext, lookBehindOf, contextOf } from './context.ts';
import { NONE, type Shape } from './shape.ts';
import type { View } from './view.ts';

const context = contextOf(48, [
  'ssn',
  'ssns',
  'social security',
  'social-security',
  'socialsecurity',
  'social_security',
  'soc sec',
  'ss#',
  'seguro social',
]);

const DOT = 0x2e;
/** Digits. */
const LENGTH = 9;

function isGivenOut(area: number, group: number, serial: number): boolean {
  if (area === 0 || area === 666 || area >= 900 || group === 0 || serial === 0) return false;
  return !(area === 78 && group === 5 && serial === 1120) && !(area === 219 && group === 9 && serial === 9999);
}

/** The value of the digits from `start` to `end`. */
function valueOf(text: string, start: number, end: number): number {
  let value = 0;
  for (let i = start; i < end; i++) value = value * 10 + text.charCodeAt(i) - 0x30;
  return value;
}

/** Whether `count` digits stand at `start`. */
function hasDigits(view: View, start: number, count: number): boolean {
  for (let i = start; i < start + count; i++) if (!isDigit(view.at(i))) return false;
  return true;
}

function isFree(view: View, start: number, end: number): boolean {
  const before = view.before(start);
  if (touches(view.text, start) || ((isDash(before) || before === DOT) && view.hasDigitBefore(start - 1))) return false;
  const after = view.at(end);
  return !joins(after) && !((isDash(after) || after === DOT) && isDigit(view.at(end + 1)));
}

/** The end of a number that was or may be given out; as it is written, it may be anything. */
function endOfNumber(view: View, start: number): number {
  if (!hasDigits(view, start, 3)) return NONE;
  const separator = view.at(start + 3);
  const gap = isDigit(separator) ? 0 : 1;
  if (gap === 1 && !isSpaceOrDash(separator) && separator !== DOT) return NONE;
  const group = start + 3 + gap;
  if (!hasDigits(view, group, 2) || (gap === 1 && view.at(group + 2) !== separator)) return NONE;
  const serial = group + 2 + gap;
  const end = serial + 4;
  if (!hasDigits(view, serial, 4) || !isFree(view, start, end)) return NONE;
  const { text } = view;
  const area = valueOf(text, start, start + 3);
  return isGivenOut(area, valueOf(text, group, group + 2), valueOf(text, serial, end)) ? end : NONE;
}

/** Whether two and four digits follow the three at a place of `bounds`, or may, each with one character between. */
function mayBeGrouped(bounds: Int32Array, place: number, length: number): boolean {
  const end = bounds[place + 1] ?? 0;
  const group = bounds[place + 2] ?? 0;
  const groupEnd = bounds[place + 3] ?? 0;
  if (end === length || group !== end + 1) return end === length;
  if (groupEnd >= length - 1) return groupEnd - group <= 2;
  const serial = bounds[place + 4] ?? 0;
  const serialEnd = bounds[place + 5] ?? 0;
  if (groupEnd - group !== 2 || serial !== groupEnd + 1) return false;
  return serialEnd - serial === 4 || (serialEnd === length && serialEnd - serial < 4);
}

export const usSocialSecurityNumber: Shape = {
  lookBehind: lookBehindOf(context),
  next(text, from, view) {
    const first = view.numberFrom(from);
    const { bounds, boundsEnd } = view;
    for (let place = first; place < boundsEnd; place += 2) {
      const start = bounds[place] ?? 0;
      const digits = (bounds[place + 1] ?? 0) - start;
      if (digits === LENGTH || (digits === 3 && mayBeGrouped(bounds, place, text.length))) return start;
      if (digits < LENGTH && start + digits === text.length) return start;
    }
    return NONE;
  },
  end(view, start) {
    const end = endOfNumber(view, start);
    if (end === NONE && !view.sawEnd) return NONE;
    const separator = unitAt(view.text, start + 3);
    const isUsual = isDash(separator) || start + 3 >= view.text.length;
    return isUsual || hasContext(view.text, start, context) ? end : view.never();
  },
};
