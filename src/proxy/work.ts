/** What is done for a request once its caller is known: a call to a provider, or a test of one. */
import type { Cost } from '../prices/cost.ts';
import type { Operation } from '../providers/wire.ts';
import type { MeteredUsage } from '../usage/record.ts';
import type { GuardrailReport } from './guardrails/report.ts';
import type { Rejection } from './refusal.ts';

/** What has been counted before its request ended. */
export interface CountedUsage {
  /** Undefined: nothing was metered. */
  readonly cost: Cost | undefined;
}

/** Times of a call to an upstream, in monotonic milliseconds; 0 means not yet. */
export interface UpstreamTimes {
  readonly sentAt: number;
  readonly firstByteAt: number;
  readonly endedAt: number;
  /** Bytes of the answer that went to the client as they came. */
  readonly responseBytes: number;
  readonly streamed: boolean;
  /** The call's usage has been counted as it came, and this is what it costs. */
  readonly counted: CountedUsage | undefined;
}

export interface RequestWork {
  /** Undefined until it is known. */
  readonly operation: Operation | undefined;
  /** As the client named it; undefined until it is found. */
  readonly model: string | undefined;
  /** Present once something was sent to the upstream, or is about to be. */
  readonly forward: UpstreamTimes | undefined;
  /** Undefined until the call has been forwarded and is over. */
  readonly usage: MeteredUsage | undefined;
  readonly requestBytes: number;
  /** Milliseconds that the client took for a body that was waited for. */
  readonly waitedMilliseconds: number;
  /** Undefined: nothing was checked, for the provider has no guardrails or the call did not come that far. */
  readonly guardrailReport?: GuardrailReport | undefined;
  bodyChunk(chunk: Buffer): void;
  bodyEnd(): void;
  /** The client takes more again. */
  resume(): void;
  /** The client hung up. */
  clientGone(): void;
  /** Ends the work for a reason of the gateway's own. */
  cut(rejection: Rejection): void;
  /** Regular look at what only time tells. `now` is monotonic, in milliseconds. */
  sweep(now: number): void;
}
