/** What holds for every type and any text: matches in bounds and in order, and a text that grows is read as it is whole. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readPIICorpus } from '../../../test/support/pii-corpus.ts';
import type { Detector, Match } from '../types.ts';
import { piiDetector, piiTypes } from './pii.ts';

const RUNS = Number(process.env['TIDEGATE_PROPERTY_RUNS'] ?? 200);

/** The matches of a text that comes in chunks, each as soon as it is final; only what a detector asks for is kept. */
function streamed(detector: Detector, chunks: readonly string[]): readonly Match[] {
  const found: Match[] = [];
  let kept = '';
  let keptFrom = 0;
  let released = 0;
  const take = (matches: readonly Match[], before: number): void => {
    for (const { start, end } of matches) {
      if (start >= before) break;
      found.push({ start: start + keptFrom, end: end + keptFrom });
      released = Math.max(released, end + keptFrom);
    }
  };
  for (const chunk of chunks) {
    kept += chunk;
    const from = released - keptFrom;
    const undecided = detector.undecided(kept, from);
    if (undecided < from || undecided > kept.length) throw new RangeError(`undecided at ${undecided}`);
    take(decided(detector, kept, from, undecided), undecided);
    released = Math.max(released, undecided + keptFrom);
    const drop = Math.max(0, released - keptFrom - detector.lookBehind);
    kept = kept.slice(drop);
    keptFrom += drop;
  }
  take(detector.find(kept, released - keptFrom, true), Number.POSITIVE_INFINITY);
  return found;
}

/** What is found before `undecided`, which must be the same when both are asked for at once. */
function decided(detector: Detector, text: string, from: number, undecided: number): readonly Match[] {
  const scanned: Match[] = [];
  const notes = { numbers: undefined };
  const end = detector.scan?.(text, from, notes, scanned);
  const isCertain = ({ start }: Match): boolean => start < undecided;
  const found = detector.find(text, from, false, notes);
  expect({ end, scanned: scanned.filter(isCertain) }).toEqual({ end: undecided, scanned: found.filter(isCertain) });
  return found;
}

/** `text` in pieces that end at `cuts`. */
function pieces(text: string, cuts: readonly number[]): readonly string[] {
  const ends = [...new Set(cuts.map((cut) => cut % (text.length + 1)))].sort((a, b) => a - b);
  return [...ends, text.length].map((end, i) => text.slice(i === 0 ? 0 : ends[i - 1], end));
}

const unit = fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code));
const anything = fc.array(unit, { maxLength: 60 }).map((units) => units.join(''));
const glue = fc.constantFrom(
  '',
  ' ',
  '.',
  ',',
  '-',
  ':',
  '=',
  '"',
  '\n',
  '(',
  ')',
  '@',
  '/',
  '_',
  '+',
  '1',
  'a',
  'A',
  '\u{1f600}',
  '\ud800',
  '号',
  '\\',
  '\\n',
  '\\b',
  '\\0',
  '\\u0020',
  '\\u00e9',
  '\\xa0',
);

/** Values of the type with pieces of values, cut anywhere, between them: the texts in which borders matter. */
function textsLike(texts: readonly string[]): fc.Arbitrary<string> {
  const piece = fc.tuple(fc.constantFrom(...texts), fc.nat(), fc.nat(), fc.boolean()).map(([text, a, b, isWhole]) => {
    const [from, to] = [a % (text.length + 1), b % (text.length + 1)];
    return isWhole ? text : text.slice(Math.min(from, to), Math.max(from, to));
  });
  return fc
    .array(fc.oneof({ weight: 4, arbitrary: piece }, { weight: 4, arbitrary: glue }, anything), { maxLength: 8 })
    .map((all) => all.join(''));
}

describe.each(piiTypes)('%s', (type) => {
  const detector = piiDetector(type);
  const texts = readPIICorpus(type).map(({ text }) => text);

  test('streaming finds what the whole text has, however it is cut', () => {
    fc.assert(
      fc.property(textsLike(texts), fc.array(fc.nat(), { maxLength: 12 }), (text, cuts) => {
        expect(streamed(detector, pieces(text, cuts))).toEqual(detector.find(text, 0, true));
      }),
      { numRuns: RUNS },
    );
  });

  test('streaming one code unit at a time finds what the whole text has', () => {
    for (const text of texts) expect(streamed(detector, text.split(''))).toEqual(detector.find(text, 0, true));
    fc.assert(
      fc.property(textsLike(texts), (text) => {
        expect(streamed(detector, text.split(''))).toEqual(detector.find(text, 0, true));
      }),
      { numRuns: Math.ceil(RUNS / 4) },
    );
  });

  test('looks on from anywhere but within a match as if it had begun at the beginning', () => {
    fc.assert(
      fc.property(textsLike(texts), fc.nat(), (text, seed) => {
        const all = detector.find(text, 0, true);
        const from = seed % (text.length + 1);
        if (all.some(({ start, end }) => start < from && from < end)) return;
        const base = Math.max(0, from - detector.lookBehind);
        const found = detector.find(text.slice(base), from - base, true);
        const left = found.map(({ start, end }) => ({ start: base + start, end: base + end }));
        expect(left).toEqual(all.filter(({ start }) => start >= from));
      }),
      { numRuns: 4 * RUNS },
    );
  });

  test('matches lie in the text, begin where asked or later, are in order and do not overlap', () => {
    fc.assert(
      fc.property(fc.oneof(textsLike(texts), anything), fc.nat(), fc.boolean(), (text, seed, isWhole) => {
        const from = seed % (text.length + 1);
        let last = from;
        for (const { start, end } of detector.find(text, from, isWhole)) {
          if (start < last || end <= start) throw new RangeError(`a match from ${start} to ${end}, after ${last}`);
          last = end;
        }
        if (last > text.length) throw new RangeError(`a match to ${last}`);
      }),
      { numRuns: RUNS },
    );
  });
});
