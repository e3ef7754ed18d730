/** What the proxy does with an answer of an upstream, in the words that all kinds of answers share. */
import type { Operation } from '../../providers/wire.ts';
import type { MeteredUsage } from '../../usage/record.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { GuardrailCheck } from '../guardrails/guardrail-check.ts';
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
  /** Undefined: the provider has none. */
  readonly guardrails: GuardrailCheck | undefined;
  /** Where the gateway is reached, as configured. */
  readonly publicURL: string | undefined;
  /**
   * So many bytes of the answer are in memory, since it is to be looked at whole, or waits for a verdict. False: the bodies of all calls together are
   * more than may be held.
   */
  holdsAnswer(bytes: number): boolean;
  /** The upstream's answer has begun. */
  answered(status: number): void;
  /** The forward is over and its usage known: its last word. */
  forwarded(usage: MeteredUsage): void;
}

/** What the client has got of an answer that ends before its time. */
export type Flushed =
  /** The upstream's own bytes, perhaps to the middle of an event. */
  | 'AsItCame'
  /** Whole events. */
  | 'Whole'
  /** An answer that has ended as its API ends one: there is nothing to add. */
  | 'Ended';

/** The bytes of one answer, as they come from the upstream. Nothing here makes a promise or a closure per chunk. */
export interface Answer {
  /** The head is here: what passes at once has its own sent, what is held not yet. */
  begin(): void;
  push(chunk: Buffer): void;
  /** It came whole. */
  end(): void;
  /** It will not come whole, and the client is told so next: whatever may still go out goes. */
  flush(): Flushed;
}

/** Who hears what becomes of an answer. */
export interface AnswerOwner {
  /** Whether the call has ended, for whatever reason: nothing more can be said. */
  readonly isOver: boolean;
  /** The client has the whole answer; `last` are the bytes that end it. May come later than the upstream's end. */
  complete(last?: Buffer): void;
  /** The client has all that it gets, whatever more the upstream has to say; `last` are the bytes that end it. */
  cutShort(last?: Buffer): void;
  /** The client gets a refusal in place of the answer, of which it has got nothing, whatever the upstream has to say. */
  refuse(rejection: Rejection): void;
  /** The answer, which has begun, ends with an error in its own form, whatever the upstream has to say. */
  interrupt(rejection: Rejection): void;
  /** It cannot go on: the client is told, as its form allows. */
  fail(rejection: Rejection): void;
  /** Nobody reads on: the upstream is told. */
  abandon(): void;
  /** Something threw that must not. */
  broken(error: unknown): void;
}
