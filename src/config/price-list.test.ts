import { describe, expect, test } from '@jest/globals';
import { ConfigurationError } from './document.ts';
import { parsePriceList } from './price-list.ts';

const head = 'apiVersion: config.tidegate.io/v1alpha1\nkind: PriceList\n';
const problemsOf = (text: string): readonly string[] => {
  try {
    parsePriceList(text, 'prices.yaml');
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  return [];
};

describe('a PriceList', () => {
  test('is prices by provider type and model, in YAML or JSON', () => {
    const list = parsePriceList(`${head}prices:\n  OpenAI:\n    gpt-4o: {input: 2.5, output: 0}\n`, 'prices.yaml');
    expect(list.get('OpenAI')?.get('gpt-4o')).toEqual({ input: 2.5, output: 0 });
    expect(list.get('Bedrock')?.size).toBe(0);
    const json = {
      apiVersion: 'config.tidegate.io/v1alpha1',
      kind: 'PriceList',
      prices: { Bedrock: { a: { input: 1 } } },
    };
    expect(parsePriceList(JSON.stringify(json), 'prices.json').get('Bedrock')?.get('a')).toEqual({ input: 1 });
  });

  test('may name models like what every object has', () => {
    const text = `${head}prices:\n  OpenAI:\n    __proto__: {input: 1}\n    constructor: {input: 2}\n`;
    const models = parsePriceList(text, 'prices.yaml').get('OpenAI');
    expect([...(models ?? [])]).toEqual([
      ['__proto__', { input: 1 }],
      ['constructor', { input: 2 }],
    ]);
  });

  test.each([
    [
      'an unknown price',
      'prices:\n  OpenAI:\n    a/b: {inputs: 1}\n',
      '5:11: unknown field "prices.OpenAI.a/b.inputs"',
    ],
    ['a price below 0', 'prices: {OpenAI: {m: {input: -1}}}\n', '3:30: prices.OpenAI.m.input: must be >= 0'],
    ['no number', 'prices: {OpenAI: {m: {input: cheap}}}\n', '3:30: prices.OpenAI.m.input: must be number'],
    ['an unknown type', 'prices: {Open: {}}\n', '3:10: unknown field "prices.Open"'],
    [
      'a model without a price',
      'prices: {OpenAI: {m: {}}}\n',
      '3:22: prices.OpenAI.m: must NOT have fewer than 1 properties',
    ],
    ['no prices', '', '1:1: missing field "prices"'],
    ['the same model twice', 'prices: {OpenAI: {m: {input: 1}, m: {input: 2}}}\n', '3:34: Map keys must be unique'],
  ])('with %s is refused with its line', (_name, text, problem) => {
    expect(problemsOf(head + text)).toEqual([`prices.yaml:${problem}`]);
  });

  test('of another kind is refused', () => {
    expect(problemsOf('apiVersion: v1\nkind: ConfigMap\nprices: {}\n')).toEqual([
      'prices.yaml:1:13: apiVersion: must be one of "config.tidegate.io/v1alpha1"',
      'prices.yaml:2:7: kind: must be one of "PriceList"',
    ]);
  });
});
