/** Reads `spec.models`: the allowlist, and prices that win over the catalog's. */
import type { ModelEntry, ModelPricing } from '../table/types.ts';
import { list, object, SpecError, string } from './spec-values.ts';

/** USD per 1,000,000 tokens at most. */
const MAX_RATE = 1_000_000;

const RATES = ['input', 'output', 'cachedInput', 'cacheWrite5m', 'cacheWrite1h'] as const;

/** The models in their order. Empty: every model. */
export function readModels(value: unknown): readonly ModelEntry[] {
  return list(value, 'models', 256).map((item, i) => model(item, `models[${String(i)}]`));
}

function model(value: unknown, field: string): ModelEntry {
  const item = object(value, field);
  const name = string(item['name'], `${field}.name`, 256);
  if (!/^[^\s\p{Cc}]+$/u.test(name))
    throw new SpecError(`\`${field}.name\` must not hold whitespace or control characters`);
  const rates = item['pricing'] === undefined ? {} : pricing(item['pricing'], `${field}.pricing`);
  return Object.keys(rates).length === 0 ? { name } : { name, pricing: rates };
}

function pricing(value: unknown, field: string): ModelPricing {
  const rates = object(value, field);
  const found: { -readonly [Rate in keyof ModelPricing]: ModelPricing[Rate] } = {};
  for (const rate of RATES) {
    const number = rates[rate];
    if (number === undefined) continue;
    if (typeof number !== 'number' || !(number >= 0 && number <= MAX_RATE)) {
      throw new SpecError(`\`${field}.${rate}\` must be a number from 0 to ${String(MAX_RATE)}`);
    }
    found[rate] = number;
  }
  return found;
}
