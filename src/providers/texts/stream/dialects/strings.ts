/** Texts in values that come whole. */
import type { Reading } from '../dialect.ts';
import { isObject, type Path } from '../json-value.ts';
import type { TextOrigin } from '../judge.ts';

export const SAID: TextOrigin = { scope: 'Assistant', kind: 'Text' };
export const THOUGHT: TextOrigin = { scope: 'Assistant', kind: 'Reasoning' };
export const SIGNED_THOUGHT: TextOrigin = { ...THOUGHT, isSigned: true };
export const ARGUMENTS: TextOrigin = { scope: 'ToolInput', kind: 'Arguments' };
export const TOOL_INPUT: TextOrigin = { scope: 'ToolInput', kind: 'Text' };
export const TOOL_OUTPUT: TextOrigin = { scope: 'ToolOutput', kind: 'Text' };

export const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';

/** Adds every string within `value`, but those of members that `without` names. */
export function addStrings(
  reading: Reading,
  value: unknown,
  path: Path,
  origin: TextOrigin,
  without: ReadonlySet<string> = NONE,
): void {
  if (path.length > MAX_DEPTH) {
    reading.isTooMuch = true;
  } else if (typeof value === 'string') {
    reading.whole(origin, path, value);
  } else if (Array.isArray(value)) {
    for (const [i, element] of value.entries()) addStrings(reading, element, [...path, i], origin, without);
  } else if (isObject(value)) {
    for (const [name, inner] of Object.entries(value)) {
      if (!without.has(name)) addStrings(reading, inner, [...path, name], origin, without);
    }
  }
}

/** Members of what Bedrock tells of its own guardrail that quote: what it found, and the answer before its masks. */
const QUOTES: ReadonlySet<string> = new Set(['match', 'modelOutput']);

/** Adds what the trace of Bedrock's guardrail quotes. */
export function addTrace(reading: Reading, value: unknown, path: Path): void {
  if (path.length > MAX_DEPTH) {
    reading.isTooMuch = true;
  } else if (Array.isArray(value)) {
    for (const [i, element] of value.entries()) addTrace(reading, element, [...path, i]);
  } else if (isObject(value)) {
    for (const [name, inner] of Object.entries(value)) {
      if (QUOTES.has(name)) addStrings(reading, inner, [...path, name], SAID);
      else addTrace(reading, inner, [...path, name]);
    }
  }
}

/** Deeper than anything real, and less than what recursion takes. */
const MAX_DEPTH = 256;

const NONE: ReadonlySet<string> = new Set();
