/**
 * Turns LiteLLM's price list into ours: USD per token as floats, a field per rate, tier and step, becomes picodollars per
 * token in cards that models share. Nothing is made up, with one exception: see {@link withRuleOfThumb}. A zero is left
 * out: the source writes it for what is free and for what it does not know.
 */
import { type CardText, RATE_COLUMNS, type RateColumn } from '../../src/prices/card.ts';
import { placeOf } from './sections.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Picodollars per token by column. */
type Rates = Partial<Record<RateColumn, number>>;

interface Rate {
  readonly tier: string;
  /** Prompt tokens above which it holds. */
  readonly above: number;
  readonly column: RateColumn;
}

const COLUMNS: Readonly<Record<string, RateColumn>> = {
  input_cost_per_token: 'input',
  cache_read_input_token_cost: 'cachedInput',
  cache_creation_input_token_cost: 'cacheWrite',
  cache_creation_input_token_cost_above_1hr: 'cacheWrite1h',
  output_cost_per_token: 'output',
  output_cost_per_reasoning_token: 'reasoning',
  input_cost_per_audio_token: 'audioInput',
  cache_read_input_audio_token_cost: 'audioCachedInput',
  output_cost_per_audio_token: 'audioOutput',
};
const FIELD = new RegExp(
  `^(${Object.keys(COLUMNS)
    .toSorted((a, b) => b.length - a.length)
    .join('|')})(?:_above_(\\d+)k_tokens)?(?:_(batches|flex|priority|ultrafast))?$`,
);
/** Our words for tiers, where they differ: those that answers use. */
const TIERS: Readonly<Record<string, string>> = { batches: 'batch' };

function rateOf(field: string): Rate | undefined {
  const [, name = '', thousands, suffix] = FIELD.exec(field) ?? [];
  const column = COLUMNS[name];
  if (column === undefined) return undefined;
  const tier = suffix === undefined ? 'standard' : (TIERS[suffix] ?? suffix);
  return { tier, above: thousands === undefined ? 0 : Number(thousands) * 1000, column };
}

/** USD per token as a whole number of picodollars. */
function picodollars(usd: number): number {
  return Math.round(usd * 1e12);
}

/** Tiers, and in each the rates by the prompt tokens above which they hold. */
type Tiers = Map<string, Map<number, Rates>>;

function tiersOf(fields: Fields): Tiers {
  const tiers: Tiers = new Map();
  for (const [field, value] of Object.entries(fields)) {
    const rate = rateOf(field);
    if (rate === undefined || typeof value !== 'number') continue;
    const amount = picodollars(value);
    if (amount <= 0) continue;
    const steps = tiers.get(rate.tier) ?? new Map<number, Rates>();
    tiers.set(rate.tier, steps);
    const rates = steps.get(rate.above) ?? {};
    steps.set(rate.above, rates);
    rates[rate.column] = amount;
  }
  return tiers;
}

/** DeepSeek's field for what all others call a cache read. */
function cacheHits(fields: Fields): Fields {
  const { input_cost_per_token_cache_hit: hit, cache_read_input_token_cost: read } = fields;
  return hit === undefined || read !== undefined ? fields : { ...fields, cache_read_input_token_cost: hit };
}

/**
 * Anthropic's own multiples of the input's rate, for what the source leaves out: a cache read is 0.1, a write 1.25 for five
 * minutes and 2 for an hour (https://docs.claude.com/en/docs/build-with-claude/prompt-caching).
 */
function withRuleOfThumb(rates: Rates): Rates {
  if (rates.input === undefined) return rates;
  return {
    cachedInput: Math.round(rates.input / 10),
    cacheWrite: Math.round((rates.input * 5) / 4),
    cacheWrite1h: rates.input * 2,
    ...rates,
  };
}

/** Whether images or videos among the generated tokens have a rate of their own: no usage says how many they are. */
function hasOtherOutput(fields: Fields): boolean {
  return ['output_cost_per_image_token', 'output_cost_per_video_token'].some(
    (field) => fields[field] !== undefined && fields[field] !== fields['output_cost_per_token'],
  );
}

/** A card as it is written, with columns in their order and steps in theirs. */
function cardOf(tiers: Tiers): CardText {
  const text: Record<string, (number | null)[][]> = {};
  for (const [tier, steps] of [...tiers].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    text[tier] = [...steps]
      .toSorted(([a], [b]) => a - b)
      .map(([above, rates]) => {
        const columns = RATE_COLUMNS.map((column) => rates[column] ?? null);
        return [above, ...columns.slice(0, columns.findLastIndex((rate) => rate !== null) + 1)];
      });
  }
  return text;
}

function priceOf(key: string, source: Fields): { readonly card: CardText; readonly uplift: number } | undefined {
  const tiers = tiersOf(cacheHits(source));
  if (key.includes('claude')) {
    for (const steps of tiers.values()) {
      for (const [above, rates] of steps) steps.set(above, withRuleOfThumb(rates));
    }
    const { fast } = (source['provider_specific_entry'] ?? {}) as { readonly fast?: number };
    const standard = [...(tiers.get('standard') ?? [])];
    if (fast !== undefined) tiers.set('fast', new Map(standard.map(([above, rates]) => [above, times(rates, fast)])));
  }
  const isOther = hasOtherOutput(source);
  const isOfImages = source['mode'] === 'image_generation' || source['mode'] === 'image_edit';
  for (const steps of tiers.values()) {
    for (const rates of steps.values()) {
      if (isOther) delete rates.output;
      if (isOfImages) delete rates.input;
      if (rates.reasoning === rates.output) delete rates.reasoning;
    }
  }
  for (const [tier, steps] of tiers) {
    for (const [above, rates] of steps) if (Object.keys(rates).length === 0) steps.delete(above);
    if (steps.size === 0) tiers.delete(tier);
  }
  if (tiers.get('standard')?.has(0) !== true) return undefined;
  stepsOfAllTiers(tiers);
  const { regional_processing_uplift_multiplier_eu: eu, regional_processing_uplift_multiplier_us: us } = source;
  if (eu !== us) throw new Error(`${key}: the uplift of the EU's host is not that of the US's: this needs two columns`);
  return { card: cardOf(tiers), uplift: typeof eu === 'number' ? Math.round((eu - 1) * 100) : 0 };
}

/** Where the standard tier has a step, another tier without it has no price above it: not the one from below. */
function stepsOfAllTiers(tiers: Tiers): void {
  for (const above of tiers.get('standard')?.keys() ?? []) {
    for (const steps of tiers.values()) if (!steps.has(above)) steps.set(above, {});
  }
}

function times(rates: Rates, factor: number): Rates {
  return Object.fromEntries(Object.entries(rates).map(([column, rate]) => [column, Math.round(rate * factor)]));
}

/** What becomes of a price list. */
export interface Snapshot {
  /** One card per line. */
  readonly cards: string;
  /** `[section]`, then a line per model: its name, the line of its card from 0, and its regional uplift in per cent. */
  readonly models: string;
}

/** @param list `model_prices_and_context_window.json`, parsed */
export function convert(list: Readonly<Record<string, Fields>>): Snapshot {
  const found = new Map<string, Map<string, { rank: number; card: string; uplift: number }>>();
  for (const [key, source] of Object.entries(list)) {
    const place = placeOf(key, source['litellm_provider']);
    const price = place === undefined ? undefined : priceOf(key, source);
    if (place === undefined || price === undefined) continue;
    const models = found.get(place.section) ?? new Map<string, { rank: number; card: string; uplift: number }>();
    found.set(place.section, models);
    if ((models.get(place.model)?.rank ?? Infinity) <= place.rank) continue;
    models.set(place.model, { rank: place.rank, card: JSON.stringify(price.card), uplift: price.uplift });
  }
  const cards = [...new Set([...found.values()].flatMap((models) => [...models.values()].map(({ card }) => card)))];
  const lineOf = new Map(cards.toSorted().map((card, line) => [card, line]));
  const lines: string[] = [];
  for (const [section, models] of [...found].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    lines.push(`[${section}]`);
    for (const [model, { card, uplift }] of [...models].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
      lines.push([model, lineOf.get(card), ...(uplift === 0 ? [] : [uplift])].join(' '));
    }
  }
  return { cards: [...lineOf.keys()].join('\n'), models: lines.join('\n') };
}
