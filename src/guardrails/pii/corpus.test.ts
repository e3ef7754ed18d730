/** Every detector beside its corpus, `test/corpus/pii`: what is marked is found exactly, and nothing else. */
import { describe, expect, test } from '@jest/globals';
import { readPIICorpus, type PIICase } from '../../../test/support/pii-corpus.ts';
import { piiDetector, piiMasks, piiTypes } from './pii.ts';

const LEAST = 30;

describe.each(piiTypes)('%s', (type) => {
  const detector = piiDetector(type);
  const cases = readPIICorpus(type);
  const found = ({ text }: PIICase): readonly string[] =>
    detector.find(text, 0, true).map(({ start, end }) => text.slice(start, end));
  const marked = ({ text, values }: PIICase): readonly string[] =>
    values.map(({ start, end }) => text.slice(start, end));
  const told = (only: readonly PIICase[], what: (one: PIICase) => readonly string[]): readonly unknown[] =>
    only.map((one) => ({ line: one.line, text: one.text, values: what(one) }));

  test('finds what is marked, exactly, and nothing else', () => {
    const decided = cases.filter(({ knownMiss }) => knownMiss === undefined);
    expect(told(decided, found)).toEqual(told(decided, marked));
    for (const one of decided) expect(detector.find(one.text, 0, true)).toEqual(one.values);
  });

  test('what it is known to be wrong about is still so', () => {
    for (const one of cases.filter(({ knownMiss }) => knownMiss !== undefined)) {
      expect({ line: one.line, values: detector.find(one.text, 0, true) }).not.toEqual({
        line: one.line,
        values: one.values,
      });
    }
  });

  test('has a corpus of either kind', () => {
    expect(cases.filter(({ values }) => values.length > 0).length).toBeGreaterThanOrEqual(LEAST);
    expect(cases.filter(({ values }) => values.length === 0).length).toBeGreaterThanOrEqual(LEAST);
  });
});

test('every type has a mask of its own, and no detector finds anything in it', () => {
  expect(new Set(Object.values(piiMasks)).size).toBe(piiTypes.length);
  for (const type of piiTypes) {
    expect(piiMasks[type]).toMatch(/^\{[A-Z_]+\}$/);
    for (const mask of Object.values(piiMasks)) expect(piiDetector(type).find(`a ${mask} b`, 0, true)).toEqual([]);
  }
});
