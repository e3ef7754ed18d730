/** `POST interactions`, whole and streamed. */
import { blocksOf, jsonText, piecesOf } from '../said.ts';
import type { Answer, ReceivedRequest, Scenario } from '../types.ts';
import { commonHeaders, failure, json } from './answers.ts';
import { countTokens, type Figure } from './usage.ts';

const TIME = '2026-01-01T00:00:00Z';

/** What of a request's body matters here. */
interface InteractionCall {
  readonly model?: unknown;
  readonly input?: unknown;
  readonly stream?: boolean;
}

/** Answers `POST interactions`. */
export function interaction(request: ReceivedRequest, call: InteractionCall, scenario: Scenario): Answer {
  const { model } = call;
  if (typeof model !== 'string' || call.input === undefined) return failure(400, 'model and input are required.');
  const words = piecesOf(blocksOf(scenario));
  const costs = { model, bodyBytes: request.body.length, words: words.length, thinks: true, usesTools: false };
  const figure = countTokens(costs, scenario);
  const shell = { id: 'v1_upstream', object: 'interaction', model, created: TIME, updated: TIME };
  const done = { ...shell, status: 'completed', usage: usageOf(figure) };
  const content = (text: string): object => ({ type: 'text', text });
  if (call.stream !== true) {
    const steps = [{ type: 'model_output', content: [content(words.join(''))] }];
    return { ...json({ ...done, steps }), usage: figure.booked, usageFrame: 0 };
  }
  const events = [
    event('interaction.created', { interaction: { ...shell, status: 'in_progress' } }),
    event('step.start', { index: 0, step: { type: 'model_output' } }),
    ...words.map((text) => event('step.delta', { index: 0, delta: content(text) })),
    event('step.stop', { index: 0 }),
    event('interaction.completed', { interaction: done }),
  ];
  return {
    status: 200,
    headers: { 'content-type': 'text/event-stream', ...commonHeaders },
    frames: [...events, Buffer.from('event: done\ndata: [DONE]\n\n')],
    usage: figure.booked,
    usageFrame: events.length - 1,
  };
}

function event(type: string, fields: object): Buffer {
  return Buffer.from(`event: ${type}\ndata: ${jsonText({ event_type: type, ...fields })}\n\n`);
}

function usageOf({ booked: { input, cached, output, reasoning } }: Figure): object {
  return {
    total_tokens: input + output,
    total_input_tokens: input,
    input_tokens_by_modality: [{ modality: 'text', tokens: input }],
    total_cached_tokens: cached,
    total_output_tokens: output - reasoning,
    total_tool_use_tokens: 0,
    total_thought_tokens: reasoning,
  };
}
