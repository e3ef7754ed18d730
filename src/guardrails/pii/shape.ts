/** What all detectors of this room share: looking on from candidate to candidate, and knowing what is still open. */
import type { Detector, Match } from '../types.ts';
import { NONE, View } from './view.ts';

export { NONE };

/** How the values of one type look. What it says of an index depends on `lookBehind` code units before it, and on what follows. */
export interface Shape {
  readonly lookBehind: number;
  /**
   * The first index from `from` on at which a value may begin, or {@link NONE}. At the end of the text also the beginnings
   * of what may become one. `view`: of the same text, for what it remembers of it.
   */
  next(text: string, from: number, view: View): number;
  /**
   * The end of the value that begins at `start`, or {@link NONE}. Reads what is at `start` and after it through
   * {@link View.at} alone, no more of it than needed, and never more than a constant unless it moves `view.resume` as far.
   */
  end(view: View, start: number): number;
}

/** Looks over a text from `from` on; returns where what is undecided begins. */
function walk(shape: Shape, view: View, from: number, isWhole: boolean, matches: Match[] | undefined): number {
  const { text } = view;
  for (let index = from; ;) {
    const start = shape.next(text, index, view);
    if (start === NONE) return text.length;
    view.begin(start);
    const end = shape.end(view, start);
    if (view.sawEnd && !isWhole) return start;
    if (end !== NONE) matches?.push({ start, end });
    index = end === NONE ? view.resume : end;
  }
}

/** The detector of values of a shape. */
export function detectorOf(shape: Shape): Detector {
  return {
    lookBehind: shape.lookBehind,
    find(text, from, isWhole, notes) {
      const matches: Match[] = [];
      walk(shape, new View(text, notes), from, isWhole, matches);
      return matches;
    },
    undecided: (text, from, notes) => walk(shape, new View(text, notes), from, false, undefined),
    scan: (text, from, notes, matches) => walk(shape, new View(text, notes), from, false, matches),
  };
}
