/**
 * Ids of AWS access keys: AKIA (long-term), ASIA (temporary), ABIA and ACCA (of services), and 16 upper-case letters and
 * digits. Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids. AWS's
 * own samples are found, too: people try a guardrail with them.
 */
import { codesOf, decimalDigits, nextRun, upperLetters } from './candidates.ts';
import { LONGEST_ESCAPE } from '../words/escapes.ts';
import { isDigit, isUpper, joins, touches } from './characters.ts';
import { NONE, type Shape } from './shape.ts';
import type { View } from './view.ts';

const LENGTH = 20;
const prefixes = ['AKIA', 'ASIA', 'ABIA', 'ACCA'];
const keyCharacters = codesOf(`${upperLetters}${decimalDigits}`);

export const awsAccessKey: Shape = {
  lookBehind: LONGEST_ESCAPE,
  next: (text, from) => nextRun(text, from, LENGTH, keyCharacters),
  end(view, start) {
    if (touches(view.text, start) || !prefixes.some((prefix) => hasPrefix(view, start, prefix))) return NONE;
    const end = start + LENGTH;
    for (let i = start + 4; i < end; i++) if (!isUpper(view.at(i)) && !isDigit(view.at(i))) return NONE;
    return joins(view.at(end)) ? NONE : end;
  },
};

/** Reads no more than it must: a text that ends with a beginning of the prefix is seen to its end. */
function hasPrefix(view: View, start: number, prefix: string): boolean {
  for (let i = 0; i < prefix.length; i++) if (view.at(start + i) !== prefix.charCodeAt(i)) return false;
  return true;
}
