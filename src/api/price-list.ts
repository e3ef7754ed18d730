/** A PriceList: an operator's own prices, over those of the built-in catalog. A file, not a custom resource. */
import type { ProviderType } from './generated/llmprovider.ts';
import { PRICING_FIELDS, type PricingField } from './pricing.ts';

/** Prices that a list may say beside those of `spec.models[].pricing`. */
const FURTHER_FIELDS = ['cacheWrite', 'reasoning', 'audioInput', 'audioCachedInput', 'audioOutput'] as const;

/**
 * A price in a list.
 *
 * - `cacheWrite`: of cache writes of a time to live that the provider did not tell
 * - `reasoning`: absent beside `output`, that
 * - `audio…`: the part of `input`, `cachedInput` or `output` that is audio
 */
export type PriceField = PricingField | (typeof FURTHER_FIELDS)[number];

export const PRICE_FIELDS: readonly PriceField[] = [...PRICING_FIELDS, ...FURTHER_FIELDS];

/** USD per 1,000,000 tokens, each ≥ 0. Absent: what the built-in catalog says. 0: free. */
export type ListedPrice = Readonly<Partial<Record<PriceField, number>>>;

/** Prices by provider type and model. */
export type PriceList = ReadonlyMap<ProviderType, ReadonlyMap<string, ListedPrice>>;
