/**
 * Numbers of US passports: nine digits, or a letter and eight digits (since 2021: https://travel.state.gov, "Next Generation
 * U.S. Passport"). They have no check digit outside of the machine-readable zone, so the word must be near.
 */
import { decimalDigits, initials, nextWord, upperLetters } from './candidates.ts';
import { END, isDash, isDigit, joins } from './characters.ts';
import { hasContext, lookBehindOf, listOf, type Context } from './context.ts';
import { NONE, type Shape } from './shape.ts';

const LENGTH = 9;
const DOT = 0x2e;

const context: Context = {
  window: 48,
  words: listOf(
    'passport, passports, passportno, passportnumber, passport_number, travel document, pasaporte, ' +
      'passeport, reisepass, passaporto, passaporte, паспорт, 护照, 護照, パスポート, 여권',
  ),
};

const firstCharacters = initials(upperLetters + decimalDigits);

export const passportUS: Shape = {
  lookBehind: lookBehindOf(context),
  next: (text, from) => nextWord(text, from, firstCharacters),
  end(view, start) {
    const before = view.before(start);
    if ((isDash(before) || before === DOT) && isDigit(view.before(start - 1))) return NONE;
    const end = start + LENGTH;
    const seen = Math.min(end, view.text.length);
    for (let i = start + 1; i < seen; i++) if (!isDigit(view.at(i))) return NONE;
    if (!hasContext(view.text, start, context) || view.at(end - 1) === END) return NONE;
    const after = view.at(end);
    if (joins(after) || ((isDash(after) || after === DOT) && isDigit(view.at(end + 1)))) return NONE;
    return view.text.slice(start + 1, end) === '00000000' ? NONE : end;
  },
};
