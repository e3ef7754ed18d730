/** Texts for detectors, and how fast these look through them. */
import { readFileSync } from 'node:fs';
import { piiTypes } from '../../src/guardrails/pii/pii.ts';
import { readPIICorpus } from '../../test/support/pii-corpus.ts';
import { megabyte } from '../context.ts';

/** MB of a text that are looked through in a second of CPU time. `look`: once over all of it. */
export function speedOf(look: () => void, length: number, seconds: number): number {
  look();
  const before = process.cpuUsage();
  for (let times = 1; ; times++) {
    look();
    const { user, system } = process.cpuUsage(before);
    const spent = (user + system) / 1e6;
    if (spent >= seconds) return (times * length) / megabyte / spent;
  }
}

/** A flat string of `size` code units: joined ones would be joined anew for each detector. */
export function repeated(piece: string, size = megabyte): string {
  const text = piece.repeat(Math.ceil(size / piece.length)).slice(0, size);
  return Buffer.from(text, 'utf16le').toString('utf16le');
}

const fileOf = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

/** What goes through a gateway, a megabyte of each; and the corpus, which is full of what is looked for. */
export const usualTexts = (): Readonly<Record<string, string>> => ({
  prose: repeated(`${fileOf('README.md')}${fileOf('CONTRIBUTING.md')}${fileOf('CHANGELOG.md')}`),
  code: repeated(`${fileOf('src/guardrails/pii/password.ts')}${fileOf('src/guardrails/engine/growing-text.ts')}`),
  JSON: repeated(fileOf('package-lock.json')),
  logs: logs(),
  corpus: repeated(piiTypes.flatMap((type) => readPIICorpus(type).map(({ text }) => `${text}\n`)).join('')),
});

function logs(): string {
  const line = (i: number): string =>
    `2026-03-14T09:26:53.${100 + (i % 900)}Z INFO worker-${i % 9} request ${i * 7919} took ${i % 300} ms status=200 bytes=${i * 31}\n`;
  return repeated(Array.from({ length: 4000 }, (_, i) => line(i)).join(''));
}
