/** Converse, ConverseStream and CountTokens. */
import { type Block, blocksOf, callsTool, countPieces, jsonText } from '../said.ts';
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

const SIGNATURE = Buffer.from('signature of the upstream').toString('base64');
const TOOL_USE_ID = 'tooluse_kZJMlvQmRJ6eAyJE5GIl7Q';
const TOOL_INPUT = { city: 'Zürich', unit: 'C' };

/** What the scenario says, and the tool that the request insists on. */
function answerTo(call: ConverseCall, scenario: Scenario): readonly Block[] {
  const blocks = blocksOf(scenario);
  const name = toolOf(call);
  if (name === undefined || scenario.says !== undefined) return blocks;
  const json = JSON.stringify(TOOL_INPUT);
  const half = Math.ceil(json.length / 2);
  return [...blocks, { kind: 'Tool', name, pieces: [json.slice(0, half), json.slice(half)], input: TOOL_INPUT }];
}

function contentBlock(block: Block): object {
  if (block.kind === 'Tool') return { toolUse: { toolUseId: TOOL_USE_ID, name: block.name, input: block.input } };
  const text = block.pieces.join('');
  return block.kind === 'Text' ? { text } : { reasoningContent: { reasoningText: { text, signature: SIGNATURE } } };
}

/** Answers `POST /model/{id}/converse`. */
export function converse(model: Model, request: ReceivedRequest, body: object, scenario: Scenario): Answer {
  const call = body as ConverseCall;
  if (!Array.isArray(call.messages)) return validation('messages is required');
  const blocks = answerTo(call, scenario);
  const usage = countTokens(model, request.body.length, countPieces([blocksOf(scenario)]), scenario);
  const answer = {
    metrics: { latencyMs: 712 },
    output: { message: { content: blocks.map(contentBlock), role: 'assistant' } },
    ...(call.serviceTier && { serviceTier: call.serviceTier }),
    stopReason: callsTool(blocks) ? 'tool_use' : 'end_turn',
    ...(!scenario.withoutUsage && { usage: converseUsage(usage) }),
  };
  return {
    status: 200,
    headers: { 'content-type': 'application/json', ...commonHeaders() },
    frames: [Buffer.from(jsonText(answer))],
    ...(!scenario.withoutUsage && { usage, usageFrame: 0 }),
  };
}

/** Answers `POST /model/{id}/converse-stream`. */
export function converseStream(model: Model, request: ReceivedRequest, body: object, scenario: Scenario): Answer {
  const call = body as ConverseCall;
  if (!Array.isArray(call.messages)) return validation('messages is required');
  const blocks = answerTo(call, scenario);
  const usage = countTokens(model, request.body.length, countPieces([blocksOf(scenario)]), scenario);
  const frames = [
    event('messageStart', { p: 'abcd', role: 'assistant' }),
    ...blocks.flatMap(blockFrames),
    event('messageStop', { p: 'abcdefghijkl', stopReason: callsTool(blocks) ? 'tool_use' : 'end_turn' }),
    event('metadata', {
      metrics: { latencyMs: 712 },
      p: 'abc',
      ...(call.serviceTier && { serviceTier: call.serviceTier }),
      usage: converseUsage(usage),
    }),
  ];
  return streamAnswer(frames, {}, usage, frames.length - 1, scenario);
}

/** Texts begin with their first words, tools with their name. */
function blockFrames(block: Block, contentBlockIndex: number): Buffer[] {
  const deltas: readonly object[] =
    block.kind === 'Tool'
      ? block.pieces.map((input) => ({ toolUse: { input } }))
      : block.kind === 'Text'
        ? block.pieces.map((text) => ({ text }))
        : [
            ...block.pieces.map((text) => ({ reasoningContent: { text } })),
            { reasoningContent: { signature: SIGNATURE } },
          ];
  const start = block.kind === 'Tool' && { toolUse: { name: block.name, toolUseId: TOOL_USE_ID } };
  return [
    ...(start === false ? [] : [event('contentBlockStart', { contentBlockIndex, start, p: 'a' })]),
    ...deltas.map((delta) => event('contentBlockDelta', { contentBlockIndex, delta, p: 'abcdefgh' })),
    event('contentBlockStop', { contentBlockIndex, p: 'ab' }),
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
