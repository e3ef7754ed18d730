/** An answer that goes on as it comes, while guardrails look at a copy that can change nothing. */
import { answerTexts } from '../../providers/texts/bodies.ts';
import type { StreamRewriter } from '../../providers/texts/stream/rewriter.ts';
import type { GuardrailCheck } from '../guardrails/guardrail-check.ts';
import type { Answer, AnswerOwner, Flushed } from './answer.ts';
import { HeldBytes } from './held-bytes.ts';
import { MAX_WHOLE_BYTES, TOO_LONG, TOO_MUCH } from './whole-answer.ts';
import type { AnswerParts } from './parts.ts';

/** Looks at the bytes of an answer. */
export interface Tap {
  push(chunk: Buffer): void;
  /** It came whole. A promise when that takes long. */
  end(): void | Promise<unknown>;
}

export class TappedAnswer implements Answer {
  readonly #answer: Answer;
  readonly #tap: Tap;
  readonly #owner: AnswerOwner;

  constructor({ owner }: AnswerParts, answer: Answer, tap: Tap) {
    this.#owner = owner;
    this.#answer = answer;
    this.#tap = tap;
  }

  begin(): void {
    this.#answer.begin();
  }

  push(chunk: Buffer): void {
    this.#answer.push(chunk);
    this.#tap.push(chunk);
  }

  end(): void {
    const looked = this.#tap.end();
    if (looked === undefined) {
      this.#answer.end();
      return;
    }
    // What was found belongs to the record of the call, which ends with its answer.
    looked
      .then(() => {
        if (!this.#owner.isOver) this.#answer.end();
      })
      .catch((error: unknown) => this.#owner.broken(error));
  }

  flush(): Flushed {
    return this.#answer.flush();
  }
}

/** Of a stream: it is read as if it were to be written anew. */
export class StreamTap implements Tap {
  readonly #rewriter: StreamRewriter;
  readonly #check: GuardrailCheck;

  constructor(rewriter: StreamRewriter, check: GuardrailCheck) {
    this.#rewriter = rewriter;
    this.#check = check;
  }

  push(chunk: Buffer): void {
    const begin = performance.now();
    this.#rewriter.push(chunk);
    this.#check.report.milliseconds.Output += performance.now() - begin;
  }

  end(): void {
    this.#rewriter.end();
  }
}

/** Of an answer that is looked at when it is whole. */
export class WholeTap implements Tap {
  readonly #parts: AnswerParts;
  readonly #check: GuardrailCheck;
  readonly #held = new HeldBytes(MAX_WHOLE_BYTES);
  #isGivenUp = false;

  constructor(parts: AnswerParts, check: GuardrailCheck) {
    this.#parts = parts;
    this.#check = check;
  }

  push(chunk: Buffer): void {
    if (this.#isGivenUp) return;
    if (!this.#held.push(chunk)) this.#giveUp(TOO_LONG);
    else if (!this.#parts.call.holdsAnswer(this.#held.length)) this.#giveUp(TOO_MUCH);
  }

  end(): void | Promise<unknown> {
    if (this.#isGivenUp) return undefined;
    const { call, response } = this.#parts;
    const reading = answerTexts(call.operation, call.head, response, this.#held.take());
    if (reading.kind === 'Unreadable') {
      this.#check.unreadable('Output', reading.reason);
      return undefined;
    }
    const outcome = this.#check.texts('Output', reading.texts);
    return outcome instanceof Promise ? outcome : undefined;
  }

  #giveUp(reason: string): void {
    this.#isGivenUp = true;
    this.#held.take();
    this.#parts.call.holdsAnswer(0);
    this.#check.unreadable('Output', reason);
  }
}
