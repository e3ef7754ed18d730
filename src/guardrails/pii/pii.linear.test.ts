/** Time is linear, whatever the text: counted in code units that are looked at, not in seconds. */
import { describe, expect, test } from '@jest/globals';
import { hostilePieces } from '../../../test/support/guardrails/hostile.ts';
import { readPIICorpus } from '../../../test/support/pii-corpus.ts';
import { piiDetector, piiTypes, type PIIType } from './pii.ts';

/** A text that counts what is read of it, with the methods of strings that detectors use. */
class CountingText {
  reads = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  get length(): number {
    return this.#text.length;
  }

  charCodeAt(index: number): number {
    this.reads++;
    return this.#text.charCodeAt(index);
  }

  charAt(index: number): string {
    this.reads++;
    return this.#text.charAt(index);
  }

  slice(start: number, end?: number): string {
    const part = this.#text.slice(start, end);
    this.reads += part.length;
    return part;
  }

  indexOf(wanted: string, from = 0): number {
    const found = this.#text.indexOf(wanted, from);
    this.reads += (found === -1 ? this.#text.length : found) - from + 1;
    return found;
  }

  startsWith(wanted: string, at: number): boolean {
    this.reads += wanted.length;
    return this.#text.startsWith(wanted, at);
  }
}

/** Reads per code unit that no text may exceed: the longest look ahead and behind that begins at one place, and its context. */
const MOST = 600;
const SIZE = 20_000;

/** How much of a growing text may be held, where it is more than the usual `holdBackCharacters`. */
const longest: Readonly<Partial<Record<PIIType, number>>> = { URL: 2048, PrivateKey: 16_384, JWT: 16_384 };
const USUAL = 256;

describe.each(piiTypes)('%s', (type) => {
  const detector = piiDetector(type);

  /** How much is read to look over a text of `size`. */
  const reads = (piece: string, size: number, how: 'find' | 'undecided'): number => {
    const counting = new CountingText(piece.repeat(Math.ceil(size / piece.length)).slice(0, size));
    // It has all that detectors use of a string; anything else would throw.
    const text = counting as unknown as string;
    if (how === 'find') detector.find(text, 0, true);
    else detector.undecided(text, 0);
    return counting.reads;
  };

  test.each(Object.entries(hostilePieces))('reads twice as much of a text twice as long: %s', (_, piece) => {
    for (const how of ['find', 'undecided'] as const) {
      const once = reads(piece, SIZE, how);
      const twice = reads(piece, 2 * SIZE, how);
      expect(twice).toBeLessThanOrEqual(2.1 * once + 40_000);
      expect(twice).toBeLessThanOrEqual(MOST * 2 * SIZE);
    }
  });

  test('never holds more of a text that grows than its longest value', () => {
    for (const piece of Object.values(hostilePieces)) {
      const text = piece.repeat(Math.ceil(SIZE / piece.length));
      expect(text.length - detector.undecided(text, 0)).toBeLessThanOrEqual(longest[type] ?? USUAL);
    }
  });

  test('holds nothing after a line of text without a value', () => {
    for (const { text, values } of readPIICorpus(type)) {
      if (values.length > 0 || text.includes('-----BEGIN')) continue;
      const line = `${text}\n`;
      expect({ line, undecided: detector.undecided(line, 0) }).toEqual({ line, undecided: line.length });
    }
  });
});
