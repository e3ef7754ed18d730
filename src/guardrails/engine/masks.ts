import type { Sighting } from './watch.ts';

/** A span that becomes `mask`. */
export interface MaskSpan {
  readonly start: number;
  readonly end: number;
  readonly mask: string;
  /** Where it begins in the folded text. */
  readonly foldedStart: number;
}

/**
 * The spans that enforced rules mask, in order, none overlapping another. What overlaps becomes one span, with the mask of
 * the match that begins first. `sightings`: as `look` orders them.
 */
export function maskSpans(sightings: readonly Sighting[]): readonly MaskSpan[] {
  const spans: MaskSpan[] = [];
  for (const { start, end, rule, watched, foldedStart } of sightings) {
    if (rule.action !== 'Mask' || !watched.enforced) continue;
    const last = spans.at(-1);
    if (last === undefined || start >= last.end) spans.push({ start, end, mask: rule.mask, foldedStart });
    else if (end > last.end) spans[spans.length - 1] = { ...last, end };
  }
  return spans;
}

/** The first match that an enforced rule blocks for. */
export function firstBlock(sightings: readonly Sighting[]): Sighting | undefined {
  return sightings.find(({ rule, watched }) => rule.action === 'Block' && watched.enforced);
}

/** The span that a place is within, if it is within one. */
export function spanAround(spans: readonly MaskSpan[], place: number): MaskSpan | undefined {
  return spans.find(({ start, end }) => start < place && place < end);
}
