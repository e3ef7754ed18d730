import type { Automaton } from './automaton.ts';
import { spanOf } from './ends.ts';
import { PatternError } from './syntax.ts';

/**
 * Operations that a code unit of a text may take at most, whatever the text; one is some two nanoseconds, so that a pattern
 * looks through about a megabyte in a second of one core at the worst.
 */
export const MAX_COST = 420;

/** Operations of a step from one code unit to the next while a beginning is tried: each waits for the one before it. */
const TRIED = 3;
/** Numbers that are copied in one operation. */
const COPIED = 16;

/** How a pattern finds where matches end, with the beginnings it is given. */
export type Manner =
  /** By trying, and where that takes too long by going all ways at once. */
  | 'AllWays'
  /** By trying: all states of its machine are known to fit in the table. */
  | 'Tries';

/**
 * Chooses the manner, or refuses what would take too long on some text.
 *
 * `reach`: code units of the longest match that counts. `prefix`: what each match begins with.
 *
 * @throws {PatternError}
 */
export function mannerOf(pattern: string, automaton: Automaton, reach: number, prefix: string): Manner {
  const refuse = (problem: string): never => {
    const advice =
      'use smaller counts or none ({9,} for {9,999}), several patterns, or fewer streaming.holdBackCharacters';
    throw new PatternError(pattern, 0, `${problem}, and at most ${MAX_COST} are allowed; ${advice}`);
  };
  const step = stepCost(automaton);
  if (step > MAX_COST) {
    const cost = Number.isFinite(step) ? `${step} operations` : 'too many operations to count';
    return refuse(`a match can be under way at too many places at once: a character may take ${cost}`);
  }
  const all = step + waysCost(automaton, reach);
  if (all <= MAX_COST) return 'AllWays';
  const tries = step + TRIED * Math.ceil(reach / periodOf(prefix));
  const least = Math.min(all, tries);
  if (tries <= MAX_COST && automaton.isDeterminate()) return 'Tries';
  const cost = tries <= MAX_COST || !Number.isFinite(least) ? 'too many operations to count' : `${least} operations`;
  return refuse(`a match can go on in too many ways and too far: a character may take ${cost}`);
}

/** What it takes to know at a code unit whether a match is under way; Infinity: that could not be found out. */
export function stepCost({ anywhere, backward, isIncomplete }: Automaton): number {
  return isIncomplete ? Infinity : Math.max(anywhere.cost, backward.cost);
}

/** What it takes to go all ways at once, per code unit; Infinity: there is no room for the table. */
function waysCost({ ways, stretches }: Automaton, reach: number): number {
  const span = spanOf(ways, reach);
  // Behind each stretch of beginnings stands what their matches may reach.
  return span < 1 ? Infinity : Math.ceil((stretches.cost + ways.size / COPIED) * (1 + reach / span));
}

/** How far at least a text is from itself moved on that occurs twice, overlapping. */
export function periodOf(text: string): number {
  let period = 1;
  while (period < text.length && !text.startsWith(text.slice(period))) period += 1;
  return period;
}
