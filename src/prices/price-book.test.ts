import { describe, expect, test } from '@jest/globals';
import { anEntry } from '../../test/support/tables.ts';
import type { ListedPrice, PriceList } from '../api/price-list.ts';
import type { ProviderEntry, ProviderType } from '../table/types.ts';
import type { MeteredUsage, TokenCounts } from '../usage/record.ts';
import { Catalog } from './catalog.ts';
import { PriceBook } from './price-book.ts';

/** input, output, cachedInput, cacheWrite, cacheWrite1h, reasoning, audioInput, audioCachedInput, audioOutput */
const CARDS = [
  '{"standard":[[0,2,8,1]]}',
  '{"fast":[[0,10,50,1,12,20]],"standard":[[0,5,25,1,6,10]]}',
  '{"flex":[[0,1,4],[200000]],"standard":[[0,2,8],[200000,4,12]]}',
  '{"standard":[[0,4,16,1,null,null,null,32,null,64]]}',
  '{"standard":[[0,10,20]]}',
  '{"standard":[[0,11,22]]}',
].join('\n');
const MODELS = [
  '[anthropic]',
  'claude-opus-5 1',
  '[azure]',
  'gpt-4o 0',
  '[bedrock]',
  'anthropic.claude-opus-5 4',
  'eu-west-2/anthropic.claude-opus-5 5',
  'eu.anthropic.claude-opus-5 5',
  'global.anthropic.claude-opus-5 4',
  '[gemini]',
  'gemini-3-pro 2',
  '[groq]',
  'llama-3 4',
  '[openai]',
  'ft:gpt-4o 4',
  'gpt-4o 0 10',
  'gpt-4o-2024-05-13 4',
  'gpt-realtime 3',
].join('\n');

const book = (list: PriceList = new Map()): PriceBook => {
  const made = new PriceBook(new Catalog(CARDS, MODELS));
  made.setList(list);
  return made;
};
const openAI = anEntry();
const anthropic = anEntry({ type: 'Anthropic', baseURL: 'https://api.anthropic.com' });
const google = anEntry({ type: 'GoogleAI', baseURL: 'https://generativelanguage.googleapis.com' });
const compatible = anEntry({ type: 'OpenAICompatible', baseURL: 'http://vllm.models.svc:8000/v1' });
const azure = anEntry({ type: 'OpenAICompatible', baseURL: 'https://team.openai.azure.com/openai/v1' });
const bedrock = (region = 'eu-central-1'): ProviderEntry =>
  anEntry({ type: 'Bedrock', region, baseURL: `https://bedrock-runtime.${region}.amazonaws.com` });

type Metered = Extract<MeteredUsage, { kind: 'Metered' }>;
const used = (tokens: TokenCounts, rest: Partial<Metered> = {}): Metered => ({ kind: 'Metered', tokens, ...rest });
/** What one input token costs, in picodollars; undefined: unpriced. */
const rate = (entry: ProviderEntry, requested: string | undefined, rest: Partial<Metered> = {}, list?: PriceList) =>
  book(list).cost(entry, requested, used({ input: 1 }, rest)).byClass.input;

describe('the price of a model', () => {
  test('mistake 15: an unknown model is unpriced, never free', () => {
    const cost = book().cost(openAI, 'gpt-99', used({ input: 7, output: 3 }));
    expect(cost).toMatchObject({ total: 0n, byClass: {}, unpriced: { input: 7, output: 3 } });
  });

  test('is that of the model that served', () => {
    expect(rate(openAI, 'gpt-4o')).toBe(2n);
    expect(rate(openAI, 'gpt-4o', { model: 'gpt-4o-2024-05-13' })).toBe(10n);
    expect(rate(openAI, undefined, { model: 'gpt-4o' })).toBe(2n);
    expect(rate(openAI, 'gpt-4o', { model: '/models/unknown' })).toBe(2n);
  });

  test('is that of each call, where the provider made several for one answer: by its own model and length', () => {
    const parts = [{ tokens: { input: 150_000, output: 1 } }, { tokens: { input: 150_000 } }];
    const total = { input: 300_000, output: 1 };
    expect(book().cost(google, 'gemini-3-pro', used(total)).total).toBe(300_000n * 4n + 12n);
    expect(book().cost(google, 'gemini-3-pro', used(total, { parts })).total).toBe(300_000n * 2n + 8n);
    const advised = [{ tokens: { input: 1 } }, { tokens: { input: 10, output: 3 }, model: 'claude-opus-5' }];
    expect(book().cost(anthropic, 'gpt-99', used({ input: 11, output: 3 }, { parts: advised }))).toMatchObject({
      total: 125n,
      byClass: { input: 50n, output: 75n },
      unpriced: { input: 1 },
    });
  });

  test('of a dated name that is not catalogued is that of the name without its date', () => {
    expect(rate(openAI, 'gpt-4o-2029-01-31')).toBe(2n);
    expect(rate(anthropic, 'claude-opus-5-20290131')).toBe(5n);
    expect(rate(openAI, 'gpt-4o-mini')).toBeUndefined();
  });

  test('does not depend on marks that are the client’s or the API’s', () => {
    expect(rate(anthropic, 'claude-opus-5[1m]')).toBe(5n);
    expect(rate(google, 'models/gemini-3-pro')).toBe(2n);
    expect(rate(openAI, 'ft:gpt-4o:team:name:id')).toBe(10n);
  });

  test('is known by the host that is called', () => {
    expect(rate(compatible, 'gpt-4o')).toBeUndefined();
    const groq = anEntry({ type: 'OpenAICompatible', baseURL: 'https://api.groq.com/openai/v1' });
    expect(rate(groq, 'llama-3')).toBe(10n);
    expect(rate(groq, 'gpt-4o')).toBeUndefined();
    expect(rate(anEntry({ baseURL: 'https://api.groq.com.example.com/v1' }), 'llama-3')).toBeUndefined();
    expect(rate(anEntry({ baseURL: 'https://llm-proxy.example.com/v1' }), 'gpt-4o')).toBe(2n);
  });

  test('of a host that keeps data in a region has its uplift', () => {
    const eu = anEntry({ baseURL: 'https://eu.api.openai.com/v1' });
    const cost = book().cost(eu, 'gpt-4o', used({ input: 100 }));
    // 2 × 1.1, to the nearest picodollar.
    expect(cost.byClass.input).toBe(200n);
    expect(book().cost(eu, 'gpt-4o', used({ output: 100 })).byClass.output).toBe(900n);
  });

  test('of an Azure deployment is that of the model that the answer names, whatever the deployment is called', () => {
    expect(rate(azure, 'gpt-4o')).toBeUndefined();
    expect(rate(azure, 'team-chat', { model: 'gpt-4o-2024-08-06' })).toBe(2n);
  });
});

describe('the price of a model on Bedrock', () => {
  const profile = 'arn:aws:bedrock:eu-central-1:123456789012:inference-profile/eu.anthropic.claude-opus-5';

  test('is that of its geography, never that of the answer’s bare name', () => {
    const answered = { model: 'anthropic.claude-opus-5' };
    expect(rate(bedrock(), 'anthropic.claude-opus-5', answered)).toBe(10n);
    expect(rate(bedrock(), 'eu.anthropic.claude-opus-5', answered)).toBe(11n);
    expect(rate(bedrock(), 'global.anthropic.claude-opus-5', answered)).toBe(10n);
    expect(rate(bedrock(), 'jp.anthropic.claude-opus-5', answered)).toBeUndefined();
  });

  test('is that of the region, where the region has one', () => {
    expect(rate(bedrock('eu-west-2'), 'anthropic.claude-opus-5')).toBe(11n);
    expect(rate(bedrock('eu-west-2'), 'arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-opus-5')).toBe(10n);
  });

  test('mistake 16: is known by the ARN of an inference profile, and not by that of an application', () => {
    expect(rate(bedrock(), profile)).toBe(11n);
    const application = 'arn:aws:bedrock:eu-central-1:123456789012:application-inference-profile/a1b2c3d4';
    expect(rate(bedrock(), application, { model: 'claude-opus-5' })).toBeUndefined();
    const entry = { ...bedrock(), models: [{ name: application, pricing: { input: 3 } }] };
    expect(rate(entry, application)).toBe(3_000_000n);
  });
});

describe('a service tier', () => {
  test('has its own rates, under each of its names', () => {
    expect(rate(anthropic, 'claude-opus-5', { serviceTier: 'fast' })).toBe(10n);
    expect(rate(google, 'gemini-3-pro', { serviceTier: 'on_demand_flex' })).toBe(1n);
    for (const serviceTier of ['standard', 'default', 'auto', 'on_demand', 'traffic_type_unspecified']) {
      expect(rate(anthropic, 'claude-opus-5', { serviceTier })).toBe(5n);
    }
  });

  test('that is not catalogued is unpriced, not the list price', () => {
    expect(rate(anthropic, 'claude-opus-5', { serviceTier: 'priority' })).toBeUndefined();
    expect(rate(openAI, 'gpt-4o', { serviceTier: 'scale' })).toBeUndefined();
  });

  test('does not change a price that the provider has of its own', () => {
    const entry = { ...openAI, models: [{ name: 'gpt-4o', pricing: { input: 1 } }] };
    expect(rate(entry, 'gpt-4o', { serviceTier: 'scale' })).toBe(1_000_000n);
  });
});

test('a prompt above a step costs that step’s rates for all of its tokens, cached ones among them', () => {
  const cost = (tokens: TokenCounts, serviceTier?: string) =>
    book().cost(google, 'gemini-3-pro', used(tokens, serviceTier === undefined ? {} : { serviceTier }));
  expect(cost({ input: 200_000, output: 1 }).total).toBe(400_008n);
  expect(cost({ input: 200_001, output: 1 }).total).toBe(800_016n);
  expect(cost({ input: 1, cached_input: 200_000, output: 1 }).total).toBe(16n);
  expect(cost({ input: 200_001 }, 'flex').unpriced).toEqual({ input: 200_001 });
});

test('audio costs what audio costs, and is unpriced where that is unknown', () => {
  const usage = used({ input: 10, cached_input: 5, output: 10 }, { audio: { input: 4, cachedInput: 5, output: 10 } });
  const cost = book().cost(openAI, 'gpt-realtime', usage);
  expect(cost.byClass).toEqual({ input: 6n * 4n + 4n * 32n, output: 640n });
  expect(cost.unpriced).toEqual({ cached_input: 5 });
});

describe('a price of the provider’s own', () => {
  const entry = (pricing: object) => ({ ...anthropic, models: [{ name: 'claude-opus-5[1m]', pricing }] });

  test('wins field by field; what it leaves out is the catalog’s', () => {
    const tokens = { input: 1, cached_input: 1, cache_write_5m: 1, cache_write_1h: 1, output: 1 };
    const { byClass } = book().cost(entry({ input: 1, cacheWrite1h: 2 }), 'claude-opus-5', used(tokens));
    expect(byClass).toEqual({
      input: 1_000_000n,
      cached_input: 1n,
      cache_write_5m: 6n,
      cache_write_1h: 2_000_000n,
      output: 25n,
    });
  });

  test('of 0 is free, which differs from none', () => {
    const cost = book().cost(entry({ output: 0 }), 'claude-opus-5', used({ output: 9, reasoning: 9 }));
    expect(cost).toMatchObject({ total: 0n, byClass: { output: 0n, reasoning: 0n }, unpriced: {} });
  });

  test('of the output holds for reasoning, that of cache writes not for those of an unknown time to live', () => {
    const priced = entry({ output: 1, cacheWrite5m: 1, cacheWrite1h: 1 });
    const { byClass } = book().cost(priced, 'claude-opus-5', used({ reasoning: 1, cache_write: 1 }));
    expect(byClass).toEqual({ reasoning: 1_000_000n, cache_write: 6n });
  });

  test('prices models that no catalog knows, and leaves the rest of them unpriced', () => {
    const self = { ...compatible, models: [{ name: 'our-model', pricing: { input: 0 } }] };
    const cost = book().cost(self, 'our-model', used({ input: 5, output: 5 }));
    expect(cost).toMatchObject({ byClass: { input: 0n }, unpriced: { output: 5 } });
  });

  test('is found by the name that was requested, and else by that of the answer', () => {
    const models = [
      { name: 'alias', pricing: { input: 1 } },
      { name: 'gpt-4o', pricing: { input: 2 } },
    ];
    expect(rate({ ...openAI, models }, 'alias', { model: 'gpt-4o' })).toBe(1_000_000n);
    expect(rate({ ...openAI, models }, 'other', { model: 'gpt-4o' })).toBe(2_000_000n);
  });

  test('prices audio only where no price of audio is known', () => {
    const models = [
      { name: 'gpt-realtime', pricing: { input: 1, output: 1 } },
      { name: 'x', pricing: { input: 1 } },
    ];
    const heard = { audio: { input: 1 } };
    expect(rate({ ...openAI, models }, 'gpt-realtime', heard)).toBe(32n);
    expect(rate({ ...openAI, models }, 'x', heard)).toBe(1_000_000n);
  });
});

describe('a price list', () => {
  const list: PriceList = new Map<ProviderType, Map<string, ListedPrice>>([
    [
      'OpenAI',
      new Map<string, ListedPrice>([
        ['gpt-4o', { input: 1, reasoning: 3 }],
        ['new-model', { input: 4, output: 5, audioInput: 6 }],
      ]),
    ],
    ['Bedrock', new Map([['eu.anthropic.claude-opus-5', { cacheWrite: 7 }]])],
  ]);

  test('stands over the catalog and under the provider’s own prices', () => {
    const models = [{ name: 'gpt-4o', pricing: { input: 9 } }];
    expect(rate(openAI, 'gpt-4o', {}, list)).toBe(1_000_000n);
    expect(rate({ ...openAI, models }, 'gpt-4o', {}, list)).toBe(9_000_000n);
    const { byClass } = book(list).cost(openAI, 'gpt-4o', used({ output: 1, reasoning: 1 }));
    expect(byClass).toEqual({ output: 8n, reasoning: 3_000_000n });
  });

  test('may name models that the catalog does not know, and prices that providers have no field for', () => {
    const usage = used({ input: 2, reasoning: 1 }, { audio: { input: 1 } });
    expect(book(list).cost(openAI, 'new-model', usage).byClass).toEqual({ input: 10_000_000n, reasoning: 5_000_000n });
    const written = book(list).cost(bedrock(), 'eu.anthropic.claude-opus-5', used({ cache_write: 1 }));
    expect(written.byClass).toEqual({ cache_write: 7_000_000n });
    expect(rate(compatible, 'new-model', {}, list)).toBeUndefined();
  });

  test('that is taken replaces the one before for requests that follow', () => {
    const prices = book(list);
    expect(prices.cost(openAI, 'gpt-4o', used({ input: 1 })).total).toBe(1_000_000n);
    prices.setList(new Map());
    expect(prices.cost(openAI, 'gpt-4o', used({ input: 1 })).total).toBe(2n);
  });
});

describe('a name on a metric', () => {
  test('mistake 19: is one of a list, whatever clients send', () => {
    const prices = book();
    for (let i = 0; i < 2000; i += 1) expect(prices.catalogued(openAI, `junk-${i}`)).toBeUndefined();
    expect(prices.catalogued(openAI, 'gpt-4o')).toBe('gpt-4o');
    expect(prices.catalogued(openAI, 'gpt-4o-2029-01-31')).toBe('gpt-4o');
    expect(prices.catalogued(openAI, 'x'.repeat(100_000))).toBeUndefined();
  });
});
