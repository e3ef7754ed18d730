/** International bank account numbers (ISO 13616): length of the country, check digits by 97, compact or in groups of four. */
import { LONGEST_ESCAPE } from '../words/escapes.ts';
import { isAlphanumeric, isDigit, isLetter, isSpaceOrDash, joins } from './characters.ts';
import { nextPair } from './candidates.ts';
import { mod97 } from './checksums.ts';
import { NONE, type Shape } from './shape.ts';

/** Lengths by country. Source: SWIFT's IBAN registry, https://www.swift.com/standards/data-standards/iban. */
const lengths = new Uint8Array(1 << 10);
for (const entry of (
  'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 ' +
  'FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 ' +
  'LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 ' +
  'SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30'
).split(' ')) {
  lengths[indexOf(entry.charCodeAt(0), entry.charCodeAt(1))] = Number(entry.slice(2));
}

/** Where the length of a country's numbers is; `first` and `second`: the letters of its code, in either case. */
function indexOf(first: number, second: number): number {
  return ((first & 0x1f) << 5) | (second & 0x1f);
}

export const iban: Shape = {
  lookBehind: LONGEST_ESCAPE,
  next: nextPair,
  end(view, start) {
    if (!isLetter(view.at(start + 1)) || !isDigit(view.at(start + 2)) || !isDigit(view.at(start + 3))) return NONE;
    const length = lengths[indexOf(view.at(start), view.at(start + 1))] ?? 0;
    if (length === 0) return NONE;
    let index = start + 4;
    let remainder = 0;
    const separator = isSpaceOrDash(view.at(index)) ? view.at(index) : NONE;
    for (let read = 4; read < length; read++) {
      if (separator !== NONE && read % 4 === 0 && view.at(index++) !== separator) return NONE;
      if (!isAlphanumeric(view.at(index))) return NONE;
      remainder = mod97(remainder, view.at(index++));
    }
    for (let i = start; i < start + 4; i++) remainder = mod97(remainder, view.at(i));
    return !joins(view.at(index)) && remainder === 1 ? index : NONE;
  },
};
