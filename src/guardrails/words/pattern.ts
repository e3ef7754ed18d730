import { withLatinLooks } from '../fold/look-alikes.ts';
import { fold } from '../fold/folding.ts';

/** A text that is looked for. */
export interface WordPattern {
  /** Folded, not empty. */
  readonly text: string;
  /** Whether it is found only where a word begins, and only where one ends. */
  readonly atBegin: boolean;
  readonly atEnd: boolean;
  /** Nothing is found within it: an innocent word that contains another. */
  readonly exempt: boolean;
}

const WORDS = /[\p{L}\p{M}\p{N}\p{Pc}]+/gu;

/** How a word may stand in a folded text: its look-alikes are read as Latin there only among Latin letters. */
export function foldings(word: string): readonly string[] {
  const folded = fold(word).text;
  const latin = withLatinLooks(folded);
  if (latin === folded) return [folded];
  const whole = folded.replace(WORDS, (part) => {
    const read = withLatinLooks(part);
    return /[^\p{Script=Latin}]/u.test(read) ? part : read;
  });
  return [...new Set([folded, latin, whole])];
}
