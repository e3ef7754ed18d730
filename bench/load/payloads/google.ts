/** The Gemini API: generateContent, whole, as events, and as an array that grows. Each chunk tells the figures so far. */
import { answerText, chunked, lastChunk, question, type StreamCall, type WholeCall } from './wire.ts';

const MODEL = 'gemini-2.5-flash';
const PATH = `/v1beta/models/${MODEL}`;

const body = JSON.stringify({
  systemInstruction: { parts: [{ text: 'You are a helpful assistant.' }] },
  contents: [{ role: 'user', parts: [{ text: question }] }],
  generationConfig: { temperature: 0.2 },
});

function answer(text: string, tokens: number, finishReason?: string): object {
  return {
    candidates: [
      { content: { parts: [{ text }], role: 'model' }, ...(finishReason !== undefined && { finishReason }), index: 0 },
    ],
    usageMetadata: {
      promptTokenCount: 150,
      candidatesTokenCount: tokens,
      totalTokenCount: 150 + tokens,
      promptTokensDetails: [{ modality: 'TEXT', tokenCount: 150 }],
    },
    modelVersion: MODEL,
    responseId: 'mK8-abc123def456',
  };
}

/** `POST models/{model}:generateContent`. */
export const wholeContent: WholeCall = {
  name: 'Gemini generateContent',
  provider: 'google',
  path: `${PATH}:generateContent`,
  body,
  answer: JSON.stringify(answer(answerText(), 60, 'STOP')),
};

function event(document: object): Buffer {
  return chunked(`data: ${JSON.stringify(document)}\r\n\r\n`);
}

/** `POST models/{model}:streamGenerateContent?alt=sse`. */
export const eventStream: StreamCall = {
  name: 'Gemini events',
  provider: 'google',
  path: `${PATH}:streamGenerateContent?alt=sse`,
  body,
  contentType: 'text/event-stream',
  begin: event(answer('The', 1)),
  chunk: event(answer(' customer', 12)),
  tail: () => Buffer.concat([event(answer('.', 60, 'STOP')), lastChunk]),
};

function element(document: object, before: string): Buffer {
  return chunked(before + JSON.stringify(document, undefined, 2));
}

/** `POST models/{model}:streamGenerateContent`. */
export const arrayStream: StreamCall = {
  name: 'Gemini array',
  provider: 'google',
  path: `${PATH}:streamGenerateContent`,
  body,
  contentType: 'application/json; charset=UTF-8',
  begin: element(answer('The', 1), '['),
  chunk: element(answer(' customer', 12), ',\r\n'),
  tail: () => Buffer.concat([element(answer('.', 60, 'STOP'), ',\r\n'), chunked('\n]\n'), lastChunk]),
};
