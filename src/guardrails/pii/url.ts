/**
 * URLs of the web: `http`, `https`, `ws`, `wss`, `ftp`, `ftps` and `sftp` with a host, and `www.` without a scheme (RFC 3986).
 * What follows one in a sentence (a full stop, a bracket that was opened before) is none of it. 2,048 code units at most:
 * what is longer ends there.
 */
import { LONGEST_ESCAPE } from '../words/escapes.ts';
import { joins, lower } from './characters.ts';
import { NONE, type Shape } from './shape.ts';
import { codesOf, nextWord } from './candidates.ts';
import type { View } from './view.ts';

const MAXIMUM = 2048;
const PERCENT = 0x25;
const OPEN_BRACKET = 0x5b;

const beginnings = ['http://', 'https://', 'ws://', 'wss://', 'ftp://', 'ftps://', 'sftp://', 'www.'];
const firstLetters = codesOf('hHwWfFsS');

/** Whether a URL goes on with a code unit: RFC 3986's characters, and letters of internationalized names and paths. */
const goesOn = (code: number): boolean => joins(code) || isOther(code);

const others = codesOf('-._~:/?#[]@!$&()*+,;=%');
const isOther = (code: number): boolean => code >= 0 && code < 128 && others[code] === 1;

/** What seldom ends a URL and often the sentence around it. */
const trailing = codesOf(".,;:!?'*_~&([@");

/** The index after the scheme or `www.` at `start`. */
function endOfBeginning(view: View, start: number): number {
  for (const beginning of beginnings) {
    let length = 0;
    while (length < beginning.length && lower(view.at(start + length)) === beginning.charCodeAt(length)) length++;
    if (length === beginning.length) return start + length;
  }
  return NONE;
}

/** Without what belongs to the sentence, and without brackets that were not opened within. */
function endOfLast(text: string, start: number, end: number): number {
  let round = 0;
  let square = 0;
  for (let i = start; i < end; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x28) round++;
    else if (code === 0x29) round--;
    else if (code === 0x5b) square++;
    else if (code === 0x5d) square--;
  }
  for (let last = end; last > start; last--) {
    const code = text.charCodeAt(last - 1);
    if (code === 0x29 && round < 0) round++;
    else if (code === 0x5d && square < 0) square++;
    else if (code >= 128 || trailing[code] !== 1) return last;
    else if (code === 0x28) round--;
    else if (code === 0x5b) square--;
  }
  return NONE;
}

export const url: Shape = {
  lookBehind: LONGEST_ESCAPE,
  next: (text, from) => nextWord(text, from, firstLetters),
  end(view, start) {
    const host = endOfBeginning(view, start);
    if (host === NONE) return NONE;
    const first = view.at(host);
    if (!joins(first) && first !== OPEN_BRACKET && first !== PERCENT) return NONE;
    let end = host;
    while (end - start < MAXIMUM && goesOn(view.at(end))) end++;
    const last = endOfLast(view.text, start, end);
    if (last <= host) return NONE;
    // `www.` says less than a scheme: a name with a dot must follow.
    const isBare = host - start === 4;
    return isBare && !view.text.slice(host, last).includes('.') ? NONE : last;
  },
};
