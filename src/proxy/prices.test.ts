/** What calls cost, seen from outside: metrics, access log, description, and the price list that operators keep. */
import { mkdtemp, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { providerEntry, startHarness, type Harness, type HarnessOptions } from '../../test/support/proxy/harness.ts';
import { PriceBook } from '../prices/price-book.ts';
import { createLogger } from '../telemetry/log.ts';
import { countUsage } from './account.ts';
import { ProxyMetrics } from './metrics.ts';
import { PriceFile } from './price-file.ts';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

const USAGE = {
  prompt_tokens: 1000,
  prompt_tokens_details: { cached_tokens: 400 },
  completion_tokens: 100,
  completion_tokens_details: { reasoning_tokens: 60 },
};

async function start(options: Partial<HarnessOptions> & { readonly answer?: object } = {}): Promise<Harness> {
  const { answer = {}, ...rest } = options;
  const harness = await startHarness({
    onRequest: (request, response) => {
      request.resume();
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ object: 'chat.completion', choices: [], usage: USAGE, ...answer }));
    },
    ...rest,
  });
  cleanups.push(async () => harness[Symbol.asyncDispose]());
  return harness;
}

/** Resolves when the call is accounted for. */
async function ask(harness: Harness, model: string): Promise<Record<string, unknown>> {
  const before = harness.requests().length;
  const answer = await fetch(`${harness.url}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model, messages: [] }),
  });
  await answer.text();
  await until(() => harness.requests().length > before);
  return harness.requests().at(-1) ?? {};
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('a metered call', () => {
  test('is counted and logged with its exact cost, by class of tokens', async () => {
    const harness = await start({ answer: { model: 'gpt-4o-2024-08-06' } });
    const line = await ask(harness, 'gpt-4o');
    // $2.50, $1.25 and $10 per 1M: 600 × 2.5 + 400 × 1.25 + 100 × 10 millionths of a dollar.
    expect(line).toMatchObject({ costUSD: '0.003' });
    expect(line).not.toHaveProperty('unpricedTokens');
    const cost = (token: string) =>
      harness.metric('tidegate_cost_usd_total', `model="gpt-4o"`, `token_type="${token}"`);
    expect(await cost('input')).toBe(0.0015);
    expect(await cost('cached_input')).toBe(0.0005);
    expect(await cost('output')).toBe(0.0004);
    expect(await cost('reasoning')).toBe(0.0006);
    expect(await harness.metric('tidegate_unpriced_tokens_total')).toBe(0);
  });

  test('adds up without a rounding error, however many there are', async () => {
    const harness = await start({ answer: { usage: { prompt_tokens: 1, completion_tokens: 0 } } });
    for (let i = 0; i < 30; i += 1) await ask(harness, 'gpt-4o-mini');
    // 30 × $0.15 per 1M.
    expect(await harness.metric('tidegate_cost_usd_total')).toBe(0.0000045);
  });

  test('mistake 15: of an unknown model is counted as unpriced, never as $0', async () => {
    const harness = await start();
    const line = await ask(harness, 'gpt-99');
    expect(line).not.toHaveProperty('costUSD');
    expect(line).toMatchObject({ unpricedTokens: { input: 600, cached_input: 400, output: 40, reasoning: 60 } });
    expect(await harness.metric('tidegate_unpriced_tokens_total', 'model="other"')).toBe(1100);
    expect(await harness.metric('tidegate_cost_usd_total')).toBe(0);
  });

  test('of a model that is free by the provider’s price costs 0', async () => {
    const models = [{ name: 'our-model', pricing: { input: 0, output: 0, cachedInput: 0 } }];
    const harness = await start({ entry: { models } });
    expect(await ask(harness, 'our-model')).toMatchObject({ costUSD: '0' });
    expect(await harness.metric('tidegate_unpriced_tokens_total')).toBe(0);
  });

  test('mistake 1: that broke off is counted with what had been reported, and as missing', async () => {
    const prices = new PriceBook();
    const registry = new Registry();
    const metrics = new ProxyMetrics(registry, prices, () => 0);
    const entry = providerEntry('http://127.0.0.1:1');
    const series = metrics.addProvider(entry);
    const usage = { kind: 'Metered', tokens: { input: 4 }, incomplete: 'client_disconnected' } as const;
    const cost = countUsage(prices, series, series.call(entry, 'chat', 'gpt-4o'), { entry, model: 'gpt-4o', usage });
    expect(cost?.total).toBe(10_000_000n);
    const text = await registry.metrics();
    expect(text).toMatch(/^tidegate_cost_usd_total\{.*token_type="input"\} 0\.00001$/m);
    expect(text).toMatch(/^tidegate_tokens_total\{.*token_type="input"\} 4$/m);
    expect(text).toMatch(/^tidegate_usage_missing_total\{.*reason="client_disconnected"\} 1$/m);
  });
});

describe('a figure that is no count', () => {
  const counts = [
    { input: 1.5 },
    { output: Number.NaN },
    { cached_input: -1 },
    { reasoning: Infinity },
    { input: 2 ** 60 },
  ];
  test.each([
    ...counts.map((tokens) => ({ kind: 'Metered', tokens }) as const),
    { kind: 'Metered', tokens: { input: 4 }, audio: { input: -5 } } as const,
    { kind: 'Metered', tokens: { input: 4 }, parts: [{ tokens: { input: 0.5 } }] } as const,
  ])('is counted as missing, and spoils no sum: %j', async (usage) => {
    const prices = new PriceBook();
    const registry = new Registry();
    const entry = providerEntry('http://127.0.0.1:1');
    const series = new ProxyMetrics(registry, prices, () => 0).addProvider(entry);
    const call = series.call(entry, 'chat', 'gpt-4o');
    expect(countUsage(prices, series, call, { entry, model: 'gpt-4o', usage })).toBeUndefined();
    const tokens = { input: 4 };
    countUsage(prices, series, call, { entry, model: 'gpt-4o', usage: { kind: 'Metered', tokens } });
    const text = await registry.metrics();
    expect(text).toMatch(/^tidegate_usage_missing_total\{.*reason="unparsable"\} 1$/m);
    expect(text).toMatch(/^tidegate_tokens_total\{.*token_type="input"\} 4$/m);
    expect(text).not.toMatch(/NaN|Inf$/m);
  });
});

describe('the model of a metric', () => {
  test('mistake 19: is told by name for a hundred models, and further ones are counted', async () => {
    const prices = new PriceBook();
    const names = Array.from({ length: 130 }, (_, i) => `model-${i}`);
    prices.setList(new Map([['OpenAI', new Map(names.map((name) => [name, { input: 1 }]))]]));
    const registry = new Registry();
    const entry = providerEntry('http://127.0.0.1:1');
    const series = new ProxyMetrics(registry, prices, () => 0).addProvider(entry);
    for (const name of [...names, ...names]) series.call(entry, 'chat', name).countRequest(200, '');
    expect(series.calls.size).toBe(101);
    expect(series.call(entry, 'chat', 'model-99').labels['model']).toBe('model-99');
    expect(series.call(entry, 'chat', 'model-100').labels['model']).toBe('other');
    expect(await registry.metrics()).toMatch(/^tidegate_unnamed_models_total\{.*\} 61$/m);
  });

  test('mistake 19: is a catalogued name or `other`, whatever clients send', async () => {
    const harness = await start();
    for (const model of ['gpt-4o', 'gpt-4o-2029-01-31', 'junk-1', 'junk-2', 'junk"} 1\n']) await ask(harness, model);
    const text = await harness.registry.metrics();
    const labels = new Set([...text.matchAll(/tidegate_requests_total\{.*?model="([^"]*)"/g)].map((match) => match[1]));
    expect(labels).toEqual(new Set(['gpt-4o', 'other']));
  });
});

describe('the description of a provider', () => {
  test('shows what each model costs, which of it is the provider’s own, and what has no price', async () => {
    const models = [{ name: 'gpt-4o', pricing: { output: 8 } }, { name: 'gpt-4o-mini' }, { name: 'gpt-99' }];
    const harness = await start({ entry: { models } });
    const answer = (await (await fetch(harness.url)).json()) as { models: unknown };
    expect(answer.models).toEqual([
      { name: 'gpt-4o', pricing: { input: 2.5, output: 8, cachedInput: 1.25 }, overridden: ['output'] },
      { name: 'gpt-4o-mini', pricing: { input: 0.15, output: 0.6, cachedInput: 0.075 } },
      { name: 'gpt-99', unpriced: true },
    ]);
  });
});

describe('the price list of an operator', () => {
  const head = 'apiVersion: config.tidegate.io/v1alpha1\nkind: PriceList\n';
  const listOf = (input: number): string => `${head}prices: {OpenAI: {gpt-99: {input: ${input}}}}\n`;
  const entry = { type: 'OpenAI', baseURL: 'https://api.openai.com/v1', models: [] } as never;

  async function folder(): Promise<string> {
    const path = await mkdtemp(join(tmpdir(), 'tidegate-prices-'));
    cleanups.push(() => rm(path, { recursive: true }));
    return path;
  }

  /** Whole at once: a file that is written in place is empty for a moment. */
  async function replace(file: string, text: string): Promise<void> {
    await writeFile(`${file}.new`, text);
    await rename(`${file}.new`, file);
  }

  async function open(file: string) {
    let logged = '';
    const prices = new PriceBook();
    const registry = new Registry();
    const log = createLogger({ level: 'info', destination: { write: (line: string) => void (logged += line) } });
    const opened = await PriceFile.open({ file, prices, registry, log, pollMilliseconds: 5 });
    cleanups.push(async () => opened.close());
    return {
      input: () => prices.describe(entry, 'gpt-99').pricing.input,
      logged: () => logged,
      isRefused: async () => /^tidegate_price_list_refused 1$/m.test(await registry.metrics()),
    };
  }

  test('is in force from the first request on', async () => {
    const file = join(await folder(), 'prices.yaml');
    await writeFile(file, `${head}prices: {OpenAI: {gpt-99: {input: 1, output: 2, cachedInput: 0.5}}}\n`);
    const harness = await start({ priceFile: file });
    expect(await ask(harness, 'gpt-99')).toMatchObject({ costUSD: '0.001' });
    expect(await harness.metric('tidegate_price_list_refused')).toBe(0);
    expect(await harness.metric('tidegate_requests_total', 'model="gpt-99"')).toBe(1);
  });

  test('is read again when it changes, also as a ConfigMap does: by a link to another folder', async () => {
    const path = await folder();
    await writeFile(join(path, '1.yaml'), listOf(1));
    await writeFile(join(path, '2.yaml'), listOf(2));
    const file = join(path, 'prices.yaml');
    await symlink('1.yaml', file);
    const { input } = await open(file);
    expect(input()).toBe(1);
    await unlink(file);
    await symlink('2.yaml', file);
    await until(() => input() === 2);
  });

  test('that is broken is refused with its line, once, and the prices before it hold', async () => {
    const file = join(await folder(), 'prices.yaml');
    await writeFile(file, listOf(1));
    const { input, logged, isRefused } = await open(file);
    await replace(file, `${head}prices:\n  OpenAI:\n    gpt-99: {imput: 2}\n`);
    await until(isRefused);
    expect(input()).toBe(1);
    await replace(file, listOf(3));
    await until(() => input() === 3);
    expect(await isRefused()).toBe(false);
    expect(logged().match(/prices\.yaml:5:14: unknown field/g)).toHaveLength(1);
  });

  test('that is not there leaves the built-in catalog in force, and is taken when it comes', async () => {
    const file = join(await folder(), 'prices.yaml');
    const { input, logged, isRefused } = await open(file);
    expect(await isRefused()).toBe(true);
    expect(logged()).toContain('there is no such file');
    expect(input()).toBeUndefined();
    await replace(file, listOf(4));
    await until(() => input() === 4);
  });
});
