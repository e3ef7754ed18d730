/** InvokeModel and its stream: what each family answers, in its own words. */
import type { Answer, BookedUsage, ReceivedRequest, Scenario } from '../types.ts';
import { blockOf } from '../anthropic/messages.ts';
import { type Block, blocksOf, callsTool, countPieces, jsonText, piecesOf, textOf } from '../said.ts';
import { commonHeaders, validation } from './errors.ts';
import { chunk } from './frames.ts';
import type { Family, Model } from './models.ts';
import { claudeUsage, converseUsage, countHeaders, countTokens, invocationMetrics } from './usage.ts';
import { streamAnswer } from './stream.ts';

/** How a family answers. */
interface Shape {
  /** A member that a request must have. */
  readonly required: string;
  whole(blocks: readonly Block[], usage: BookedUsage): object;
  /** Documents of a stream; the last gets Bedrock's figures. Undefined: the family does not stream. */
  stream?(blocks: readonly Block[], usage: BookedUsage): readonly object[];
  /** Index of the last document with a figure that is final. Default: the last. */
  readonly finalDocument?: (documents: number) => number;
  /** What a document before that one has told. Default: nothing. */
  partial?(document: number, usage: BookedUsage): BookedUsage | undefined;
  /** Bedrock's headers with figures come with it. */
  readonly countHeaders: boolean;
}

const claude: Shape = {
  required: 'anthropic_version',
  countHeaders: true,
  whole: (blocks, usage) => ({
    model: 'claude-sonnet-4-5-20250929',
    id: 'msg_bdrk_01XFDUDYJgAACzvnptvVoYEL',
    type: 'message',
    role: 'assistant',
    content: blocks.map((block) => blockOf(block).whole),
    stop_reason: callsTool(blocks) ? 'tool_use' : 'end_turn',
    stop_sequence: null,
    usage: claudeUsage(usage, usage.output),
  }),
  stream: (blocks, usage) => [
    {
      type: 'message_start',
      message: {
        model: 'claude-sonnet-4-5-20250929',
        id: 'msg_bdrk_01XFDUDYJgAACzvnptvVoYEL',
        type: 'message',
        role: 'assistant',
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: claudeUsage(usage, 1),
      },
    },
    ...blocks
      .map(blockOf)
      .flatMap(({ start, deltas }, index) => [
        { type: 'content_block_start', index, content_block: start },
        ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta })),
        { type: 'content_block_stop', index },
      ]),
    {
      type: 'message_delta',
      delta: { stop_reason: callsTool(blocks) ? 'tool_use' : 'end_turn', stop_sequence: null },
      usage: { output_tokens: usage.output },
    },
    { type: 'message_stop' },
  ],
  finalDocument: (documents) => documents - 2,
  partial: (document, usage) => (document === 0 ? { ...usage, output: 1 } : undefined),
};

const nova: Shape = {
  required: 'messages',
  countHeaders: true,
  whole: (blocks, usage) => ({
    output: { message: { content: [{ text: textOf(blocks) }], role: 'assistant' } },
    stopReason: 'end_turn',
    usage: novaUsage(usage),
  }),
  stream: (blocks, usage) => [
    { messageStart: { role: 'assistant' } },
    ...piecesOf(blocks).map((text) => ({ contentBlockDelta: { delta: { text }, contentBlockIndex: 0 } })),
    { contentBlockStop: { contentBlockIndex: 0 } },
    { messageStop: { stopReason: 'end_turn' } },
    { metadata: { usage: novaUsage(usage), metrics: {}, trace: {} } },
  ],
};

/** Nova's own names for what the cache served and took. */
function novaUsage(usage: BookedUsage): object {
  const { cacheReadInputTokens, cacheWriteInputTokens, cacheDetails, ...rest } = converseUsage(usage) as Record<
    string,
    unknown
  >;
  void cacheDetails;
  return {
    ...rest,
    cacheReadInputTokenCount: cacheReadInputTokens ?? 0,
    cacheWriteInputTokenCount: cacheWriteInputTokens ?? 0,
  };
}

const llama: Shape = {
  required: 'prompt',
  countHeaders: true,
  whole: (blocks, usage) => ({
    generation: textOf(blocks),
    prompt_token_count: usage.input,
    generation_token_count: usage.output,
    stop_reason: 'stop',
  }),
  stream: (blocks, usage) =>
    piecesOf(blocks).map((generation, index, { length }) => ({
      generation,
      prompt_token_count: index === 0 ? usage.input : null,
      generation_token_count: index === length - 1 ? usage.output : index + 1,
      stop_reason: index === length - 1 ? 'stop' : null,
    })),
  partial: (document, usage) => ({ ...usage, output: document + 1 }),
};

const titan: Shape = {
  required: 'inputText',
  countHeaders: true,
  whole: (blocks, usage) => ({
    inputTextTokenCount: usage.input,
    results: [{ tokenCount: usage.output, outputText: textOf(blocks), completionReason: 'FINISH' }],
  }),
  stream: (blocks, usage) =>
    piecesOf(blocks).map((outputText, index, { length }) => {
      const last = index === length - 1;
      return {
        outputText,
        index: 0,
        totalOutputTextTokenCount: last ? usage.output : null,
        completionReason: last ? 'FINISH' : null,
        inputTextTokenCount: index === 0 ? usage.input : null,
      };
    }),
  partial: (document, usage) => (document === 0 ? { ...usage, output: 0 } : undefined),
};

const titanEmbeddings: Shape = {
  required: 'inputText',
  countHeaders: true,
  whole: (_blocks, usage) => ({ embedding: [0, 0.125, 0.25], inputTextTokenCount: usage.input }),
};

const mistral: Shape = {
  required: 'prompt',
  countHeaders: true,
  whole: (blocks) => ({ outputs: [{ text: textOf(blocks), stop_reason: 'stop' }] }),
  stream: (blocks) =>
    piecesOf(blocks).map((text, index, { length }) => ({
      outputs: [{ text, stop_reason: index === length - 1 ? 'stop' : null }],
    })),
};

const cohere: Shape = {
  required: 'message',
  countHeaders: false,
  whole: (blocks, usage) => ({
    response_id: '8d2f1c5e',
    text: textOf(blocks),
    finish_reason: 'COMPLETE',
    meta: { api_version: { version: '1' }, billed_units: { input_tokens: usage.input, output_tokens: usage.output } },
  }),
  stream: (blocks) => [
    ...piecesOf(blocks).map((text) => ({ is_finished: false, event_type: 'text-generation', text })),
    { is_finished: true, event_type: 'stream-end', finish_reason: 'COMPLETE', response: { text: textOf(blocks) } },
  ],
};

const gptOSS: Shape = {
  required: 'messages',
  countHeaders: true,
  whole: (blocks, usage) => ({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1_767_225_600,
    model: 'openai.gpt-oss-20b-1:0',
    choices: [{ index: 0, message: { role: 'assistant', content: textOf(blocks) }, finish_reason: 'stop' }],
    usage: openAIUsage(usage),
  }),
  stream: (blocks, usage) => {
    const base = { id: 'chatcmpl-1', object: 'chat.completion.chunk', model: 'openai.gpt-oss-20b-1:0' };
    return [
      ...piecesOf(blocks).map((content) => ({
        ...base,
        choices: [{ index: 0, delta: { content }, finish_reason: null }],
      })),
      { ...base, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }], usage: openAIUsage(usage) },
    ];
  },
};

function openAIUsage(usage: BookedUsage): object {
  return { prompt_tokens: usage.input, completion_tokens: usage.output, total_tokens: usage.input + usage.output };
}

const SHAPES: Readonly<Record<Family, Shape>> = {
  Claude: claude,
  Nova: nova,
  Llama: llama,
  Titan: titan,
  TitanEmbeddings: titanEmbeddings,
  Mistral: mistral,
  Cohere: cohere,
  GPTOSS: gptOSS,
};

/** Answers `POST /model/{id}/invoke`. */
export function invoke(model: Model, request: ReceivedRequest, call: object, scenario: Scenario): Answer {
  const shape = SHAPES[model.family];
  if (!(shape.required in call)) return malformed(shape);
  const blocks = blocksOf(scenario);
  const output = model.family === 'TitanEmbeddings' ? 0 : countPieces([blocks]);
  const usage = countTokens(model, request.body.length, output, scenario);
  const body = shape.whole(blocks, usage) as Record<string, unknown>;
  if (scenario.withoutUsage) delete body['usage'];
  return {
    status: 200,
    headers: {
      'content-type': 'application/json',
      ...commonHeaders(),
      ...(shape.countHeaders && !scenario.withoutUsage && countHeaders(usage)),
    },
    frames: [Buffer.from(jsonText(body))],
    ...(!scenario.withoutUsage && { usage, usageFrame: 0 }),
  };
}

/** Answers `POST /model/{id}/invoke-with-response-stream`. */
export function invokeStream(model: Model, request: ReceivedRequest, call: object, scenario: Scenario): Answer {
  const shape = SHAPES[model.family];
  if (shape.stream === undefined) return validation('The model is unsupported for streaming.');
  if (!(shape.required in call)) return malformed(shape);
  const blocks = blocksOf(scenario);
  const usage = countTokens(model, request.body.length, countPieces([blocks]), scenario);
  const documents = [...shape.stream(blocks, usage)];
  const last = documents.at(-1);
  documents[documents.length - 1] = { ...last, 'amazon-bedrock-invocationMetrics': invocationMetrics(usage) };
  const frames = documents.map(chunk);
  const usageFrame = shape.finalDocument?.(frames.length) ?? frames.length - 1;
  const partial = new Map<number, BookedUsage>();
  for (let index = 0; index < usageFrame; index++) {
    const told = shape.partial?.(index, usage);
    if (told !== undefined) partial.set(index, told);
  }
  const headers = { 'x-amzn-bedrock-content-type': 'application/json' };
  return streamAnswer(frames, headers, usage, usageFrame, scenario, partial);
}

function malformed({ required }: Shape): Answer {
  return validation(
    `Malformed input request: #: required key [${required}] not found, please reformat your input and try again.`,
  );
}
