/** Texts that make detectors work hard: beginnings without ends, near misses, what many things begin with. */

const key = `-----BEGIN PRIVATE KEY-----\n${'M'.repeat(64)}\n`;

/** What is repeated to make a text. */
export const hostilePieces: Readonly<Record<string, string>> = {
  letters: 'a',
  capitals: 'A',
  digits: '1',
  'digits of cards': '4',
  'digits in groups': '4111 ',
  dots: '.',
  'dotted letters': 'a.',
  'dotted digits': '1.',
  'letters and at signs': 'a@',
  'dotted letters and at signs': 'a.a.a.a@',
  'at signs': '@',
  'domains without an end': '@a.b.c.d.e.f.g.h.i.j.k.l-',
  'schemes of URLs': 'http://',
  www: 'www.',
  'www and words': 'www.w~w~',
  brackets: '(',
  'URLs of brackets': 'http://a((((((((',
  'beginnings of keys': '-----BEGIN ',
  'lines that begin keys': '-----BEGIN PRIVATE KEY-----\n',
  'keys without an end': key,
  'headers of keys': '-----BEGIN PRIVATE KEY-----\na: b\na: b\n',
  hyphens: '-',
  'beginnings of tokens': 'ey',
  'tokens with dots': 'eyJ.',
  'headers of tokens': 'eyJhbGciOiJub25lIn0 ',
  'headers of tokens with dots': ' eyJhbGciOiJub25lIn0.eyJhbGciOiJub25lIn0',
  'names of passwords': 'password=',
  'names of passwords with spaces': 'password : "',
  'quoted names': '"password":"password":',
  signs: '=',
  colons: ':',
  groups: 'fe80:',
  'compressed groups': '2001::',
  pairs: 'a0:',
  'words of context': 'ssn passport routing phone bic vin aws 123456789 ',
  'words of context and runs': 'secret Aa1Aa1Aa1Aa1Aa1Aa1Aa1Aa1Aa1Aa1Aa1Aa1Aa1A ',
  'ids of keys': 'AKIA',
  'beginnings of GitHub tokens': 'ghp_ghp_',
  countries: 'DE89',
  'groups of countries': 'DE89 3704 0044 ',
  'plus signs': '+1',
  'numbers with separators': '+1-2-3-4',
  'parts of telephone numbers': '(415) ',
  backslashes: '\\',
  'quotes with backslashes': 'password="\\',
  spaces: ' ',
  'line ends': '\n',
  'digits with spaces': '1 2 3 4 5 6 7 ',
  'numbers with spaces': '1234567 ',
  'nine digits': '123456789 ',
  'words about telephones': 'phone 1234567 ',
  'dotted numbers': ' 1.2.3.4.',
  versions: 'v 10.1.1.1 ',
  'local parts': `${'a'.repeat(64)}@`,
  'users of URLs': 'a://a:',
  'calls with passwords': 'password=a(',
  'pairs before numbers': 'AB 12 34 56 ',
  'codes of banks': 'DEUTDEFF ',
  'numbers of passports': 'C12345678 ',
  'keys of base 64': 'Aa1Bb2Cc3Dd4Ee5Ff6Gg7Hh8Ii9Jj0Kk1Ll2Mm3N ',
  'letters and marks': 'e\u0301',
  ligatures: '\ufb01',
  'letters of eighteen': '\ufdfa',
  'mixed scripts': 'a\u0430',
  'invisible characters': '\u200b',
  'lone surrogates': '\ud800',
};

/** The letters `a` and `b` in an order that does not come back: machines that remember where they were never are there again. */
export function disorderedLetters(size: number): string {
  let state = 1;
  let letters = '';
  while (letters.length < size) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    letters += (state & 0x1_0000) === 0 ? 'a' : 'b';
  }
  return letters;
}
