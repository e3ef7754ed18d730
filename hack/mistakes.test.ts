/**
 * What users of other gateways reported as their mistakes, by the numbers of the project's list of facts: whatever of it
 * can happen to a call has a test that names it, `mistake <number>: <what must hold>`.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { repository } from './docs/markdown.ts';

/** Mistakes that a call can meet. */
const MISTAKES: Readonly<Record<number, string>> = {
  1: 'usage of streams is lost',
  2: 'cached tokens are counted twice',
  3: "cache counters of Bedrock's streams are dropped",
  4: 'a client that leaves goes on costing, or costs nothing that is known',
  5: 'memory grows with what passes',
  6: 'large bodies are parsed',
  8: 'large bodies are refused',
  9: 'a new key needs a restart',
  10: "a caller's own credential is replaced",
  11: 'betas are dropped or changed',
  12: '429 loses what it tells',
  13: 'errors have the shape of another API, or look like success',
  15: 'unknown models cost nothing',
  16: 'ARNs of inference profiles are encoded anew',
  19: 'metrics explode',
  22: 'fields of requests are stripped',
  24: 'streams are cut by updates',
  25: 'what agents send and look for is not understood',
};

/** Those that concern budgets, guardrails, sign-in, packaging and the operator: nothing that a call can meet by now. */
const ELSEWHERE = [7, 14, 17, 18, 20, 21, 23];

/** What the list adds without a number. */
const FURTHER = [/ping/, /without keys/, /encoding/];

function testFiles(folder: string): string[] {
  return readdirSync(join(repository, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.test.ts'))
    .map((path) => join(repository, folder, path));
}

/** Titles of tests and groups of tests, as they stand in the files. */
function titles(text: string): readonly string[] {
  const opening =
    /(?:\b(?:test|describe)(?:\.each(?:<[^(]*>)?\([^]*?\))?\(\s*|^\s*\]\)?(?: as const)?\)\(\s*)(["'`])((?:(?!\1).)*)\1/gm;
  return [...text.matchAll(opening)].map(([, , title = '']) => title);
}

const clients = testFiles('test/clients').flatMap((path) => titles(readFileSync(path, 'utf8')));

describe('the mistakes of others', () => {
  test('are numbered from 1 to 25, each once', () => {
    const numbers = [...Object.keys(MISTAKES).map(Number), ...ELSEWHERE].toSorted((a, b) => a - b);
    expect(numbers).toEqual(Array.from({ length: 25 }, (_, index) => index + 1));
  });

  test.each(Object.entries(MISTAKES))('number %s, %s, has a test through the gateway that names it', (number) => {
    expect(clients.filter((title) => title.startsWith(`mistake ${number}: `))).not.toEqual([]);
  });

  test.each(FURTHER)('without a number have a test: %s', (what) => {
    expect(clients.some((title) => title.startsWith('a further mistake: ') && what.test(title))).toBe(true);
  });

  test('are told by their numbers where tests name them', () => {
    const named = [...testFiles('src'), ...testFiles('test')].flatMap((path) =>
      titles(readFileSync(path, 'utf8')).flatMap((title) => [...title.matchAll(/^mistake (\d+): /g)]),
    );
    for (const [, number] of named) expect(Object.keys(MISTAKES)).toContain(number);
  });
});
