/** Bedrock's runtime API: Converse, whole and streamed, and Claude through InvokeModelWithResponseStream. */
import { event as frame, chunk as wrapped } from '../../../test/upstreams/bedrock/frames.ts';
import { documents } from './anthropic.ts';
import { answerText, chunked, lastChunk, question, type StreamCall, type WholeCall } from './wire.ts';

const NOVA = '/model/us.amazon.nova-lite-v1%3A0';
const CLAUDE = '/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0';
const EVENT_STREAM = 'application/vnd.amazon.eventstream';

const body = JSON.stringify({
  system: [{ text: 'You are a helpful assistant.' }],
  messages: [{ role: 'user', content: [{ text: question }] }],
  inferenceConfig: { temperature: 0.2 },
});

const usage = { inputTokens: 150, outputTokens: 60, totalTokens: 210, cacheReadInputTokens: 64 };

/** `POST model/{id}/converse`. */
export const wholeConverse: WholeCall = {
  name: 'Bedrock Converse',
  provider: 'bedrock',
  path: `${NOVA}/converse`,
  body,
  answer: JSON.stringify({
    metrics: { latencyMs: 712 },
    output: { message: { content: [{ text: answerText() }], role: 'assistant' } },
    stopReason: 'end_turn',
    usage,
  }),
};

function event(type: string, content: object): Buffer {
  return chunked(frame(type, content));
}

/** `POST model/{id}/converse-stream`. */
export const converseStream: StreamCall = {
  name: 'Bedrock ConverseStream',
  provider: 'bedrock',
  path: `${NOVA}/converse-stream`,
  body,
  contentType: EVENT_STREAM,
  begin: event('messageStart', { p: 'abcdefgh', role: 'assistant' }),
  chunk: event('contentBlockDelta', {
    contentBlockIndex: 0,
    delta: { text: ' customer' },
    p: 'abcdefghijklmnopqrstuvwxyzABCDEFGH',
  }),
  tail: () =>
    Buffer.concat([
      event('contentBlockStop', { contentBlockIndex: 0, p: 'ab' }),
      event('messageStop', { p: 'abcdefghijkl', stopReason: 'end_turn' }),
      event('metadata', { metrics: { latencyMs: 712 }, p: 'abc', usage }),
      lastChunk,
    ]),
};

const metrics = {
  inputTokenCount: 150,
  outputTokenCount: 60,
  invocationLatency: 712,
  firstByteLatency: 212,
  cacheReadInputTokenCount: 64,
};

/** `POST model/{id}/invoke-with-response-stream`: each chunk is base64 in JSON in a frame. */
export const invokeStream: StreamCall = {
  name: 'Bedrock InvokeModel stream',
  provider: 'bedrock',
  path: `${CLAUDE}/invoke-with-response-stream`,
  body: JSON.stringify({
    anthropic_version: 'bedrock-2023-05-31',
    max_tokens: 1024,
    system: 'You are a helpful assistant.',
    messages: [{ role: 'user', content: question }],
  }),
  contentType: EVENT_STREAM,
  begin: Buffer.concat(documents.begin.map((document, index) => chunked(wrapped(document, index)))),
  chunk: chunked(wrapped(documents.chunk, 2)),
  tail: () => {
    const last = documents.tail.map((document) =>
      document.type === 'message_stop' ? { ...document, 'amazon-bedrock-invocationMetrics': metrics } : document,
    );
    return Buffer.concat([...last.map((document, index) => chunked(wrapped(document, index))), lastChunk]);
  },
};
