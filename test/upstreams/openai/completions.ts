/** `chat/completions` and `completions`, whole and streamed. */
import type { Answer, BookedUsage, ReceivedRequest, Scenario } from '../types.ts';
import { created, event, failure, identifier, json, stream, streamFailure } from './answers.ts';
import { generate } from './text.ts';
import { completionUsage, countTokens } from './usage.ts';

interface CompletionCall {
  readonly model?: unknown;
  readonly messages?: unknown;
  readonly prompt?: unknown;
  readonly stream?: boolean;
  readonly stream_options?: { readonly include_usage?: boolean } | null;
}

/** What differs between the two calls. */
interface Shape {
  readonly object: string;
  readonly chunkObject: string;
  readonly prefix: string;
  choice(text: string): object;
  opening: object | undefined;
  delta(text: string): object;
  closing: object;
}

const chat: Shape = {
  object: 'chat.completion',
  chunkObject: 'chat.completion.chunk',
  prefix: 'chatcmpl-',
  choice: (content) => ({
    index: 0,
    message: { role: 'assistant', content, refusal: null, annotations: [] },
    logprobs: null,
    finish_reason: 'stop',
  }),
  opening: { index: 0, delta: { role: 'assistant', content: '', refusal: null }, logprobs: null, finish_reason: null },
  delta: (content) => ({ index: 0, delta: { content }, logprobs: null, finish_reason: null }),
  closing: { index: 0, delta: {}, logprobs: null, finish_reason: 'stop' },
};

const text: Shape = {
  object: 'text_completion',
  chunkObject: 'text_completion',
  prefix: 'cmpl-',
  choice: (text) => ({ text, index: 0, logprobs: null, finish_reason: 'stop' }),
  opening: undefined,
  delta: (text) => ({ text, index: 0, logprobs: null, finish_reason: null }),
  closing: { text: '', index: 0, logprobs: null, finish_reason: 'stop' },
};

/** Answers `POST chat/completions`. */
export function chatCompletion(request: ReceivedRequest, call: CompletionCall, scenario: Scenario): Answer {
  if (!Array.isArray(call.messages)) return missing('messages');
  return complete(chat, request, call, scenario);
}

/** Answers `POST completions`. */
export function textCompletion(request: ReceivedRequest, call: CompletionCall, scenario: Scenario): Answer {
  if (call.prompt === undefined) return missing('prompt');
  return complete(text, request, call, scenario);
}

function complete(shape: Shape, request: ReceivedRequest, call: CompletionCall, scenario: Scenario): Answer {
  if (typeof call.model !== 'string') return missing('model');
  if (call.stream !== true && (call.stream_options ?? undefined) !== undefined) {
    return failure(400, {
      message: "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
      type: 'invalid_request_error',
      param: 'stream_options',
    });
  }
  const pieces = generate(scenario.contentFrames ?? 4, scenario.bodyBytes);
  const usage = countTokens(call.model, request.body.length, pieces.length, scenario);
  return call.stream === true
    ? streamed(shape, call, pieces, usage, scenario)
    : whole(shape, pieces.join(''), usage, scenario);
}

function whole(shape: Shape, content: string, usage: BookedUsage, scenario: Scenario): Answer {
  const body = {
    id: identifier(shape.prefix),
    object: shape.object,
    created,
    model: usage.model,
    choices: [shape.choice(content)],
    ...(!scenario.withoutUsage && { usage: completionUsage(usage) }),
    service_tier: 'default',
    system_fingerprint: 'fp_upstream',
  };
  return scenario.withoutUsage ? json(body) : { ...json(body), usage, usageFrame: 0 };
}

function streamed(
  shape: Shape,
  call: CompletionCall,
  pieces: readonly string[],
  usage: BookedUsage,
  scenario: Scenario,
): Answer {
  const asked = call.stream_options?.include_usage === true;
  const placement = scenario.streamUsage ?? (asked ? 'LastChunk' : 'Never');
  const figure = completionUsage(usage);
  const base = {
    id: identifier(shape.prefix),
    object: shape.chunkObject,
    created,
    model: usage.model,
    service_tier: 'default',
    system_fingerprint: 'fp_upstream',
  };
  const chunk = (choice: object, last = false): Buffer => {
    if (placement === 'EveryChunk' || (placement === 'FinishChunk' && last)) {
      return event({ ...base, choices: [choice], usage: figure });
    }
    return event(
      placement === 'LastChunk' ? { ...base, choices: [choice], usage: null } : { ...base, choices: [choice] },
    );
  };
  const frames = [
    ...(shape.opening ? [chunk(shape.opening)] : []),
    ...pieces.map((piece) => chunk(shape.delta(piece))),
    chunk(shape.closing, true),
  ];
  const failing = scenario.streamErrorAfterFrames;
  if (failing !== undefined) {
    const sent = frames.slice(0, failing);
    const told = placement === 'EveryChunk' ? sent.map((_, index) => [index, usage] as const) : [];
    const error = event({ error: { ...streamFailure, param: null, code: null } });
    return { ...stream([...sent, error]), partialUsage: new Map(told) };
  }
  if (placement === 'LastChunk') frames.push(event({ ...base, choices: [], usage: figure }));
  frames.push(event('[DONE]'));
  // The figure is final where it is sent last: before `[DONE]`.
  return placement === 'Never' ? stream(frames) : { ...stream(frames), usage, usageFrame: frames.length - 2 };
}

function missing(parameter: string): Answer {
  return failure(400, {
    message: `Missing required parameter: '${parameter}'.`,
    type: 'invalid_request_error',
    param: parameter,
    code: 'missing_required_parameter',
  });
}
