/**
 * Payment card numbers (ISO/IEC 7812): known issuers, their lengths, Luhn's sum, and groups as cards print them. Test
 * numbers of payment services are found like others: nobody is hurt by their mask, and people try a guardrail with them.
 */
import { LONGEST_ESCAPE } from '../words/escapes.ts';
import { codesOf } from './candidates.ts';
import { passesLuhn } from './checksums.ts';
import { isDigit, isSpaceOrDash, joins, touches } from './characters.ts';
import { NONE, type Shape } from './shape.ts';
import type { View } from './view.ts';

const DOT = 0x2e;
const COMMA = 0x2c;
const MINIMUM = 14;
const MAXIMUM = 19;

/**
 * Leading digits of issuers, from and to, with the lengths they give out. Source: the table of issuer identification
 * numbers at https://en.wikipedia.org/wiki/Payment_card_number. Left out: Visa with 13 digits (not given out any more, and
 * EAN-13 codes of German goods begin with 4 and have 13 digits), UATP (any number that begins with 1).
 */
const issuers: readonly (readonly [from: string, to: string, lengths: readonly number[]])[] = [
  ['4', '4', [16, 18, 19]], // Visa
  ['51', '55', [16]], // Mastercard
  ['2221', '2720', [16]], // Mastercard
  ['34', '34', [15]], // American Express
  ['37', '37', [15]],
  ['300', '305', [14, 16, 17, 18, 19]], // Diners Club
  ['3095', '3095', [14, 16, 17, 18, 19]],
  ['36', '36', [14, 16, 17, 18, 19]],
  ['38', '39', [14, 16, 17, 18, 19]],
  ['3528', '3589', [16, 17, 18, 19]], // JCB
  ['6011', '6011', [16, 17, 18, 19]], // Discover
  ['644', '649', [16, 17, 18, 19]],
  ['65', '65', [16, 17, 18, 19]],
  ['62', '62', [16, 17, 18, 19]], // UnionPay
  ['8100', '8171', [16, 17, 18, 19]],
  ['60', '60', [16]], // RuPay
  ['81', '82', [16]],
  ['508', '508', [16]],
  ['2200', '2204', [16, 17, 18, 19]], // Mir
  ['979200', '979289', [16]], // Troy
  ['506099', '506198', [16, 18, 19]], // Verve
  ['5018', '5018', [16, 17, 18, 19]], // Maestro
  ['5020', '5020', [16, 17, 18, 19]],
  ['5038', '5038', [16, 17, 18, 19]],
  ['5893', '5893', [16, 17, 18, 19]],
  ['6304', '6304', [16, 17, 18, 19]],
  ['6759', '6759', [16, 17, 18, 19]],
  ['6761', '6763', [16, 17, 18, 19]],
];

/** How many digits stand between separators, by what is printed on cards. */
const groupings = new Set(['4444', '465', '464', '44443', '655']);

/** Digits that tell the issuer, at most. */
const LEAD = 6;

/** The same, as numbers of six digits, and the lengths as bits. */
const ranges = issuers.map(([from, to, lengths]) => {
  const bits = lengths.reduce((sum, length) => sum | (1 << length), 0);
  return { from: Number(from.padEnd(LEAD, '0')), to: Number(to.padEnd(LEAD, '9')), lengths: bits };
});

function isIssued(digits: string): boolean {
  const lead = Number(digits.slice(0, LEAD));
  const length = 1 << digits.length;
  return ranges.some(({ from, to, lengths }) => (lengths & length) !== 0 && lead >= from && lead <= to);
}

/** Digits with a letter, a decimal point or a sign of a longer number before them are a part of something else. */
function startsFree(view: View, start: number): boolean {
  if (touches(view.text, start)) return false;
  const before = view.before(start);
  return !((before === DOT || before === COMMA) && view.hasDigitBefore(start - 1));
}

function endsFree(view: View, end: number): boolean {
  const after = view.at(end);
  if (joins(after)) return false;
  return !((after === DOT || after === COMMA) && isDigit(view.at(end + 1)));
}

/** Digits that stand together in a number with separators. */
const GROUP_MINIMUM = 4;
const GROUP_MAXIMUM = 6;

/** By first digit: whether there is an issuer. */
const isFirst = codesOf('2345689');

/** Whether the number at a place of `bounds` has, with those one character apart, as many digits as a card, or may get them. */
function mayBeCard(bounds: Int32Array, place: number, length: number): boolean {
  let end = bounds[place + 1] ?? 0;
  let digits = end - (bounds[place] ?? 0);
  for (let group = digits, next = place + 2; end < length && digits < MINIMUM; next += 2) {
    if (group < GROUP_MINIMUM || group > GROUP_MAXIMUM || bounds[next] !== end + 1) return false;
    end = bounds[next + 1] ?? 0;
    group = end - (bounds[next] ?? 0);
    digits += group;
  }
  return digits <= MAXIMUM;
}

export const creditCard: Shape = {
  lookBehind: LONGEST_ESCAPE,
  next(text, from, view) {
    const first = view.numberFrom(from);
    const { bounds, boundsEnd } = view;
    for (let place = first; place < boundsEnd; place += 2) {
      const start = bounds[place] ?? 0;
      // Most numbers of most texts have three digits at most.
      if ((bounds[place + 1] ?? 0) - start < GROUP_MINIMUM && bounds[place + 1] !== text.length) continue;
      if (isFirst[text.charCodeAt(start)] === 1 && mayBeCard(bounds, place, text.length)) return start;
    }
    return NONE;
  },
  end(view, start) {
    if (!startsFree(view, start) || !'2345689'.includes(view.text.charAt(start))) return NONE;
    let index = start;
    let group = start;
    let digits = '';
    let grouping = '';
    let separator = NONE;
    let found = NONE;
    for (;;) {
      while (isDigit(view.at(index)) && digits.length + index - group <= MAXIMUM) index++;
      digits += view.text.slice(group, index);
      if (digits.length > MAXIMUM) return found;
      grouping += String(index - group);
      if (digits.length >= MINIMUM && (separator === NONE || groupings.has(grouping))) {
        if (passesLuhn(digits) && isIssued(digits) && endsFree(view, index)) found = index;
      }
      if (index - group < 4 || index - group > 6) return found;
      const code = view.at(index);
      if (!isSpaceOrDash(code) || (separator !== NONE && code !== separator)) return found;
      if (!isDigit(view.at(index + 1))) return found;
      separator = code;
      group = ++index;
    }
  },
};
