import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fold, Folding } from './folding.ts';

const RUNS = Number(process.env['TIDEGATE_PROPERTY_RUNS'] ?? 500);

/** Everything that makes folding hard, and plain letters between. */
const TRAPS = [
  'a',
  'e',
  'p',
  'A',
  ' ',
  '=',
  '5',
  '<',
  '\u0301',
  '\u0338',
  '\u0323',
  '\u034f',
  '\u200b',
  '\u200d',
  '\u00ad',
  '\ufe0f',
  '\ufeff',
  '\u202e',
  '\u{e0041}',
  '\ud83d',
  '\ude00',
  '\u{1f600}',
  '\u{1f469}',
  'ﬁ',
  'é',
  '１',
  '٤',
  '\u{1d7d9}',
  '\u{1d400}',
  '\u0430',
  '\u0440',
  '\u043f',
  '\u03bf',
  '가',
  '\u1100',
  '\u1161',
  '\u11a8',
  '\u314f',
  '\u3131',
  'ｶ',
  '\uff9e',
  '漢',
  'ก',
  '\u0e31',
  '\u{1d15f}',
  '\u{1d165}',
  '\u00a8',
  '\u1e9b',
  '_',
  '-',
  '\u00a0',
];
const trickyText = fc.array(fc.constantFrom(...TRAPS), { maxLength: 30 }).map((parts) => parts.join(''));
const anyText = fc.oneof(trickyText, fc.string({ unit: 'binary', maxLength: 30 }));

/** The rule in one line, for a text whose look-alikes are beside the point. */
const reference = (text: string) =>
  text
    .replace(/\p{DI}/gu, '')
    .normalize('NFKC')
    .replace(/[٠-٩]/g, (digit) => String(digit.charCodeAt(0) - 0x660));
const alike = /[\u0370-\u03ff\u0400-\u052f]/gu;

function pieces(text: string, sizes: readonly number[]): string[] {
  const found: string[] = [];
  for (let at = 0, i = 0; at < text.length; i += 1) {
    const size = Math.max(1, sizes[i % sizes.length] ?? 1);
    found.push(text.slice(at, at + size));
    at += size;
  }
  return found;
}

describe('fold', () => {
  it('leaves ASCII as it is, the very same text', () => {
    const text = 'Plain text, 100 %.';
    expect(fold(text).text).toBe(text);
    expect(fold(text).spans.start(7)).toBe(7);
    expect(fold(text).spans.end(7)).toBe(7);
  });

  it.each([
    ['full-width', 'Ｐａｙ １２３', 'Pay 123'],
    ['mathematical letters', '\u{1d4eb}\u{1d4ea}\u{1d4ed}', 'bad'],
    ['ligatures', 'ﬁne', 'fine'],
    ['circled letters', 'ⓑⓐⓓ', 'bad'],
    ['digits of another script', '٤٢ १२', '42 12'],
    ['a letter and its mark, apart', 'cafe\u0301', 'café'],
    ['a mark behind an invisible character', 'cafe\u200b\u0301', 'café'],
    ['zero-width characters', 'b\u200ba\u200cd\u200d\u2060\ufeff', 'bad'],
    ['soft hyphens', 'b\u00ada\u00add', 'bad'],
    ['bidi controls', '\u202eb\u2066a\u2069d', 'bad'],
    ['variation selectors', 'b\ufe0fa\u{e0101}d', 'bad'],
    ['tag characters', 'ba\u{e0020}\u{e007f}d', 'bad'],
    ['a grapheme joiner', 'b\u034fad', 'bad'],
    ['no-break spaces', 'a\u00a0b\u202fc', 'a b c'],
    ['syllables in parts', '\u1112\u1161\u11ab', '한'],
    ['half-width kana', '\uff76\uff9e', 'ガ'],
    ['a Cyrillic letter in a Latin word', 'p\u0430yp\u0430l', 'paypal'],
    ['a Greek letter in a Latin word', 'Βank', 'Bank'],
    ['a word of look-alikes after a Latin one', 'bad \u0455\u0435\u0445', 'bad sex'],
  ])('undoes %s', (_, text, folded) => {
    expect(fold(text).text).toBe(folded);
  });

  it.each([
    'Сор из избы не выносят, а роса хороша.',
    'Ура! Купил iPhone, не хуже.',
    'Καλημέρα κόσμε, ο ήλιος',
    'Сор',
    'Naïve façade, Škoda, Ελλάδα, 漢字かな交じり文, ภาษาไทย, हिन्दी',
  ])('keeps prose: %s', (text) => {
    expect(fold(text).text).toBe(text.normalize('NFKC'));
  });

  it('is NFKC without invisible characters', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const plain = text.replace(alike, '');
        fc.pre(!/[^\p{ASCII}٠-٩]/u.test((plain.normalize('NFKC').match(/\p{Nd}/gu) ?? []).join('')));
        expect(fold(plain).text.replace(alike, '')).toBe(reference(plain).replace(alike, ''));
      }),
      { numRuns: RUNS },
    );
  });

  it('is NFKC without invisible characters for each code point, alone, after a letter and before a mark', () => {
    for (let code = 0x80; code < 0x110000; code += 1) {
      const character = String.fromCodePoint(code);
      if (/[\p{Cn}\p{Co}\p{Unified_Ideograph}\p{Script=Tangut}\uac04-\ud7a0]/u.test(character)) continue;
      if (/[\p{Nd}\p{Script=Greek}\p{Script=Cyrillic}]/u.test(character.normalize('NFKC'))) continue;
      for (const text of [character, `e${character}`, `\u1100${character}`, `${character}\u0301`]) {
        if (fold(text).text !== reference(text))
          expect([code.toString(16), fold(text).text]).toEqual([code.toString(16), reference(text)]);
      }
    }
  });

  it('folds a growing text as it folds the whole', () => {
    fc.assert(
      fc.property(anyText, fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1 }), (text, sizes) => {
        const whole = fold(text);
        const folding = new Folding();
        const grown =
          pieces(text, sizes)
            .map((piece) => folding.push(piece))
            .join('') + folding.end();
        expect(grown).toBe(whole.text);
        for (let i = 0; i <= grown.length; i += 1) {
          expect(folding.spans.start(i)).toBe(whole.spans.start(i));
          if (i > 0) expect(folding.spans.end(i)).toBe(whole.spans.end(i));
        }
      }),
      { numRuns: RUNS },
    );
  });

  it('folds a folded text to itself', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const once = fold(text.replace(alike, '')).text;
        expect(fold(once).text).toBe(once);
      }),
      { numRuns: RUNS },
    );
  });

  it('holds every composite that growing could make', () => {
    for (let code = 0x80; code < 0x30000; code += 1) {
      const parts = Array.from(String.fromCodePoint(code).normalize('NFD'));
      if (parts.length < 2 || parts.join('').normalize('NFC') !== String.fromCodePoint(code)) continue;
      const folding = new Folding();
      const grown = parts.map((part) => folding.push(part)).join('') + folding.end();
      if (grown !== fold(parts.join('')).text)
        expect([code.toString(16), grown]).toEqual([code.toString(16), fold(parts.join('')).text]);
    }
  });

  it('holds one letter at most of plain text', () => {
    const folding = new Folding();
    expect(folding.push('Hello wor')).toBe('Hello wo');
    expect(folding.push('ld. ')).toBe('rld. ');
    expect(folding.push('漢字')).toBe('漢字');
  });

  it('holds a bounded number of marks and of letters', () => {
    const folding = new Folding();
    const marks = '\u0301'.repeat(1000);
    expect(folding.push(`e${marks}`).length).toBeGreaterThan(900);
    const letters = new Folding();
    expect(letters.push('\u0430'.repeat(1000)).length).toBeGreaterThan(900);
  });
});

describe('spans of a fold', () => {
  it('lead back to what was written', () => {
    const text = 'x \u200bｐ\u0430\u200byp\u00adal\u200b ﬁn';
    const folded = fold(text);
    const at = folded.text.indexOf('paypal');
    expect(text.slice(folded.spans.start(at), folded.spans.end(at + 6))).toBe('ｐ\u0430\u200byp\u00adal');
    const ligature = folded.text.indexOf('i');
    expect(text.slice(folded.spans.start(ligature), folded.spans.end(ligature + 1))).toBe('ﬁ');
  });

  it('cover every visible character of any text, in order', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const folded = fold(text);
        let end = 0;
        for (let i = 0; i < folded.text.length; i += 1) {
          const start = folded.spans.start(i);
          if (start >= end) expect(text.slice(end, start).replace(/\p{DI}/gu, '')).toBe('');
          expect(folded.spans.end(i + 1)).toBeGreaterThan(start);
          expect(folded.spans.end(i + 1)).toBeGreaterThanOrEqual(end);
          end = folded.spans.end(i + 1);
        }
        expect(text.slice(end).replace(/\p{DI}/gu, '')).toBe('');
      }),
      { numRuns: RUNS },
    );
  });

  it('are forgotten without a change for what follows', () => {
    const text = 'ﬁ\u200bx ﬂ y \u{1d400}z';
    const folded = fold(text);
    const all = Array.from(folded.text, (_, i) => [folded.spans.start(i), folded.spans.end(i + 1)]);
    folded.spans.forget(5);
    for (let i = 5; i < folded.text.length; i += 1)
      expect([folded.spans.start(i), folded.spans.end(i + 1)]).toEqual(all[i]);
  });
});
