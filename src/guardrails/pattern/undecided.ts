import type { Automaton } from './automaton.ts';
import { alignUp, codePointBefore, codePointFrom, isHighSurrogate } from './code-point.ts';
import { ALIVE, DEAD, DEAD_NOTED, NOTED } from './machine.ts';
import { firstOpen } from './open.ts';
import type { Pattern } from './pattern.ts';

/** Code units that may be read again to be certain, as a multiple of the longest match. */
const PATIENCE = 8;
/** What reading on came to, besides how far it went. */
const UNDER_WAY = -1;
const UNKNOWN = -2;

/**
 * The first index from `from` on at which a match begins that more text could make, lengthen or undo; the text's length
 * if there is none. Time is bounded by the longest match, whatever the text's length: where reading on from each place in
 * turn takes too long, a small pattern goes all ways at once, and a large one is taken to be under way.
 */
export function firstUndecided({ automaton, maxLength, manner }: Pattern, text: string, from: number): number {
  // Half a pair at the end may become a whole one.
  const half = isHighSurrogate(text.charCodeAt(text.length - 1)) ? 1 : 0;
  const end = Math.max(from, text.length - half);
  // What has its full length is decided, unless it depends on what follows.
  const lowest = alignUp(text, Math.max(from, end - maxLength + (automaton.looksAround ? 0 : 1)));
  const candidates = underWay(automaton, text, lowest, end);
  let patience = PATIENCE * maxLength;
  for (let start = candidates.pop(); start !== undefined; start = candidates.pop()) {
    const read = patience < 0 ? UNKNOWN : readOn(automaton, text, start, end);
    if (read === UNKNOWN && manner === 'AllWays') {
      automaton.ordered.machine.earn(end - start);
      return firstOpen(automaton, text, start, end);
    }
    if (read < 0) return start;
    patience -= read + 1;
  }
  return end;
}

/** Where matches may begin that are not over at `end`, the last first. */
function underWay(automaton: Automaton, text: string, lowest: number, end: number): number[] {
  const { alphabet, backward } = automaton;
  const { machine } = backward;
  const found: number[] = [];
  let state = backward.start();
  for (let at = end; at > lowest;) {
    const code = codePointBefore(text, at, lowest);
    at -= code > 0xffff ? 2 : 1;
    const to = machine.step(state, alphabet.classOf(code));
    if (to === 0) {
      underWayWithout(automaton, text, lowest, [at, code], state, found);
      break;
    }
    if (to <= DEAD_NOTED) found.push(at);
    if (to === DEAD || to === DEAD_NOTED) break;
    state = Math.abs(to);
  }
  return found;
}

/** Goes on without the table, from a place and its code point. */
function underWayWithout(
  { alphabet, backward }: Automaton,
  text: string,
  lowest: number,
  [from, first]: readonly [number, number],
  state: number,
  found: number[],
): void {
  const { machine } = backward;
  let now = machine.at(state)?.pcs.slice() ?? new Int32Array(0);
  let next = new Int32Array(now.length);
  let at = from;
  let code = first;
  for (;;) {
    const outcome = backward.step(now, alphabet.classOf(code), next);
    if ((outcome & NOTED) !== 0) found.push(at);
    if ((outcome & ALIVE) === 0 || at <= lowest) break;
    [now, next] = [next, now];
    code = codePointBefore(text, at, lowest);
    at -= code > 0xffff ? 2 : 1;
  }
  machine.earn(from - at + 1);
}

/**
 * Reads from `start` to `end`: how many code units were read until nothing was under way any more; {@link UNDER_WAY} if
 * something is at the end, {@link UNKNOWN} if the machine would have to remember too much to tell.
 */
function readOn(automaton: Automaton, text: string, start: number, end: number): number {
  const { alphabet, ordered } = automaton;
  const { machine } = ordered;
  let state = ordered.start(alphabet.kindBefore(text, start));
  for (let at = start; at < end;) {
    const code = codePointFrom(text, at, text.charCodeAt(at));
    at += code > 0xffff ? 2 : 1;
    const to = machine.step(state, alphabet.classOf(code));
    if (to === 0) return UNKNOWN;
    if (to === DEAD || to === DEAD_NOTED) return at - start;
    state = Math.abs(to);
  }
  return ordered.isOpen(state) ? UNDER_WAY : end - start;
}
