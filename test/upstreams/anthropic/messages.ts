/** `messages` and `messages/count_tokens`. */
import { type Block as Said, blocksOf, callsTool, countPieces } from '../said.ts';
import type { Answer, BookedUsage, ReceivedRequest, Scenario } from '../types.ts';
import { errorAnswer, errorObject, event, identifier, json, stream } from './answers.ts';
import { atBeginning, countTokens, deltaUsage, messageUsage } from './usage.ts';

/** What of a request's body matters here. */
export interface MessageCall {
  readonly model?: unknown;
  readonly messages?: unknown;
  readonly max_tokens?: unknown;
  readonly stream?: boolean;
  readonly thinking?: { readonly type?: unknown };
  readonly tools?: readonly { readonly name?: unknown }[];
  readonly tool_choice?: { readonly type?: unknown; readonly name?: unknown };
}

/** A content block as it is whole, and as it grows in a stream. */
export interface Block {
  readonly whole: object;
  readonly start: object;
  readonly deltas: readonly object[];
}

/** Answers `POST messages`. */
export function message(request: ReceivedRequest, call: MessageCall, scenario: Scenario): Answer {
  const problem = problemOf(call) ?? (typeof call.max_tokens === 'number' ? undefined : 'max_tokens: Field required');
  if (problem !== undefined || typeof call.model !== 'string') return errorAnswer(400, problem);
  const said = blocksOf(scenario);
  const thinking = call.thinking?.type === 'enabled' || call.thinking?.type === 'adaptive';
  const usage = countTokens(call.model, request.body.length, countPieces([said]), thinking, scenario);
  const tool = chosenTool(call);
  const blocks = [
    ...(thinking ? [thinkingBlock(['The user wants ', '"hello".'])] : []),
    ...(tool === undefined
      ? said.map(blockOf)
      : [toolBlock(tool, ['', '{"city"', ': "Par', 'is"}'], { city: 'Paris' })]),
  ];
  const stopReason = tool === undefined && !callsTool(said) ? 'end_turn' : 'tool_use';
  return call.stream === true
    ? streamed(blocks, stopReason, usage, scenario)
    : whole(blocks, stopReason, usage, scenario);
}

/** Answers `POST messages/count_tokens`. */
export function countMessageTokens(request: ReceivedRequest, call: MessageCall): Answer {
  const problem = problemOf(call);
  if (problem !== undefined) return errorAnswer(400, problem);
  return json({ input_tokens: Math.max(16, Math.ceil(request.body.length / 4)) });
}

function problemOf(call: MessageCall): string | undefined {
  if (typeof call.model !== 'string') return 'model: Field required';
  return Array.isArray(call.messages) ? undefined : 'messages: Field required';
}

/** A tool is only called by those who insist, so that agents get text. */
function chosenTool(call: MessageCall): string | undefined {
  const { tool_choice: choice, tools } = call;
  if (choice?.type === 'tool') return String(choice.name);
  return choice?.type === 'any' ? String(tools?.[0]?.name) : undefined;
}

/** What was said, as this API has it. */
export function blockOf(said: Said): Block {
  if (said.kind === 'Tool') return toolBlock(said.name, said.pieces, said.input);
  return said.kind === 'Thinking' ? thinkingBlock(said.pieces) : textBlock(said.pieces);
}

function textBlock(pieces: readonly string[]): Block {
  return {
    whole: { type: 'text', text: pieces.join(''), citations: null },
    start: { type: 'text', text: '' },
    deltas: pieces.map((text) => ({ type: 'text_delta', text })),
  };
}

function toolBlock(name: string, pieces: readonly string[], input: object): Block {
  const id = identifier('toolu');
  return {
    whole: { type: 'tool_use', id, name, input },
    start: { type: 'tool_use', id, name, input: {} },
    deltas: pieces.map((json) => ({ type: 'input_json_delta', partial_json: json })),
  };
}

function thinkingBlock(pieces: readonly string[]): Block {
  const signature = Buffer.from('signature of the upstream').toString('base64');
  return {
    whole: { type: 'thinking', thinking: pieces.join(''), signature },
    start: { type: 'thinking', thinking: '', signature: '' },
    deltas: [
      ...pieces.map((thinking) => ({ type: 'thinking_delta', thinking })),
      { type: 'signature_delta', signature },
    ],
  };
}

function shell(usage: BookedUsage): object {
  return { id: identifier('msg'), type: 'message', role: 'assistant', model: usage.model };
}

function whole(blocks: readonly Block[], stopReason: string, usage: BookedUsage, scenario: Scenario): Answer {
  const body = {
    ...shell(usage),
    content: blocks.map((block) => block.whole),
    stop_reason: stopReason,
    stop_sequence: null,
    ...(!scenario.withoutUsage && { usage: messageUsage(usage) }),
  };
  return scenario.withoutUsage ? json(body) : { ...json(body), usage, usageFrame: 0 };
}

function streamed(blocks: readonly Block[], stopReason: string, usage: BookedUsage, scenario: Scenario): Answer {
  const silent = scenario.streamUsage === 'Never';
  const beginning = atBeginning(usage);
  const message = {
    ...shell(usage),
    content: [],
    stop_reason: null,
    stop_sequence: null,
    ...(!silent && { usage: messageUsage(beginning) }),
  };
  const frames = [
    event('message_start', { message }),
    ...blocks.flatMap(({ start, deltas }, index) => [
      event('content_block_start', { index, content_block: start }),
      ...(index === 0 ? [event('ping')] : []),
      ...deltas.map((delta) => event('content_block_delta', { index, delta })),
      event('content_block_stop', { index }),
    ]),
    event('message_delta', {
      delta: { stop_reason: stopReason, stop_sequence: null },
      ...(!silent && { usage: deltaUsage(usage) }),
    }),
    event('message_stop'),
  ];
  const failing = scenario.streamErrorAfterFrames;
  const sent =
    failing === undefined
      ? frames
      : [...frames.slice(0, failing), Buffer.from(`event: error\ndata: ${JSON.stringify(errorObject(529))}\n\n`)];
  if (silent) return stream(sent);
  const figure = frames.length - 2;
  return {
    ...stream(sent),
    partialUsage: new Map(failing === 0 ? [] : [[0, beginning]]),
    ...((failing === undefined || failing > figure) && { usage, usageFrame: figure }),
  };
}
