/** Streamed answers of every API, written from texts and read back to texts; for tests that put something between. */
import { crc32 } from 'node:zlib';
import type { Operation } from '../../src/providers/wire.ts';
import { event as awsEvent } from '../upstreams/bedrock/frames.ts';

/** One text of an answer, as it is cut into events. Arguments are JSON. */
export interface AnswerBlock {
  readonly kind: 'text' | 'thinking' | 'tool';
  readonly pieces: readonly string[];
}

export interface AnswerText {
  readonly kind: AnswerBlock['kind'];
  readonly text: string;
}

type JSONValue = Record<string, unknown>;

/** How one API streams. */
export interface AnswerForm {
  readonly name: string;
  readonly operation: Operation;
  readonly contentType: string;
  /** Kinds of texts that it has in pieces. */
  readonly kinds: readonly AnswerBlock['kind'][];
  /** Its events say where a block begins and ends. */
  readonly hasBlocks: boolean;
  /** The events of an answer, before they are framed. */
  events(blocks: readonly AnswerBlock[]): readonly JSONValue[];
  frame(events: readonly string[], values: readonly JSONValue[]): Buffer;
  /** Strictly: anything odd is an error. */
  parse(bytes: Buffer): readonly JSONValue[];
  /** Throws unless these are the events of a whole answer, in an order that the API may send them in. */
  check(events: readonly JSONValue[]): void;
  /** The texts of parsed events. */
  texts(events: readonly JSONValue[]): readonly AnswerText[];
}

/** `bytes` of a stream with these texts; `escapes`: what may be written as an escape is. */
export function written(form: AnswerForm, blocks: readonly AnswerBlock[], escapes: boolean): Buffer {
  const values = form.events(blocks);
  const documents = values.map((value) => JSON.stringify(value));
  return form.frame(
    escapes ? documents.map((one) => one.replaceAll('@', '\\u0040').replaceAll('é', '\\u00e9')) : documents,
    values,
  );
}

const operation = (api: Operation['api'], name: Operation['name'], answersArray = false): Operation =>
  ({ api, name, answersArray, model: { in: 'Head', model: '' } }) as unknown as Operation;

const invoke = (model: string): Operation => ({ ...operation('Bedrock', 'chat'), model: { in: 'Head', model } });

const EVENTS = 'text/event-stream; charset=utf-8';
const AWS = 'application/vnd.amazon.eventstream';

function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

/** Blocks that begin, go on and end one after another, between a beginning and an end. */
interface Nesting {
  readonly first: string;
  /** The last events, in order. */
  readonly last: readonly string[];
  /** The event's type, and the index of the block it is of. */
  readonly of: (event: JSONValue) => { readonly type: string; readonly index: number };
  readonly blocks: Readonly<Record<string, 'Start' | 'Delta' | 'Stop'>>;
  /** Blocks may begin with a delta. */
  readonly startsWithDelta: boolean;
}

const nested =
  ({ first, last, of, blocks, startsWithDelta }: Nesting) =>
  (events: readonly JSONValue[]): void => {
    const all = events.map(of);
    must(all[0]?.type === first, `it begins with ${all[0]?.type}`);
    const ends = all.slice(-last.length).map(({ type }) => type);
    must(ends.join() === last.join(), `it ends with ${ends.join()}`);
    let open = -1;
    let next = 0;
    for (const { type, index } of all.slice(1, -last.length)) {
      const role = blocks[type];
      must(role !== undefined || type === 'ping', `${type} within`);
      if (role === 'Start' || (role === 'Delta' && open < 0 && startsWithDelta)) {
        must(open < 0 && index === next, `${index} begins in ${open}`);
        open = index;
        next++;
      } else if (role !== undefined) {
        must(open === index, `${type} of ${index} in ${open}`);
        if (role === 'Stop') open = -1;
      }
    }
    must(open < 0, `${open} does not end`);
  };

/** A last chunk that tells why the answer ended, and nothing but usage after it. */
function checkChoices(events: readonly JSONValue[]): void {
  const choices = (events as { choices: JSONValue[] }[]).flatMap((event) => event.choices);
  must(
    choices.every(({ finish_reason }, i) => (typeof finish_reason === 'string') === (i === choices.length - 1)),
    'reasons',
  );
}

/** Texts of neighbours with the same key are one. */
class Texts {
  readonly #all: { key: string; kind: AnswerBlock['kind']; text: string }[] = [];
  add(key: string, kind: AnswerBlock['kind'], text: unknown): void {
    if (typeof text !== 'string') return;
    const same = this.#all.find((one) => one.key === key);
    if (same === undefined) this.#all.push({ key, kind, text });
    else same.text += text;
  }
  get all(): readonly AnswerText[] {
    return this.#all.filter(({ text }) => text !== '').map(({ kind, text }) => ({ kind, text }));
  }
}

function sse(named: boolean, ending = ''): Pick<AnswerForm, 'frame' | 'parse'> {
  return {
    frame: (events, values) =>
      Buffer.from(
        `: hello\n\n${events
          .map((data, i) => `${named ? `event: ${String(values[i]!['type'])}\n` : ''}data: ${data}\n\n`)
          .join('')}${ending}`,
      ),
    parse: (bytes) => {
      const text = bytes.toString();
      if (!text.endsWith('\n\n')) throw new Error('cut off');
      const events = text
        .slice(0, -2)
        .split('\n\n')
        .filter((one) => !one.startsWith(':'));
      if (ending !== '' && `${events.pop()}\n\n` !== ending) throw new Error('no end');
      return events.map((one) => {
        const match = /^(?:event: (.*)\n)?data: (.*)$/.exec(one);
        if (match === null) throw new Error(`odd event: ${one}`);
        const value = JSON.parse(match[2]!) as JSONValue;
        if (named && match[1] !== value['type']) throw new Error(`odd name: ${match[1]}`);
        return value;
      });
    },
  };
}

function awsFraming(isChunk: boolean): Pick<AnswerForm, 'frame' | 'parse'> {
  return {
    frame: (events, values) =>
      Buffer.concat(
        events.map((data, i) => {
          if (isChunk) {
            const bytes = Buffer.from(data).toString('base64');
            return awsEvent('chunk', { bytes, p: 'abcdefgh'.slice(i % 8) });
          }
          const [name = ''] = Object.keys(values[i]!);
          return awsEvent(name, (JSON.parse(data) as Record<string, object>)[name] ?? {});
        }),
      ),
    parse: (bytes) => {
      const events: JSONValue[] = [];
      for (let from = 0; from < bytes.length;) {
        const frame = bytes.subarray(from, from + bytes.readUInt32BE(from));
        const { name, payload } = awsFrame(frame);
        const value = JSON.parse(payload.toString()) as JSONValue;
        if (isChunk) events.push(JSON.parse(Buffer.from(String(value['bytes']), 'base64').toString()) as JSONValue);
        else events.push({ [name]: value });
        from += frame.length;
      }
      return events;
    },
  };
}

function awsFrame(frame: Buffer): { name: string; payload: Buffer } {
  const headersEnd = 12 + frame.readUInt32BE(4);
  const end = frame.length - 4;
  if (crc32(frame.subarray(0, 8)) !== frame.readUInt32BE(8)) throw new Error('wrong checksum of a prelude');
  if (crc32(frame.subarray(0, end)) !== frame.readUInt32BE(end)) throw new Error('wrong checksum of a frame');
  const header = frame.indexOf(':event-type');
  if (header < 0 || header > headersEnd || frame[header + 11] !== 7) throw new Error('a frame without a name');
  const start = header + 14;
  const name = frame.toString('latin1', start, start + frame.readUInt16BE(start - 2));
  return { name, payload: frame.subarray(headersEnd, end) };
}

const chatEvents = (
  blocks: readonly AnswerBlock[],
  chunk: (delta: JSONValue, finish?: string) => JSONValue,
): JSONValue[] => {
  let tool = -1;
  const events = [chunk({ role: 'assistant', content: '' })];
  for (const { kind, pieces } of blocks) {
    if (kind === 'tool') {
      tool += 1;
      const named = { index: tool, id: `call_${tool}`, type: 'function', function: { name: 'search', arguments: '' } };
      events.push(chunk({ tool_calls: [named] }));
    }
    for (const text of pieces) {
      if (kind === 'tool') events.push(chunk({ tool_calls: [{ index: tool, function: { arguments: text } }] }));
      else events.push(chunk(kind === 'text' ? { content: text } : { reasoning_content: text }));
    }
  }
  return [...events, chunk({}, 'stop')];
};

interface ChatChunk extends JSONValue {
  choices: {
    delta: {
      content?: string;
      reasoning_content?: string;
      tool_calls?: { index: number; function: { arguments: string } }[];
    };
  }[];
}

const CHAT: AnswerForm = {
  name: 'chat completions',
  hasBlocks: false,
  check: checkChoices,
  operation: operation('OpenAI', 'chat'),
  contentType: EVENTS,
  kinds: ['text', 'thinking', 'tool'],
  ...sse(false, 'data: [DONE]\n\n'),
  events: (blocks) => {
    const base = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'gpt-5' };
    const chunk = (delta: JSONValue, finish_reason: string | null = null): JSONValue => ({
      ...base,
      choices: [{ index: 0, delta, logprobs: null, finish_reason }],
      usage: null,
    });
    const usage = { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 };
    return [...chatEvents(blocks, chunk), { ...base, choices: [], usage }];
  },
  texts: (events) => {
    const texts = new Texts();
    for (const { choices } of events as ChatChunk[]) {
      for (const { delta } of choices) {
        texts.add('text', 'text', delta.content);
        texts.add('thinking', 'thinking', delta.reasoning_content);
        for (const call of delta.tool_calls ?? []) texts.add(`tool ${call.index}`, 'tool', call.function.arguments);
      }
    }
    return texts.all;
  },
};

const COMPLETION: AnswerForm = {
  name: 'completions',
  hasBlocks: false,
  check: checkChoices,
  operation: operation('OpenAI', 'text_completion'),
  contentType: EVENTS,
  kinds: ['text'],
  ...sse(false, 'data: [DONE]\n\n'),
  events: (blocks) => {
    const base = { id: 'cmpl-1', object: 'text_completion', created: 1, model: 'gpt-5' };
    const choice = (text: string, finish_reason: string | null): JSONValue => ({
      ...base,
      choices: [{ text, index: 0, logprobs: null, finish_reason }],
    });
    return [...blocks.flatMap(({ pieces }) => pieces.map((text) => choice(text, null))), choice('', 'stop')];
  },
  texts: (events) => {
    const texts = new Texts();
    for (const { choices } of events as { choices: { text: string }[] }[]) texts.add('text', 'text', choices[0]!.text);
    return texts.all;
  },
};

function anthropicEvents(blocks: readonly AnswerBlock[]): readonly JSONValue[] {
  const usage = { input_tokens: 12, output_tokens: 1 };
  const message = {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude',
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage,
  };
  const delta = { stop_reason: 'end_turn', stop_sequence: null };
  return [
    { type: 'message_start', message },
    { type: 'ping' },
    ...blocks.flatMap(({ kind, pieces }, index) => {
      const name = { text: 'text', thinking: 'thinking', tool: 'partial_json' }[kind];
      const type = { text: 'text_delta', thinking: 'thinking_delta', tool: 'input_json_delta' }[kind];
      const content_block = {
        text: { type: 'text', text: '' },
        thinking: { type: 'thinking', thinking: '', signature: '' },
        tool: { type: 'tool_use', id: `toolu_${index}`, name: 'search', input: {} },
      }[kind];
      return [
        { type: 'content_block_start', index, content_block },
        ...pieces.map((text) => ({ type: 'content_block_delta', index, delta: { type, [name]: text } })),
        { type: 'content_block_stop', index },
      ];
    }),
    { type: 'message_delta', delta, usage: { output_tokens: 9 } },
    { type: 'message_stop' },
  ];
}

function anthropicTexts(events: readonly JSONValue[]): readonly AnswerText[] {
  const texts = new Texts();
  for (const event of events as { type: string; index: number; delta?: Record<string, string> }[]) {
    if (event.type !== 'content_block_delta') continue;
    texts.add(`${event.index}`, 'text', event.delta?.['text']);
    texts.add(`${event.index}`, 'thinking', event.delta?.['thinking']);
    texts.add(`${event.index}`, 'tool', event.delta?.['partial_json']);
  }
  return texts.all;
}

const MESSAGES: AnswerForm = {
  name: 'messages',
  hasBlocks: true,
  check: nested({
    first: 'message_start',
    last: ['message_delta', 'message_stop'],
    of: (event) => event as unknown as { type: string; index: number },
    blocks: { content_block_start: 'Start', content_block_delta: 'Delta', content_block_stop: 'Stop' },
    startsWithDelta: false,
  }),
  operation: operation('Anthropic', 'chat'),
  contentType: EVENTS,
  kinds: ['text', 'thinking', 'tool'],
  ...sse(true),
  events: anthropicEvents,
  texts: anthropicTexts,
};

const INVOKE: AnswerForm = {
  ...MESSAGES,
  name: 'InvokeModel with Claude',
  operation: invoke('eu.anthropic.claude-sonnet-4-5'),
  contentType: AWS,
  ...awsFraming(true),
};

const LLAMA: AnswerForm = {
  name: 'InvokeModel with Llama',
  hasBlocks: false,
  check: (events) =>
    must(
      events.every(({ stop_reason }, i) => (stop_reason === null) === i < events.length - 1),
      'reasons',
    ),
  operation: invoke('meta.llama3'),
  contentType: AWS,
  kinds: ['text'],
  ...awsFraming(true),
  events: (blocks) => [
    ...blocks.flatMap(({ pieces }) => pieces.map((generation) => ({ generation, stop_reason: null }))),
    { generation: '', stop_reason: 'stop', 'amazon-bedrock-invocationMetrics': { inputTokenCount: 3 } },
  ],
  texts: (events) => {
    const texts = new Texts();
    for (const { generation } of events) texts.add('text', 'text', generation);
    return texts.all;
  },
};

const converseEvents = (blocks: readonly AnswerBlock[]): readonly JSONValue[] => [
  { messageStart: { role: 'assistant' } },
  ...blocks.flatMap(({ kind, pieces }, contentBlockIndex) => [
    ...(kind === 'tool'
      ? [{ contentBlockStart: { contentBlockIndex, start: { toolUse: { toolUseId: 'tooluse_1', name: 'search' } } } }]
      : []),
    ...pieces.map((text) => {
      const delta = { text: { text }, thinking: { reasoningContent: { text } }, tool: { toolUse: { input: text } } }[
        kind
      ];
      return { contentBlockDelta: { contentBlockIndex, delta, p: 'abc' } };
    }),
    { contentBlockStop: { contentBlockIndex } },
  ]),
  { messageStop: { stopReason: 'end_turn' } },
  { metadata: { usage: { inputTokens: 1, outputTokens: 2, totalTokens: 3 }, metrics: { latencyMs: 5 } } },
];

interface ConverseDelta {
  contentBlockDelta?: {
    contentBlockIndex: number;
    delta: { text?: string; reasoningContent?: { text: string }; toolUse?: { input: string } };
  };
}

function converseTexts(events: readonly JSONValue[]): readonly AnswerText[] {
  const texts = new Texts();
  for (const { contentBlockDelta: event } of events as readonly ConverseDelta[]) {
    if (event === undefined) continue;
    texts.add(`${event.contentBlockIndex}`, 'text', event.delta.text);
    texts.add(`${event.contentBlockIndex}`, 'thinking', event.delta.reasoningContent?.text);
    texts.add(`${event.contentBlockIndex}`, 'tool', event.delta.toolUse?.input);
  }
  return texts.all;
}

const CONVERSE: AnswerForm = {
  name: 'ConverseStream',
  hasBlocks: true,
  check: nested({
    first: 'messageStart',
    last: ['messageStop', 'metadata'],
    of: (event) => {
      const [type = '', body] = Object.entries(event)[0] ?? [];
      return { type, index: (body as { contentBlockIndex: number }).contentBlockIndex };
    },
    blocks: { contentBlockStart: 'Start', contentBlockDelta: 'Delta', contentBlockStop: 'Stop' },
    startsWithDelta: true,
  }),
  operation: operation('Bedrock', 'chat'),
  contentType: AWS,
  kinds: ['text', 'thinking', 'tool'],
  ...awsFraming(false),
  events: converseEvents,
  texts: converseTexts,
};

const NOVA: AnswerForm = {
  ...CONVERSE,
  name: 'InvokeModel with Nova',
  operation: invoke('amazon.nova-pro'),
  ...awsFraming(true),
};

interface GeminiChunk {
  candidates: { content?: { parts: { text?: string; thought?: boolean }[] } }[];
}

const GEMINI: AnswerForm = {
  name: 'streamGenerateContent',
  hasBlocks: false,
  check: (events) => {
    const candidates = (events as { candidates: JSONValue[] }[]).flatMap((event) => event.candidates);
    must(
      candidates.every(({ finishReason }, i) => (finishReason === undefined) === i < candidates.length - 1),
      'reasons',
    );
  },
  operation: operation('Google', 'generate_content'),
  contentType: EVENTS,
  kinds: ['text', 'thinking'],
  ...sse(false),
  events: (blocks) => {
    const parts = blocks.flatMap(({ kind, pieces }) =>
      pieces.map((text) => (kind === 'thinking' ? { text, thought: true } : { text })),
    );
    const usageMetadata = { promptTokenCount: 5, totalTokenCount: 9 };
    return [...parts, { text: '' }].map((part, i) => ({
      candidates: [
        { content: { parts: [part], role: 'model' }, ...(i === parts.length && { finishReason: 'STOP' }), index: 0 },
      ],
      usageMetadata,
      modelVersion: 'gemini-2.5-flash',
      responseId: 'r',
    }));
  },
  texts: (events) => {
    const texts = new Texts();
    for (const { candidates } of events as unknown as GeminiChunk[]) {
      for (const { text, thought } of candidates[0]?.content?.parts ?? []) {
        const kind = thought === true ? 'thinking' : 'text';
        texts.add(kind, kind, text);
      }
    }
    return texts.all;
  },
};

const GEMINI_ARRAY: AnswerForm = {
  ...GEMINI,
  name: 'streamGenerateContent as an array',
  operation: operation('Google', 'generate_content', true),
  contentType: 'application/json; charset=UTF-8',
  frame: (events) => Buffer.from(`[${events.join('\n,\r\n')}\n]\n`),
  parse: (bytes) => JSON.parse(bytes.toString()) as readonly JSONValue[],
};

function responseEvents(blocks: readonly AnswerBlock[]): readonly JSONValue[] {
  const response = {
    id: 'resp_1',
    object: 'response',
    status: 'in_progress',
    model: 'gpt-5',
    output: [] as JSONValue[],
  };
  const events: JSONValue[] = [{ type: 'response.created', response: { ...response, output: [] } }];
  for (const [output_index, { kind, pieces }] of blocks.entries()) {
    const text = pieces.join('');
    const place = { item_id: `item_${output_index}`, output_index };
    const inPart = { ...place, content_index: 0 };
    const inSummary = { ...place, summary_index: 0 };
    const id = place.item_id;
    const part = { type: 'output_text', annotations: [], text };
    const item = {
      text: { id, type: 'message', role: 'assistant', status: 'completed', content: [part] },
      thinking: { id, type: 'reasoning', summary: [{ type: 'summary_text', text }] },
      tool: { id, type: 'function_call', call_id: 'call_1', name: 'search', arguments: text, status: 'completed' },
    }[kind];
    const begun = {
      text: { ...item, content: [] },
      thinking: { ...item, summary: [] },
      tool: { ...item, arguments: '' },
    }[kind];
    events.push({ type: 'response.output_item.added', output_index, item: begun });
    if (kind === 'text') {
      events.push(
        { type: 'response.content_part.added', ...inPart, part: { ...part, text: '' } },
        ...pieces.map((delta) => ({
          type: 'response.output_text.delta',
          ...inPart,
          delta,
          logprobs: [],
          obfuscation: 'xyz',
        })),
        { type: 'response.output_text.done', ...inPart, text, logprobs: [] },
        { type: 'response.content_part.done', ...inPart, part },
      );
    } else if (kind === 'thinking') {
      const summary = { type: 'summary_text', text: '' };
      events.push(
        { type: 'response.reasoning_summary_part.added', ...inSummary, part: summary },
        ...pieces.map((delta) => ({ type: 'response.reasoning_summary_text.delta', ...inSummary, delta })),
        { type: 'response.reasoning_summary_text.done', ...inSummary, text },
        { type: 'response.reasoning_summary_part.done', ...inSummary, part: { ...summary, text } },
      );
    } else {
      events.push(...pieces.map((delta) => ({ type: 'response.function_call_arguments.delta', ...place, delta })), {
        type: 'response.function_call_arguments.done',
        ...place,
        arguments: text,
      });
    }
    events.push({ type: 'response.output_item.done', output_index, item });
    response.output.push(item);
  }
  events.push({ type: 'response.completed', response: { ...response, status: 'completed' } });
  return events.map((event, sequence_number) => ({ ...event, sequence_number }));
}

interface ResponseEvent extends JSONValue {
  type: string;
  item_id: string;
  delta?: string;
  sequence_number: number;
}

const RESPONSES: AnswerForm = {
  name: 'responses',
  hasBlocks: true,
  check: (events) => {
    const types = (events as ResponseEvent[]).map(({ type }) => type);
    must(types[0] === 'response.created', `it begins with ${types[0]}`);
    must(/^response\.(completed|incomplete)$/.test(types.at(-1) ?? ''), `it ends with ${types.at(-1)}`);
    const count = (name: string): number => types.filter((type) => type === name).length;
    for (const name of ['content_part', 'output_item']) {
      // A call of a tool that was blocked does not end.
      const open = count(`response.${name}.added`) - count(`response.${name}.done`);
      must(open === 0 || (open === 1 && name === 'output_item'), `${open} of ${name} do not end`);
    }
  },
  operation: operation('OpenAI', 'responses'),
  contentType: EVENTS,
  kinds: ['text', 'thinking', 'tool'],
  ...sse(true),
  events: responseEvents,
  texts: (events) => {
    const texts = new Texts();
    for (const [i, event] of (events as ResponseEvent[]).entries()) {
      if (event.sequence_number !== i) throw new Error(`event ${i} has the number ${event.sequence_number}`);
      const kind = event.type.includes('arguments') ? 'tool' : event.type.includes('reasoning') ? 'thinking' : 'text';
      texts.add(event.item_id, kind, event.delta);
    }
    return texts.all;
  },
};

export const ANSWER_FORMS: readonly AnswerForm[] = [
  CHAT,
  COMPLETION,
  RESPONSES,
  MESSAGES,
  GEMINI,
  GEMINI_ARRAY,
  CONVERSE,
  INVOKE,
  NOVA,
  LLAMA,
];
