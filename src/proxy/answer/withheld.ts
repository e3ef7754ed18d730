/** How a client is told that its answer is blocked, before it has got any of it. */
import { blockedAnswer } from '../../providers/texts/blocked/blocked-answer.ts';
import type { GuardrailCheck } from '../guardrails/guardrail-check.ts';
import type { BlockedBy } from '../guardrails/report.ts';
import type { AnswerParts } from './parts.ts';

/**
 * With the answer by which the API itself withholds one, where it has such an answer; with a refusal where it has none, where
 * the client waits for a stream, where it is told of a failure, and where nobody could judge it. `body`: as it came, empty if it did not. `reason`: why it
 * could not be read, if that is why.
 */
export function withhold(
  { owner, delivery, call, response }: AnswerParts,
  check: GuardrailCheck,
  body: Buffer,
  by: BlockedBy,
  reason?: string,
): void {
  const own =
    response.isEventStream || response.status >= 300 || check.isOutage(by)
      ? undefined
      : blockedAnswer(call.operation, call.head, body, check.message(by, reason));
  if (own === undefined) {
    owner.refuse(check.rejection(by, reason));
    return;
  }
  delivery.beginWhole(response, { isChanged: true, length: own.length, isOwn: true });
  owner.cutShort(own);
}
