/** The fields of `spec.models[].pricing`, each in USD per 1,000,000 tokens. `crd.test.ts` compares them with the schema. */
import type { LLMProviderSpecModelPricing } from './generated/llmprovider.ts';

export type PricingField = keyof LLMProviderSpecModelPricing;

export const PRICING_FIELDS: readonly PricingField[] = [
  'input',
  'output',
  'cachedInput',
  'cacheWrite5m',
  'cacheWrite1h',
];

/** USD per 1,000,000 tokens at most. */
export const MAX_PRICE = 1_000_000;
