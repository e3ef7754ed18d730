import type { Identity } from '../identity/types.ts';
import type { OperationName } from '../providers/wire.ts';
import type { ProviderEntry } from '../table/types.ts';
import type { MeteredUsage } from '../usage/record.ts';
import type { GuardrailReport } from './guardrails/report.ts';
import type { CountedUsage } from './work.ts';

/** One request from its head to the end of its answer. */
export interface RequestRecord {
  readonly requestId: string;
  readonly identity: Identity | undefined;
  /** Undefined: no provider was found. */
  readonly entry: ProviderEntry | undefined;
  readonly operation: OperationName | undefined;
  readonly model: string | undefined;
  readonly method: string;
  readonly protocol: string;
  /** As the client sent it. It may hold a credential: it is told as `shownPath` makes it, or not at all. */
  readonly target: string;
  /** Characters at the beginning of `target` that hold nothing but names which the gateway gives meaning to. */
  readonly namedCharacters: number;
  /** What the URL names, whether it is there or not; undefined: no provider. */
  readonly requested: RequestedProvider | undefined;
  /** Of the table that was served when the request came; undefined: there was none. */
  readonly revision: string | undefined;
  /** As the client saw it; 499 when it hung up before an answer began. */
  readonly status: number;
  /** Code of the gateway's own failure, `ClientDisconnected`, or `UpstreamFailed`. */
  readonly error: string | undefined;
  /** Why a caller was not let in, in a word; undefined with any other error. */
  readonly reason: string | undefined;
  /** What the client was told of `error`; it may quote what the client sent. Undefined: nothing. */
  readonly message: string | undefined;
  /** Undefined: the request was not forwarded. */
  readonly usage: MeteredUsage | undefined;
  /** `usage` is the sum of what has been counted before, response by response. */
  readonly counted: CountedUsage | undefined;
  /** Undefined: nothing was checked. */
  readonly guardrails: GuardrailReport | undefined;
  readonly streamed: boolean;
  readonly clientDisconnected: boolean;
  readonly totalMilliseconds: number;
  /** From the first byte sent to the upstream to the last byte of its answer. */
  readonly upstreamMilliseconds: number | undefined;
  /** Until the request was sent on, without the time that the client took for its body. */
  readonly ownMilliseconds: number | undefined;
  /** That the client took for a body which was waited for; undefined: the request did not come that far. */
  readonly waitedMilliseconds: number | undefined;
  /** From the request to the first byte of the answer's body. */
  readonly firstByteMilliseconds: number | undefined;
  readonly requestBytes: number;
  readonly responseBytes: number;
}

/** What a URL names, whether it is there or not. */
export interface RequestedProvider {
  readonly namespace: string;
  /** Absent: all of the namespace. */
  readonly provider?: string;
}

/** `UpstreamFailed`: the upstream told in the middle of an answer, whose status was a success, that it had failed. */
export function failureToldBy(usage: MeteredUsage | undefined): string | undefined {
  const reason = usage?.kind === 'Missing' ? usage.reason : usage?.kind === 'Metered' ? usage.incomplete : undefined;
  return reason === 'upstream_failed' ? 'UpstreamFailed' : undefined;
}
