/**
 * AWS secret access keys: 40 characters of base 64 with nothing of their own to be known by. They are found near a word
 * that says so or near the id of their key, when upper case, lower case and digits mix as chance does and they are no hash.
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html.
 */
import { codesOf, decimalDigits, lowerLetters, nextRun, upperLetters } from './candidates.ts';
import { isAlphanumeric, isDigit, isLower, isUpper, touches } from './characters.ts';
import { hasContext, lookBehindOf, contextOf } from './context.ts';
import { NONE, type Shape } from './shape.ts';
import type { View } from './view.ts';

const LENGTH = 40;
const EQUALS = 0x3d;

const context = contextOf(96, [
  'secret',
  'secretkey',
  'secretaccesskey',
  'secret_access_key',
  'aws_secret',
  'aws',
  'sk',
]);
const idWindow = 128;
const ids = ['AKIA', 'ASIA', 'ABIA', 'ACCA'];

const keyCharacters = codesOf(`${upperLetters}${lowerLetters}${decimalDigits}/+`);
const isKey = (code: number): boolean => isAlphanumeric(code) || code === 0x2f || code === 0x2b;

/**
 * What chance made has letters of both cases and digits, and changes between kinds of characters 25 times (one in a thousand
 * less than 15 times); paths have more signs, names of programs (`CoreV1ApiReplace…`) fewer changes.
 */
function isRandom(value: string): boolean {
  const counts: [number, number, number, number] = [0, 0, 0, 0];
  let changes = 0;
  let last = NONE;
  for (let i = 0; i < value.length; i++) {
    const kind = kindOf(value.charCodeAt(i));
    counts[kind]++;
    if (kind !== last) changes++;
    last = kind;
  }
  const [upper, lower, digits, signs] = counts;
  return upper >= 4 && lower >= 4 && digits >= 1 && signs <= 10 && changes > 15;
}

const kindOf = (code: number): 0 | 1 | 2 | 3 => (isUpper(code) ? 0 : isLower(code) ? 1 : isDigit(code) ? 2 : 3);

function hasKeyId(text: string, at: number): boolean {
  const before = text.slice(Math.max(0, at - idWindow), at);
  return ids.some((id) => before.includes(id));
}

function endOfKey(view: View, start: number): number {
  if (touches(view.text, start)) return NONE;
  let end = start;
  while (end - start <= LENGTH && isKey(view.at(end))) end++;
  if (end - start !== LENGTH || view.at(end) === EQUALS) return NONE;
  return isRandom(view.text.slice(start, end)) ? end : NONE;
}

export const awsSecretKey: Shape = {
  lookBehind: Math.max(lookBehindOf(context), idWindow),
  next: (text, from) => nextRun(text, from, LENGTH, keyCharacters),
  end(view, start) {
    const end = endOfKey(view, start);
    if (end === NONE && !view.sawEnd) return NONE;
    return hasContext(view.text, start, context) || hasKeyId(view.text, start) ? end : view.never();
  },
};
