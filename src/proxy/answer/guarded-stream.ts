/**
 * A streamed answer that guardrails may change on its way: bytes come, are written anew as the rules will have it, lose the
 * usage that nobody asked for, and go out.
 */
import type { StreamRewriter } from '../../providers/texts/stream/rewriter.ts';
import type { StreamFilter } from '../../providers/wire.ts';
import type { GuardrailCheck } from '../guardrails/guardrail-check.ts';
import type { ResponseHead } from '../response-head.ts';
import type { Answer, AnswerOwner, Flushed } from './answer.ts';
import type { Delivery } from './delivery.ts';
import type { AnswerParts } from './parts.ts';

export class GuardedStream implements Answer {
  readonly #owner: AnswerOwner;
  readonly #delivery: Delivery;
  readonly #response: ResponseHead;
  readonly #check: GuardrailCheck;
  readonly #rewriter: StreamRewriter;
  readonly #filter: StreamFilter | undefined;

  constructor(
    { owner, delivery, response }: AnswerParts,
    check: GuardrailCheck,
    rewriter: StreamRewriter,
    filter: StreamFilter | undefined,
  ) {
    this.#owner = owner;
    this.#delivery = delivery;
    this.#response = response;
    this.#check = check;
    this.#rewriter = rewriter;
    this.#filter = filter;
  }

  begin(): void {
    this.#delivery.begin(this.#response, true);
  }

  push(chunk: Buffer): void {
    this.#rewrite(chunk);
  }

  end(): void {
    this.#finish();
  }

  flush(): Flushed {
    this.#pass(this.#timed(() => this.#rewriter.fail()));
    this.#flushFilter();
    return this.#rewriter.isBlocked ? 'Ended' : 'Whole';
  }

  /** Bytes that have come, and may be looked at by the rules at hand. */
  #rewrite(chunk: Buffer): void {
    const begin = performance.now();
    const parts = this.#rewriter.push(chunk);
    this.#check.report.milliseconds.Output += performance.now() - begin;
    this.#pass(parts);
    if (!this.#rewriter.isBlocked) return;
    this.#flushFilter();
    this.#owner.cutShort();
  }

  /** All bytes have come, and been looked at. */
  #finish(): void {
    this.#pass(this.#timed(() => this.#rewriter.end()));
    this.#flushFilter();
    this.#owner.complete();
  }

  #timed(last: () => readonly Buffer[]): readonly Buffer[] {
    const begin = performance.now();
    const parts = last();
    this.#check.report.milliseconds.Output += performance.now() - begin;
    return parts;
  }

  #pass(parts: readonly Buffer[]): void {
    for (const part of parts) {
      if (this.#filter === undefined) this.#delivery.write(part);
      else for (const rest of this.#filter.push(part)) this.#delivery.write(rest);
    }
  }

  #flushFilter(): void {
    for (const part of this.#filter?.end() ?? []) this.#delivery.write(part);
  }
}
