/** `chat/completions` and `completions`, whole and streamed. */
import { type Block, callsTool, choicesOf, countPieces, piecesOf, textOf } from '../said.ts';
import type { Answer, BookedUsage, ReceivedRequest, Scenario } from '../types.ts';
import { created, event, failure, identifier, json, stream, streamFailure } from './answers.ts';
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
  choice(blocks: readonly Block[], index: number): object;
  /** The choice in the chunks of a stream, in order. */
  chunks(blocks: readonly Block[], index: number): readonly object[];
}

const chat: Shape = {
  object: 'chat.completion',
  chunkObject: 'chat.completion.chunk',
  prefix: 'chatcmpl-',
  choice: (blocks, index) => {
    const tools = blocks.flatMap((block) =>
      block.kind === 'Tool' ? [toolCall(block.name, block.pieces.join(''))] : [],
    );
    const thoughts = blocks.filter(({ kind }) => kind === 'Thinking').flatMap(({ pieces }) => pieces);
    return {
      index,
      message: {
        role: 'assistant',
        content: tools.length === 0 ? textOf(blocks) : textOf(blocks) || null,
        ...(thoughts.length > 0 && { reasoning_content: thoughts.join('') }),
        refusal: null,
        annotations: [],
        ...(tools.length > 0 && { tool_calls: tools }),
      },
      logprobs: null,
      finish_reason: finishReason(blocks),
    };
  },
  chunks: (blocks, index) => {
    const chunk = (delta: object, finish_reason: string | null = null): object => ({
      index,
      delta,
      logprobs: null,
      finish_reason,
    });
    let tools = 0;
    const deltas = blocks.flatMap((block): object[] => {
      if (block.kind === 'Thinking') return block.pieces.map((reasoning_content) => ({ reasoning_content }));
      if (block.kind !== 'Tool') return block.pieces.map((content) => ({ content }));
      const place = { index: tools++ };
      return [
        { tool_calls: [{ ...place, ...toolCall(block.name, '') }] },
        ...block.pieces.map((json) => ({ tool_calls: [{ ...place, function: { arguments: json } }] })),
      ];
    });
    return [
      chunk({ role: 'assistant', content: '', refusal: null }),
      ...deltas.map((delta) => chunk(delta)),
      chunk({}, finishReason(blocks)),
    ];
  },
};

function finishReason(blocks: readonly Block[]): string {
  return callsTool(blocks) ? 'tool_calls' : 'stop';
}

function toolCall(name: string, json: string): object {
  return { id: identifier('call_'), type: 'function', function: { name, arguments: json } };
}

const text: Shape = {
  object: 'text_completion',
  chunkObject: 'text_completion',
  prefix: 'cmpl-',
  choice: (blocks, index) => ({ text: textOf(blocks), index, logprobs: null, finish_reason: 'stop' }),
  chunks: (blocks, index) => [
    ...piecesOf(blocks).map((text) => ({ text, index, logprobs: null, finish_reason: null })),
    { text: '', index, logprobs: null, finish_reason: 'stop' },
  ],
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
  const choices = choicesOf(scenario);
  const usage = countTokens(call.model, request.body.length, countPieces(choices), scenario);
  return call.stream === true
    ? streamed(shape, call, choices, usage, scenario)
    : whole(shape, choices, usage, scenario);
}

function whole(shape: Shape, choices: readonly (readonly Block[])[], usage: BookedUsage, scenario: Scenario): Answer {
  const body = {
    id: identifier(shape.prefix),
    object: shape.object,
    created,
    model: usage.model,
    choices: choices.map((blocks, index) => shape.choice(blocks, index)),
    ...(!scenario.withoutUsage && { usage: completionUsage(usage) }),
    service_tier: 'default',
    system_fingerprint: 'fp_upstream',
  };
  return scenario.withoutUsage ? json(body) : { ...json(body), usage, usageFrame: 0 };
}

function streamed(
  shape: Shape,
  call: CompletionCall,
  choices: readonly (readonly Block[])[],
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
  const told = inTurn(choices.map((blocks, index) => shape.chunks(blocks, index)));
  const frames = told.map((choice, index) => chunk(choice, index === told.length - 1));
  const failing = scenario.streamErrorAfterFrames;
  if (failing !== undefined) {
    const sent = frames.slice(0, failing);
    const figures = placement === 'EveryChunk' ? sent.map((_, index) => [index, usage] as const) : [];
    const error = event({ error: { ...streamFailure, param: null, code: null } });
    return { ...stream([...sent, error]), partialUsage: new Map(figures) };
  }
  if (placement === 'LastChunk') frames.push(event({ ...base, choices: [], usage: figure }));
  frames.push(event('[DONE]'));
  // The figure is final where it is sent last: before `[DONE]`.
  return placement === 'Never' ? stream(frames) : { ...stream(frames), usage, usageFrame: frames.length - 2 };
}

/** One of each in turn, as long as there are any: a stream brings its choices side by side. */
function inTurn<T>(lists: readonly (readonly T[])[]): T[] {
  const rounds = Math.max(...lists.map(({ length }) => length));
  return Array.from({ length: rounds }, (_, round) => lists.flatMap((list) => list.slice(round, round + 1))).flat();
}

function missing(parameter: string): Answer {
  return failure(400, {
    message: `Missing required parameter: '${parameter}'.`,
    type: 'invalid_request_error',
    param: parameter,
    code: 'missing_required_parameter',
  });
}
