/**
 * Private keys in PEM (RFC 7468, RFC 1421, OpenSSH, PGP): from the BEGIN line to the END line. A key that is cut off or
 * broken by something else is found as far as it goes. 16 KiB at most, more than any key in use (RSA with 16,384 bits:
 * 12.7 KB): of what is longer, that much is found and the rest is text. Line ends may be those of JSON and source (`\n`).
 */
import { nextEndOf } from './candidates.ts';
import { isAlphanumeric, isUpper } from './characters.ts';
import { NONE, type Shape } from './shape.ts';
import type { View } from './view.ts';

const MAXIMUM = 16 * 1024;
const BEGIN = '-----BEGIN ';
const HYPHENS = 5;
const LABEL_MAXIMUM = 40;
/** Lines of headers (`DEK-Info: …`) before the key. */
const HEADERS_MAXIMUM = 8;
const HEADER_MAXIMUM = 128;
/** The first piece of the key is at least as long, which tells a key from a text about keys. */
const FIRST_PIECE = 16;
const HYPHEN = 0x2d;
const SPACE = 0x20;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const LF = 0x0a;
const CR = 0x0d;

const isKey = (code: number): boolean => isAlphanumeric(code) || code === 0x2b || code === 0x2f || code === 0x3d;
/** What stands between lines: white space, `\n` written out, quotes and signs of source. `+` is a character of the key, too. */
const isBetween = (code: number): boolean =>
  code === SPACE ||
  (code >= 0x09 && code <= CR) ||
  code === BACKSLASH ||
  code === 0x22 ||
  code === 0x27 ||
  code === 0x2c;

/** The end of the five hyphens at `start`. */
function endOfHyphens(view: View, start: number): number {
  for (let i = start; i < start + HYPHENS; i++) if (view.at(i) !== HYPHEN) return NONE;
  return start + HYPHENS;
}

/** The end of a line `-----BEGIN … PRIVATE KEY-----`. */
function endOfBegin(view: View, start: number): number {
  for (let i = 0; i < BEGIN.length; i++) if (view.at(start + i) !== BEGIN.charCodeAt(i)) return NONE;
  const label = start + BEGIN.length;
  let end = label;
  while (end - label < LABEL_MAXIMUM && (isUpper(view.at(end)) || view.at(end) === SPACE)) end++;
  const hyphens = endOfHyphens(view, end);
  return hyphens !== NONE && /(?:^| )PRIVATE KEY(?: BLOCK)?$/.test(view.text.slice(label, end)) ? hyphens : NONE;
}

/** After what stands between lines; `\n` and `\r` written out are two characters each. */
function skipBetween(view: View, from: number, limit: number): number {
  let index = from;
  while (index < limit && isBetween(view.at(index)))
    index += view.at(index) === BACKSLASH && isEscape(view.at(index + 1)) ? 2 : 1;
  return Math.min(index, limit);
}

const isEscape = (code: number): boolean => code === 0x6e || code === 0x72 || code === 0x74;

/** After lines like `Proc-Type: 4,ENCRYPTED`. */
function skipHeaders(view: View, from: number): number {
  let index = from;
  for (let header = 0; header < HEADERS_MAXIMUM; header++) {
    const end = endOfHeader(view, index);
    if (end === NONE) return index;
    index = skipBetween(view, end, end + HEADER_MAXIMUM);
  }
  return index;
}

function endOfHeader(view: View, start: number): number {
  let colon = start;
  while (colon - start < HEADER_MAXIMUM && (isAlphanumeric(view.at(colon)) || view.at(colon) === HYPHEN)) colon++;
  if (colon === start || view.at(colon) !== COLON || view.at(colon + 1) !== SPACE) return NONE;
  let end = colon;
  while (end - start < HEADER_MAXIMUM && !endsLine(view.at(end))) end++;
  return end;
}

const endsLine = (code: number): boolean => code === LF || code === CR || code === BACKSLASH || code === -1;

/** The next five hyphens before the word BEGIN, or what the text ends with and may become that. Of five one stands at every fifth place. */
function nextBegin(text: string, from: number): number {
  const { length } = text;
  for (let probe = from + HYPHENS - 1; probe < length; probe += HYPHENS) {
    if (text.charCodeAt(probe) !== HYPHEN) continue;
    while (probe + 1 < length && text.charCodeAt(probe + 1) === HYPHEN) probe++;
    const start = probe + 1 - HYPHENS;
    if (start >= from && text.startsWith(BEGIN, start)) return start;
  }
  return nextEndOf(text, from, BEGIN);
}

export const privateKey: Shape = {
  lookBehind: 1,
  next: nextBegin,
  end(view, start) {
    const begun = endOfBegin(view, start);
    if (begun === NONE) return NONE;
    const first = skipHeaders(view, skipBetween(view, begun, begun + HEADER_MAXIMUM));
    const limit = start + MAXIMUM;
    let end = first;
    while (end < limit && isKey(view.at(end))) end++;
    // The last hyphens may be the first of another key.
    view.resume = begun - HYPHENS;
    if (end - first < FIRST_PIECE) return NONE;
    for (let index = end; ;) {
      const piece = skipBetween(view, index, limit);
      const code = view.at(piece);
      if (code === HYPHEN) return endOfEnd(view, piece, limit) ?? end;
      index = piece;
      while (index < limit && isKey(view.at(index))) index++;
      if (index === piece) return end;
      end = index;
    }
  },
};

/** The end of a line `-----END …-----`. */
function endOfEnd(view: View, start: number, limit: number): number | undefined {
  const words = endOfHyphens(view, start);
  if (words === NONE || words + LABEL_MAXIMUM > limit) return undefined;
  if (view.at(words) !== 0x45 || view.at(words + 1) !== 0x4e || view.at(words + 2) !== 0x44) return undefined;
  let end = words + 3;
  while (end - words < LABEL_MAXIMUM && (isUpper(view.at(end)) || view.at(end) === SPACE)) end++;
  const hyphens = endOfHyphens(view, end);
  return hyphens === NONE ? undefined : hyphens;
}
