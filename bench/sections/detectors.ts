/** How right and how fast detectors are: precision and recall of types on the corpus, MB/s of CPU time, usual texts and hostile ones. */
import { GrowingText } from '../../src/guardrails/engine/growing-text.ts';
import { judge } from '../../src/guardrails/engine/judge.ts';
import { compileGuardrail } from '../../src/guardrails/engine/policy.ts';
import { watchRules, type Watch } from '../../src/guardrails/engine/watch.ts';
import { fold } from '../../src/guardrails/fold/folding.ts';
import { compilePattern } from '../../src/guardrails/pattern/compile-pattern.ts';
import { piiDetector, piiTypes } from '../../src/guardrails/pii/pii.ts';
import type { Detector } from '../../src/guardrails/types.ts';
import { profanityDetector } from '../../src/guardrails/words/profanity.ts';
import { wordDetector } from '../../src/guardrails/words/words.ts';
import { disorderedLetters, hostilePieces } from '../../test/support/guardrails/hostile.ts';
import { readPIICorpus } from '../../test/support/pii-corpus.ts';
import type { BenchContext } from '../context.ts';
import { repeated, speedOf, usualTexts } from '../measures/detectors.ts';
import { record, type Row } from '../report.ts';
import { usualPatterns, usualSpec, usualTypes, usualWords } from '../usual-policy.ts';

/**
 * Patterns that make other engines slow, and those that make ours so: a match may end soon, but only one that is too long
 * does; more places at once than a table could hold; and at each place a match that might have gone on.
 */
const hardPatterns = [
  '(a|aa)+$',
  '(?:a?){30}a{30}',
  '(a|b)*a(a|b){12}c',
  'x[^x]*x',
  'a.{5}b|a.{300}b',
  'a.{240}c',
  '(a|b)*a(a|b){200}c',
  'a.{0,254}X|b',
  'b(.*a.{0,250}X)?',
];
const hardText = `${'a'.repeat(301)}b`;

/** Code units of a hostile text: its time is in proportion to its length, which a test makes sure of. */
const HOSTILE = 1 << 16;
/** Code units of a piece of a text that grows. */
const PIECE = 40;

/** Runs the section `detectors`. */
export async function detectors({ rounds, seconds }: BenchContext, rows: Row[]): Promise<void> {
  recordAccuracy(rows);
  const share = seconds / 20;
  const texts = Object.entries(usualTexts());
  const looks = looksOf();
  const hostile = worstTexts(looks);
  for (let round = 0; round < rounds; round++) {
    for (const [figure, look] of looks) {
      const row = { figure, unit: 'MB/s' };
      for (const [target, text] of texts) {
        const section = 'Detectors, MB of text per second of CPU time';
        record(
          rows,
          { ...row, section, target },
          speedOf(() => look(text), text.length, share),
        );
      }
      const section = 'Detectors, MB per second of CPU time, of the hostile text that takes longest';
      const { target, text } = hostile(look);
      record(
        rows,
        { ...row, section, target },
        speedOf(() => look(text), text.length, share),
      );
    }
    // The report is printed when all is done; what else runs in this process gets its turn.
    await new Promise(setImmediate);
  }
}

type Look = (text: string) => void;

/** Everything that looks at texts, by name. */
function looksOf(): readonly (readonly [name: string, look: Look])[] {
  const watch = usualPolicy();
  const detector = (name: string, one: Detector) => [name, (text: string) => void one.find(text, 0, true)] as const;
  return [
    ...piiTypes.map((type) => detector(type, piiDetector(type))),
    detector(`${usualWords.length} words`, wordDetector(usualWords, { match: 'Word', caseSensitive: false })),
    detector('profanity', profanityDetector()),
    ...[...usualPatterns, ...hardPatterns].map((pattern) => detector(pattern, compiled(pattern))),
    ['folding', (text) => void fold(text)],
    [
      `usual policy: ${usualWords.length} words, ${usualTypes.length} types, ${usualPatterns.length} patterns`,
      (text) => void judge(watch, text),
    ],
    [`usual policy, ${PIECE} characters at a time`, (text) => grow(watch, text)],
  ];
}

function compiled(pattern: string): Detector {
  const found = compilePattern(pattern);
  if (found.kind === 'Invalid') throw new Error(found.message);
  return found.detector;
}

function usualPolicy(): Watch {
  const found = compileGuardrail('bench/usual', usualSpec());
  if (found.kind === 'Invalid') throw new Error(found.message);
  return watchRules([found.policy], 'Output');
}

function grow(watch: Watch, text: string): void {
  const growing = new GrowingText(watch);
  for (let at = 0; at < text.length; at += PIECE) growing.push(text.slice(at, at + PIECE));
  growing.end();
}

/** For each way of looking the text that took longest, and its name. */
function worstTexts(looks: readonly (readonly [string, Look])[]): (look: Look) => { target: string; text: string } {
  const texts = Object.entries({
    ...hostilePieces,
    'ends that come too late': hardText,
    'letters in disorder': disorderedLetters(HOSTILE),
  }).map(([target, piece]) => {
    return { target, text: repeated(piece, HOSTILE) };
  });
  const worst = new Map<Look, { target: string; text: string }>();
  for (const [, look] of looks) {
    let least = Infinity;
    for (const one of texts) {
      const speed = speedOf(() => look(one.text), HOSTILE, 0.001);
      if (speed >= least) continue;
      least = speed;
      worst.set(look, one);
    }
  }
  return (look) => worst.get(look) ?? { target: '', text: '' };
}

function recordAccuracy(rows: Row[]): void {
  for (const type of piiTypes) {
    const { precision, recall } = accuracyOf(type);
    const section = 'Detectors of personal data on their corpus, known misses included';
    const key = { section, figure: type, unit: '%' };
    record(rows, { ...key, target: 'precision' }, precision);
    record(rows, { ...key, target: 'recall' }, recall);
  }
}

/** How many of what is found is right, how many of what is right is found, in percent. */
function accuracyOf(type: (typeof piiTypes)[number]): { readonly precision: number; readonly recall: number } {
  let found = 0;
  let marked = 0;
  let right = 0;
  for (const { text, values } of readPIICorpus(type)) {
    const matches = piiDetector(type).find(text, 0, true);
    found += matches.length;
    marked += values.length;
    right += values.filter((value) =>
      matches.some(({ start, end }) => start === value.start && end === value.end),
    ).length;
  }
  return { precision: (100 * right) / found, recall: (100 * right) / marked };
}
