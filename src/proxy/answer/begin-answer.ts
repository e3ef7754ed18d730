/** Which way an answer goes, as far as its head and its call tell. */
import type { ResponseHead } from '../response-head.ts';
import type { Answer, AnswerOwner, ForwardedCall } from './answer.ts';
import { ChangedAnswer, mustBeHeld } from './changed-answer.ts';
import type { Delivery } from './delivery.ts';
import { FilteredAnswer, PassedAnswer } from './passed-answer.ts';

/** What every kind of answer is made of. */
export interface AnswerParts {
  readonly owner: AnswerOwner;
  readonly delivery: Delivery;
  readonly call: ForwardedCall;
}

/**
 * Begins the answer with this head: what passes at once has its head sent, what is held not yet. `stripUsage`: the
 * upstream was asked for usage that the client did not ask for.
 */
export function beginAnswer(
  { owner, delivery, call }: AnswerParts,
  response: ResponseHead,
  stripUsage: boolean,
): Answer {
  const { provider, operation } = call;
  if (response.status < 300 && mustBeHeld(provider, operation)) {
    return new ChangedAnswer(owner, delivery, call, response);
  }
  const filter = stripUsage ? provider.wire.usageFilter(operation, response) : undefined;
  delivery.begin(response, filter !== undefined);
  return filter === undefined ? new PassedAnswer(owner, delivery) : new FilteredAnswer(owner, delivery, filter);
}
