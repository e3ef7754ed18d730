/** What rules found, in the order of the text. Merged, not sorted: each rule finds its matches in order. */
import type { Match } from '../types.ts';

/** What a rule found; `order`: the place of the rule among all. */
interface Found extends Match {
  readonly order: number;
}

/** By begin, then the longest, then the order of rules. */
function comesBefore(a: Found, b: Found): boolean {
  if (a.start !== b.start) return a.start < b.start;
  return a.end === b.end ? a.order < b.order : a.end > b.end;
}

/** Appends what a rule found next. Of matches that begin within one character as written the longest may come last. */
export function insert<F extends Found>(found: F[], next: F): void {
  let at = found.length;
  while (at > 0 && comesBefore(next, found[at - 1] as F)) at -= 1;
  if (at === found.length) found.push(next);
  else found.splice(at, 0, next);
}

/** All in one list. `lists`: what each rule found, in order. */
export function inOrder<F extends Found>(lists: readonly (readonly F[])[]): readonly F[] {
  if (lists.length < 2) return lists[0] ?? [];
  const merged: (readonly F[])[] = [];
  for (let i = 0; i < lists.length; i += 2) merged.push(merge(lists[i] ?? [], lists[i + 1] ?? []));
  return inOrder(merged);
}

function merge<F extends Found>(a: readonly F[], b: readonly F[]): readonly F[] {
  if (b.length === 0) return a;
  const merged: F[] = [];
  let next = 0;
  for (const one of a) {
    for (; next < b.length && comesBefore(b[next] as F, one); next += 1) merged.push(b[next] as F);
    merged.push(one);
  }
  for (; next < b.length; next += 1) merged.push(b[next] as F);
  return merged;
}
