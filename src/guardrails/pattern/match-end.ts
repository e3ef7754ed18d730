import type { Automaton } from './automaton.ts';
import { codePointFrom } from './code-point.ts';
import { DEAD, DEAD_NOTED } from './machine.ts';

/** After so many code units, and then each time at twice as many, it is asked whether a match can still be short enough. */
const FIRST_CHECK = 16;

export const UNKNOWN = -1;

/** What has been spent on trying beginnings. */
export interface Effort {
  /** Code units. */
  read: number;
}

/**
 * Where the match that begins at `start` ends: of the ways to match at most `maxLength` code units, the one that RE2
 * prefers (leftmost-first). `start` itself: there is none, or it is empty. -1: its machine would have to remember more steps
 * than it has credit for.
 */
export function matchEnd(automaton: Automaton, text: string, start: number, maxLength: number, effort: Effort): number {
  const { alphabet, ordered } = automaton;
  const { pages } = alphabet;
  const { machine } = ordered;
  const limit = start + maxLength;
  let state = ordered.start(alphabet.kindBefore(text, start));
  let table = machine.table;
  let end = start;
  let at = start;
  let check = start + FIRST_CHECK;
  // One step beyond the limit: a match is noted by the step after it.
  while (at <= limit) {
    let one = alphabet.size;
    let next = at + 1;
    if (at < text.length) {
      const unit = text.charCodeAt(at);
      if (unit < 256) one = pages[unit] ?? 0;
      else {
        const code = codePointFrom(text, at, unit);
        one = alphabet.classOf(code);
        if (code > 0xffff) next = at + 2;
      }
    }
    let to = table[state + one] ?? 0;
    if (to === 0) {
      to = machine.step(state, one);
      if (to === 0) {
        end = UNKNOWN;
        break;
      }
      table = machine.table;
    }
    if (to <= DEAD_NOTED) end = at;
    if (to === DEAD || to === DEAD_NOTED) break;
    state = to < 0 ? -to : to;
    at = next;
    if (at >= check) {
      if (at + ordered.remaining(state) > limit) break;
      check = start + 2 * (at - start);
    }
  }
  effort.read += at - start;
  return end;
}
