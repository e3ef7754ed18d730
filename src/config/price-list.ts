/** Reads a PriceList: pure, from text. */
import type { ProviderType } from '../api/generated/llmprovider.ts';
import type { ListedPrice, PriceList } from '../api/price-list.ts';
import { PROVIDER_TYPES } from '../api/provider-types.ts';
import { readDocument } from './document.ts';
import type { Validator } from './document.ts';
import { validate } from './generated/validate-price-list.ts';

interface WrittenPriceList {
  readonly prices: Readonly<Partial<Record<ProviderType, Readonly<Record<string, ListedPrice>>>>>;
}

/**
 * @param text YAML or JSON, one document
 * @param source the file's name for messages
 * @throws {ConfigurationError}
 */
export function parsePriceList(text: string, source: string): PriceList {
  const { prices } = readDocument(text, source, validate as Validator<WrittenPriceList>);
  return new Map(PROVIDER_TYPES.map((type) => [type, new Map(Object.entries(prices[type] ?? {}))]));
}
