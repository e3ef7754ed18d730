import type { Detector } from '../types.ts';
import { foldings, type WordPattern } from './pattern.ts';
import { detectPatterns } from './word-detector.ts';

export interface WordOptions {
  /** `Word`: not within a longer word; `Substring`: anywhere. */
  readonly match: 'Word' | 'Substring';
  readonly caseSensitive: boolean;
}

/** Whether there is anything of a word that can be looked for: invisible characters alone cannot. */
export function canBeFound(word: string): boolean {
  return foldings(word).every((text) => text !== '');
}

/** A space between two words may be two: one that was typed twice, or the end of a line as Windows writes it. */
function spacings(text: string): readonly string[] {
  return [
    text,
    ...[...text.matchAll(/(?<=\S) (?=\S)/g)].map(({ index }) => `${text.slice(0, index)} ${text.slice(index)}`),
  ];
}

/**
 * Looks for words in folded texts. Words are folded, too, so that it does not matter how either is written. With `Word`, a
 * letter, digit or mark at the word's edge must not have another beside it; next to what is none of these, such as the
 * end of `c++`, anything may stand.
 */
export function wordDetector(words: readonly string[], { match, caseSensitive }: WordOptions): Detector {
  const patterns = words.filter(canBeFound).flatMap((word) =>
    foldings(word)
      .flatMap(spacings)
      .map((text): WordPattern => {
        const borders = match === 'Word';
        return { text, atBegin: borders, atEnd: borders, exempt: false };
      }),
  );
  return detectPatterns(patterns, caseSensitive);
}
