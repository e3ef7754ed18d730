/**
 * Passwords and keys of programs by the name they are given: `password=…`, `"api_key": "…"`, `DB_PASSWD: …`. The match is the
 * value. Not found are references (`${VAR}`, `process.env.X`), types and words about passwords (`password: string`), masks.
 */
import { endOfName, isName } from './password-names.ts';
import { isSecret } from './password-values.ts';
import { NONE, type Shape } from './shape.ts';

const COLON = 0x3a;
const EQUALS = 0x3d;
const SPACE = 0x20;
const TAB = 0x09;
const BACKSLASH = 0x5c;
const DOUBLE = 0x22;
const SINGLE = 0x27;
const BACKTICK = 0x60;
/** Of Markdown: `**Password:** …`. */
const STAR = 0x2a;
/** Code units between the sign and the value: a second sign (`:=`, `=>`), spaces, an escaped quote. */
const GAP = 8;
const MAXIMUM = 128;
const NAME_LOOK_BEHIND = 48;

const isQuote = (code: number): boolean => code === DOUBLE || code === SINGLE || code === BACKTICK;
const isSpace = (code: number): boolean => code === SPACE || code === TAB;

/** Where the value begins that the sign at `sign` gives. It does not begin with a space, a quote or another sign. */
function startOfValue(text: string, sign: number): number {
  const limit = sign + GAP;
  let index = sign + 1;
  const second = text.charCodeAt(index);
  if (second === EQUALS || second === 0x3e) index++;
  while (index < limit && (isSpace(text.charCodeAt(index)) || text.charCodeAt(index) === STAR)) index++;
  if (text.charCodeAt(index) === BACKSLASH && isQuote(text.charCodeAt(index + 1))) index++;
  if (isQuote(text.charCodeAt(index))) index++;
  return index;
}

/** What ends a value without quotes: white space, what encloses or separates values in JSON, YAML, queries and shells. */
function endsPlain(code: number): boolean {
  if (code <= SPACE || isQuote(code) || code === BACKSLASH) return true;
  return code === 0x2c || code === 0x3b || code === 0x26 || code === 0x3c || code === 0x3e || closes(code);
}

const closes = (code: number): boolean => code === 0x29 || code === 0x5d || code === 0x7d;
/** A full stop or a colon after a value belongs to the sentence. */
const isStop = (code: number): boolean => code === 0x2e || code === COLON;

export const password: Shape = {
  lookBehind: 2 * GAP + NAME_LOOK_BEHIND,
  next(text, from) {
    // The sign and the name may have been released: a value begins here at the earliest, not what names it.
    for (let i = Math.max(0, from - GAP - 4); i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code !== COLON && code !== EQUALS) continue;
      const end = endOfName(text, i);
      if (end === NONE || !isName(text, end)) continue;
      const start = startOfValue(text, i);
      if (start >= from && start < text.length) return start;
    }
    return NONE;
  },
  end(view, start) {
    const before = view.before(start);
    const quote = isQuote(before) ? before : NONE;
    const isEscaped = quote !== NONE && view.before(start - 1) === BACKSLASH;
    let end = start;
    while (end - start < MAXIMUM) {
      const code = view.at(end);
      if (code === -1 || code === 0x0a || code === 0x0d || (quote === NONE ? endsPlain(code) : code === quote)) break;
      if (code === BACKSLASH) {
        if (isEscaped || view.at(end + 1) === -1) break;
        end++;
      }
      end++;
    }
    end = Math.min(end, start + MAXIMUM);
    if (quote === NONE) while (end > start && isStop(view.before(end))) end--;
    if (end === start) return NONE;
    const isDirect = !isSpace(before);
    return isSecret(view.text.slice(start, end), {
      isQuoted: quote !== NONE,
      isAssigned: isDirect && before === EQUALS,
    })
      ? end
      : NONE;
  },
};
