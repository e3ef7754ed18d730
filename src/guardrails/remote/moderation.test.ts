import { describe, expect, test } from '@jest/globals';
import { moderationAsks } from './moderation.ts';
import type { ContentFilter, FilterStrength } from './policies.ts';

const NAMES = [
  'harassment',
  'harassment/threatening',
  'hate',
  'hate/threatening',
  'illicit',
  'illicit/violent',
  'self-harm',
  'self-harm/instructions',
  'self-harm/intent',
  'sexual',
  'sexual/minors',
  'violence',
  'violence/graphic',
];

/** One result, with these scores and flags and 0 for the rest. */
const result = (scores: Record<string, unknown> = {}, flags: Record<string, unknown> = {}) => ({
  flagged: Object.values(flags).includes(true),
  categories: { ...Object.fromEntries(NAMES.map((name) => [name, false])), ...flags },
  category_scores: { ...Object.fromEntries(NAMES.map((name) => [name, 0])), ...scores },
});
const answer = (...results: object[]) => JSON.stringify({ id: 'modr-1', model: 'omni-moderation-latest', results });

const filter = (category: ContentFilter['category'], strength: FilterStrength): ContentFilter => ({
  category,
  inputStrength: strength,
  outputStrength: 'None',
});

const found = (filters: ContentFilter[], text: string, count = 1) => {
  const texts = Array.from({ length: count }, () => ({ scope: 'User' as const, text: 'some text' }));
  const [ask] = moderationAsks('omni-moderation-latest', filters, texts, 'Input');
  const reading = ask?.read(text);
  return reading?.kind === 'Read' ? reading.findings.map(({ rule }) => rule) : undefined;
};

describe('moderation', () => {
  test('is sent texts in pieces', () => {
    const asks = moderationAsks('m', [filter('Hate', 'Low')], [{ scope: 'User', text: 'a'.repeat(3000) }], 'Input');
    const body = JSON.parse(asks[0]?.body() ?? '') as { model: string; input: string[] };
    expect([asks.length, body.model, body.input.map(({ length }) => length)]).toEqual([1, 'm', [2000, 1200]]);
  });

  test('is not asked when no filter looks in a direction', () => {
    const texts = [{ scope: 'User' as const, text: 'a' }];
    expect(moderationAsks('m', [filter('Hate', 'High')], texts, 'Output')).toEqual([]);
    expect(moderationAsks('m', [filter('Hate', 'None')], texts, 'Input')).toEqual([]);
  });

  test.each<[FilterStrength, number, boolean, boolean]>([
    ['Low', 0.79, false, false],
    ['Low', 0.79, true, false],
    ['Low', 0.8, false, true],
    ['Medium', 0.49, false, false],
    ['Medium', 0.5, false, true],
    ['Medium', 0.1, true, true],
    ['High', 0.19, false, false],
    ['High', 0.2, false, true],
    ['High', 0.1, true, true],
    ['None', 1, true, false],
  ])('with %s, a score of %d, flagged %s: blocks %s', (strength, score, flagged, blocks) => {
    const filters = [filter('Violence', strength), filter('Hate', 'Low')];
    const rules = found(filters, answer(result({ 'violence/graphic': score }, { 'violence/graphic': flagged })));
    expect(rules).toEqual(blocks ? ['content/Violence'] : []);
  });

  test.each([
    ['Hate', 'hate/threatening'],
    ['Insults', 'harassment'],
    ['Sexual', 'sexual/minors'],
    ['Violence', 'violence'],
    ['Misconduct', 'illicit/violent'],
    ['Misconduct', 'self-harm/intent'],
  ] as const)('%s has %s', (category, name) => {
    expect(found([filter(category, 'Low')], answer(result({ [name]: 0.9 })))).toEqual([`content/${category}`]);
  });

  test('of an older model has no illicit acts', () => {
    const older = result({ illicit: null, 'illicit/violent': null }, { illicit: null, 'illicit/violent': null });
    expect(found([filter('Misconduct', 'High')], answer(older))).toEqual([]);
  });

  test.each([
    ['no JSON', '<html>'],
    ['too few results', answer(result())],
    ['too many', answer(result(), result(), result())],
    ['a score that is none', answer(result(), result({ hate: 'high' }))],
    ['a score beyond 1', answer(result(), result({ hate: 1.5 }))],
    ['a score that is missing', answer(result(), result({ hate: undefined }))],
    ['a flag that is none', answer(result(), result({}, { hate: 1 }))],
    ['an error', JSON.stringify({ error: { message: 'no' } })],
  ])('gives no verdict with %s', (_what, text) => {
    expect(() => found([filter('Hate', 'Low')], text, 2)).toThrow(
      expect.objectContaining({ code: 'TIDEGATE_UNREADABLE_VERDICT' }),
    );
  });
});
