/** OpenAI's API: chat completions, whole and streamed, and streamed responses. */
import { answerText, chunked, lastChunk, question, wholeBytes, type StreamCall, type WholeCall } from './wire.ts';

/** Body of a chat call, about 700 bytes, padded to `bytes` when that is more. */
export function chatBody(stream: boolean, bytes = 0): string {
  const body = (padding: string): string =>
    JSON.stringify({
      model: 'gpt-4o',
      messages: [
        { role: 'system', content: 'You are a helpful assistant.' },
        { role: 'user', content: question + padding },
      ],
      temperature: 0.2,
      ...(stream && { stream: true }),
    });
  return body('x'.repeat(Math.max(0, bytes - body('').length)));
}

const usage = {
  prompt_tokens: 150,
  completion_tokens: 60,
  total_tokens: 210,
  prompt_tokens_details: { cached_tokens: 64, audio_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0, accepted_prediction_tokens: 0 },
};

const base = {
  id: 'chatcmpl-0123456789abcdef',
  created: 1_767_225_600,
  model: 'gpt-4o-2024-08-06',
  service_tier: 'default',
};

function wholeBody(bytes?: number): string {
  const choice = {
    index: 0,
    message: { role: 'assistant', content: answerText(bytes), refusal: null },
    logprobs: null,
    finish_reason: 'stop',
  };
  return JSON.stringify({ ...base, object: 'chat.completion', choices: [choice], usage });
}

/** A whole answer, head and body, whose generated text has at least `bytes` bytes. */
export function wholeAnswer(bytes?: number): Buffer {
  return wholeBytes(wholeBody(bytes));
}

/** `POST chat/completions`, whole. */
export const wholeChat: WholeCall = {
  name: 'OpenAI chat',
  provider: 'bench',
  path: '/v1/chat/completions',
  body: chatBody(false),
  answer: wholeBody(),
};

function chatEvent(choices: object[], reported?: object): Buffer {
  const event = { ...base, object: 'chat.completion.chunk', choices, usage: reported ?? null };
  return chunked(`data: ${JSON.stringify(event)}\n\n`);
}

const choice = (delta: object, finish: string | null = null): object => ({
  index: 0,
  delta,
  logprobs: null,
  finish_reason: finish,
});

/** `POST chat/completions` with `stream`. */
export const chatStream: StreamCall = {
  name: 'OpenAI chat',
  provider: 'bench',
  path: '/v1/chat/completions',
  body: chatBody(true),
  contentType: 'text/event-stream; charset=utf-8',
  begin: chatEvent([choice({ role: 'assistant', content: '', refusal: null })]),
  chunk: chatEvent([choice({ content: ' customer' })]),
  tail: (withUsage) =>
    Buffer.concat([
      chatEvent([choice({}, 'stop')]),
      ...(withUsage ? [chatEvent([], usage)] : []),
      chunked('data: [DONE]\n\n'),
      lastChunk,
    ]),
};

function responseEvent(type: string, content: object): Buffer {
  return chunked(`event: ${type}\ndata: ${JSON.stringify({ type, ...content })}\n\n`);
}

const response = (status: string, reported: object | null): object => ({
  id: 'resp_0123456789abcdef',
  object: 'response',
  created_at: base.created,
  status,
  error: null,
  incomplete_details: null,
  instructions: null,
  model: base.model,
  output: [],
  parallel_tool_calls: true,
  store: true,
  tools: [],
  usage: reported,
});

/** `POST responses` with `stream`. */
export const responsesStream: StreamCall = {
  name: 'OpenAI Responses',
  provider: 'bench',
  path: '/v1/responses',
  body: JSON.stringify({ model: 'gpt-4o', input: question, temperature: 0.2, stream: true }),
  contentType: 'text/event-stream; charset=utf-8',
  begin: responseEvent('response.created', { sequence_number: 0, response: response('in_progress', null) }),
  chunk: responseEvent('response.output_text.delta', {
    sequence_number: 4,
    item_id: 'msg_0123456789abcdef',
    output_index: 0,
    content_index: 0,
    delta: ' customer',
    logprobs: [],
    obfuscation: 'k2Jx8aQ0pZ',
  }),
  tail: () => {
    const reported = {
      input_tokens: 150,
      input_tokens_details: { cached_tokens: 64 },
      output_tokens: 60,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 210,
    };
    const completed = { sequence_number: 5, response: response('completed', reported) };
    return Buffer.concat([responseEvent('response.completed', completed), lastChunk]);
  },
};
