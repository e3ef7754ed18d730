/**
 * Telephone numbers: international ones with `+` and a calling code that exists, North American ones with separators, and
 * others near a word that says so. Numbers kept for fiction (555-01xx) are found like others: nobody is hurt by the mask.
 */
import { beginOfEscape } from '../words/escapes.ts';
import { codesOf, decimalDigits } from './candidates.ts';
import { isDash, touches } from './characters.ts';
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

/** What begins a number and is no digit. */
const isSign = (code: number): boolean => code === PLUS || code === OPEN;

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

const parts = codesOf(`${decimalDigits}{},;\n\r`);

/** The shortest word about telephones. */
const SHORTEST_WORD = 2;

/** Where what may announce a number begins: no other number, line or part of a list or program stands between. */
function startOfAnnouncement(text: string, start: number): number {
  const least = Math.max(0, start - context.window);
  let index = Math.max(least, beginOfEscape(text, start));
  while (index > least && parts[text.charCodeAt(index - 1)] !== 1) index--;
  return index;
}

/**
 * Whether a number that begins with the digits from `start` to `end` may be announced, or North American: then there are three
 * of them, or one that is dialled first.
 */
function mayBegin(text: string, start: number, end: number): boolean {
  if (end - start === 3 || end - start === 1 || end === text.length) return true;
  if (mayBeAnnounced(text, start)) return true;
  const begin = beginOfEscape(text, start);
  return begin < start && mayBeAnnounced(text, begin);
}

/** Whether there is room for a word that announces what follows it, before `at`. */
function mayBeAnnounced(text: string, at: number): boolean {
  return at >= SHORTEST_WORD && parts[text.charCodeAt(at - 1)] !== 1 && parts[text.charCodeAt(at - 2)] !== 1;
}

/** Whether nothing before makes `start` the middle of a longer number. */
function startsFree(view: View, start: number): boolean {
  const before = view.before(start);
  if (touches(view.text, start) || before === PLUS || before === 0x5f || before === 0x24) return false;
  return !((isDash(before) || before === DOT || before === SLASH || before === OPEN) && view.hasDigitBefore(start - 1));
}

/** Digits of the shortest number in groups. */
const MINIMUM = 6;

/** Whether the number at a place of `bounds` has, with those that follow it closely, enough digits, or may get them. */
function mayBePhone(text: string, bounds: Int32Array, place: number): boolean {
  const start = bounds[place] ?? 0;
  let end = bounds[place + 1] ?? 0;
  let digits = end - start;
  if (digits >= UNGROUPED_MINIMUM) return true;
  const { length } = text;
  for (let next = place + 2; end < length; next += 2) {
    const group = bounds[next] ?? 0;
    if (group - end > SEPARATORS) return false;
    for (let i = end; i < group; i++) if (!isBetweenGroups(text.charCodeAt(i))) return false;
    end = bounds[next + 1] ?? 0;
    digits += end - group;
    if (digits >= MINIMUM) return true;
  }
  return true;
}

export const phone: Shape = {
  lookBehind: lookBehindOf(context),
  next(text, from, view) {
    const first = view.numberFrom(from);
    const { bounds, boundsEnd } = view;
    for (let place = first; place < boundsEnd; place += 2) {
      if (!mayBePhone(text, bounds, place)) continue;
      const start = bounds[place] ?? 0;
      if (start > from && isSign(text.charCodeAt(start - 1))) return start - 1;
      if (mayBegin(text, start, bounds[place + 1] ?? 0)) return start;
    }
    const last = text.length - 1;
    return last >= from && isSign(text.charCodeAt(last)) ? last : NONE;
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
