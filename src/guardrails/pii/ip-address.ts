/**
 * IP addresses of both versions. Addresses that are no machine's are not found, since texts about networks are full of
 * them: 0.0.0.0/8 and 127.0.0.0/8 (RFC 1122 3.2.1.3), masks and broadcasts that begin with 255, `::` and `::1` (RFC 4291).
 * Private and documentation addresses are found: they say how a network is built, or stand for an address that would.
 */
import { behindEscape } from '../words/escapes.ts';
import { isDigit, isHex, joins, touches, unitAt, valueOfHex } from './characters.ts';
import { hasContext, lookBehindOf, contextOf } from './context.ts';
import { endOfIPv4 } from './ipv4.ts';
import { endOfIPv6, isGivenOut } from './ipv6.ts';
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

/** Digits of a group of version 6 at most. */
const GROUP = 4;

/** Where the digits of base 16 (at most {@link GROUP}) begin that end before `end`, not before `limit`. */
function startOfGroup(text: string, end: number, limit: number): number {
  const least = Math.max(limit, end - GROUP);
  let start = end;
  while (start > least && isHex(text.charCodeAt(start - 1))) start--;
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

/** The next number that three others follow with dots between, or may. */
function nextVersion4(text: string, from: number, view: View): number {
  const first = view.numberFrom(from);
  const { bounds, boundsEnd } = view;
  for (let place = first; place < boundsEnd; place += 2) {
    const start = bounds[place] ?? 0;
    let end = bounds[place + 1] ?? 0;
    if (end - start > 3) continue;
    let next = place;
    while (next < place + 6 && bounds[next + 2] === end + 1) {
      next += 2;
      end = bounds[next + 1] ?? 0;
    }
    if (next < place + 6 && end < text.length) continue;
    // A number at the end may be one of version 6 as well, which is looked for there.
    const dot = bounds[place + 1] ?? 0;
    if (dot === text.length || text.charCodeAt(dot) !== DOT || unitAt(text, start - 1) === DOT) continue;
    view.leaveOutNumbers(place);
    return start;
  }
  view.leaveOutNumbers(boundsEnd);
  return NONE;
}

/** The next group before a colon with which an address of version 6 can begin, the next `::`, or what may become one of these; a group begins also behind an escape. */
function nextVersion6(text: string, from: number, view: View): number {
  const { length } = text;
  for (let colon = view.colonFrom(from); colon < length; colon = view.colonFrom(colon + 1)) {
    const after = unitAt(text, colon + 1);
    if (after !== COLON && !isHex(after) && colon + 1 < length) continue;
    const group = startOfGroup(text, colon, from);
    if (group === colon ? !isHex(after) : mayBegin(text, group, colon)) return group;
    const behind = behindEscape(text, group);
    if (behind === group || behind > colon) continue;
    if (behind === colon ? !isHex(after) : mayBegin(text, behind, colon)) return behind;
  }
  const group = startOfGroup(text, length, from);
  if (group < length && !touches(text, group)) return group;
  const behind = behindEscape(text, group);
  return behind > group && behind < length ? behind : NONE;
}

/** Whether an address can begin with the group from `start` to `end`. */
function mayBegin(text: string, start: number, end: number): boolean {
  if (touches(text, start)) return false;
  let group = 0;
  for (let i = start; i < end; i++) group = group * 16 + valueOfHex(text.charCodeAt(i));
  return isGivenOut(group);
}

/** Looked for at numbers with dots between and at colons; the address begins with the group before. */
export const ipAddress: Shape = {
  lookBehind: lookBehindOf(versions),
  next(text, from, view) {
    const version4 = nextVersion4(text, from, view);
    const version6 = nextVersion6(text, from, view);
    return version4 !== NONE && (version6 === NONE || version4 < version6) ? version4 : version6;
  },
  end(view, start) {
    let anchor = start;
    while (isHex(view.at(anchor)) && anchor - start < 4) anchor++;
    view.resume = anchor + 1;
    const before = view.before(start);
    if (touches(view.text, start) || before === DOT) return NONE;
    const end = endOfVersion4(view, start);
    return end !== NONE || before === COLON ? end : endOfIPv6(view, start);
  },
};
