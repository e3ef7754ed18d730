/**
 * The corpus of personal data and secrets, `test/corpus/pii/<Type>.txt`: a case a line, with the values between `⟦` and `⟧`.
 * Its README says how a line is written.
 */
import { readFileSync } from 'node:fs';

/** A text, and what is to be found in it. */
export interface PIICase {
  /** Number of its line, for messages. */
  readonly line: number;
  readonly text: string;
  /** Values in it. */
  readonly values: readonly { readonly start: number; readonly end: number }[];
  /** Why the detector is known to miss the values, or to find what is none. */
  readonly knownMiss: string | undefined;
}

/** The cases of a type. */
export function readPIICorpus(type: string): readonly PIICase[] {
  const file = new URL(`../corpus/pii/${type}.txt`, import.meta.url);
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((content, index) => (content === '' || content.startsWith('#') ? [] : [read(content, index + 1)]));
}

function read(content: string, line: number): PIICase {
  const [marked = '', knownMiss] = content.split(' ¶ ');
  const values: { start: number; end: number }[] = [];
  let text = '';
  let start = 0;
  for (const character of marked.replaceAll('⁞', '').replaceAll('␤', '\n')) {
    if (character === '⟦') start = text.length;
    else if (character === '⟧') values.push({ start, end: text.length });
    else text += character;
  }
  return { line, text, values, knownMiss };
}
