/** Last step: what became of a request, told once to the metrics and the access log, however it ended. */
import type { MeteredUsage, TokenCounts, UsageMissingReason } from '../usage/record.ts';
import type { AccessLog } from './access-log.ts';
import type { CallSeries, ProviderSeries, ProxyMetrics } from './metrics.ts';
import type { RequestRecord } from './request-record.ts';

export interface Accounts {
  readonly metrics: ProxyMetrics;
  readonly accessLog: AccessLog;
}

export function account({ metrics, accessLog }: Accounts, series: ProviderSeries, record: RequestRecord): void {
  const { usage } = record;
  const call = series.call(record.entry, record.operation ?? '', record.model);
  call.countRequest(record.status, record.error ?? '');
  if (record.clientDisconnected) series.clientDisconnects += 1;
  if (usage !== undefined) {
    call.forwarded = true;
    call.duration.observe(record.totalMilliseconds / 1000);
    if (!record.usageIsCounted) countUsage(series, call, usage);
    const first = record.streamed ? record.firstByteMilliseconds : undefined;
    if (first !== undefined) call.firstToken.observe(first / 1000);
    if (usage.kind === 'Metered' && first !== undefined) {
      const { output } = totals(usage.tokens);
      if (output > 1) call.perOutputToken.observe((record.totalMilliseconds - first) / 1000 / (output - 1));
    }
  }
  if (record.ownMilliseconds !== undefined) metrics.overhead.observe(record.ownMilliseconds / 1000);
  accessLog.write(record);
}

/** Counts what was used: of a request at its end, of each response of a realtime session when it is known. */
export function countUsage(series: ProviderSeries, call: CallSeries, usage: MeteredUsage): void {
  if (usage.kind === 'Missing') countMissing(series, usage.reason);
  if (usage.kind !== 'Metered') return;
  const { input, output } = totals(usage.tokens);
  call.forwarded = true;
  call.countTokens(usage.tokens);
  call.inputTokens.observe(input);
  call.outputTokens.observe(output);
  if (usage.incomplete !== undefined) countMissing(series, usage.incomplete);
}

function countMissing(series: ProviderSeries, reason: UsageMissingReason): void {
  series.missing.set(reason, (series.missing.get(reason) ?? 0) + 1);
}

/** The two sums that the semantic conventions know: input with what is cached, output with reasoning. */
function totals(tokens: TokenCounts): { readonly input: number; readonly output: number } {
  return {
    input:
      (tokens.input ?? 0) +
      (tokens.cached_input ?? 0) +
      (tokens.cache_write ?? 0) +
      (tokens.cache_write_5m ?? 0) +
      (tokens.cache_write_1h ?? 0),
    output: (tokens.output ?? 0) + (tokens.reasoning ?? 0),
  };
}
