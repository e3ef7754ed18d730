/** Bytes of a typical call: what an SDK sends and what a provider answers. */

/** Headers as the openai SDK for Node sends them. */
export const sdkHeaders = [
  'accept: application/json',
  'content-type: application/json',
  'user-agent: OpenAI/JS 6.49.0',
  'x-stainless-retry-count: 0',
  'x-stainless-timeout: 600',
  'x-stainless-lang: js',
  'x-stainless-package-version: 6.49.0',
  'x-stainless-os: Linux',
  'x-stainless-arch: x64',
  'x-stainless-runtime: node',
  'x-stainless-runtime-version: v24.21.0',
  'accept-language: *',
  'sec-fetch-mode: cors',
].join('\r\n');

const question = 'Summarise the following ticket for the team in two sentences. '.repeat(8);

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

const providerHeaders = [
  'date: Sat, 21 Nov 2026 09:00:00 GMT',
  'openai-organization: org-bench',
  'openai-processing-ms: 12',
  'openai-version: 2020-10-01',
  'x-request-id: req_0123456789abcdef0123456789abcdef',
  'x-ratelimit-limit-requests: 10000',
  'x-ratelimit-limit-tokens: 2000000',
  'x-ratelimit-remaining-requests: 9999',
  'x-ratelimit-remaining-tokens: 1999990',
  'strict-transport-security: max-age=31536000; includeSubDomains; preload',
  'x-content-type-options: nosniff',
].join('\r\n');

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

/** A whole answer, head and body, whose generated text has at least `bytes` bytes. */
export function wholeAnswer(bytes = 300): Buffer {
  const content = 'The customer cannot log in since Tuesday. '.repeat(Math.ceil(bytes / 42));
  const choice = {
    index: 0,
    message: { role: 'assistant', content, refusal: null },
    logprobs: null,
    finish_reason: 'stop',
  };
  const body = JSON.stringify({ ...base, object: 'chat.completion', choices: [choice], usage });
  return Buffer.from(
    `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n${providerHeaders}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

/** Head of a streamed answer. */
export const streamHead = Buffer.from(
  `HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\n${providerHeaders}\r\ntransfer-encoding: chunked\r\n\r\n`,
);

function chunked(text: string): Buffer {
  return Buffer.from(`${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`);
}

function streamEvent(choices: object[], reported?: object): string {
  return `data: ${JSON.stringify({ ...base, object: 'chat.completion.chunk', choices, usage: reported ?? null })}\n\n`;
}

/** One content event of a stream, in its own transfer chunk. */
export const contentChunk = chunked(
  streamEvent([{ index: 0, delta: { content: ' token' }, logprobs: null, finish_reason: null }]),
);

/** The end of a stream, with or without the usage event that was asked for. */
export function streamTail(withUsage: boolean): Buffer {
  return Buffer.concat([
    chunked(streamEvent([{ index: 0, delta: {}, logprobs: null, finish_reason: 'stop' }])),
    ...(withUsage ? [chunked(streamEvent([], usage))] : []),
    chunked('data: [DONE]\n\n'),
    Buffer.from('0\r\n\r\n'),
  ]);
}
