/** From a text and what a judge made of it to the edits in between. */
import type { Edit } from '../engine/judge.ts';

/** What a judge says that it masked. */
export interface Masked {
  /** The text that was found. */
  readonly match: string;
  /** What was written in its place. */
  readonly mask: string;
}

/**
 * The edits that make `masked` of `text`: each match on its own where the text reads so, else everything between the
 * first and the last difference. Linear in the text, for each distinct match.
 */
export function editsBetween(text: string, masked: string, matches: readonly Masked[]): readonly Edit[] {
  return byMatches(text, masked, matches) ?? byDifference(text, masked);
}

function byMatches(text: string, masked: string, matches: readonly Masked[]): readonly Edit[] | undefined {
  const byBegin = new Map<string, Masked[]>();
  // The longest first: one match may begin with another.
  for (const each of matches.toSorted((a, b) => b.match.length - a.match.length)) {
    const begin = each.match[0];
    if (begin === undefined) continue;
    const known = byBegin.get(begin);
    if (known === undefined) byBegin.set(begin, [each]);
    else if (!known.some(({ match, mask }) => match === each.match && mask === each.mask)) known.push(each);
  }
  const edits: Edit[] = [];
  let at = 0;
  let written = 0;
  while (at < text.length) {
    const found = byBegin
      .get(text.charAt(at))
      ?.find(({ match, mask }) => text.startsWith(match, at) && masked.startsWith(mask, written));
    if (found !== undefined && found.match !== found.mask) {
      edits.push({ start: at, end: at + found.match.length, replacement: found.mask });
      at += found.match.length;
      written += found.mask.length;
    } else if (text.charCodeAt(at) === masked.charCodeAt(written)) {
      at += 1;
      written += 1;
    } else return undefined;
  }
  return written === masked.length ? edits : undefined;
}

function byDifference(text: string, masked: string): readonly Edit[] {
  if (text === masked) return [];
  const least = Math.min(text.length, masked.length);
  let start = 0;
  while (start < least && text.charCodeAt(start) === masked.charCodeAt(start)) start += 1;
  let same = 0;
  while (
    same < least - start &&
    text.charCodeAt(text.length - 1 - same) === masked.charCodeAt(masked.length - 1 - same)
  ) {
    same += 1;
  }
  // An edit has something to replace: what was only added goes with the character before or behind it.
  if (start === text.length - same) {
    if (start > 0) start -= 1;
    else same -= 1;
  }
  return [{ start, end: text.length - same, replacement: masked.slice(start, masked.length - same) }];
}
