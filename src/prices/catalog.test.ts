/** The catalog that this version came with: what it must say, whatever the next update brings. */
import { describe, expect, test } from '@jest/globals';
import { anEntry } from '../../test/support/tables.ts';
import type { ProviderEntry } from '../table/types.ts';
import { type CardText, PriceCard } from './card.ts';
import { Catalog } from './catalog.ts';
import { CARDS, MODELS, SOURCE } from './generated/snapshot.ts';
import { PriceBook } from './price-book.ts';

const prices = new PriceBook();
const pricing = (entry: ProviderEntry, model: string) => prices.describe(entry, model).pricing;
const anthropic = anEntry({ type: 'Anthropic', baseURL: 'https://api.anthropic.com' });
const bedrock = anEntry({
  type: 'Bedrock',
  region: 'us-east-1',
  baseURL: 'https://bedrock-runtime.us-east-1.amazonaws.com',
});

describe('the built-in catalog', () => {
  test('holds a card once, however many providers ask for its models', () => {
    const catalog = new Catalog('{"standard":[[0,2,8]]}', '[openai]\na 0 10\nb 0 10');
    const find = (regional: boolean, name = 'a') => catalog.find('openai', [name], regional)?.card;
    expect(find(false)).toBeDefined();
    expect(find(false, 'b')).toBe(find(false));
    expect(find(true, 'b')).toBe(find(true));
    expect(find(true)?.rates(undefined, 100).output).not.toBe(find(false)?.rates(undefined, 100).output);
  });

  test('knows the providers’ list prices', () => {
    expect(pricing(anEntry(), 'gpt-4o')).toMatchObject({ input: 2.5, output: 10, cachedInput: 1.25 });
    const opus = { input: 5, output: 25, cachedInput: 0.5, cacheWrite5m: 6.25, cacheWrite1h: 10 };
    expect(pricing(anthropic, 'claude-opus-5')).toEqual(opus);
    const google = anEntry({ type: 'GoogleAI', baseURL: 'https://generativelanguage.googleapis.com' });
    expect(pricing(google, 'gemini-2.5-pro')).toMatchObject({ input: 1.25, output: 10 });
  });

  test('prices Bedrock by geography: a profile of one costs more than the bare or global id', () => {
    const bare = pricing(bedrock, 'anthropic.claude-opus-5');
    expect(pricing(bedrock, 'global.anthropic.claude-opus-5')).toEqual(bare);
    for (const geography of ['us', 'eu', 'apac', 'au', 'jp']) {
      expect(pricing(bedrock, `${geography}.anthropic.claude-opus-5`).input).toBe(5.5);
    }
    expect(bare.input).toBe(5);
  });

  test('knows fast mode, flex and long prompts', () => {
    const cost = (entry: ProviderEntry, model: string, input: number, serviceTier?: string) =>
      prices.cost(entry, model, {
        kind: 'Metered',
        tokens: { input },
        ...(serviceTier === undefined ? {} : { serviceTier }),
      }).total / BigInt(input);
    expect(cost(anthropic, 'claude-opus-5', 1, 'fast')).toBe(2n * cost(anthropic, 'claude-opus-5', 1));
    expect(cost(anEntry(), 'o3', 1, 'flex') * 2n).toBe(cost(anEntry(), 'o3', 1));
    const google = anEntry({ type: 'GoogleAI', baseURL: 'https://generativelanguage.googleapis.com' });
    expect(cost(google, 'gemini-2.5-pro', 200_001)).toBe(2n * cost(google, 'gemini-2.5-pro', 200_000));
  });

  test('has a readable card for every model, a positive rate in each place, and a source with its date', () => {
    const cards = CARDS.split('\n').map((line) => JSON.parse(line) as CardText);
    for (const card of cards) {
      expect(card['standard']?.[0]?.[0]).toBe(0);
      for (const steps of Object.values(card)) {
        for (const [above, ...rates] of steps) {
          expect(Number.isSafeInteger(above)).toBe(true);
          expect(rates.every((rate) => rate === null || (Number.isSafeInteger(rate) && rate > 0))).toBe(true);
        }
      }
      expect(Object.keys(PriceCard.of(card).rates(undefined, 0)).length).toBeGreaterThan(0);
    }
    const models = MODELS.split('\n').filter((line) => !line.startsWith('['));
    expect(models.length).toBeGreaterThan(1000);
    for (const line of models) expect(line).toMatch(/^\S+ \d+( \d+)?$/);
    for (const line of models) expect(cards[Number(line.split(' ')[1])]).toBeDefined();
    expect(SOURCE).toEqual({
      name: expect.stringMatching(/^LiteLLM \d/),
      date: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
    });
  });

  test('is small', () => {
    expect(CARDS.length + MODELS.length).toBeLessThan(300_000);
  });

  test('finds nothing where nothing is, nor by the name of a section', () => {
    const catalog = new Catalog();
    expect(catalog.find('nowhere', ['gpt-4o'], false)).toBeUndefined();
    expect(catalog.find('openai', ['[openai]', '', 'constructor'], false)).toBeUndefined();
  });
});
