/** What rules found, in the order of the text. Merged, not sorted: each rule finds its matches in order. */
import type { Sighting } from './watch.ts';

/** By begin, then the longest, then the order of rules. */
function comesBefore(a: Sighting, b: Sighting): boolean {
  if (a.start !== b.start) return a.start < b.start;
  return a.end === b.end ? a.order < b.order : a.end > b.end;
}

/** Appends what a rule found next. Of matches that begin within one character as written the longest may come last. */
export function insert(sightings: Sighting[], next: Sighting): void {
  let at = sightings.length;
  while (at > 0 && comesBefore(next, sightings[at - 1] as Sighting)) at -= 1;
  if (at === sightings.length) sightings.push(next);
  else sightings.splice(at, 0, next);
}

/** All in one list. `lists`: what each rule found, in order. */
export function inOrder(lists: readonly (readonly Sighting[])[]): readonly Sighting[] {
  if (lists.length < 2) return lists[0] ?? NONE;
  const merged: (readonly Sighting[])[] = [];
  for (let i = 0; i < lists.length; i += 2) merged.push(merge(lists[i] ?? NONE, lists[i + 1] ?? NONE));
  return inOrder(merged);
}

const NONE: readonly Sighting[] = [];

function merge(a: readonly Sighting[], b: readonly Sighting[]): readonly Sighting[] {
  if (b.length === 0) return a;
  const merged: Sighting[] = [];
  let next = 0;
  for (const one of a) {
    for (; next < b.length && comesBefore(b[next] as Sighting, one); next += 1) merged.push(b[next] as Sighting);
    merged.push(one);
  }
  for (; next < b.length; next += 1) merged.push(b[next] as Sighting);
  return merged;
}
