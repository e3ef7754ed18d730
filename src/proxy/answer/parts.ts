import type { ResponseHead } from '../response-head.ts';
import type { AnswerOwner, ForwardedCall } from './answer.ts';
import type { Delivery } from './delivery.ts';
import type { Flow } from './flow.ts';

/** What every kind of answer is made of. */
export interface AnswerParts {
  readonly owner: AnswerOwner;
  readonly delivery: Delivery;
  readonly call: ForwardedCall;
  readonly response: ResponseHead;
  readonly flow: Flow;
}
