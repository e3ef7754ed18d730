import { charSet, LAST_CODE_POINT, negate, type CharSet } from './char-set.ts';
import { ASCII_CLASSES, PERL_CLASSES } from './classes.ts';
import { foldSet } from './fold.ts';
import type { Reader } from './reader.ts';
import { unicodeClass } from './unicode.ts';

const NAMED = /\\[pP](?:\{(\^?)([^}]*)\}|([A-Za-z]))/y;
const ASCII_CLASS = /\[:(\^?)([^:\]]*):\]/y;
const HEXADECIMAL = /\\x(?:\{([0-9A-Fa-f]{1,8})\}|([0-9A-Fa-f]{2}))/y;
const OCTAL = /\\(0[0-7]{0,2}|[1-7][0-7]{1,2})/y;
const CONTROLS: ReadonlyMap<string, number> = new Map([
  ['a', 0x07],
  ['f', 0x0c],
  ['n', 0x0a],
  ['r', 0x0d],
  ['t', 0x09],
  ['v', 0x0b],
]);

/** `[…]`, with the reader at its bracket. */
export function readBracket(reader: Reader, fold: boolean): CharSet {
  const begin = reader.at;
  reader.take();
  const negative = reader.takes('^');
  const bounds: number[] = [];
  for (let first = true; first || !reader.looksAt(']'); first = false) {
    if (reader.atEnd) reader.fail(begin, 'the class that begins here has no "]"');
    const at = reader.at;
    const named = readAsciiClass(reader, fold) ?? readNamedClass(reader, fold);
    if (named !== undefined) {
      for (const bound of named) bounds.push(bound);
      continue;
    }
    const lo = readMember(reader);
    const isRange = reader.looksAt('-') && !reader.looksAt('-]') && reader.at + 1 < reader.pattern.length;
    if (isRange) reader.take();
    const hi = isRange ? readMember(reader) : lo;
    if (hi < lo) reader.fail(at, `the range ${reader.pattern.slice(at, reader.at)} runs backwards`);
    bounds.push(lo, hi);
  }
  reader.take();
  const set = fold ? foldSet(charSet(bounds)) : charSet(bounds);
  return negative ? negate(set) : set;
}

function readAsciiClass(reader: Reader, fold: boolean): CharSet | undefined {
  const at = reader.at;
  const match = reader.takeMatch(ASCII_CLASS);
  if (match === undefined) return undefined;
  const set = ASCII_CLASSES.get(match[2] ?? '');
  if (set === undefined) return reader.fail(at, `there is no class ${match[0]}`);
  return sign(set, match[1] === '^', fold);
}

/** `\d` and its kin, `\pL`, `\p{Greek}`, `\P{L}`, `\p{^L}`. */
export function readNamedClass(reader: Reader, fold: boolean): CharSet | undefined {
  if (!reader.looksAt('\\')) return undefined;
  const letter = reader.pattern.charAt(reader.at + 1);
  const perl = PERL_CLASSES.get(letter);
  if (perl !== undefined) {
    reader.at += 2;
    if (!fold) return perl;
    const lower = PERL_CLASSES.get(letter.toLowerCase()) ?? perl;
    return sign(lower, lower !== perl, fold);
  }
  if (letter !== 'p' && letter !== 'P') return undefined;
  const at = reader.at;
  const match = reader.takeMatch(NAMED);
  if (match === undefined) return reader.fail(at, `\\${letter} needs a name, such as \\${letter}{L}`);
  const name = match[2] ?? match[3] ?? '';
  const set = unicodeClass(name);
  if (set === undefined) return reader.fail(at, `there is no Unicode category or script called "${name}"`);
  return sign(set, (letter === 'P') !== (match[1] === '^'), fold);
}

function sign(set: CharSet, negative: boolean, fold: boolean): CharSet {
  const folded = fold ? foldSet(set) : set;
  return negative ? negate(folded) : folded;
}

function readMember(reader: Reader): number {
  if (reader.looksAt('\\')) return readEscape(reader);
  return reader.take().codePointAt(0) ?? 0;
}

/** An escape that means one code point. */
export function readEscape(reader: Reader): number {
  const at = reader.at;
  const octal = reader.takeMatch(OCTAL);
  if (octal !== undefined) return Number.parseInt(octal[1] ?? '', 8);
  const hexadecimal = reader.takeMatch(HEXADECIMAL);
  if (hexadecimal !== undefined) {
    const code = Number.parseInt(hexadecimal[1] ?? hexadecimal[2] ?? '', 16);
    return code <= LAST_CODE_POINT ? code : reader.fail(at, `there is no code point ${hexadecimal[0]}`);
  }
  reader.take();
  const char = reader.take();
  const control = CONTROLS.get(char);
  if (control !== undefined) return control;
  const code = char.codePointAt(0);
  if (code !== undefined && code < 0x80 && !/[0-9A-Za-z]/.test(char)) return code;
  return reader.fail(at, escapeProblem(char));
}

function escapeProblem(char: string): string {
  if (char === '') return 'the pattern ends in a single "\\"';
  if (/^[1-9]$/.test(char)) return `\\${char} is a back-reference, which RE2 syntax does not have`;
  if (char === 'k' || char === 'g') return `\\${char} is a back-reference, which RE2 syntax does not have`;
  if (char === 'x') return '\\x needs two hexadecimal digits, or more in braces';
  if (char === 'u') return '\\u is not in RE2 syntax; write \\x{…}';
  if (char === 'Z') return '\\Z is not in RE2 syntax; write \\z';
  return `\\${char} is not in RE2 syntax`;
}
