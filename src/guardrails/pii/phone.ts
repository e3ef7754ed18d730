/**
 * Telephone numbers: international ones with `+` and a calling code that exists, North American ones with separators, and
 * others near a word that says so. Numbers kept for fiction (555-01xx) are found like others: nobody is hurt by the mask.
 */
import { codesOf, decimalDigits, nextStretch } from './candidates.ts';
import { isDash, isDigit, joins } from './characters.ts';
import { hasContext, lookBehindOf, listOf, contextOf } from './context.ts';
import { endOfInternational, isBetweenGroups, SEPARATORS } from './phone-international.ts';
import { endOfNorthAmerican } from './phone-north-american.ts';
import { endOfNational, UNGROUPED_MINIMUM } from './phone-national.ts';
import { NONE, type Shape } from './shape.ts';
import type { View } from './view.ts';

const PLUS = 0x2b;
const OPEN = 0x28;
const DOT = 0x2e;
const SLASH = 0x2f;

const context = contextOf(
  32,
  listOf(
    'phone, phones, telephone, tel, tel., mobile, cell, cellphone, call, fax, whatsapp, sms, hotline, ' +
      'landline, phone_number, phonenumber, msisdn, dial, text me, call me, contact number, telefon, ' +
      'telefonnummer, handy, mobil, mobilnummer, rufnummer, durchwahl, téléphone, portable, tél, ' +
      'teléfono, telefono, móvil, celular, cellulare, telefone, telemóvel, telefoon, telefonnr, ' +
      'puhelin, телефон, тел, моб, 电话, 電話, 手机, 手機, 携帯, 전화, هاتف, फ़ोन, फोन',
  ),
);

/** What numbers are made of, and how many code units they have at least: seven digits, or six and a separator. */
const characters = codesOf(`${decimalDigits}+ ./()-`);
const LEAST = 7;

const parts = codesOf(`${decimalDigits}{},;\n\r`);

/** The shortest word about telephones. */
const SHORTEST_WORD = 2;

/** Where what may announce a number begins: no other number, line or part of a list or program stands between. */
function startOfAnnouncement(text: string, start: number): number {
  const least = Math.max(0, start - context.window);
  let index = start;
  while (index > least && parts[text.charCodeAt(index - 1)] !== 1) index--;
  return index;
}

/** Whether nothing before makes `start` the middle of a longer number. */
function startsFree(view: View, start: number): boolean {
  const before = view.before(start);
  if (joins(before) || before === PLUS || before === 0x5f || before === 0x24) return false;
  return !(
    (isDash(before) || before === DOT || before === SLASH || before === OPEN) &&
    isDigit(view.before(start - 1))
  );
}

/** Whether the digits from `start` to `end` are enough, or more can follow: most numbers of most texts stand alone. */
function mayGoOn(text: string, start: number, end: number): boolean {
  if (end - start >= UNGROUPED_MINIMUM) return true;
  let index = end;
  while (index - end < SEPARATORS && isBetweenGroups(text.charCodeAt(index))) index++;
  return index === text.length || (index > end && isDigit(text.charCodeAt(index)));
}

export const phone: Shape = {
  lookBehind: lookBehindOf(context),
  next(text, from) {
    for (let i = nextStretch(text, from, LEAST, characters); i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code < 128 && characters[code] === 0) {
        i = nextStretch(text, i + 1, LEAST, characters) - 1;
        continue;
      }
      if (code === PLUS || code === OPEN) {
        if (i + 1 === text.length || isDigit(text.charCodeAt(i + 1))) return i;
        continue;
      }
      if (!isDigit(code)) continue;
      const isNumber = !isDigit(text.charCodeAt(i - 1));
      const start = i;
      while (isDigit(text.charCodeAt(i + 1))) i++;
      if (isNumber && mayGoOn(text, start, i + 1)) return start;
    }
    return NONE;
  },
  end(view, start) {
    if (!startsFree(view, start)) return NONE;
    if (view.at(start) === PLUS) return endOfInternational(view, start);
    const end = endOfNorthAmerican(view, start);
    if (end !== NONE) return end;
    const mayBeNorthAmerican = view.sawEnd;
    const announcement = startOfAnnouncement(view.text, start);
    if (start - announcement >= SHORTEST_WORD) {
      const national = endOfNational(view, start);
      if (national === NONE && !view.sawEnd) return NONE;
      if (hasContext(view.text, start, context, announcement)) return national;
    }
    return mayBeNorthAmerican ? NONE : view.never();
  },
};
