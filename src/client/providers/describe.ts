/** What people read of a provider. */
import type { ModelDocument, ProviderDocument } from '../gateway/documents.ts';

export interface ProviderStatus {
  /** Reason of the condition `Active`. */
  readonly reason: string;
  readonly message: string;
  readonly isActive: boolean;
}

export function statusOf({ conditions }: Pick<ProviderDocument, 'conditions'>): ProviderStatus {
  const active = conditions.find(({ type }) => type === 'Active');
  return {
    reason: active?.reason ?? 'Unknown',
    message: active?.message ?? '',
    isActive: active?.status === 'True',
  };
}

/** First two names, then `+N`; `all models` where there is no allowlist. */
export function summaryOfModels(models: readonly ModelDocument[] | undefined): string {
  if (models === undefined) return '';
  if (models.length === 0) return 'all models';
  const shown = models.slice(0, 2).map(({ name }) => name);
  return shown.join(', ') + (models.length > 2 ? ` +${String(models.length - 2)}` : '');
}

/** Titles of the rates, in the order in which they are shown. */
export const RATES: readonly (readonly [rate: string, title: string])[] = [
  ['input', 'INPUT'],
  ['output', 'OUTPUT'],
  ['cachedInput', 'CACHED'],
  ['cacheWrite5m', 'WRITE 5M'],
  ['cacheWrite1h', 'WRITE 1H'],
];

/** `$2.50`, with as many digits as it has; `*` marks what the provider's object says instead of the catalog. */
export function priceOf({ pricing, overridden }: ModelDocument, rate: string): string {
  const price = pricing?.[rate];
  if (price === undefined) return '-';
  const [whole = '0', digits = ''] = price
    .toLocaleString('en-US', { useGrouping: false, maximumFractionDigits: 12 })
    .split('.');
  return `$${whole}.${digits.padEnd(2, '0')}${overridden?.includes(rate) === true ? '*' : ''}`;
}
