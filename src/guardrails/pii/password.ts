/**
 * Passwords and keys of programs by the name they are given: `password=…`, `"api_key": "…"`, `<secret>…</secret>`, and those
 * of URLs. The match is the value, 128 code units at most. Not found are references (`${VAR}`, `process.env.X`), types and words about passwords (`password: string`), masks.
 */
import { END } from './characters.ts';
import { endOfName, isName } from './password-names.ts';
import { endOfPassword, endsUser, userLookBehind } from './password-of-url.ts';
import { isSecret } from './password-values.ts';
import { NONE, type Shape } from './shape.ts';
import type { View } from './view.ts';

const COLON = 0x3a;
const EQUALS = 0x3d;
const SPACE = 0x20;
const TAB = 0x09;
const BACKSLASH = 0x5c;
const DOUBLE = 0x22;
const SINGLE = 0x27;
const BACKTICK = 0x60;
const SLASH = 0x2f;
const LESS = 0x3c;
const GREATER = 0x3e;
const LF = 0x0a;
const CR = 0x0d;
/** Of Markdown: `**Password:** …`. */
const STAR = 0x2a;
/** Code units between the sign and the value: a second sign (`:=`, `=>`), spaces, an escaped quote. */
const GAP = 8;
const MAXIMUM = 128;
/** A sign, a second one, a backslash and a quote. */
const SIGNS = 4;

const isQuote = (code: number): boolean => code === DOUBLE || code === SINGLE || code === BACKTICK;
const isHighSurrogate = (code: number): boolean => code >= 0xd800 && code <= 0xdbff;
const isLowSurrogate = (code: number): boolean => code >= 0xdc00 && code <= 0xdfff;
const isSpace = (code: number): boolean => code === SPACE || code === TAB;

/** Where the value begins that the sign at `sign` gives. It does not begin with a space, a quote or another sign. */
function startOfValue(text: string, sign: number): number {
  const limit = sign + GAP;
  let index = sign + 1;
  const second = text.charCodeAt(index);
  if (second === EQUALS || second === GREATER) index++;
  while (index < limit && (isSpace(text.charCodeAt(index)) || text.charCodeAt(index) === STAR)) index++;
  if (text.charCodeAt(index) === BACKSLASH && isQuote(text.charCodeAt(index + 1))) index++;
  if (isQuote(text.charCodeAt(index))) index++;
  return index;
}

/** What ends a value without quotes: white space, what encloses or separates values in JSON, YAML, queries and shells. */
function endsPlain(code: number): boolean {
  if (code <= SPACE || isQuote(code) || code === BACKSLASH) return true;
  return code === 0x2c || code === 0x3b || code === 0x26 || code === LESS || code === GREATER || closes(code);
}

const closes = (code: number): boolean => code === 0x29 || code === 0x5d || code === 0x7d;
/** A full stop or a colon after a value belongs to the sentence. */
const isStop = (code: number): boolean => code === 0x2e || code === COLON;

/** Whether the value at `start` is the text of an element, `<password>…</password>`. */
const isElement = (view: View, start: number): boolean =>
  view.before(start) === GREATER && view.before(start - 1) !== EQUALS;

/** What must end a value: the quote that began it, the tag that ends an element; or NONE. */
function terminatorOf(view: View, start: number): number {
  const before = view.before(start);
  if (isQuote(before)) return before;
  return isElement(view, start) ? LESS : NONE;
}

/** The end of the value at `start`, with an end of its own or without. */
function endOfValue(view: View, start: number, terminator: number): number {
  const isEscaped = isQuote(terminator) && view.before(start - 1) === BACKSLASH;
  let end = start;
  while (end - start < MAXIMUM) {
    const code = view.at(end);
    if (code === END || code === LF || code === CR) break;
    if (terminator === NONE ? endsPlain(code) : code === terminator) break;
    if (code === BACKSLASH) {
      if (isEscaped || view.at(end + 1) === END) break;
      end++;
    }
    end++;
  }
  end = Math.min(end, start + MAXIMUM);
  if (terminator === NONE) while (end > start && isStop(view.before(end))) end--;
  // Not in the middle of a character of two code units.
  return isHighSurrogate(view.before(end)) && isLowSurrogate(view.at(end)) ? end - 1 : end;
}

export const password: Shape = {
  lookBehind: GAP + SIGNS + userLookBehind,
  next(text, from) {
    // The sign and the name may have been released: a value begins here at the earliest, not what names it.
    for (let i = Math.max(0, from - GAP - SIGNS); i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code !== COLON && code !== EQUALS && code !== GREATER) continue;
      const start = startAfter(text, i, code);
      if (start >= from && start < text.length) return start;
    }
    return NONE;
  },
  end(view, start) {
    if (view.before(start) === COLON && endsUser(view.text, start - 1)) {
      const end = endOfPassword(view, start, MAXIMUM);
      return end !== NONE && isSecret(view.text.slice(start, end), enclosed) ? end : NONE;
    }
    const terminator = terminatorOf(view, start);
    const end = endOfValue(view, start, terminator);
    if (terminator === LESS && !(view.at(end) === LESS && view.at(end + 1) === SLASH)) return NONE;
    const writing = { isEnclosed: terminator !== NONE, isAssigned: view.before(start) === EQUALS };
    return isSecret(view.text.slice(start, end), writing) ? end : NONE;
  },
};

const enclosed = { isEnclosed: true, isAssigned: false };

/** Where the value after a sign begins; NONE when what is before is no name of a secret. */
function startAfter(text: string, sign: number, code: number): number {
  const end = endOfName(text, sign);
  const isNamed = end !== NONE && isName(text, end);
  if (code === GREATER) return isNamed && end === sign ? sign + 1 : NONE;
  if (isNamed) return startOfValue(text, sign);
  return code === COLON && endsUser(text, sign) ? sign + 1 : NONE;
}
