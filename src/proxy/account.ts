/** Last step: what became of a request, told once to the metrics, the access log and the records, however it ended. */
import { type Cost, promptTokens } from '../prices/cost.ts';
import type { PriceBook } from '../prices/price-book.ts';
import type { ProviderEntry } from '../table/types.ts';
import type { AudioTokens, MeteredUsage, TokenCounts, UsageMissingReason } from '../usage/record.ts';
import type { AccessLog } from './access-log.ts';
import type { ResultEvents } from './guardrails/result-events.ts';
import type { CallSeries, ProviderSeries, ProxyMetrics } from './metrics.ts';
import type { RequestRecords } from './records/records.ts';
import { factsOf } from './request-facts.ts';
import type { RequestRecord } from './request-record.ts';

export interface Accounts {
  readonly metrics: ProxyMetrics;
  readonly accessLog: AccessLog;
  /** Undefined: none are kept. */
  readonly records: RequestRecords | undefined;
  /** Undefined: none are written. */
  readonly guardrailEvents: ResultEvents | undefined;
  readonly prices: PriceBook;
}

/** An answer, and what was asked. */
export interface CountedAnswer {
  /** Undefined: no provider was found. */
  readonly entry: ProviderEntry | undefined;
  /** As the request names it. */
  readonly model: string | undefined;
  readonly usage: MeteredUsage;
}

export function account(accounts: Accounts, series: ProviderSeries, record: RequestRecord): void {
  const { metrics, prices } = accounts;
  const { usage } = record;
  let cost: Cost | undefined;
  const call = series.call(record.entry, record.operation ?? '', record.model);
  call.countRequest(record.status, record.error ?? '');
  if (record.clientDisconnected) series.clientDisconnects += 1;
  if (usage !== undefined) {
    call.forwarded = true;
    call.duration.observe(record.totalMilliseconds / 1000);
    const answer = { entry: record.entry, model: record.model, usage };
    cost = record.counted === undefined ? countUsage(prices, series, call, answer) : record.counted.cost;
    const first = record.streamed ? record.firstByteMilliseconds : undefined;
    if (first !== undefined) call.firstToken.observe(first / 1000);
    if (usage.kind === 'Metered' && first !== undefined) {
      const { output } = totals(usage.tokens);
      if (output > 1) call.perOutputToken.observe((record.totalMilliseconds - first) / 1000 / (output - 1));
    }
  }
  if (record.guardrails !== undefined) {
    metrics.guardrails.count(record.guardrails);
    accounts.guardrailEvents?.write(record.requestId, record.guardrails);
  }
  if (record.ownMilliseconds !== undefined) metrics.overhead.observe(record.ownMilliseconds / 1000);
  tell(accounts, record, cost);
}

/** The same facts to both, whose text is made once: it is most of what this step costs. */
function tell({ accessLog, records }: Accounts, record: RequestRecord, cost: Cost | undefined): void {
  const isLogged = accessLog.isEnabled;
  if (!isLogged && records === undefined) return;
  const facts = JSON.stringify(factsOf(record, cost));
  if (isLogged) accessLog.write(facts);
  records?.keep(facts, record, cost);
}

/**
 * Counts what was used and what it costs: of a request at its end, of each response of a realtime session when it is known.
 */
export function countUsage(
  prices: PriceBook,
  series: ProviderSeries,
  call: CallSeries,
  answer: CountedAnswer,
): Cost | undefined {
  const usage = withCounts(answer.usage);
  if (usage.kind === 'Missing') countMissing(series, usage.reason);
  if (usage.kind !== 'Metered') return undefined;
  const cost = answer.entry === undefined ? undefined : prices.cost(answer.entry, answer.model, usage);
  const { input, output } = totals(usage.tokens);
  call.forwarded = true;
  call.countTokens(usage.tokens);
  call.inputTokens.observe(input);
  call.outputTokens.observe(output);
  if (cost !== undefined) call.countCost(cost);
  if (usage.incomplete !== undefined) countMissing(series, usage.incomplete);
  return cost;
}

/** What no meter should give: a sum that it enters is spoilt for good, and money is counted in whole numbers. */
function withCounts(usage: MeteredUsage): MeteredUsage {
  if (usage.kind !== 'Metered') return usage;
  const sound = areCounts(usage.tokens) && areCounts(usage.audio ?? {}) && areAllCounts(usage.parts);
  return sound ? usage : { kind: 'Missing', reason: 'unparsable' };
}

function areAllCounts(parts: readonly { readonly tokens: TokenCounts }[] = []): boolean {
  return parts.every(({ tokens }) => areCounts(tokens));
}

function areCounts(counts: TokenCounts | AudioTokens): boolean {
  for (const name in counts) {
    const count = counts[name as keyof typeof counts];
    if (count !== undefined && !(Number.isSafeInteger(count) && count >= 0)) return false;
  }
  return true;
}

function countMissing(series: ProviderSeries, reason: UsageMissingReason): void {
  series.missing.set(reason, (series.missing.get(reason) ?? 0) + 1);
}

/** The two sums that the semantic conventions know: input with what is cached, output with reasoning. */
function totals(tokens: TokenCounts): { readonly input: number; readonly output: number } {
  return {
    input: promptTokens(tokens),
    output: (tokens.output ?? 0) + (tokens.reasoning ?? 0),
  };
}
