/** Which way an answer goes that guardrails look at. */
import { answerKind, isTellingFailure } from '../../providers/texts/bodies.ts';
import type { StreamRewriter } from '../../providers/texts/stream/rewriter.ts';
import { streamRewriter } from '../../providers/texts/stream/streams.ts';
import type { Operation, StreamFilter } from '../../providers/wire.ts';
import type { GuardrailCheck } from '../guardrails/guardrail-check.ts';
import { OutputRules } from '../guardrails/output/output-rules.ts';
import { StreamJudge } from '../guardrails/output/stream-judge.ts';
import type { Answer, ForwardedCall } from './answer.ts';
import { GuardedStream, type StreamWindows } from './guarded-stream.ts';
import { FilteredAnswer, PassedAnswer } from './passed-answer.ts';
import { StreamTap, TappedAnswer, WholeTap } from './tapped-answer.ts';
import { UnreadableAnswer } from './unreadable-answer.ts';
import { WholeAnswer } from './whole-answer.ts';
import type { AnswerParts } from './parts.ts';

const ENCODED = 'the answer came compressed, though it was asked for as it is, so that no guardrail can read it';
const PARTIAL = 'the answer is a part of one, which no guardrail can read';
const UNKNOWN = 'the answer is a stream of a form that no guardrail knows';

/** Statuses of answers without a body. */
const BODILESS: ReadonlySet<number> = new Set([204, 205]);

/** Whether guardrails look at answers to this call: there are rules for them, and texts. */
export function isJudged({ guardrails, operation, head }: ForwardedCall): boolean {
  return guardrails?.watches('Output') === true && head.method !== 'HEAD' && answerKind(operation, head) !== 'None';
}

/** `filter` takes out the usage that the client did not ask for. */
export function judgedAnswer(parts: AnswerParts, check: GuardrailCheck, filter: StreamFilter | undefined): Answer {
  const { call, response } = parts;
  const { operation } = call;
  const passed = (): Answer => (filter === undefined ? new PassedAnswer(parts) : new FilteredAnswer(parts, filter));
  if (BODILESS.has(response.status)) return passed();
  const judge = new StreamJudge(check, saysTwice(operation));
  const rewriter = streamRewriter(operation, response, judge);
  const reason = unreadable(parts, rewriter);
  if (reason !== undefined) {
    const by = check.unreadable('Output', reason);
    return by === undefined ? passed() : new UnreadableAnswer(parts, check, by, reason);
  }
  const changes = OutputRules.of(check.guardrails).canChange;
  if (rewriter === undefined) {
    return changes ? new WholeAnswer(parts, check) : new TappedAnswer(parts, passed(), new WholeTap(parts, check));
  }
  check.report.streamDelayMilliseconds = 0;
  const windows = windowsOf(parts, check);
  if (changes || windows !== undefined) return new GuardedStream(parts, check, { rewriter, filter, windows });
  return new TappedAnswer(parts, passed(), new StreamTap(rewriter, check));
}

/** The answer that tells a failure, if it may say what the model has said. */
export function judgedFailure(parts: AnswerParts, check: GuardrailCheck): Answer | undefined {
  const { call, response } = parts;
  const isHeld = isTellingFailure(call.operation, response) && OutputRules.of(check.guardrails).canChange;
  return isHeld ? new WholeAnswer(parts, check) : undefined;
}

/** How judges elsewhere look at a streamed answer; undefined: none do. */
function windowsOf({ call, response, flow }: AnswerParts, check: GuardrailCheck): StreamWindows | undefined {
  const asking = check.asking('Output');
  if (asking.length === 0) return undefined;
  return {
    flow,
    holds: (bytes) => call.holdsAnswer(bytes),
    elsewhere: check.elsewhere(asking, 'Output'),
    isEnforced: asking.some(({ entry }) => entry.mode === 'Enforce'),
    overlap: Math.max(...asking.map(({ entry }) => entry.streaming.holdBackCharacters)),
    rewriter: (judge) => {
      const rewriter = streamRewriter(call.operation, response, judge);
      if (rewriter === undefined) throw new Error('a stream that was known is not');
      return rewriter;
    },
    message: (by) => check.message({ ...by, direction: 'Output' }),
    isOutage: (by) => check.isOutage({ ...by, direction: 'Output' }),
  };
}

/** Why nothing of an answer can be read, if that is known from its head. */
function unreadable({ call, response }: AnswerParts, rewriter: StreamRewriter | undefined): string | undefined {
  const kind = answerKind(call.operation, call.head);
  if (typeof kind === 'object') return kind.unreadable;
  if (response.isEncoded) return ENCODED;
  // What begins somewhere in an answer cannot be told from another answer.
  if (response.status === 206 || response.header('content-range') !== undefined) return PARTIAL;
  return response.isEventStream && rewriter === undefined ? UNKNOWN : undefined;
}

/** Whether streams of a call say each text again when it is whole. */
function saysTwice({ api, name }: Operation): boolean {
  return api === 'OpenAI' && (name === 'responses' || name === 'audio');
}
