/**
 * Business identifier codes of banks (ISO 9362): four letters, a country, two characters of a place, and three of a branch or
 * none. Words in capitals look alike (`DOCUMENT` has Montenegro in it), so a word that says so must be near; only a head
 * office's full code, which ends in XXX, says it itself. A place that ends in 0 is a test code and nobody's.
 */
import { codesOf, nextWord, upperLetters } from './candidates.ts';
import { isDigit, isUpper, joins } from './characters.ts';
import { hasContext, lookBehindOf, listOf, contextOf } from './context.ts';
import { isCountry } from './countries.ts';
import { NONE, type Shape } from './shape.ts';
import type { View } from './view.ts';

const context = contextOf(
  48,
  listOf(
    'bic, swift, bic/swift, swift/bic, swiftcode, biccode, bic8, bic11, iban, bank identifier, ' +
      'bank code, wire transfer, beneficiary bank, correspondent bank, bankverbindung, código swift, ' +
      'code bic, codice bic',
  ),
);

const ZERO = 0x30;
const letters = codesOf(upperLetters);
const isPlace = (code: number): boolean => isUpper(code) || isDigit(code);

/** The length of the code at `start`: 8 or 11, or 0. */
function lengthOf(view: View, start: number): number {
  for (let i = start; i < start + 6; i++) if (!isUpper(view.at(i))) return 0;
  if (!isCountry(view.text.slice(start + 4, start + 6))) return 0;
  if (!isPlace(view.at(start + 6)) || !isPlace(view.at(start + 7)) || view.at(start + 7) === ZERO) return 0;
  if (!joins(view.at(start + 8))) return 8;
  for (let i = start + 8; i < start + 11; i++) if (!isPlace(view.at(i))) return 0;
  return joins(view.at(start + 11)) ? 0 : 11;
}

export const swiftCode: Shape = {
  lookBehind: lookBehindOf(context),
  next: (text, from) => nextWord(text, from, letters),
  end(view, start) {
    const length = lengthOf(view, start);
    if (length === 0) return NONE;
    const isHeadOffice = length === 11 && view.text.startsWith('XXX', start + 8);
    return isHeadOffice || hasContext(view.text, start, context) ? start + length : NONE;
  },
};
