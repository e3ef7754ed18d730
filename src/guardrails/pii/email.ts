/** E-mail addresses as people write them: the dot-atom form of RFC 5321, no quoted local parts, no address literals. */
import { behindEscape, escapedBefore } from '../words/escapes.ts';
import { codesOf, decimalDigits, lowerLetters, upperLetters } from './candidates.ts';
import { END, isAlphanumeric, isDigit, isLetter, joins, unitAt } from './characters.ts';
import { NONE, type Shape } from './shape.ts';
import type { View } from './view.ts';

/** RFC 5321 4.5.3.1.1. */
const LOCAL_MAXIMUM = 64;
/** RFC 5321 4.5.3.1.2. */
const DOMAIN_MAXIMUM = 255;
/** RFC 1035 2.3.4. */
const LABEL_MAXIMUM = 63;
const AT = 0x40;
const DOT = 0x2e;
const COLON = 0x3a;
const SLASH = 0x2f;
const HYPHEN = 0x2d;

/** Names of files that look like domains (`icon@2x.png`): endings that are no top-level domain (IANA's list). */
const fileEndings = new Set(
  'png jpg jpeg gif svg webp avif bmp tiff js mjs cjs jsx ts tsx css scss less html htm xml json yaml yml toml txt pdf csv log lock bak tmp'.split(
    ' ',
  ),
);

/** What stands in a local part without making it a sentence: RFC 5322 `atext` but `/ = ? { } |` and quotes, which more often enclose one. */
const isLocal = (code: number): boolean => (code < 128 ? locals[code] === 1 : joins(code));

const locals = codesOf(`${upperLetters}${lowerLetters}${decimalDigits}.-_+%`);

/** Where the local part that ends before `end` begins, not before `limit`. Two dots in a row are an ellipsis. */
function startOfLocal(text: string, end: number, limit: number): number {
  const least = Math.max(limit, end - LOCAL_MAXIMUM);
  let start = end;
  while (start > least && isLocal(text.charCodeAt(start - 1))) {
    if (text.charCodeAt(start - 1) === DOT && unitAt(text, start) === DOT) break;
    start--;
  }
  start = startBehindEscape(text, start, end);
  while (start < end && !startsLocal(text.charCodeAt(start))) start++;
  return start;
}

/**
 * Where a local part begins of which the first code units, from `start` on, may be those of an escape: `\njoe@…` is Joe's
 * address, and what follows `\n@` is none. An escape of a letter is kept when it is all there is.
 */
function startBehindEscape(text: string, start: number, end: number): number {
  const behind = behindEscape(text, start);
  return behind > end || (behind === end && joins(escapedBefore(text, behind))) ? start : behind;
}

const startsLocal = (code: number): boolean => joins(code) || code === 0x5f || code === 0x2b;

/** `user` and `password` of `https://user:password@host` are no local part. */
function isUserOfURL(view: View, start: number): boolean {
  let index = start;
  if (view.before(index) === COLON) {
    index--;
    for (const least = index - LOCAL_MAXIMUM; index > least && isLocal(view.before(index));) index--;
  }
  return view.before(index) === SLASH && view.before(index - 1) === SLASH;
}

/** The end of the domain that begins at `start`: the last label that can be a top-level domain ends it. */
function endOfDomain(view: View, start: number): number {
  let end = NONE;
  let label = start;
  let letters = true;
  for (let index = start; index - start <= DOMAIN_MAXIMUM; index++) {
    const code = view.at(index);
    if (joins(code)) {
      letters &&= !isDigit(code);
      if (index - label >= LABEL_MAXIMUM) return end;
      continue;
    }
    if (label > start && (letters || code !== HYPHEN) && isTopLevel(view, label, index, letters)) end = index;
    if (code === HYPHEN && index > label && index - label < LABEL_MAXIMUM) {
      letters = false;
      continue;
    }
    if (code !== DOT || index === label || view.before(index) === HYPHEN) return end;
    label = index + 1;
    letters = true;
  }
  return end;
}

function isTopLevel(view: View, start: number, end: number, letters: boolean): boolean {
  if (end - start < 2) return false;
  const label = view.text.slice(start, end).toLowerCase();
  return letters ? !fileEndings.has(label) : label.startsWith('xn--');
}

export const email: Shape = {
  // A local part, and before it a user of a URL with its signs.
  lookBehind: 2 * LOCAL_MAXIMUM + 4,
  next(text, from) {
    for (let at = text.indexOf('@', from); at !== -1; at = text.indexOf('@', at + 1)) {
      const start = startOfLocal(text, at, from);
      if (start < at) return start;
    }
    const start = startOfLocal(text, text.length, from);
    return start < text.length ? start : NONE;
  },
  end(view, start) {
    let at = start;
    while (view.at(at) !== AT && view.at(at) !== END) at++;
    view.resume = at + 1;
    if (view.at(at) === END) return NONE;
    const first = view.at(at + 1);
    if (view.before(at) === DOT || !(isAlphanumeric(first) || joins(first))) return NONE;
    // What was looked at before may have ended within the local part: what that is does not depend on it.
    const local = startOfLocal(view.text, at, 0);
    if (isUserOfURL(view, local)) return NONE;
    const end = endOfDomain(view, at + 1);
    // `git@host:path` is a place of a repository.
    if (end !== NONE && isGit(view, local, at) && view.at(end) === COLON && isLetter(view.at(end + 1))) return NONE;
    return end;
  },
};

const isGit = (view: View, start: number, at: number): boolean => view.text.slice(start, at) === 'git';
