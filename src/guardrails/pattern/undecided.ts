import type { Automaton } from './automaton.ts';
import { alignUp, codePointFrom, isHighSurrogate } from './code-point.ts';
import { DEAD, DEAD_NOTED } from './machine.ts';

/** Code units that may be read again to be certain, as a multiple of the longest match. */
const PATIENCE = 8;

/**
 * The first index from `from` on at which a match begins that more text could make, lengthen or undo; the text's length
 * if there is none. Time is bounded by the longest match, whatever the text's length.
 */
export function firstUndecided(automaton: Automaton, text: string, from: number, maxLength: number): number {
  // Half a pair at the end may become a whole one.
  const half = isHighSurrogate(text.charCodeAt(text.length - 1)) ? 1 : 0;
  const end = Math.max(from, text.length - half);
  // What has its full length is decided, unless it depends on what follows.
  const lowest = alignUp(text, Math.max(from, end - maxLength + (automaton.looksAround ? 0 : 1)));
  const candidates = underWay(automaton, text, lowest, end);
  let patience = PATIENCE * maxLength;
  for (let start = candidates.pop(); start !== undefined; start = candidates.pop()) {
    if (patience < 0) return start;
    const read = readOn(automaton, text, start, end);
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
    at -= 1;
    let code = text.charCodeAt(at);
    if (at > lowest && isHighSurrogate(text.charCodeAt(at - 1))) {
      const pair = codePointFrom(text, at - 1, text.charCodeAt(at - 1));
      if (pair > 0xffff) {
        code = pair;
        at -= 1;
      }
    }
    const to = machine.step(state, alphabet.classOf(code));
    if (to <= DEAD_NOTED) found.push(at);
    if (to === DEAD || to === DEAD_NOTED) break;
    state = Math.abs(to);
  }
  return found;
}

/** Reads from `start` to `end`: -1 if something is under way there, or else how many code units were read until none was. */
function readOn(automaton: Automaton, text: string, start: number, end: number): number {
  const { alphabet, ordered } = automaton;
  const { machine } = ordered;
  let state = ordered.start(alphabet.kindBefore(text, start));
  for (let at = start; at < end;) {
    const code = codePointFrom(text, at, text.charCodeAt(at));
    at += code > 0xffff ? 2 : 1;
    const to = machine.step(state, alphabet.classOf(code));
    if (to === DEAD || to === DEAD_NOTED) return at - start;
    state = Math.abs(to);
  }
  return ordered.isOpen(state) ? -1 : end - start;
}
