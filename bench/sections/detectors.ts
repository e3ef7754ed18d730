/** How right and how fast the detectors of personal data are: precision and recall on the corpus, MB/s of CPU time. */
import { readFileSync } from 'node:fs';
import { piiDetector, piiTypes, type PIIType } from '../../src/guardrails/pii/pii.ts';
import type { Detector } from '../../src/guardrails/types.ts';
import { readPIICorpus } from '../../test/support/pii-corpus.ts';
import { megabyte, type BenchContext } from '../context.ts';
import { record, type Row } from '../report.ts';

const SIZE = megabyte;
/** Types of a usual policy; the figure for all together is what such a policy costs. */
const usual: readonly PIIType[] = [
  'Email',
  'Phone',
  'CreditCard',
  'IBAN',
  'USSocialSecurityNumber',
  'IPAddress',
  'AWSAccessKey',
  'PrivateKey',
];

/** Runs the section `detectors`. */
export async function detectors({ rounds, seconds }: BenchContext, rows: Row[]): Promise<void> {
  for (const type of piiTypes) {
    const { precision, recall } = accuracyOf(type);
    const key = {
      section: 'Detectors of personal data on their corpus, known misses included',
      figure: type,
      unit: '%',
    };
    record(rows, { ...key, target: 'precision' }, precision);
    record(rows, { ...key, target: 'recall' }, recall);
  }
  const texts = { prose: prose(), code: code(), logs: logs(), corpus: corpus() };
  for (let round = 0; round < rounds; round++) {
    for (const [target, text] of Object.entries(texts)) {
      const row = { section: 'Detectors of personal data, MB of text per second of CPU time', unit: 'MB/s', target };
      for (const type of piiTypes)
        record(rows, { ...row, figure: type }, speedOf([piiDetector(type)], text, seconds / 20));
      record(
        rows,
        { ...row, figure: `${usual.length} usual types` },
        speedOf(usual.map(piiDetector), text, seconds / 20),
      );
    }
    // The report is printed when all is done; what else runs in this process gets its turn.
    await new Promise(setImmediate);
  }
}

/** How many of what is found is right, how many of what is right is found, in percent. */
function accuracyOf(type: PIIType): { readonly precision: number; readonly recall: number } {
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

function speedOf(detectors: readonly Detector[], text: string, seconds: number): number {
  const look = (): void => {
    for (const detector of detectors) detector.find(text, 0, true);
  };
  look();
  const before = process.cpuUsage();
  for (let times = 1; ; times++) {
    look();
    const { user, system } = process.cpuUsage(before);
    const spent = (user + system) / 1e6;
    if (spent >= seconds) return (times * text.length) / megabyte / spent;
  }
}

/** A flat string of {@link SIZE} code units: joined ones would be joined anew for each detector. */
function repeated(piece: string): string {
  const text = piece.repeat(Math.ceil(SIZE / piece.length)).slice(0, SIZE);
  return Buffer.from(text, 'utf16le').toString('utf16le');
}

const fileOf = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

const prose = (): string => repeated(`${fileOf('README.md')}${fileOf('CONTRIBUTING.md')}${fileOf('CHANGELOG.md')}`);
const code = (): string => repeated(fileOf('package-lock.json'));
const corpus = (): string =>
  repeated(piiTypes.flatMap((type) => readPIICorpus(type).map(({ text }) => `${text}\n`)).join(''));

function logs(): string {
  const line = (i: number): string =>
    `2026-03-14T09:26:53.${100 + (i % 900)}Z INFO worker-${i % 9} request ${i * 7919} took ${i % 300} ms status=200 bytes=${i * 31}\n`;
  return repeated(Array.from({ length: 4000 }, (_, i) => line(i)).join(''));
}
