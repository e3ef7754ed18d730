import { describe, expect, test } from '@jest/globals';
import type { CardText } from '../../src/prices/card.ts';
import { convert } from './convert.ts';
import { writeSnapshot } from './write-snapshot.ts';

/** The card that a model of the source ends with, by our section and name. */
function cardOf(list: Parameters<typeof convert>[0], section: string, model: string): CardText | undefined {
  const { cards, models } = convert(list);
  const lines = models.split('\n');
  const at = lines.indexOf(`[${section}]`);
  const line = at === -1 ? undefined : lines.slice(at + 1).find((text) => text.startsWith(`${model} `));
  return line === undefined ? undefined : (JSON.parse(cards.split('\n')[Number(line.split(' ')[1])] ?? '') as CardText);
}

const openAI = (fields: object) => ({ 'gpt-x': { litellm_provider: 'openai', ...fields } });

describe('the conversion of the price list', () => {
  test('keeps rates by tier and step, as whole picodollars', () => {
    const list = openAI({
      input_cost_per_token: 2.5e-7,
      output_cost_per_token: 1.1e-6,
      output_cost_per_reasoning_token: 3e-6,
      cache_read_input_token_cost: 7.5e-8,
      input_cost_per_token_above_272k_tokens: 5e-7,
      input_cost_per_token_flex: 1e-7,
      input_cost_per_token_above_272k_tokens_flex: 2e-7,
      input_cost_per_token_batches: 1.2e-7,
      input_cost_per_audio_token: 4e-5,
      mode: 'chat',
      input_cost_per_image: 1,
    });
    expect(cardOf(list, 'openai', 'gpt-x')).toEqual({
      batch: [[0, 120_000], [272_000]],
      flex: [
        [0, 100_000],
        [272_000, 200_000],
      ],
      standard: [
        [0, 250_000, 1_100_000, 75_000, null, null, 3_000_000, 40_000_000],
        [272_000, 500_000],
      ],
    });
  });

  test('takes no zero for a price: it is as often unknown as free', () => {
    expect(cardOf(openAI({ input_cost_per_token: 0, output_cost_per_token: 0 }), 'openai', 'gpt-x')).toBeUndefined();
    expect(cardOf(openAI({ input_cost_per_token: 1e-6, output_cost_per_token: 0 }), 'openai', 'gpt-x')).toEqual({
      standard: [[0, 1_000_000]],
    });
  });

  test('leaves out what a usage figure cannot tell apart: images among the output', () => {
    const list = openAI({ input_cost_per_token: 1e-6, output_cost_per_token: 1e-5, output_cost_per_image_token: 3e-5 });
    expect(cardOf(list, 'openai', 'gpt-x')).toEqual({ standard: [[0, 1_000_000]] });
  });

  test('fills in Anthropic’s multiples of the input’s rate where they are missing, in each tier and for fast mode', () => {
    const list = {
      'claude-x': {
        litellm_provider: 'anthropic',
        input_cost_per_token: 3e-6,
        output_cost_per_token: 1.5e-5,
        cache_creation_input_token_cost: 4e-6,
        provider_specific_entry: { fast: 2 },
      },
    };
    expect(cardOf(list, 'anthropic', 'claude-x')).toEqual({
      fast: [[0, 6_000_000, 30_000_000, 600_000, 8_000_000, 12_000_000]],
      standard: [[0, 3_000_000, 15_000_000, 300_000, 4_000_000, 6_000_000]],
    });
    expect(cardOf(openAI({ input_cost_per_token: 1e-6 }), 'openai', 'gpt-x')).toEqual({ standard: [[0, 1_000_000]] });
  });

  test('puts Bedrock’s regions before the id, and leaves out commitments and other sellers', () => {
    const price = { litellm_provider: 'bedrock', input_cost_per_token: 1e-6 };
    const { models } = convert({
      'eu.anthropic.x': price,
      'bedrock/eu-west-2/anthropic.x': price,
      'bedrock/*/1-month-commitment/cohere.y': price,
      'bedrock/us-east-1/1-month-commitment/cohere.y': price,
      'vertex_ai/x': { ...price, litellm_provider: 'vertex_ai' },
      sample_spec: { litellm_provider: 'one of many', input_cost_per_token: 1 },
    });
    expect(models).toBe('[bedrock]\neu-west-2/anthropic.x 0\neu.anthropic.x 0');
  });

  test('does not depend on the order of the source', () => {
    const price = (amount: number) => ({ litellm_provider: 'groq', input_cost_per_token: amount });
    const list = { 'groq/b': price(2e-6), b: price(9e-6), 'groq/a': price(1e-6), 'groq/c': price(1e-6) };
    const reversed = Object.fromEntries(Object.entries(list).toReversed());
    expect(convert(reversed)).toEqual(convert(list));
    expect(convert(list)).toEqual({
      cards: '{"standard":[[0,1000000]]}\n{"standard":[[0,2000000]]}',
      models: '[groq]\na 0\nb 1\nc 0',
    });
  });

  test('tells the uplift of regional hosts, and stops where it would need two', () => {
    const uplift = { regional_processing_uplift_multiplier_eu: 1.1, regional_processing_uplift_multiplier_us: 1.1 };
    const list = openAI({ input_cost_per_token: 1e-6, ...uplift });
    expect(convert(list).models).toBe('[openai]\ngpt-x 0 10');
    const two = openAI({ input_cost_per_token: 1e-6, ...uplift, regional_processing_uplift_multiplier_us: 1.2 });
    expect(() => convert(two)).toThrow('two columns');
  });

  test('never writes what would end the string that it stands in', () => {
    const snapshot = { cards: '{}', models: '[openai]\na`${process.exit()} 0' };
    expect(() => writeSnapshot(snapshot, { name: 'x', date: '2026-01-01' })).toThrow('would end the string');
  });
});
