/** What the proxy does with an answer of an upstream, in the words that all kinds of answers share. */
import type { Operation } from '../../providers/wire.ts';
import type { MeteredUsage } from '../../usage/record.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { ProviderState } from '../providers.ts';
import type { Rejection } from '../refusal.ts';
import type { RequestHead } from '../request-head.ts';

/** What a forward and its answer need of the call that they belong to. */
export interface ForwardedCall {
  readonly owner: {
    readonly requestId: string;
    readonly exchange: Exchange;
    refuse(rejection: Rejection): void;
    failed(rejection: Rejection): void;
    broken(error: unknown): void;
  };
  readonly provider: ProviderState;
  readonly head: RequestHead;
  readonly operation: Operation;
  /** Where the gateway is reached, as configured. */
  readonly publicURL: string | undefined;
  /** The upstream's answer has begun. */
  answered(status: number): void;
  /** The forward is over and its usage known: its last word. */
  forwarded(usage: MeteredUsage): void;
}

/** The bytes of one answer, as they come from the upstream. Nothing here makes a promise or a closure per chunk. */
export interface Answer {
  push(chunk: Buffer): void;
  /** It came whole. */
  end(): void;
  /** It will not come whole, and the client is told so next: whatever may still go out goes. */
  flush(): void;
}

/** Who hears what becomes of an answer. */
export interface AnswerOwner {
  /** The answer is whole; `last` are the bytes that end it for the client. */
  complete(last?: Buffer): void;
  /** It cannot go on: the client is told, as its form allows. */
  fail(rejection: Rejection): void;
  /** Nobody reads on: the upstream is told. */
  abandon(): void;
}
