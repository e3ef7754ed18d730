/**
 * Tokens of GitHub. `ghp_`, `gho_`, `ghu_`, `ghs_`, `ghr_` and 36 letters and digits, of which the last six are the CRC-32 of
 * the others in base 62 (https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/),
 * which tells a token from a placeholder; `github_pat_` and 82 characters, whose checksum is not documented.
 */
import { crc32 } from 'node:zlib';
import { LONGEST_ESCAPE } from '../words/escapes.ts';
import { nextPrefix } from './candidates.ts';
import { isAlphanumeric, isFreed, joins, unitAt } from './characters.ts';
import { inBase62 } from './checksums.ts';
import { NONE, type Shape } from './shape.ts';
import type { View } from './view.ts';

const UNDERSCORE = 0x5f;
const RANDOM = 30;
const LENGTH = 36;
const FINE_GRAINED = 'github_pat_';
const FINE_GRAINED_LENGTH = 82;

/** What a token does not stand directly behind or before. */
const belongs = (code: number): boolean => joins(code) || code === UNDERSCORE;

/** The end of `count` letters, digits and, if told so, underscores, with nothing of theirs after them. */
function endOf(view: View, start: number, count: number, underscores: boolean): number {
  const end = start + count;
  for (let i = start; i < end; i++) {
    const code = view.at(i);
    if (!isAlphanumeric(code) && !(underscores && code === UNDERSCORE)) return NONE;
  }
  return belongs(view.at(end)) ? NONE : end;
}

function endOfClassic(view: View, start: number): number {
  const kind = view.at(start + 2);
  if (kind === -1 || !'pousr'.includes(String.fromCharCode(kind)) || view.at(start + 3) !== UNDERSCORE) return NONE;
  const end = endOf(view, start + 4, LENGTH, false);
  if (end === NONE) return NONE;
  const random = view.text.slice(start + 4, start + 4 + RANDOM);
  return inBase62(crc32(random)) === view.text.slice(start + 4 + RANDOM, end) ? end : NONE;
}

function endOfFineGrained(view: View, start: number): number {
  for (let i = 0; i < FINE_GRAINED.length; i++) if (view.at(start + i) !== FINE_GRAINED.charCodeAt(i)) return NONE;
  return endOf(view, start + FINE_GRAINED.length, FINE_GRAINED_LENGTH, true);
}

export const gitHubToken: Shape = {
  lookBehind: LONGEST_ESCAPE,
  next(text, from) {
    for (let i = nextPrefix(text, from, 'g'); i !== NONE; i = nextPrefix(text, i + 1, 'g')) {
      if (!belongs(unitAt(text, i - 1)) || isFreed(text, i, belongs)) return i;
    }
    return NONE;
  },
  end(view, start) {
    const second = view.at(start + 1);
    if (second === 0x68) return endOfClassic(view, start);
    return second === 0x69 ? endOfFineGrained(view, start) : NONE;
  },
};
