/**
 * Numbers of US passports: nine digits, or a letter and eight digits (since 2021: https://travel.state.gov, "Next Generation
 * U.S. Passport"). They have no check digit outside of the machine-readable zone, so the word must be near.
 */
import { decimalDigits, codesOf, nextWord, upperLetters } from './candidates.ts';
import { isDash, isDigit, joins } from './characters.ts';
import { hasContext, lookBehindOf, listOf, contextOf } from './context.ts';
import { NONE, type Shape } from './shape.ts';
import type { View } from './view.ts';

const LENGTH = 9;
const DOT = 0x2e;

const context = contextOf(
  48,
  listOf(
    'passport, passports, passportno, passportnumber, passport_number, travel document, pasaporte, ' +
      'passeport, reisepass, passaporto, passaporte, паспорт, 护照, 護照, パスポート, 여권',
  ),
);

const firstCharacters = codesOf(upperLetters + decimalDigits);

function endOfNumber(view: View, start: number): number {
  const before = view.before(start);
  if ((isDash(before) || before === DOT) && view.hasDigitBefore(start - 1)) return NONE;
  const end = start + LENGTH;
  for (let i = start + 1; i < end; i++) if (!isDigit(view.at(i))) return NONE;
  const after = view.at(end);
  if (joins(after) || ((isDash(after) || after === DOT) && isDigit(view.at(end + 1)))) return NONE;
  return view.text.slice(start + 1, end) === '00000000' ? NONE : end;
}

export const passportUS: Shape = {
  lookBehind: lookBehindOf(context),
  next: (text, from) => nextWord(text, from, firstCharacters),
  end(view, start) {
    const end = endOfNumber(view, start);
    if (end === NONE && !view.sawEnd) return NONE;
    return hasContext(view.text, start, context) ? end : view.never();
  },
};
