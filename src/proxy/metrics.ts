/** Every metric of the proxy. Labels have bounded values; a provider's series go when it goes. */
import type { Registry } from 'prom-client';
import type { Cost } from '../prices/cost.ts';
import { SOURCE } from '../prices/generated/snapshot.ts';
import { dollars } from '../prices/money.ts';
import type { PriceBook } from '../prices/price-book.ts';
import { comparableModel, hasAllowlist, isModelAllowed } from '../providers/allowlist.ts';
import type { OperationName } from '../providers/wire.ts';
import type { ProviderEntry, ProviderType } from '../table/types.ts';
import { TOKEN_CLASSES, USAGE_MISSING_REASONS } from '../usage/record.ts';
import type { TokenCounts, UsageMissingReason } from '../usage/record.ts';
import { GuardrailMetrics } from './guardrails/guardrail-metrics.ts';
import { Histogram, registerMetric } from './series.ts';
import type { Labels, Sample } from './series.ts';

/** OpenTelemetry `gen_ai.provider.name`: the API that is spoken, whoever serves it. */
const GEN_AI_PROVIDERS: Readonly<Record<ProviderType, string>> = {
  OpenAI: 'openai',
  Anthropic: 'anthropic',
  GoogleAI: 'gcp.gemini',
  Bedrock: 'aws.bedrock',
  OpenAICompatible: 'openai',
};

/** Buckets of the semantic conventions for generative AI (v1.41). */
const TOKEN_BUCKETS = Array.from({ length: 14 }, (_, i) => 4 ** i);
const DURATION_BUCKETS = Array.from({ length: 14 }, (_, i) => 0.01 * 2 ** i);
const FIRST_TOKEN_BUCKETS = [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
const PER_TOKEN_BUCKETS = [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5];
const OVERHEAD_BUCKETS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];

/** Catalogued models that are told by name for one provider without an allowlist; further ones are `other`. */
const MAX_CATALOGUED_MODELS = 100;

/** Label value of a model that is on no list, and of calls without one. */
export const OTHER_MODEL = 'other';

/** What is counted for one provider, model and operation. */
export class CallSeries {
  readonly labels: Labels;
  readonly genAILabels: Labels;
  readonly requests = new Map<string, { readonly labels: Labels; value: number }>();
  /** By index of `TOKEN_CLASSES`. */
  readonly tokens = new Float64Array(TOKEN_CLASSES.length);
  /** Picodollars by index of `TOKEN_CLASSES`: whole numbers, so that nothing is lost however long a process lives. */
  readonly cost: bigint[] = TOKEN_CLASSES.map(() => 0n);
  /** Tokens without a price by index of `TOKEN_CLASSES`. */
  readonly unpriced = new Float64Array(TOKEN_CLASSES.length);
  readonly inputTokens = new Histogram(TOKEN_BUCKETS);
  readonly outputTokens = new Histogram(TOKEN_BUCKETS);
  readonly duration = new Histogram(DURATION_BUCKETS);
  readonly firstToken = new Histogram(FIRST_TOKEN_BUCKETS);
  readonly perOutputToken = new Histogram(PER_TOKEN_BUCKETS);
  /** Whether requests of this series have been forwarded, and not only refused. */
  forwarded = false;

  constructor(labels: Labels, genAILabels: Labels) {
    this.labels = labels;
    this.genAILabels = genAILabels;
  }

  countRequest(status: number, error: string): void {
    const key = error === '' ? String(status) : `${status} ${error}`;
    const counter = this.requests.get(key);
    if (counter !== undefined) counter.value += 1;
    else this.requests.set(key, { labels: { ...this.labels, code: String(status), error }, value: 1 });
  }

  countTokens(tokens: TokenCounts): void {
    addTo(this.tokens, tokens);
  }

  countCost({ byClass, unpriced }: Cost): void {
    for (let i = 0; i < TOKEN_CLASSES.length; i += 1) {
      const tokenClass = TOKEN_CLASSES[i];
      const amount = tokenClass === undefined ? undefined : byClass[tokenClass];
      if (amount !== undefined) this.cost[i] = (this.cost[i] ?? 0n) + amount;
    }
    addTo(this.unpriced, unpriced);
  }
}

/** Adds each class at its index of `TOKEN_CLASSES`. */
function addTo(sums: Float64Array, tokens: TokenCounts): void {
  for (let i = 0; i < TOKEN_CLASSES.length; i += 1) {
    const tokenClass = TOKEN_CLASSES[i];
    const count = tokenClass === undefined ? undefined : tokens[tokenClass];
    if (count !== undefined) sums[i] = (sums[i] ?? 0) + count;
  }
}

/** What is counted for one provider. */
export class ProviderSeries {
  readonly labels: Labels;
  readonly calls = new Map<string, CallSeries>();
  readonly missing = new Map<UsageMissingReason, number>(USAGE_MISSING_REASONS.map((reason) => [reason, 0]));
  clientDisconnects = 0;
  /** Requests whose model is catalogued, and counted as `other` because too many others are told by name. */
  unnamed = 0;
  readonly #genAIProvider: string;
  readonly #prices: PriceBook;
  readonly #catalogued = new Set<string>();

  constructor(prices: PriceBook, namespace: string, provider: string, type: ProviderType | '') {
    this.#prices = prices;
    this.labels = { namespace, provider, type };
    this.#genAIProvider = type === '' ? '' : GEN_AI_PROVIDERS[type];
  }

  /**
   * The series of an operation with a model, which is told by name only when the entry's allowlist has it or, without an
   * allowlist, a price list or the catalog.
   */
  call(entry: ProviderEntry | undefined, operation: OperationName | '', model: string | undefined): CallSeries {
    const label = this.#modelLabel(entry, model);
    const key = `${operation} ${label}`;
    let series = this.calls.get(key);
    if (series === undefined) {
      const { namespace = '', provider = '' } = this.labels;
      series = new CallSeries(
        { ...this.labels, model: label, operation },
        {
          namespace,
          provider,
          gen_ai_operation_name: operation,
          gen_ai_provider_name: this.#genAIProvider,
          gen_ai_request_model: label,
        },
      );
      this.calls.set(key, series);
    }
    return series;
  }

  #modelLabel(entry: ProviderEntry | undefined, model: string | undefined): string {
    if (entry === undefined || model === undefined) return OTHER_MODEL;
    if (hasAllowlist(entry)) return isModelAllowed(entry, model) ? comparableModel(model) : OTHER_MODEL;
    const name = this.#prices.catalogued(entry, model);
    if (name === undefined || this.#catalogued.has(name)) return name ?? OTHER_MODEL;
    if (this.#catalogued.size >= MAX_CATALOGUED_MODELS) {
      this.unnamed += 1;
      return OTHER_MODEL;
    }
    this.#catalogued.add(name);
    return name;
  }
}

export class ProxyMetrics {
  /** Requests that no provider of the table was found for. */
  readonly series: ProviderSeries;
  readonly overhead = new Histogram(OVERHEAD_BUCKETS);
  readonly guardrails: GuardrailMetrics;
  /** Requests that a shutdown had to end. */
  cut = 0;
  readonly #prices: PriceBook;
  readonly #providers = new Set<ProviderSeries>();

  constructor(registry: Registry, prices: PriceBook, openRequests: () => number) {
    this.#prices = prices;
    this.series = new ProviderSeries(prices, '', '', '');
    this.#providers.add(this.series);
    this.guardrails = new GuardrailMetrics(registry);
    const counter = (name: string, help: string, samples: () => Iterable<Sample>): void =>
      registerMetric(registry, { name, help, type: 'counter' }, samples);
    const histogram = (name: string, help: string, samples: (name: string) => Iterable<Sample>): void =>
      registerMetric(registry, { name, help, type: 'histogram' }, () => samples(name));
    const genAI = (name: string, help: string, pick: (call: CallSeries) => Histogram): void =>
      histogram(name, help, () =>
        this.#each((call) => (call.forwarded ? pick(call).samples(name, call.genAILabels) : [])),
      );

    registerMetric(
      registry,
      { name: 'tidegate_open_requests', help: 'Requests whose answer has not ended yet.', type: 'gauge' },
      () => [{ labels: {}, value: openRequests() }],
    );
    counter('tidegate_requests_total', "Requests by outcome. `error` is the code of the gateway's own failures.", () =>
      this.#each((call) => [...call.requests.values()].map(({ labels, value }) => ({ labels: { ...labels }, value }))),
    );
    counter('tidegate_tokens_total', 'Tokens by class. Classes are disjoint and sum to the total.', () =>
      this.#each((call) => (call.forwarded ? byClass(call.labels, (i) => call.tokens[i] ?? 0) : [])),
    );
    counter('tidegate_cost_usd_total', 'Cost in USD by class of tokens, of tokens that have a price.', () =>
      this.#each((call) => (call.forwarded ? byClass(call.labels, (i) => dollars(call.cost[i] ?? 0n)) : [])),
    );
    counter('tidegate_unpriced_tokens_total', 'Tokens by class that have no price, and are in no cost.', () =>
      this.#each((call) => (call.forwarded ? byClass(call.labels, (i) => call.unpriced[i] ?? 0) : [])),
    );
    counter(
      'tidegate_unnamed_models_total',
      'Requests whose model is catalogued and counted as `other`, since 100 others of the provider are told by name.',
      () => this.#eachProvider(({ labels, unnamed }) => [{ labels: { ...labels }, value: unnamed }]),
    );
    registerMetric(
      registry,
      { name: 'tidegate_price_catalog_info', help: 'Always 1: where the built-in prices are from.', type: 'gauge' },
      () => [{ labels: { source: SOURCE.name, date: SOURCE.date }, value: 1 }],
    );
    counter('tidegate_usage_missing_total', 'Forwarded requests without a usage figure, by reason.', () =>
      this.#eachProvider(({ labels, missing }) =>
        [...missing].map(([reason, value]) => ({ labels: { ...labels, reason }, value })),
      ),
    );
    counter('tidegate_client_disconnects_total', 'Clients that hung up before their answer had ended.', () =>
      this.#eachProvider(({ labels, clientDisconnects }) => [{ labels: { ...labels }, value: clientDisconnects }]),
    );
    counter('tidegate_cut_requests_total', 'Requests that a shutdown ended because its time was over.', () => [
      { labels: {}, value: this.cut },
    ]);
    histogram(
      'tidegate_overhead_seconds',
      "The gateway's own time on a request, without waiting for client or upstream.",
      (name) => this.overhead.samples(name, {}),
    );
    histogram('gen_ai_client_token_usage', 'Tokens per request.', (name) =>
      this.#each((call) =>
        call.forwarded
          ? [
              ...call.inputTokens.samples(name, { ...call.genAILabels, gen_ai_token_type: 'input' }),
              ...call.outputTokens.samples(name, { ...call.genAILabels, gen_ai_token_type: 'output' }),
            ]
          : [],
      ),
    );
    genAI(
      'gen_ai_server_request_duration_seconds',
      'Seconds from the request to the end of the answer.',
      (c) => c.duration,
    );
    genAI(
      'gen_ai_server_time_to_first_token_seconds',
      'Seconds to the first byte of a streamed answer.',
      (c) => c.firstToken,
    );
    genAI(
      'gen_ai_server_time_per_output_token_seconds',
      'Seconds per token of a streamed answer after its first byte.',
      (c) => c.perOutputToken,
    );
  }

  addProvider(entry: ProviderEntry): ProviderSeries {
    const series = new ProviderSeries(this.#prices, entry.namespace, entry.name, entry.type);
    this.#providers.add(series);
    return series;
  }

  /** Requests in flight may still count on it; nobody sees that any more. */
  removeProvider(series: ProviderSeries): void {
    this.#providers.delete(series);
  }

  *#each(samples: (call: CallSeries) => readonly Sample[]): Iterable<Sample> {
    for (const provider of this.#providers) for (const call of provider.calls.values()) yield* samples(call);
  }

  /** Providers that have been called: a thousand idle ones would make every scrape long. */
  *#eachProvider(samples: (provider: ProviderSeries) => readonly Sample[]): Iterable<Sample> {
    for (const provider of this.#providers) if (provider.calls.size > 0) yield* samples(provider);
  }
}

function byClass(labels: Labels, value: (index: number) => number): Sample[] {
  return TOKEN_CLASSES.map((token_type, i) => ({ labels: { ...labels, token_type }, value: value(i) }));
}
