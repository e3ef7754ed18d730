/**
 * US bank routing numbers: nine digits with a district of the Federal Reserve in front and a weighted sum, near a word that
 * says so: one nine-digit number in ten has the right sum. Source: https://www.aba.com/about-us/routing-number.
 */
import { isDash, isDigit, joins, touches } from './characters.ts';
import { passesABA } from './checksums.ts';
import { hasContext, lookBehindOf, listOf, contextOf } from './context.ts';
import { NONE, type Shape } from './shape.ts';
import type { View } from './view.ts';

const LENGTH = 9;
const DOT = 0x2e;

const context = contextOf(
  48,
  listOf(
    'routing, routings, routingnumber, routing_number, rtn, aba, aba/rtn, transit number, transit no, ' +
      'ach, fedwire, bank transit, wire transfer, número de ruta',
  ),
);

/** 01–12 and 00 (government), 21–32 (thrifts), 61–72 (electronic), 80 (traveller's cheques). */
function isDistrict(district: number): boolean {
  return district <= 12 || (district >= 21 && district <= 32) || (district >= 61 && district <= 72) || district === 80;
}

function endOfNumber(view: View, start: number): number {
  const before = view.before(start);
  if (touches(view.text, start) || ((isDash(before) || before === DOT) && view.hasDigitBefore(start - 1))) return NONE;
  const end = start + LENGTH;
  for (let i = start; i < end; i++) if (!isDigit(view.at(i))) return NONE;
  const after = view.at(end);
  if (joins(after) || ((isDash(after) || after === DOT) && isDigit(view.at(end + 1)))) return NONE;
  const digits = view.text.slice(start, end);
  return digits !== '000000000' && isDistrict(Number(digits.slice(0, 2))) && passesABA(digits) ? end : NONE;
}

export const usBankRoutingNumber: Shape = {
  lookBehind: lookBehindOf(context),
  next(text, from, view) {
    const first = view.numberFrom(from);
    const { bounds, boundsEnd } = view;
    for (let place = first; place < boundsEnd; place += 2) {
      const start = bounds[place] ?? 0;
      const digits = (bounds[place + 1] ?? 0) - start;
      if (digits === LENGTH || (digits < LENGTH && start + digits === text.length)) return start;
    }
    return NONE;
  },
  end(view, start) {
    const end = endOfNumber(view, start);
    if (end === NONE && !view.sawEnd) return NONE;
    return hasContext(view.text, start, context) ? end : view.never();
  },
};
