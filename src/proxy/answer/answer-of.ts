/** Which way an answer goes, as far as its head and its call tell. */
import type { Answer, ForwardedCall } from './answer.ts';
import { ChangedAnswer, mustBeHeld } from './changed-answer.ts';
import { isJudged, judgedAnswer, judgedFailure } from './judged-answer.ts';
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
  const judged =
    guardrails === undefined || !isJudged(call)
      ? undefined
      : response.status < 300
        ? judgedAnswer(parts, guardrails, filter)
        : judgedFailure(parts, guardrails);
  if (judged !== undefined) return judged;
  return filter === undefined ? new PassedAnswer(parts) : new FilteredAnswer(parts, filter);
}
