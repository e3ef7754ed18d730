/** An answer that is held until it is whole, because guardrails may change it. */
import { answerTexts } from '../../providers/texts/bodies.ts';
import type { GuardrailCheck } from '../guardrails/guardrail-check.ts';
import type { TextsOutcome } from '../guardrails/texts-judgement.ts';
import { spliced } from '../held-body.ts';
import type { Rejection } from '../refusal.ts';
import type { Answer, Flushed } from './answer.ts';
import { HeldBytes } from './held-bytes.ts';
import { withhold } from './withheld.ts';
import type { AnswerParts } from './parts.ts';

/** The longest answer that is held: those with pictures in them are the longest that there are. */
export const MAX_WHOLE_BYTES = 16 * 1024 * 1024;

export const TOO_LONG = `the answer is longer than ${MAX_WHOLE_BYTES / 1024 / 1024} MiB, more than guardrails look at`;

export const TOO_MUCH = 'this proxy holds as many bytes as it may hold, so that no guardrail could look at the answer';

/** An answer that could be looked at when less is held. */
const TOO_BUSY: Rejection = {
  code: 'Overloaded',
  message: 'This proxy holds as many bytes of requests and answers as it may hold; try again.',
};

const NOTHING = Buffer.alloc(0);

export class WholeAnswer implements Answer {
  readonly #parts: AnswerParts;
  readonly #check: GuardrailCheck;
  readonly #held = new HeldBytes(MAX_WHOLE_BYTES);
  /** It was too long to be held, and may pass all the same. */
  #passes = false;

  constructor(parts: AnswerParts, check: GuardrailCheck) {
    this.#parts = parts;
    this.#check = check;
  }

  begin(): void {
    // Its head depends on its body.
  }

  push(chunk: Buffer): void {
    if (this.#passes) this.#parts.delivery.write(chunk);
    else if (!this.#held.push(chunk)) this.#cannotHold(TOO_LONG);
    else if (!this.#parts.call.holdsAnswer(this.#held.length)) this.#cannotHold(TOO_MUCH);
  }

  end(): void {
    const { owner } = this.#parts;
    if (this.#passes) {
      owner.complete();
      return;
    }
    const body = this.#held.take();
    const outcome = this.#judged(body);
    if (outcome instanceof Promise) {
      // Its texts are in memory as well.
      this.#parts.call.holdsAnswer(2 * body.length);
      outcome
        .then((known) => {
          if (!owner.isOver) this.#conclude(body, known);
        })
        .catch((error: unknown) => owner.broken(error));
    } else {
      this.#conclude(body, outcome);
    }
  }

  flush(): Flushed {
    return 'AsItCame';
  }

  #judged(
    body: Buffer,
  ): TextsOutcome | Promise<TextsOutcome> | { readonly kind: 'Unreadable'; readonly reason: string } {
    const { call, response } = this.#parts;
    const begin = performance.now();
    const reading = answerTexts(call.operation, call.head, response, body);
    this.#check.report.milliseconds.Output += performance.now() - begin;
    if (reading.kind === 'Unreadable') return reading;
    // Most failures say nothing of a model's: such a call has no answer to be counted.
    if (response.status >= 300 && reading.texts.length === 0) return { kind: 'Pass', splices: [] };
    return this.#check.texts('Output', reading.texts);
  }

  #conclude(body: Buffer, outcome: TextsOutcome | { readonly kind: 'Unreadable'; readonly reason: string }): void {
    switch (outcome.kind) {
      case 'Pass':
        this.#send(Buffer.concat(spliced([body], outcome.splices)), outcome.splices.length > 0);
        break;
      case 'Blocked':
        withhold(this.#parts, this.#check, body, { ...outcome.by, direction: 'Output' });
        break;
      case 'Unreadable': {
        const by = this.#check.unreadable('Output', outcome.reason);
        if (by === undefined) this.#send(body, false);
        else withhold(this.#parts, this.#check, body, by, outcome.reason);
      }
    }
  }

  #send(body: Buffer, isChanged: boolean): void {
    const { delivery, owner, response } = this.#parts;
    delivery.beginWhole(response, { isChanged, length: body.length });
    owner.complete(body);
  }

  #cannotHold(reason: string): void {
    const { delivery, response, call, owner } = this.#parts;
    const by = this.#check.unreadable('Output', reason);
    const body = this.#held.take();
    call.holdsAnswer(0);
    if (by !== undefined) {
      if (reason === TOO_MUCH) owner.refuse(TOO_BUSY);
      else withhold(this.#parts, this.#check, NOTHING, by, reason);
      return;
    }
    this.#passes = true;
    delivery.begin(response, false);
    delivery.write(body);
  }
}
