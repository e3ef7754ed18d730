/** The Responses API, whole and streamed; answers are kept for `GET responses/{id}`. */
import { type Block, blocksOf, countPieces } from '../said.ts';
import type { Answer, BookedUsage, ReceivedRequest, Scenario } from '../types.ts';
import { created, event, failure, identifier, json, stream, streamFailure } from './answers.ts';
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
    const blocks = blocksOf(scenario);
    const usage = countTokens(call.model, request.body.length, countPieces([blocks]), scenario);
    const id = identifier('resp_');
    const items = blocks.map(itemOf);
    const done = responseObject(id, items, usage, scenario);
    if (call.store !== false) this.#stored.set(id, done);
    const booked = scenario.withoutUsage || scenario.streamUsage === 'Never' ? {} : { usage };
    if (call.stream !== true) return { ...json(done), ...booked, usageFrame: 0 };
    const frames = asksToCompact(call.input) ? compaction(id, usage, done) : events(id, items, usage, done);
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

function responseObject(id: string, items: readonly Item[], usage: BookedUsage, scenario: Scenario): object {
  return {
    ...shell(id, usage.model, 'completed'),
    output: items.map(({ done }) => done),
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

/** An item of the output: as it begins, what a stream tells of it then (types and fields), and as it is when done. */
interface Item {
  readonly id: string;
  readonly added: object;
  readonly told: readonly (readonly [type: string, fields: object])[];
  readonly done: object;
}

function itemOf(block: Block): Item {
  if (block.kind === 'Tool') return functionCall(block);
  return block.kind === 'Thinking' ? reasoning(block.pieces) : message(block.pieces);
}

function message(pieces: readonly string[]): Item {
  const id = identifier('msg_');
  const text = pieces.join('');
  const part = (value: string): object => ({ type: 'output_text', annotations: [], logprobs: [], text: value });
  const item = (content: readonly object[], status: string): object => {
    return { id, type: 'message', status, content, role: 'assistant' };
  };
  return {
    id,
    added: item([], 'in_progress'),
    told: [
      ['response.content_part.added', { content_index: 0, part: part('') }],
      ...pieces.map(
        (delta) => ['response.output_text.delta', { content_index: 0, delta, logprobs: [] }] as [string, object],
      ),
      ['response.output_text.done', { content_index: 0, text, logprobs: [] }],
      ['response.content_part.done', { content_index: 0, part: part(text) }],
    ],
    done: item([part(text)], 'completed'),
  };
}

function functionCall({ name, pieces }: Block & { kind: 'Tool' }): Item {
  const id = identifier('fc_');
  const item = { id, type: 'function_call', status: 'in_progress', arguments: '', call_id: identifier('call_'), name };
  const json = pieces.join('');
  return {
    id,
    added: item,
    told: [
      ...pieces.map((delta) => ['response.function_call_arguments.delta', { delta }] as [string, object]),
      ['response.function_call_arguments.done', { name, arguments: json }],
    ],
    done: { ...item, status: 'completed', arguments: json },
  };
}

function reasoning(pieces: readonly string[]): Item {
  const id = identifier('rs_');
  const text = pieces.join('');
  const part = (value: string): object => ({ type: 'summary_text', text: value });
  return {
    id,
    added: { id, type: 'reasoning', summary: [] },
    told: [
      ['response.reasoning_summary_part.added', { summary_index: 0, part: part('') }],
      ...pieces.map(
        (delta) => ['response.reasoning_summary_text.delta', { summary_index: 0, delta }] as [string, object],
      ),
      ['response.reasoning_summary_text.done', { summary_index: 0, text }],
      ['response.reasoning_summary_part.done', { summary_index: 0, part: part(text) }],
    ],
    done: { id, type: 'reasoning', summary: [part(text)] },
  };
}

/** In this API an error is an event of its own, without a member `error`. */
function errorEvent(sequence_number: number): Buffer {
  const { message, type: code } = streamFailure;
  return event({ type: 'error', code, message, param: null, sequence_number }, 'error');
}

function events(id: string, items: readonly Item[], usage: BookedUsage, done: object): Buffer[] {
  let sequence = 0;
  const frame = (type: string, fields: object): Buffer => event({ type, sequence_number: sequence++, ...fields }, type);
  return [
    frame('response.created', { response: shell(id, usage.model, 'in_progress') }),
    frame('response.in_progress', { response: shell(id, usage.model, 'in_progress') }),
    ...items.flatMap((item, output_index) => [
      frame('response.output_item.added', { output_index, item: item.added }),
      ...item.told.map(([type, fields]) => frame(type, { item_id: item.id, output_index, ...fields })),
      frame('response.output_item.done', { output_index, item: item.done }),
    ]),
    frame('response.completed', { response: done }),
  ];
}
