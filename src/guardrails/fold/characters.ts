/**
 * What folding needs to know of a code point, from the JavaScript engine's Unicode tables: asked for once per code point,
 * then a look into an array.
 */

/** Folding alone changes it: another compatibility form, or a digit of another script. */
export const CHANGES = 1;
/** May compose or change places with what is before it: marks, and the vowels and final consonants of Hangul. */
export const CONTINUES = 2;
/** Without a look of its own (`Default_Ignorable_Code_Point`): joiners, soft hyphens, bidi controls, variation selectors, tags. */
export const INVISIBLE = 4;
/** May compose with what follows. */
export const COMPOSES = 8;
/** Part of a word: letter, mark, number, connector punctuation. */
export const WORD = 16;
/** A letter of the Latin script. */
export const LATIN = 32;
/** A Cyrillic or Greek letter that looks like an ASCII one. */
export const LOOK_ALIKE = 64;
const KNOWN = 128;

const MARKS_AND_JAMO = /^[\p{M}\u1161-\u1175\u11a8-\u11c2\u3131-\u318e\uff9e\uff9f\uffa1-\uffdc\u{16d63}-\u{16d6a}]$/u;
const ALONE = /^[\p{P}\p{Z}\p{N}\p{Cc}\p{Co}\p{Ideographic}\p{Emoji_Presentation}]$/u;
const DIGIT = /^\p{Nd}$/u;
const WORD_CHARACTER = /^[\p{L}\p{M}\p{N}\p{Pc}]$/u;

/** Lower and upper case, each beside the ASCII letter that it looks like. */
const LOOK_ALIKES = new Map<number, number>();
for (const [letters, ascii] of [
  [
    '\u0430\u0441\u0435\u043e\u0440\u0445\u0443\u0456\u0458\u0455\u04bb\u0501\u051b\u051d\u0475\u04cf\u043a\u04af',
    'aceopxyijshdqwvlky',
  ],
  [
    '\u0410\u0412\u0421\u0415\u041d\u0406\u0408\u041a\u041c\u041e\u0420\u0405\u0422\u0425\u0423\u051a\u051c\u04c0\u0474\u04ae',
    'ABCEHIJKMOPSTXYQWIVY',
  ],
  ['\u03b1\u03bf\u03bd\u03b9\u03ba\u03c1\u03c5\u03c7\u03f3', 'aovikpuxj'],
  ['\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7', 'ABEZHIKMNOPTYX'],
] as const) {
  for (let i = 0; i < letters.length; i += 1) LOOK_ALIKES.set(letters.charCodeAt(i), ascii.charCodeAt(i));
}

/** The planes that text is written in; what is beyond is ideographs and tags, and is looked up anew. */
const REMEMBERED = 0x20000;
const known = new Uint8Array(REMEMBERED);

/** What a code point is, as a sum of the constants above. */
export function traits(codePoint: number): number {
  if (codePoint >= REMEMBERED) return lookUp(codePoint);
  const found = known[codePoint] ?? 0;
  return found === 0 ? (known[codePoint] = lookUp(codePoint) | KNOWN) : found;
}

/** The ASCII letter that a code unit looks like; itself when none. */
export function lookOf(codeUnit: number): number {
  return LOOK_ALIKES.get(codeUnit) ?? codeUnit;
}

/**
 * The value of a digit of any script, as an ASCII digit; undefined when it is none. Digits of a script stand together in
 * order, from zero to nine (The Unicode Standard, 4.6).
 */
export function digitOf(codePoint: number): string | undefined {
  if (!DIGIT.test(String.fromCodePoint(codePoint))) return undefined;
  let before = 0;
  while (DIGIT.test(String.fromCodePoint(codePoint - before - 1))) before += 1;
  return String(before % 10);
}

function lookUp(codePoint: number): number {
  const character = String.fromCodePoint(codePoint);
  if (/^\p{DI}$/u.test(character)) return INVISIBLE;
  const form = character.normalize('NFKC');
  const changes = form !== character || (codePoint > 0x7f && DIGIT.test(character));
  const alone = !changes && (codePoint < 0x80 ? !/[A-Za-z<=>]/.test(character) : ALONE.test(character));
  return (
    (changes ? CHANGES : 0) |
    (MARKS_AND_JAMO.test(character) ? CONTINUES : 0) |
    (alone ? 0 : COMPOSES) |
    (WORD_CHARACTER.test(character) ? WORD : 0) |
    (/^(?=\p{L})\p{Script=Latin}$/u.test(character) ? LATIN : 0) |
    (LOOK_ALIKES.has(codePoint) ? LOOK_ALIKE : 0)
  );
}
