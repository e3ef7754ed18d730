/**
 * UK National Insurance numbers: two letters, six digits, a letter A to D; compact or in pairs. In lower case or without
 * the last letter only near words that say so. Prefixes: https://www.gov.uk/hmrc-internal-manuals/national-insurance-manual/nim39110
 * (first letter not D F I Q U V, second not D F I O Q U V; not BG GB KN NK NT TN ZZ). Its own sample, QQ 12 34 56 C, is
 * therefore none.
 */
import { nextPair } from './candidates.ts';
import { isAlphanumeric, isDigit, isLetter, isSpaceOrDash, isUpper, joins } from './characters.ts';
import { hasContext, lookBehindOf, contextOf } from './context.ts';
import { NONE, type Shape } from './shape.ts';
import type { View } from './view.ts';

const context = contextOf(48, [
  'national insurance',
  'nationalinsurance',
  'national_insurance',
  'national-insurance',
  'nino',
  'ni number',
  'ni no',
  'ni#',
]);

const notGivenOut = new Set(['BG', 'GB', 'KN', 'NK', 'NT', 'TN', 'ZZ']);

function isPrefix(prefix: string): boolean {
  return !'DFIQUV'.includes(prefix.charAt(0)) && !'DFIOQUV'.includes(prefix.charAt(1)) && !notGivenOut.has(prefix);
}

/** The end of six digits in pairs, with or without separators before each and after the last. */
function endOfDigits(view: View, start: number): number {
  let index = start;
  for (let pair = 0; pair < 3; pair++) {
    if (isSpaceOrDash(view.at(index))) index++;
    if (!isDigit(view.at(index)) || !isDigit(view.at(index + 1))) return NONE;
    index += 2;
  }
  return index;
}

export const ukNationalInsuranceNumber: Shape = {
  lookBehind: lookBehindOf(context),
  next: nextPair,
  end(view, start) {
    if (!isLetter(view.at(start + 1))) return NONE;
    const third = view.at(start + 2);
    if (!isDigit(third) && !isSpaceOrDash(third)) return NONE;
    if (!isPrefix(view.text.slice(start, start + 2).toUpperCase())) return NONE;
    const digits = endOfDigits(view, start + 2);
    if (digits === NONE) return NONE;
    const isUpperCase = isUpper(view.at(start)) && isUpper(view.at(start + 1));
    const suffix = isSpaceOrDash(view.at(digits)) ? digits + 1 : digits;
    const letter = String.fromCharCode(Math.max(0, view.at(suffix)));
    if ('ABCDabcd'.includes(letter) && !joins(view.at(suffix + 1))) {
      const isPlain = isUpperCase && isUpper(view.at(suffix));
      if (isPlain || hasContext(view.text, start, context)) return suffix + 1;
    }
    const after = view.at(digits);
    const isFree = !isAlphanumeric(after) && !joins(after) && !(isSpaceOrDash(after) && isDigit(view.at(digits + 1)));
    return isFree && hasContext(view.text, start, context) ? digits : NONE;
  },
};
