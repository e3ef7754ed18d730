/**
 * Vehicle identification numbers (ISO 3779): 17 letters and digits without I, O and Q, in upper case. With a right check
 * digit (required in North America, 49 CFR 565) and numbers as the last four they are found anywhere; others, as Europe has
 * them, near words that say so.
 */
import { decimalDigits, codesOf, nextWord, upperLetters } from './candidates.ts';
import { isDigit, isUpper, joins } from './characters.ts';
import { passesVIN } from './checksums.ts';
import { hasContext, lookBehindOf, listOf, contextOf } from './context.ts';
import { NONE, type Shape } from './shape.ts';

const LENGTH = 17;
const HYPHEN = 0x2d;

const context = contextOf(
  48,
  listOf(
    'vin, vins, chassis, vehicle identification, vehicle id, frame number, fahrgestellnummer, fin, ' +
      "fahrgestell-nr, châssis, numéro d'identification du véhicule, bastidor, telaio, chassinummer, " +
      'chassi, 车架号, 車台番号',
  ),
);

const firstCharacters = codesOf(upperLetters + decimalDigits);
const isVIN = (code: number): boolean =>
  isDigit(code) || (isUpper(code) && code !== 0x49 && code !== 0x4f && code !== 0x51);

export const vehicleIdentificationNumber: Shape = {
  lookBehind: lookBehindOf(context),
  next: (text, from) => nextWord(text, from, firstCharacters),
  end(view, start) {
    const end = start + LENGTH;
    let digits = 0;
    for (let i = start; i < end; i++) {
      if (!isVIN(view.at(i))) return NONE;
      if (isDigit(view.at(i))) digits++;
    }
    if (joins(view.at(end)) || digits < 4 || digits > 15) return NONE;
    const value = view.text.slice(start, end);
    if (hasContext(view.text, start, context)) return end;
    const isFree = view.before(start) !== HYPHEN && view.at(end) !== HYPHEN;
    return isFree && /\d{4}$/.test(value) && passesVIN(value) ? end : NONE;
  },
};
