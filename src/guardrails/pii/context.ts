/** Words near a number that say what it is. */
import { isDigit, isLower, isUpper, joins } from './characters.ts';

/** Words that give what follows them a meaning. */
export interface Context {
  /** Code units before a value in which a word must lie whole. */
  readonly window: number;
  /** In lower case, by their first code unit. */
  readonly words: ReadonlyMap<number, readonly string[]>;
}

/** The words of a list with commas between them, in lower case. */
export const listOf = (words: string): readonly string[] => words.split(', ');

/** A context of words, whole and in lower case. */
export function contextOf(window: number, words: readonly string[]): Context {
  const byInitial = new Map<number, string[]>();
  for (const word of words) {
    const initial = word.charCodeAt(0);
    byInitial.set(initial, [...(byInitial.get(initial) ?? []), word]);
  }
  return { window, words: byInitial };
}

/** What a detector with this context must see before a value: the window, and what a word at its border touches. */
export const lookBehindOf = (context: Context): number => context.window + 1;

/**
 * Whether one of the words stands in the window before `at`, and not before `least`, in any case, as a word: not touching
 * another letter, unless the case of letters changes there (`userPassport`, `SSNValue`) or the script writes without spaces.
 */
export function hasContext(text: string, at: number, { window, words }: Context, least = 0): boolean {
  const from = Math.max(least, at - window);
  const written = text.slice(from, at);
  const lowered = written.toLowerCase();
  // A few letters (U+0130) grow when lowered: then cases are not compared.
  const cases = lowered.length === written.length ? written : lowered;
  let before = text.charCodeAt(from - 1);
  for (let i = 0; i < lowered.length; i++) {
    const code = cases.charCodeAt(i);
    if (parts(before, code, Number.NaN)) {
      for (const word of words.get(lowered.charCodeAt(i)) ?? none) {
        const end = i + word.length;
        if (!lowered.startsWith(word, i)) continue;
        if (parts(cases.charCodeAt(end - 1), cases.charCodeAt(end), cases.charCodeAt(end + 1))) return true;
      }
    }
    before = code;
  }
  return false;
}

const none: readonly string[] = [];

/** Whether a word may end between two code units; `next`, after them, tells `SSN|Value` from `SSNS`. */
function parts(left: number, right: number, next: number): boolean {
  if (!joins(left) || !joins(right)) return true;
  if (isDigit(left) || isDigit(right)) return true;
  return isUpper(left) !== isUpper(right) || (isUpper(right) && isLower(next));
}
