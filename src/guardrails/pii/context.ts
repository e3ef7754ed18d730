/** Words near a number that say what it is. */
import { isDigit, isLower, isUpper, joins, lower } from './characters.ts';

/** Words that give what follows them a meaning. */
export interface Context {
  /** Code units before a value in which a word must lie whole. */
  readonly window: number;
  /** In lower case, by their first code unit. */
  readonly words: ReadonlyMap<number, readonly string[]>;
  /** Those of ASCII, by their first code unit. */
  readonly plainWords: readonly (readonly string[] | undefined)[];
}

const BEYOND_ASCII = /[^\0-\x7f]/;

/** The words of a list with commas between them, in lower case. */
export const listOf = (words: string): readonly string[] => words.split(', ');

/** A context of words, whole and in lower case. */
export function contextOf(window: number, words: readonly string[]): Context {
  const byInitial = new Map<number, string[]>();
  for (const word of words) {
    const initial = word.charCodeAt(0);
    byInitial.set(initial, [...(byInitial.get(initial) ?? []), word]);
  }
  const plain = words.filter((word) => !BEYOND_ASCII.test(word));
  const initials = new Set(plain.map((word) => word.charCodeAt(0)));
  const plainWords = Array.from({ length: 128 }, (_, code) =>
    initials.has(code) ? plain.filter((word) => word.charCodeAt(0) === code) : undefined,
  );
  return { window, words: byInitial, plainWords };
}

/** What a detector with this context must see before a value: the window, and what a word at its border touches. */
export const lookBehindOf = (context: Context): number => context.window + 1;

/**
 * Whether one of the words stands in the window before `at`, and not before `least`, in any case, as a word: not touching
 * another letter, unless the case of letters changes there (`userPassport`, `SSNValue`) or the script writes without spaces.
 */
export function hasContext(text: string, at: number, context: Context, least = 0): boolean {
  const from = Math.max(least, at - context.window);
  const { plainWords } = context;
  let before = text.charCodeAt(from - 1);
  let all = 0;
  let found = false;
  for (let i = from; i < at; i++) {
    const code = text.charCodeAt(i);
    all |= code;
    const words = found ? undefined : plainWords[lower(code)];
    if (words !== undefined && parts(before, code, Number.NaN)) found = hasWord(text, i, at, words);
    before = code;
  }
  return all < 128 ? found : hasContextBeyondASCII(text.slice(from, at), text.charCodeAt(from - 1), context);
}

/** Whether one of the words, of ASCII, stands at `start` and ends at `limit` or before, where a word may end. */
function hasWord(text: string, start: number, limit: number, words: readonly string[]): boolean {
  for (const word of words) {
    const end = start + word.length;
    if (end > limit) continue;
    let i = 1;
    while (i < word.length && lower(text.charCodeAt(start + i)) === word.charCodeAt(i)) i++;
    if (i < word.length) continue;
    const after = end < limit ? text.charCodeAt(end) : Number.NaN;
    const next = end + 1 < limit ? text.charCodeAt(end + 1) : Number.NaN;
    if (parts(text.charCodeAt(end - 1), after, next)) return true;
  }
  return false;
}

/** The same of a window with letters whose lower case is not known by heart; `first`: the code unit before it. */
function hasContextBeyondASCII(written: string, first: number, { words }: Context): boolean {
  const lowered = written.toLowerCase();
  // A few letters (U+0130) grow when lowered: then cases are not compared.
  const cases = lowered.length === written.length ? written : lowered;
  let before = first;
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
