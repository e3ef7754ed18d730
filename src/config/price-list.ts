/** Reads a PriceList: pure, from text. */
import { readDocument } from './document.ts';
import type { Validator } from './document.ts';
import { validate } from './generated/validate-price-list.ts';
import { PRICED_TYPES } from './types.ts';
import type { ListedPrice, PricedType, PriceList } from './types.ts';

interface WrittenPriceList {
  readonly prices: Readonly<Partial<Record<PricedType, Readonly<Record<string, ListedPrice>>>>>;
}

/**
 * @param text YAML or JSON, one document
 * @param source the file's name for messages
 * @throws {ConfigurationError}
 */
export function parsePriceList(text: string, source: string): PriceList {
  const { prices } = readDocument(text, source, validate as Validator<WrittenPriceList>);
  return new Map(PRICED_TYPES.map((type) => [type, new Map(Object.entries(prices[type] ?? {}))]));
}
