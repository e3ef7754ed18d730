/** Finds the price of a model for a provider, once, and remembers it. */
import { PRICE_FIELDS, type ListedPrice, type PriceList } from '../api/price-list.ts';
import { PRICING_FIELDS } from '../api/pricing.ts';
import type { ModelPricing, ProviderEntry } from '../table/types.ts';
import type { MeteredUsage } from '../usage/record.ts';
import { NO_RATES, type PriceCard, type Rates } from './card.ts';
import { Catalog } from './catalog.ts';
import { type Cost, costOf, promptTokens, sumOf } from './cost.ts';
import { perMillion, perToken } from './money.ts';
import { catalogNames, plainName } from './names.ts';
import { type Section, sectionOf } from './section.ts';

/** What tokens of a model cost at the standard tier with a short prompt, in USD per 1,000,000. */
export interface ModelDescription {
  readonly pricing: ModelPricing;
  /** Fields of `pricing` that are the provider's own (`spec.models[].pricing`), sorted. */
  readonly overridden: readonly (keyof ModelPricing)[];
}

type Metered = Extract<MeteredUsage, { kind: 'Metered' }>;

/** Names of requests that are remembered for one provider; a client may send any. */
const MAX_REQUESTED = 512;
/** Names of answers that are remembered for one of them; an alias has few. */
const MAX_SERVED = 16;
const MAX_NAME_LENGTH = 512;

/** The price of a requested model, or of the one that answered. */
interface ModelPrice {
  readonly card: PriceCard | undefined;
  /** What holds whatever the card says. */
  readonly fixed: Rates | undefined;
  /** The card's rates with what is fixed, by the former. */
  readonly merged: Map<Rates, Rates>;
}

/** What is known of a requested model. */
interface KnownModel {
  /** Its name in the price list or the catalog. */
  readonly name: string | undefined;
  readonly byServed: Map<string, ModelPrice>;
}

interface KnownProvider {
  readonly section: Section;
  readonly models: Map<string, KnownModel>;
}

export class PriceBook {
  readonly #catalog: Catalog;
  #list: PriceList = new Map();
  #providers = new WeakMap<ProviderEntry, KnownProvider>();

  constructor(catalog: Catalog = new Catalog()) {
    this.#catalog = catalog;
  }

  /** Takes an operator's prices in place of those before; empty: the built-in catalog alone. */
  setList(list: PriceList): void {
    this.#list = list;
    this.#providers = new WeakMap();
  }

  /** The name by which a price list or the catalog knows a requested model; undefined: none does. */
  catalogued(entry: ProviderEntry, model: string): string | undefined {
    return this.#model(this.#provider(entry), entry, model).name;
  }

  /** What an answer cost. */
  cost(entry: ProviderEntry, requested: string | undefined, usage: Metered): Cost {
    if (usage.parts === undefined) return this.#costOfCall(entry, requested, usage);
    const { parts, ...whole } = usage;
    // An advisor has the price of its own model, and the length of one call is no step in the price of another.
    const costs = parts.map(({ tokens, model }) => {
      const call = { ...whole, tokens, ...(model !== undefined && { model }) };
      return this.#costOfCall(entry, model ?? requested, call);
    });
    return sumOf(costs);
  }

  #costOfCall(entry: ProviderEntry, requested: string | undefined, usage: Metered): Cost {
    const { card, fixed, merged } = this.#price(entry, requested ?? '', usage.model ?? '');
    const listed = card?.rates(usage.serviceTier, promptTokens(usage.tokens)) ?? NO_RATES;
    if (fixed === undefined) return costOf(usage, listed);
    let rates = merged.get(listed);
    if (rates === undefined) {
      rates = { ...audioAs(fixed), ...listed, ...fixed };
      merged.set(listed, rates);
    }
    return costOf(usage, rates);
  }

  describe(entry: ProviderEntry, model: string): ModelDescription {
    const { card, fixed = {} } = this.#price(entry, model, '');
    const rates = { ...card?.rates(undefined, 0), ...fixed };
    const pricing: { -readonly [field in keyof ModelPricing]: ModelPricing[field] } = {};
    for (const field of PRICING_FIELDS) {
      const rate = rates[field];
      if (rate !== undefined) pricing[field] = perMillion(rate);
    }
    const own = ownPricing(entry, model, '');
    return { pricing, overridden: PRICING_FIELDS.filter((field) => own?.[field] !== undefined).toSorted() };
  }

  #price(entry: ProviderEntry, requested: string, served: string): ModelPrice {
    const provider = this.#provider(entry);
    const { byServed } = this.#model(provider, entry, requested);
    let price = byServed.get(served);
    if (price === undefined) {
      price = this.#find(provider.section, entry, requested, served);
      if (served.length <= MAX_NAME_LENGTH) remember(byServed, served, price, MAX_SERVED);
    }
    return price;
  }

  #provider(entry: ProviderEntry): KnownProvider {
    let provider = this.#providers.get(entry);
    if (provider === undefined) {
      provider = { section: sectionOf(entry), models: new Map() };
      this.#providers.set(entry, provider);
    }
    return provider;
  }

  #model({ section, models }: KnownProvider, entry: ProviderEntry, requested: string): KnownModel {
    let model = models.get(requested);
    if (model === undefined) {
      const name = this.#listed(section, entry, requested)?.name ?? this.#catalogued(section, requested)?.name;
      model = { name, byServed: new Map() };
      if (requested.length <= MAX_NAME_LENGTH) remember(models, requested, model, MAX_REQUESTED);
    }
    return model;
  }

  /**
   * The model that served says the price. Bedrock's answers name it without the geography that decides it, so there it is
   * the one that was requested. A deployment of Azure's may be called like a model that it is not.
   */
  #find(section: Section, entry: ProviderEntry, requested: string, served: string): ModelPrice {
    const names =
      section.name === 'azure'
        ? [served]
        : section.name === 'bedrock' || section.name === 'bedrock-mantle'
          ? [requested]
          : [served, requested];
    const listed = this.#listed(section, entry, requested) ?? this.#listed(section, entry, served);
    const fixed = fixedRates(listed?.price, ownPricing(entry, requested, served));
    for (const name of names) {
      const found = this.#catalogued(section, name);
      if (found !== undefined) return { card: found.card, fixed, merged: new Map() };
    }
    return { card: undefined, fixed, merged: new Map() };
  }

  #catalogued(section: Section, model: string): { readonly name: string; readonly card: PriceCard } | undefined {
    if (section.name === undefined || model === '') return undefined;
    return this.#catalog.find(section.name, catalogNames(section, model), section.regional);
  }

  #listed(section: Section, { type }: ProviderEntry, model: string): { name: string; price: ListedPrice } | undefined {
    const models = this.#list.get(type);
    if (models === undefined || model === '') return undefined;
    for (const name of [plainName(model), ...catalogNames(section, model)]) {
      const price = models.get(name);
      if (price !== undefined) return { name, price };
    }
    return undefined;
  }
}

/** The provider's own price: that of the name that was requested, else of the model that served. */
function ownPricing(entry: ProviderEntry, requested: string, served: string): ModelPricing | undefined {
  for (const wanted of [requested, served]) {
    if (wanted === '') continue;
    const plain = plainName(wanted);
    const found = entry.models.find(({ name, pricing }) => pricing !== undefined && plainName(name) === plain);
    if (found !== undefined) return found.pricing;
  }
  return undefined;
}

/** The provider's price over the list's. A price of the output is that of the reasoning, too. */
function fixedRates(listed: ListedPrice | undefined, own: ModelPricing | undefined): Rates | undefined {
  if (listed === undefined && own === undefined) return undefined;
  const { reasoning, ...rest } = listed ?? {};
  const prices: ListedPrice = { ...rest, ...own };
  const fixed: { -readonly [field in keyof Rates]: Rates[field] } = {};
  for (const field of PRICE_FIELDS) {
    const price = prices[field];
    if (price !== undefined) fixed[field] = perToken(price);
  }
  const reasoned = own?.output ?? reasoning ?? prices.output;
  if (reasoned !== undefined) fixed.reasoning = perToken(reasoned);
  return fixed;
}

/** Audio costs what a price of audio says; where there is none, what is fixed for the whole class. */
function audioAs({ input, cachedInput, output }: Rates): Rates {
  return {
    ...(input === undefined ? {} : { audioInput: input }),
    ...(cachedInput === undefined ? {} : { audioCachedInput: cachedInput }),
    ...(output === undefined ? {} : { audioOutput: output }),
  };
}

/** Others choose the names: when there are too many all are forgotten, and found again as they come. */
function remember<T>(memory: Map<string, T>, name: string, value: T, max: number): void {
  if (memory.size >= max) memory.clear();
  memory.set(name, value);
}
