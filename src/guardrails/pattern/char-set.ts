/** Sets of code points as ranges: `[lo, hi, lo, hi, …]`, inclusive, sorted, neither overlapping nor touching. */

export type CharSet = readonly number[];

export const LAST_CODE_POINT = 0x10_ffff;

export const ANY: CharSet = [0, LAST_CODE_POINT];

/** Any pairs of bounds, in any order, as a set. */
export function charSet(bounds: readonly number[]): CharSet {
  const pairs: [number, number][] = [];
  for (let i = 0; i < bounds.length; i += 2) pairs.push([bounds[i] ?? 0, bounds[i + 1] ?? 0]);
  pairs.sort((a, b) => a[0] - b[0]);
  const set: number[] = [];
  for (const [lo, hi] of pairs) {
    const last = set.at(-1);
    if (last !== undefined && lo <= last + 1) set[set.length - 1] = Math.max(last, hi);
    else set.push(lo, hi);
  }
  return set;
}

export function negate(set: CharSet): CharSet {
  const rest: number[] = [];
  let next = 0;
  for (let i = 0; i < set.length; i += 2) {
    const lo = set[i] ?? 0;
    if (next < lo) rest.push(next, lo - 1);
    next = (set[i + 1] ?? 0) + 1;
  }
  if (next <= LAST_CODE_POINT) rest.push(next, LAST_CODE_POINT);
  return rest;
}

export function contains(set: CharSet, codePoint: number): boolean {
  if (set.length === 2) return codePoint >= (set[0] ?? 0) && codePoint <= (set[1] ?? 0);
  let low = 0;
  let high = set.length >> 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (codePoint > (set[2 * middle + 1] ?? 0)) low = middle + 1;
    else high = middle;
  }
  return 2 * low < set.length && codePoint >= (set[2 * low] ?? 0);
}

/** The one member of a set that has one. */
export function onlyMember(set: CharSet): number | undefined {
  return set.length === 2 && set[0] === set[1] ? set[0] : undefined;
}
