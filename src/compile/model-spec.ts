/** Reads `spec.models`: the allowlist, and prices that win over the catalog's. */
import { MAX_PRICE, PRICING_FIELDS, type PricingField } from '../api/pricing.ts';
import type { ModelEntry, ModelPricing, ProviderType } from '../table/types.ts';
import { list, object, SpecError, string } from './spec-values.ts';

/** How Google's own list begins the names of models, which people copy from there; callers' names count without it. */
const GOOGLE_PREFIX = /^models\/(?=.)/;

/** The models in their order. Empty: every model. Of GoogleAI's `models/x` and `x`, which are one model, the first counts. */
export function readModels(value: unknown, type: ProviderType): readonly ModelEntry[] {
  const models = list(value, 'models', 256).map((item, i) => model(item, `models[${String(i)}]`));
  if (type !== 'GoogleAI') return models;
  const byName = new Map<string, ModelEntry>();
  for (const one of models) {
    const name = one.name.replace(GOOGLE_PREFIX, '');
    if (!byName.has(name)) byName.set(name, { ...one, name });
  }
  return [...byName.values()];
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
  const found: { [Rate in PricingField]?: number } = {};
  for (const rate of PRICING_FIELDS) {
    const number = rates[rate];
    if (number === undefined) continue;
    if (typeof number !== 'number' || !(number >= 0 && number <= MAX_PRICE)) {
      throw new SpecError(`\`${field}.${rate}\` must be a number from 0 to ${String(MAX_PRICE)}`);
    }
    found[rate] = number;
  }
  return found;
}
