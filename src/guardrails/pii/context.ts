/** Words near a number that say what it is. */
import { behindEscape, endOfEscape, LONGEST_ESCAPE } from '../words/escapes.ts';
import { lowerCase } from '../words/letter-case.ts';
import { END, isDigit, isFreed, isLower, isUpper, joins, lower, unitAt } from './characters.ts';

const BACKSLASH = 0x5c;

/** Words that give what follows them a meaning. */
export interface Context {
  /** Code units before a value in which a word must lie whole. */
  readonly window: number;
  /** In lower case, by their first code unit. */
  readonly words: ReadonlyMap<number, readonly string[]>;
  /** For all of ASCII: 1 for the letters, in either case, with which words begin; 2 for what begins an escape. */
  readonly initials: Uint8Array;
}

/** The only letter of the Basic Multilingual Plane that is two in lower case: with one in the window, cases are not compared. */
const DOTTED_I = 0x130;

/** The words of a list with commas between them, in lower case. */
export const listOf = (words: string): readonly string[] => words.split(', ');

/** A context of words, whole and in lower case. */
export function contextOf(window: number, words: readonly string[]): Context {
  const byInitial = new Map<number, string[]>();
  for (const word of words) {
    const initial = word.charCodeAt(0);
    byInitial.set(initial, [...(byInitial.get(initial) ?? []), word]);
  }
  const initials = Uint8Array.from({ length: 128 }, (_, code) => (byInitial.has(lower(code)) ? 1 : 0));
  initials[BACKSLASH] = 2;
  return { window, words: byInitial, initials };
}

/** What a detector with this context must see before a value: the window, and what a word at its border touches, or an escape. */
export const lookBehindOf = (context: Context): number => context.window + LONGEST_ESCAPE;

/**
 * Whether one of the words stands in the window before `at`, and not before `least`, in any case, as a word: not touching
 * another letter, unless the case of letters changes there (`userPassport`, `SSNValue`) or the script writes without spaces.
 */
export function hasContext(text: string, at: number, context: Context, least = 0): boolean {
  const from = Math.max(least, at - context.window);
  const { initials, words } = context;
  let before = unitAt(text, from - 1);
  let behind = behindEscape(text, from);
  let found = false;
  for (let i = from; i < at; i++) {
    const code = text.charCodeAt(i);
    if (code < 128) {
      const initial = initials[code];
      if (initial !== 0) {
        if (initial === 2) behind = endOfEscape(text, i);
        else if (!found && (parts(before, code, END) || (i === behind && isFreed(text, i, joins)))) {
          found = hasWord(text, i, at, words.get(lower(code)) ?? none);
        }
      }
    } else if (code === DOTTED_I) {
      const seen = Math.max(0, from - LONGEST_ESCAPE);
      const first = text.slice(seen, from).toLowerCase().length;
      return hasLoweredContext(text.slice(seen, at).toLowerCase(), first, context);
    } else if (!found && (parts(before, code, END) || (i === behind && isFreed(text, i, joins)))) {
      found = hasWord(text, i, at, words.get(lowerCase(code)) ?? none);
    }
    before = code;
  }
  return found;
}

/** Whether one of the words stands at `start` and ends at `limit` or before, where a word may end. */
function hasWord(text: string, start: number, limit: number, words: readonly string[]): boolean {
  for (const word of words) {
    const end = start + word.length;
    if (end > limit) continue;
    let i = 1;
    while (i < word.length && lowered(text.charCodeAt(start + i)) === word.charCodeAt(i)) i++;
    if (i < word.length) continue;
    const after = end < limit ? text.charCodeAt(end) : END;
    const next = end + 1 < limit ? text.charCodeAt(end + 1) : END;
    if (parts(text.charCodeAt(end - 1), after, next)) return true;
  }
  return false;
}

const lowered = (code: number): number => (code < 128 ? lower(code) : lowerCase(code));

/** The same of a text that is in lower case already; the window is from `from` to its end. */
function hasLoweredContext(text: string, from: number, { words }: Context): boolean {
  let before = unitAt(text, from - 1);
  for (let i = from; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (
      (parts(before, code, END) || isFreed(text, i, joins)) &&
      hasWord(text, i, text.length, words.get(code) ?? none)
    ) {
      return true;
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
