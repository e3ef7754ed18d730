/** Words near a number that say what it is. */
import { isDigit, isUpper, joins } from './characters.ts';

/** Words that give what follows them a meaning. */
export interface Context {
  /** Code units before a value in which a word must lie whole. */
  readonly window: number;
  /** In lower case. */
  readonly words: readonly string[];
}

/** The words of a list with commas between them. */
export const listOf = (words: string): readonly string[] => words.split(', ');

/** What a detector with this context must see before a value: the window, and what a word at its border touches. */
export const lookBehindOf = (context: Context): number => context.window + 1;

/**
 * Whether one of the words stands in the window before `at`, in any case, as a word: not touching another letter, unless
 * the case of letters changes there (`userPassport`, `SSNValue`) or the script writes without spaces.
 */
export const hasContext = (text: string, at: number, context: Context): boolean => endOfContext(text, at, context) > 0;

/** The end of the last such word before `at`, 0 when there is none. */
export function endOfContext(text: string, at: number, { window, words }: Context): number {
  const from = Math.max(0, at - window);
  const written = text.slice(from, at);
  const lowered = written.toLowerCase();
  // A few letters (U+0130) grow when lowered: then cases are not compared.
  const cases = lowered.length === written.length ? written : lowered;
  let last = 0;
  for (const word of words) {
    for (let i = lowered.lastIndexOf(word); i !== -1; i = i === 0 ? -1 : lowered.lastIndexOf(word, i - 1)) {
      const end = i + word.length;
      const before = i === 0 ? text.charCodeAt(from - 1) : cases.charCodeAt(i - 1);
      const after = end < cases.length ? cases.charCodeAt(end) : Number.NaN;
      if (parts(before, cases.charCodeAt(i)) && parts(cases.charCodeAt(end - 1), after)) {
        last = Math.max(last, Math.min(from + end, at));
        break;
      }
    }
  }
  return last;
}

/** Whether a word may end between two code units. */
function parts(left: number, right: number): boolean {
  if (!joins(left) || !joins(right)) return true;
  if (isDigit(left) || isDigit(right)) return true;
  return isUpper(left) !== isUpper(right);
}
