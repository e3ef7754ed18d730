/**
 * IP addresses of both versions. Addresses that are no machine's are not found, since texts about networks are full of
 * them: 0.0.0.0/8 and 127.0.0.0/8 (RFC 1122 3.2.1.3), masks and broadcasts that begin with 255, `::` and `::1` (RFC 4291).
 * Private and documentation addresses are found: they say how a network is built, or stand for an address that would.
 */
import { isDigit, isHex, joins } from './characters.ts';
import { hasContext, lookBehindOf, contextOf } from './context.ts';
import { endOfIPv4 } from './ipv4.ts';
import { endOfIPv6 } from './ipv6.ts';
import { NONE, type Shape } from './shape.ts';
import type { View } from './view.ts';

const DOT = 0x2e;
const COLON = 0x3a;

/** Four numbers after one of these are a version, an identifier of objects, or a place in a book. */
const versions = contextOf(16, [
  'version',
  'versions',
  'v',
  'ver',
  'release',
  'build',
  'upgrade',
  'firmware',
  'fileversion',
  'oid',
  'section',
  'chapter',
  'clause',
]);

/** The first of the (at most `count`) units of a kind that end before `end`, not before `limit`. */
function startOf(text: string, end: number, limit: number, count: number, kind: (code: number) => boolean): number {
  const least = Math.max(limit, end - count);
  let start = end;
  while (start > least && kind(text.charCodeAt(start - 1))) start--;
  return start;
}

function endOfVersion4(view: View, start: number): number {
  if (!isDigit(view.at(start))) return NONE;
  const end = endOfIPv4(view, start);
  if (end === NONE) return NONE;
  const after = view.at(end);
  if (joins(after) || (after === DOT && joins(view.at(end + 1)))) return NONE;
  const first = Number.parseInt(view.text.slice(start, start + 3), 10);
  if (first === 0 || first === 127 || first === 255) return NONE;
  return hasContext(view.text, start, versions) ? NONE : end;
}

/** Looked for at dots after digits and at colons; the address begins with the group before. */
export const ipAddress: Shape = {
  lookBehind: lookBehindOf(versions),
  next(text, from, view) {
    for (let i = view.nextOf('.', ':', from); i < text.length; i = view.nextOf('.', ':', i + 1)) {
      if (text.charCodeAt(i) === DOT) {
        const start = startOf(text, i, from, 3, isDigit);
        if (start < i) return start;
      } else {
        const start = startOf(text, i, from, 4, isHex);
        if (start < i || i + 1 === text.length || text.charCodeAt(i + 1) === COLON) return start;
      }
    }
    const start = startOf(text, text.length, from, 4, isHex);
    return start < text.length && !joins(text.charCodeAt(start - 1)) ? start : NONE;
  },
  end(view, start) {
    let anchor = start;
    while (isHex(view.at(anchor)) && anchor - start < 4) anchor++;
    view.resume = anchor + 1;
    const before = view.before(start);
    if (joins(before) || before === DOT) return NONE;
    const end = endOfVersion4(view, start);
    return end !== NONE || before === COLON ? end : endOfIPv6(view, start);
  },
};
