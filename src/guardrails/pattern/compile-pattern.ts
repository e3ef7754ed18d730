import type { Detector, Match } from '../types.ts';
import { Kind } from './alphabet.ts';
import { automatonOf, type Automaton } from './automaton.ts';
import { alignUp } from './code-point.ts';
import { checkLimits } from './limits.ts';
import { literalsOf, type Literals } from './literals.ts';
import { parse } from './parse.ts';
import { compile } from './program.ts';
import { withinReach } from './remaining.ts';
import { Search } from './search.ts';
import { shortestOf } from './shortest.ts';
import { PatternError } from './syntax.ts';
import { firstUndecided } from './undecided.ts';

export interface PatternOptions {
  /** The longest match, in UTF-16 code units (default 256). */
  readonly maxLength?: number;
  /** Integers that each of a pattern's three machines may keep (default 262144). */
  readonly budget?: number;
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
    const node = parse(pattern);
    checkLimits(pattern, node);
    const maxLength = options.maxLength ?? DEFAULT_MAX_LENGTH;
    const shortest = shortestOf(node);
    if (shortest > maxLength) {
      const problem = `a match has at least ${shortest} characters, and only ${maxLength} are looked at together`;
      throw new PatternError(pattern, 0, problem);
    }
    const automaton = automatonOf(withinReach(compile(node), maxLength), shortest, options.budget);
    if (!findsText(automaton)) throw new PatternError(pattern, 0, 'only the empty text is matched, which is no match');
    return { kind: 'Compiled', detector: new PatternDetector(automaton, literalsOf(node), maxLength) };
  } catch (error) {
    if (error instanceof PatternError) return { kind: 'Invalid', message: error.message };
    throw error;
  }
}

/** Whether any text makes the pattern prefer a match that is not empty. */
function findsText({ first, ordered }: Automaton): boolean {
  return first.includes(1) && Object.values(Kind).some((kind) => ordered.isOpen(ordered.start(kind)));
}

class PatternDetector implements Detector {
  readonly lookBehind: number;
  readonly #automaton: Automaton;
  readonly #literals: Literals;
  readonly #maxLength: number;

  constructor(automaton: Automaton, literals: Literals, maxLength: number) {
    this.#automaton = automaton;
    this.#literals = literals;
    this.#maxLength = maxLength;
    this.lookBehind = automaton.looksAround ? 1 : 0;
  }

  find(text: string, from: number): readonly Match[] {
    const search = new Search(this.#automaton, this.#literals, this.#maxLength, text);
    const matches: Match[] = [];
    for (let match = search.next(alignUp(text, from)); match !== undefined; match = search.next(match.end)) {
      matches.push(match);
    }
    return matches;
  }

  undecided(text: string, from: number): number {
    return firstUndecided(this.#automaton, text, from, this.#maxLength);
  }
}
