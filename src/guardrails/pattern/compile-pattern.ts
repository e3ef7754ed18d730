import type { Detector, Match } from '../types.ts';
import { Kind } from './alphabet.ts';
import { automatonOf, type Automaton, type AutomatonOptions } from './automaton.ts';
import { alignUp } from './code-point.ts';
import { checkLimits } from './limits.ts';
import { mannerOf } from './cost.ts';
import { literalsOf } from './literals.ts';
import { longestOf } from './longest.ts';
import { parse } from './parse.ts';
import type { Pattern } from './pattern.ts';
import { compile } from './program.ts';
import { withinReach } from './remaining.ts';
import { Search } from './search.ts';
import { shortestOf } from './shortest.ts';
import { PatternError } from './syntax.ts';
import { firstUndecided } from './undecided.ts';

export interface PatternOptions extends AutomatonOptions {
  /** The longest match, in UTF-16 code units (default 256). */
  readonly maxLength?: number;
}

export type CompiledPattern =
  { readonly kind: 'Compiled'; readonly detector: Detector } | { readonly kind: 'Invalid'; readonly message: string };

const DEFAULT_MAX_LENGTH = 256;

/**
 * A detector for a user's pattern in RE2 syntax. Matches are those of RE2 (leftmost-first, none overlapping another) with
 * two differences: empty ones are none, and of the ways to match at one place only those of at most `maxLength` code units
 * count. So what a match is never depends on how the text arrived.
 */
export function compilePattern(pattern: string, options: PatternOptions = {}): CompiledPattern {
  try {
    return { kind: 'Compiled', detector: new PatternDetector(patternOf(pattern, options)) };
  } catch (error) {
    if (error instanceof PatternError) return { kind: 'Invalid', message: error.message };
    throw error;
  }
}

/**
 * What {@link compilePattern} makes a detector of.
 *
 * @throws {PatternError}
 */
export function patternOf(pattern: string, options: PatternOptions = {}): Pattern {
  const node = parse(pattern);
  checkLimits(pattern, node);
  const maxLength = options.maxLength ?? DEFAULT_MAX_LENGTH;
  const shortest = shortestOf(node);
  if (shortest > maxLength) {
    const problem = `a match has at least ${shortest} characters, and only ${maxLength} are looked at together`;
    throw new PatternError(pattern, 0, problem);
  }
  const automaton = automatonOf(withinReach(compile(node), maxLength), shortest, options);
  if (!findsText(automaton)) throw new PatternError(pattern, 0, 'only the empty text is matched, which is no match');
  const longest = longestOf(node);
  const literals = literalsOf(node);
  const manner = mannerOf(pattern, automaton, Math.min(longest, maxLength), literals.prefix);
  if (manner === 'Tries') automaton.ordered.machine.trust();
  return { automaton, literals, maxLength, longest, manner };
}

/** Whether any text makes the pattern prefer a match that is not empty. */
function findsText({ first, ordered }: Automaton): boolean {
  return first.includes(1) && Object.values(Kind).some((kind) => ordered.isOpen(ordered.start(kind)));
}

class PatternDetector implements Detector {
  readonly lookBehind: number;
  readonly #pattern: Pattern;

  constructor(pattern: Pattern) {
    this.#pattern = pattern;
    this.lookBehind = pattern.automaton.looksAround ? 1 : 0;
  }

  find(text: string, from: number): readonly Match[] {
    const begin = alignUp(text, from);
    const search = new Search(this.#pattern, text, begin);
    const matches: Match[] = [];
    for (let match = search.next(begin); match !== undefined; match = search.next(match.end)) matches.push(match);
    return matches;
  }

  undecided(text: string, from: number): number {
    return firstUndecided(this.#pattern, text, from);
  }
}
