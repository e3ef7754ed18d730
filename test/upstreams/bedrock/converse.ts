/** Converse, ConverseStream and CountTokens. */
import { generate } from '../openai/text.ts';
import type { Answer, ReceivedRequest, Scenario } from '../types.ts';
import { commonHeaders, validation } from './errors.ts';
import { event } from './frames.ts';
import type { Model } from './models.ts';
import { streamAnswer } from './stream.ts';
import { converseUsage, countTokens } from './usage.ts';

/** What of a request the answers depend on. */
interface ConverseCall {
  readonly messages?: readonly { readonly content?: readonly object[] }[];
  readonly toolConfig?: { readonly tools?: readonly { readonly toolSpec?: { readonly name?: string } }[] };
  readonly serviceTier?: { readonly type?: string };
}

/** The name of the tool that the model uses: the first, unless its result is already there. */
function toolOf(call: ConverseCall): string | undefined {
  const answered = call.messages?.some(({ content }) => content?.some((block) => 'toolResult' in block));
  return answered === true ? undefined : call.toolConfig?.tools?.[0]?.toolSpec?.name;
}

const TOOL_USE_ID = 'tooluse_kZJMlvQmRJ6eAyJE5GIl7Q';
const TOOL_INPUT = { city: 'Zürich', unit: 'C' };

/** Answers `POST /model/{id}/converse`. */
export function converse(model: Model, request: ReceivedRequest, body: object, scenario: Scenario): Answer {
  const call = body as ConverseCall;
  if (!Array.isArray(call.messages)) return validation('messages is required');
  const pieces = generate(scenario.contentFrames ?? 4, scenario.bodyBytes);
  const usage = countTokens(model, request.body.length, pieces.length, scenario);
  const tool = toolOf(call);
  const content: object[] = [{ text: pieces.join('') }];
  if (tool !== undefined) content.push({ toolUse: { toolUseId: TOOL_USE_ID, name: tool, input: TOOL_INPUT } });
  const answer = {
    metrics: { latencyMs: 712 },
    output: { message: { content, role: 'assistant' } },
    ...(call.serviceTier && { serviceTier: call.serviceTier }),
    stopReason: tool === undefined ? 'end_turn' : 'tool_use',
    ...(!scenario.withoutUsage && { usage: converseUsage(usage) }),
  };
  return {
    status: 200,
    headers: { 'content-type': 'application/json', ...commonHeaders() },
    frames: [Buffer.from(JSON.stringify(answer))],
    ...(!scenario.withoutUsage && { usage, usageFrame: 0 }),
  };
}

/** Answers `POST /model/{id}/converse-stream`. */
export function converseStream(model: Model, request: ReceivedRequest, body: object, scenario: Scenario): Answer {
  const call = body as ConverseCall;
  if (!Array.isArray(call.messages)) return validation('messages is required');
  const pieces = generate(scenario.contentFrames ?? 4, scenario.bodyBytes);
  const usage = countTokens(model, request.body.length, pieces.length, scenario);
  const tool = toolOf(call);
  const frames = [
    event('messageStart', { p: 'abcd', role: 'assistant' }),
    ...pieces.map((text) => event('contentBlockDelta', { contentBlockIndex: 0, delta: { text }, p: 'abcdefgh' })),
    event('contentBlockStop', { contentBlockIndex: 0, p: 'ab' }),
    ...(tool === undefined ? [] : toolFrames(tool)),
    event('messageStop', { p: 'abcdefghijkl', stopReason: tool === undefined ? 'end_turn' : 'tool_use' }),
    event('metadata', {
      metrics: { latencyMs: 712 },
      p: 'abc',
      ...(call.serviceTier && { serviceTier: call.serviceTier }),
      usage: converseUsage(usage),
    }),
  ];
  return streamAnswer(frames, {}, usage, frames.length - 1, scenario);
}

function toolFrames(name: string): Buffer[] {
  const input = JSON.stringify(TOOL_INPUT);
  const half = Math.ceil(input.length / 2);
  return [
    event('contentBlockStart', { contentBlockIndex: 1, start: { toolUse: { name, toolUseId: TOOL_USE_ID } }, p: 'a' }),
    ...[input.slice(0, half), input.slice(half)].map((part) =>
      event('contentBlockDelta', { contentBlockIndex: 1, delta: { toolUse: { input: part } }, p: 'abc' }),
    ),
    event('contentBlockStop', { contentBlockIndex: 1, p: 'abcde' }),
  ];
}

/** Answers `POST /model/{id}/count-tokens`. */
export function countInputTokens(request: ReceivedRequest, body: object): Answer {
  if (!('input' in body)) return validation('input is required');
  return {
    status: 200,
    headers: { 'content-type': 'application/json', ...commonHeaders() },
    frames: [Buffer.from(JSON.stringify({ inputTokens: Math.ceil(request.body.length / 4) }))],
  };
}
