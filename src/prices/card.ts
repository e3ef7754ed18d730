/** A price card: what a token costs by service tier and by the length of the prompt. Models share cards. */

/** The columns of a card as it is written. */
export const RATE_COLUMNS = [
  'input',
  'output',
  'cachedInput',
  'cacheWrite',
  'cacheWrite1h',
  'reasoning',
  'audioInput',
  'audioCachedInput',
  'audioOutput',
] as const;

export type RateColumn = (typeof RATE_COLUMNS)[number];

/**
 * By tier (`standard` is always there) its steps: first the number of prompt tokens above which the step holds, the lowest
 * being 0, then picodollars per token by {@link RATE_COLUMNS}; null or missing: unknown.
 */
export type CardText = Readonly<Record<string, readonly (readonly (number | null)[])[]>>;

/**
 * What one kind of token costs, in picodollars (1e-12 USD) per token: 1,000,000 times USD per 1M tokens. Absent: unknown,
 * which is not 0.
 *
 * - `cacheWrite`: of a time to live that the provider did not tell
 * - `reasoning`: where it differs from `output`
 * - `audio…`: the part of `input`, `cachedInput` or `output` that is audio
 */
export interface Rates {
  readonly input?: bigint;
  readonly output?: bigint;
  readonly cachedInput?: bigint;
  readonly cacheWrite5m?: bigint;
  readonly cacheWrite1h?: bigint;
  readonly cacheWrite?: bigint;
  readonly reasoning?: bigint;
  readonly audioInput?: bigint;
  readonly audioCachedInput?: bigint;
  readonly audioOutput?: bigint;
}

export const NO_RATES: Rates = {};

interface Step {
  readonly above: number;
  readonly rates: Rates;
}

/** The tiers that mean the list price, by the names that providers give them. */
const STANDARD: ReadonlySet<string> = new Set([
  'standard',
  'default',
  'auto',
  'on_demand',
  'unspecified',
  'traffic_type_unspecified',
  'service_tier_unspecified',
]);
/** Other names of tiers that cards know. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['batches', 'batch'],
  ['on_demand_flex', 'flex'],
  ['on_demand_priority', 'priority'],
]);

export class PriceCard {
  readonly #tiers: ReadonlyMap<string, readonly Step[]>;

  private constructor(tiers: ReadonlyMap<string, readonly Step[]>) {
    this.#tiers = tiers;
  }

  /** @param uplift per cent that every rate is higher, rounded to the nearest picodollar */
  static of(text: CardText, uplift = 0): PriceCard {
    const tiers = new Map<string, readonly Step[]>();
    for (const [tier, steps] of Object.entries(text)) {
      tiers.set(
        tier,
        steps.map(([above, ...columns]) => ({ above: above ?? 0, rates: ratesOf(columns, uplift) })),
      );
    }
    return new PriceCard(tiers);
  }

  /**
   * The rates of a request. A tier that the card does not have is unknown, not the list price; a prompt above a step pays
   * that step's rates for all of its tokens.
   *
   * @param tier as the answer names it, in lower case
   * @param promptTokens with those read from and written to a cache
   */
  rates(tier: string | undefined, promptTokens: number): Rates {
    const name = tier === undefined || STANDARD.has(tier) ? 'standard' : (ALIASES.get(tier) ?? tier);
    let found = NO_RATES;
    for (const { above, rates } of this.#tiers.get(name) ?? []) if (above === 0 || promptTokens > above) found = rates;
    return found;
  }
}

function ratesOf(columns: readonly (number | null)[], uplift: number): Rates {
  const rates: { -readonly [rate in keyof Rates]: Rates[rate] } = {};
  for (const [i, column] of RATE_COLUMNS.entries()) {
    const rate = columns[i];
    if (rate === undefined || rate === null) continue;
    rates[column] = (BigInt(rate) * BigInt(100 + uplift) + 50n) / 100n;
  }
  // Providers that tell the time to live write for five minutes by default: it is the same rate.
  if (rates.cacheWrite !== undefined) rates.cacheWrite5m = rates.cacheWrite;
  return rates;
}
