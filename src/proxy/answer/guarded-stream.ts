/**
 * A streamed answer that guardrails may change on its way: bytes come, are written anew as the rules will have it, lose the
 * usage that nobody asked for, and go out.
 */
import type { Blocked } from '../../guardrails/engine/judge.ts';
import type { StreamRewriter } from '../../providers/texts/stream/rewriter.ts';
import type { StreamFilter } from '../../providers/wire.ts';
import type { GuardrailCheck } from '../guardrails/guardrail-check.ts';
import { WindowedStream, type WindowedStreamOptions } from '../guardrails/remote/windowed-stream.ts';
import type { ResponseHead } from '../response-head.ts';
import type { Answer, AnswerOwner, Flushed } from './answer.ts';
import type { Delivery } from './delivery.ts';
import type { AnswerParts } from './parts.ts';

/** How judges elsewhere look at a stream. */
export type StreamWindows = Omit<WindowedStreamOptions, 'out' | 'finished' | 'interrupted' | 'broken'>;

/** What a stream goes through. */
export interface StreamSteps {
  readonly rewriter: StreamRewriter;
  /** Takes out the usage that the client did not ask for. */
  readonly filter: StreamFilter | undefined;
  /** Undefined: nobody elsewhere is asked. */
  readonly windows: StreamWindows | undefined;
}

export class GuardedStream implements Answer {
  readonly #owner: AnswerOwner;
  readonly #delivery: Delivery;
  readonly #response: ResponseHead;
  readonly #check: GuardrailCheck;
  readonly #rewriter: StreamRewriter;
  readonly #filter: StreamFilter | undefined;
  /** What the rules at hand let pass waits here for judges elsewhere. */
  readonly #windowed: WindowedStream | undefined;

  constructor(
    { owner, delivery, response }: AnswerParts,
    check: GuardrailCheck,
    { rewriter, filter, windows }: StreamSteps,
  ) {
    this.#owner = owner;
    this.#delivery = delivery;
    this.#response = response;
    this.#check = check;
    this.#rewriter = rewriter;
    this.#filter = filter;
    this.#windowed =
      windows &&
      new WindowedStream({
        ...windows,
        out: (parts) => this.#out(parts),
        finished: (isBlocked) => this.#finished(isBlocked),
        interrupted: (by) => this.#interrupted(by),
        broken: (error) => owner.broken(error),
      });
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
    if (this.#windowed !== undefined) {
      // Nobody has judged what waits.
      this.#windowed.drop();
      return this.#windowed.isBlocked ? 'Ended' : 'Whole';
    }
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
    if (this.#windowed === undefined) this.#finished(true);
    else this.#windowed.end();
  }

  /** All bytes have come, and been looked at. */
  #finish(): void {
    this.#pass(this.#timed(() => this.#rewriter.end()));
    if (this.#windowed === undefined) this.#finished(false);
    else this.#windowed.end();
  }

  /** Everything has gone out that will. */
  #finished(isBlocked: boolean): void {
    if (this.#owner.isOver) return;
    this.#noteWait();
    this.#flushFilter();
    if (isBlocked || this.#rewriter.isBlocked) this.#owner.cutShort();
    else this.#owner.complete();
  }

  #interrupted(by: Blocked): void {
    if (this.#owner.isOver) return;
    this.#noteWait();
    this.#owner.interrupt(this.#check.rejection({ ...by, direction: 'Output' }));
  }

  #noteWait(): void {
    const { report } = this.#check;
    report.streamDelayMilliseconds = Math.max(report.streamDelayMilliseconds ?? 0, this.#windowed?.longestWait ?? 0);
  }

  #timed(last: () => readonly Buffer[]): readonly Buffer[] {
    const begin = performance.now();
    const parts = last();
    this.#check.report.milliseconds.Output += performance.now() - begin;
    return parts;
  }

  #pass(parts: readonly Buffer[]): void {
    if (this.#windowed === undefined) this.#out(parts);
    else for (const part of parts) this.#windowed.push(part);
  }

  #out(parts: readonly Buffer[]): void {
    if (this.#owner.isOver) return;
    for (const part of parts) {
      if (this.#filter === undefined) this.#delivery.write(part);
      else for (const rest of this.#filter.push(part)) this.#delivery.write(rest);
    }
  }

  #flushFilter(): void {
    for (const part of this.#filter?.end() ?? []) this.#delivery.write(part);
  }
}
