/** Which way an answer goes, as far as its head and its call tell. */
import type { Answer, ForwardedCall } from './answer.ts';
import { ChangedAnswer, mustBeHeld } from './changed-answer.ts';
import { isJudged, judgedAnswer } from './judged-answer.ts';
import { FilteredAnswer, PassedAnswer } from './passed-answer.ts';
import type { AnswerParts } from './parts.ts';

/** Whether the gateway looks into answers to this call: they must not come compressed. */
export function isLookedInto(call: ForwardedCall): boolean {
  const { provider, operation, guardrails } = call;
  return mustBeHeld(provider, operation) || isJudged(call) || guardrails?.attachment !== undefined;
}

/** The answer with this head. `stripUsage`: the upstream was asked for usage that the client did not ask for. */
export function answerOf(parts: AnswerParts, stripUsage: boolean): Answer {
  const { call, response } = parts;
  const { provider, operation, guardrails } = call;
  if (response.status < 300 && mustBeHeld(provider, operation)) return new ChangedAnswer(parts);
  const filter = stripUsage ? provider.wire.usageFilter(operation, response) : undefined;
  if (guardrails !== undefined && response.status < 300 && isJudged(call))
    return judgedAnswer(parts, guardrails, filter);
  return filter === undefined ? new PassedAnswer(parts) : new FilteredAnswer(parts, filter);
}
