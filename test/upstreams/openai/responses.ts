/** The Responses API, whole and streamed; answers are kept for `GET responses/{id}`. */
import type { Answer, BookedUsage, ReceivedRequest, Scenario } from '../types.ts';
import { created, event, failure, identifier, json, stream, streamFailure } from './answers.ts';
import { generate } from './text.ts';
import { countTokens, responseUsage } from './usage.ts';

interface ResponsesCall {
  readonly model?: unknown;
  readonly input?: unknown;
  readonly stream?: boolean;
  readonly store?: boolean;
}

/** Stored responses by id. */
export class Responses {
  readonly #stored = new Map<string, object>();

  /** Answers `POST responses`. */
  create(request: ReceivedRequest, call: ResponsesCall, scenario: Scenario): Answer {
    if (typeof call.model !== 'string' || call.input === undefined) {
      return failure(400, {
        message: "Missing required parameter: 'model' or 'input'.",
        type: 'invalid_request_error',
      });
    }
    const pieces = generate(scenario.contentFrames ?? 4, scenario.bodyBytes);
    const usage = countTokens(call.model, request.body.length, pieces.length, scenario);
    const id = identifier('resp_');
    const item = identifier('msg_');
    const done = responseObject(id, item, usage, pieces.join(''), scenario);
    if (call.store !== false) this.#stored.set(id, done);
    const booked = scenario.withoutUsage || scenario.streamUsage === 'Never' ? {} : { usage };
    if (call.stream !== true) return { ...json(done), ...booked, usageFrame: 0 };
    const frames = asksToCompact(call.input) ? compaction(id, usage, done) : events(id, item, usage, pieces, done);
    const failing = scenario.streamErrorAfterFrames;
    if (failing !== undefined) return stream([...frames.slice(0, failing), errorEvent(failing)]);
    return { ...stream(frames), ...booked, usageFrame: frames.length - 1 };
  }

  /** Answers `GET responses/{id}`. */
  retrieve(id: string): Answer {
    const stored = this.#stored.get(id);
    if (stored) return json(stored);
    return failure(404, { message: `Response with id '${id}' not found.`, type: 'invalid_request_error' });
  }
}

/** Answers `POST responses/compact`: what was said becomes one opaque item, which is billed. */
export function compact(request: ReceivedRequest, call: ResponsesCall, scenario: Scenario): Answer {
  const usage = countTokens(String(call.model), request.body.length, 12, scenario);
  const item = { id: identifier('cmp_'), type: 'compaction', encrypted_content: 'b3BhcXVl' };
  const user = { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'What was said.' }] };
  const answer = { id: identifier('resp_'), object: 'response.compaction', created_at: created, output: [user, item] };
  return { ...json({ ...answer, usage: responseUsage(usage) }), usage, usageFrame: 0 };
}

/** Answers `POST responses/input_tokens`. */
export function countInputTokens(request: ReceivedRequest): Answer {
  return json({ object: 'response.input_tokens', input_tokens: Math.max(8, Math.ceil(request.body.length / 4)) });
}

/** The other way to compact: a last item of the input asks for it. */
function asksToCompact(input: unknown): boolean {
  return Array.isArray(input) && (input as { type?: unknown }[]).some(({ type }) => type === 'compaction_trigger');
}

function compaction(id: string, usage: BookedUsage, done: object): Buffer[] {
  const item = { id: identifier('cmp_'), type: 'compaction', encrypted_content: 'b3BhcXVl' };
  const frame = (type: string, fields: object): Buffer => event({ type, ...fields }, type);
  return [
    frame('response.created', { response: shell(id, usage.model, 'in_progress') }),
    frame('response.output_item.done', { output_index: 0, item }),
    frame('response.completed', { response: { ...done, output: [item] } }),
  ];
}

function responseObject(id: string, item: string, usage: BookedUsage, text: string, scenario: Scenario): object {
  return {
    ...shell(id, usage.model, 'completed'),
    output: [message(item, text, 'completed')],
    usage: scenario.withoutUsage || scenario.streamUsage === 'Never' ? null : responseUsage(usage),
  };
}

function shell(id: string, model: string, status: string): object {
  return {
    id,
    object: 'response',
    created_at: created,
    status,
    background: false,
    error: null,
    incomplete_details: null,
    instructions: null,
    max_output_tokens: null,
    model,
    output: [],
    parallel_tool_calls: true,
    previous_response_id: null,
    reasoning: { effort: null, summary: null },
    service_tier: 'default',
    store: true,
    temperature: 1,
    text: { format: { type: 'text' } },
    tool_choice: 'auto',
    tools: [],
    top_p: 1,
    truncation: 'disabled',
    usage: null,
    user: null,
    metadata: {},
  };
}

function message(id: string, text: string, status: string): object {
  const content = status === 'completed' ? [{ type: 'output_text', annotations: [], logprobs: [], text }] : [];
  return { id, type: 'message', status, content, role: 'assistant' };
}

/** In this API an error is an event of its own, without a member `error`. */
function errorEvent(sequence_number: number): Buffer {
  const { message, type: code } = streamFailure;
  return event({ type: 'error', code, message, param: null, sequence_number }, 'error');
}

function events(id: string, item: string, usage: BookedUsage, pieces: readonly string[], done: object): Buffer[] {
  let sequence = 0;
  const frame = (type: string, fields: object): Buffer => event({ type, sequence_number: sequence++, ...fields }, type);
  const place = { item_id: item, output_index: 0, content_index: 0 };
  const text = pieces.join('');
  const part = (value: string): object => ({ type: 'output_text', annotations: [], logprobs: [], text: value });
  return [
    frame('response.created', { response: shell(id, usage.model, 'in_progress') }),
    frame('response.in_progress', { response: shell(id, usage.model, 'in_progress') }),
    frame('response.output_item.added', { output_index: 0, item: message(item, '', 'in_progress') }),
    frame('response.content_part.added', { ...place, part: part('') }),
    ...pieces.map((delta) => frame('response.output_text.delta', { ...place, delta, logprobs: [] })),
    frame('response.output_text.done', { ...place, text, logprobs: [] }),
    frame('response.content_part.done', { ...place, part: part(text) }),
    frame('response.output_item.done', { output_index: 0, item: message(item, text, 'completed') }),
    frame('response.completed', { response: done }),
  ];
}
