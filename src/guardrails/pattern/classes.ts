import { charSet, negate, type CharSet } from './char-set.ts';

const ranges = (...bounds: string[]): CharSet =>
  charSet(bounds.flatMap((bound) => [bound.charCodeAt(0), bound.charCodeAt(bound.length - 1)]));

export const WORD = ranges('09', 'AZ', '_', 'az');
export const NEWLINE = ranges('\n');
const DIGIT = ranges('09');
const SPACE = ranges('\t\n', '\f\r', ' ');

/** `\d` and its kin: ASCII only, as in RE2. */
export const PERL_CLASSES: ReadonlyMap<string, CharSet> = new Map([
  ['d', DIGIT],
  ['D', negate(DIGIT)],
  ['s', SPACE],
  ['S', negate(SPACE)],
  ['w', WORD],
  ['W', negate(WORD)],
]);

/** What stands between `[:` and `:]`. */
export const ASCII_CLASSES: ReadonlyMap<string, CharSet> = new Map([
  ['alnum', ranges('09', 'AZ', 'az')],
  ['alpha', ranges('AZ', 'az')],
  ['ascii', ranges('\0\x7f')],
  ['blank', ranges('\t', ' ')],
  ['cntrl', ranges('\0\x1f', '\x7f')],
  ['digit', DIGIT],
  ['graph', ranges('!~')],
  ['lower', ranges('az')],
  ['print', ranges(' ~')],
  ['punct', ranges('!/', ':@', '[`', '{~')],
  ['space', ranges('\t\r', ' ')],
  ['upper', ranges('AZ')],
  ['word', WORD],
  ['xdigit', ranges('09', 'AF', 'af')],
]);
