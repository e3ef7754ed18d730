import { compilePattern, type PatternOptions } from '../../../src/guardrails/pattern/compile-pattern.ts';
import type { Detector } from '../../../src/guardrails/types.ts';

/** The detector of a pattern that is valid. */
export function detectorOf(pattern: string, options?: PatternOptions): Detector {
  const compiled = compilePattern(pattern, options);
  if (compiled.kind === 'Invalid') throw new Error(compiled.message);
  return compiled.detector;
}

/** A match and how many code units of the text had come when it was decided. */
export interface Decided {
  readonly start: number;
  readonly end: number;
  readonly heard: number;
}

/**
 * What a detector says of a text that comes in pieces: matches before the first undecided index are taken, and what is
 * decided is forgotten but for what the detector looks behind.
 */
export function detectPiecewise(detector: Detector, text: string, cuts: readonly number[]): Decided[] {
  const decided: Decided[] = [];
  let buffer = '';
  let base = 0;
  let from = 0;
  let heard = 0;
  for (let piece = 0; heard < text.length; piece += 1) {
    const next = text.slice(heard, heard + (cuts[piece % cuts.length] ?? 1));
    buffer += next;
    heard += next.length;
    const isWhole = heard === text.length;
    const undecided = isWhole ? buffer.length : detector.undecided(buffer, from);
    if (undecided < from || undecided > buffer.length) throw new Error(`undecided(…, ${from}) is ${undecided}`);
    const before = detector.find(buffer, from, isWhole).filter(({ start }) => start < undecided);
    for (const { start, end } of before) decided.push({ start: base + start, end: base + end, heard });
    from = Math.max(undecided, before.at(-1)?.end ?? 0);
    const drop = Math.max(0, from - detector.lookBehind);
    buffer = buffer.slice(drop);
    base += drop;
    from -= drop;
  }
  return decided;
}
