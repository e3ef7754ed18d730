/** Anthropic's Messages API, whole and streamed. */
import { answerText, chunked, lastChunk, question, type StreamCall, type WholeCall } from './wire.ts';

const MODEL = 'claude-sonnet-4-5-20250929';

function requestBody(stream: boolean): string {
  return JSON.stringify({
    model: MODEL,
    max_tokens: 1024,
    system: 'You are a helpful assistant.',
    messages: [{ role: 'user', content: question }],
    ...(stream && { stream: true }),
  });
}

const usage = {
  input_tokens: 150,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 64,
  cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
  output_tokens: 60,
  service_tier: 'standard',
};

const message = { id: 'msg_0123456789abcdef', type: 'message', role: 'assistant', model: MODEL };

/** `POST messages`, whole. */
export const wholeMessage: WholeCall = {
  name: 'Anthropic messages',
  provider: 'anthropic',
  path: '/v1/messages',
  body: requestBody(false),
  answer: JSON.stringify({
    ...message,
    content: [{ type: 'text', text: answerText() }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage,
  }),
};

/** The documents of a stream, which Bedrock carries in a wrapping of its own. */
export const documents = {
  begin: [
    {
      type: 'message_start',
      message: {
        ...message,
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: { ...usage, output_tokens: 1 },
      },
    },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  ],
  chunk: { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: ' customer' } },
  tail: [
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 60 } },
    { type: 'message_stop' },
  ],
} as const;

function event(document: { readonly type: string }): Buffer {
  return chunked(`event: ${document.type}\ndata: ${JSON.stringify(document)}\n\n`);
}

/** `POST messages` with `stream`. */
export const messagesStream: StreamCall = {
  name: 'Anthropic messages',
  provider: 'anthropic',
  path: '/v1/messages',
  body: requestBody(true),
  contentType: 'text/event-stream; charset=utf-8',
  begin: Buffer.concat(documents.begin.map(event)),
  chunk: event(documents.chunk),
  tail: () => Buffer.concat([...documents.tail.map(event), lastChunk]),
};
