/** Passwords of URLs: `postgres://user:password@host` (RFC 3986 section 3.2.1). */
import { NONE } from './shape.ts';
import type { View } from './view.ts';

const USER_MAXIMUM = 64;
const COLON = 0x3a;
const SLASH = 0x2f;
const AT = 0x40;

/** What a detector must see before the colon. */
export const userLookBehind = USER_MAXIMUM + 3;

/** What ends user information: white space, what begins a path, what encloses a URL. */
const ends = (code: number): boolean =>
  code <= 0x20 ||
  code === SLASH ||
  code === 0x3f ||
  code === 0x23 ||
  code === 0x22 ||
  code === 0x27 ||
  code === 0x3c ||
  code === 0x3e ||
  code === 0x60;

/** Whether the colon at `colon` ends a user (or no user) after `://`. */
export function endsUser(text: string, colon: number): boolean {
  let start = colon;
  while (colon - start < USER_MAXIMUM && isUser(text.charCodeAt(start - 1))) start--;
  if (text.charCodeAt(start - 1) !== SLASH || text.charCodeAt(start - 2) !== SLASH) return false;
  return text.charCodeAt(start - 3) === COLON;
}

const isUser = (code: number): boolean => !ends(code) && code !== COLON && code !== AT && code < 0x7f;

/** The end of the password that begins at `start`: at the `@` before the host. */
export function endOfPassword(view: View, start: number, most: number): number {
  let end = start;
  while (end - start < most && view.at(end) !== AT && !ends(view.at(end))) end++;
  return end > start && view.at(end) === AT ? end : NONE;
}
