/** The texts of whole bodies: of requests, and of answers that are not streamed. */
import { mayBeAnother } from '../shared/another-request.ts';
import { isCompressed } from '../shared/body-scanner.ts';
import { normalisePath } from '../shared/call-path.ts';
import { isReadableAsJSON, parseContentType } from '../shared/content-type.ts';
import type { Operation, UpstreamRequestHead, UpstreamResponseHead } from '../wire.ts';
import { type BodyTexts, CALLS, type CallTexts } from './calls.ts';
import { readTexts } from './json/reader.ts';
import { familyOf } from './shapes/invoke.ts';
import { failure } from './shapes/openai-chat.ts';
import { signsReasoning } from './signing.ts';
import type { TextReading } from './types.ts';

/** What of a request's head has to be known. */
export type CallHead = Pick<UpstreamRequestHead, 'method' | 'path' | 'query' | 'header'>;

const REQUEST = 'the body';
const ANSWER = 'the answer';

const NO_TEXTS: TextReading = { kind: 'Texts', texts: [] };

const ANOTHER = 'says in a header or its query that it is another, which no guardrail can follow';

/** The texts of a request. */
export function requestTexts(operation: Operation, head: CallHead, body: Buffer): TextReading {
  // Its body may stand in its query.
  if (mayBeAnother(head)) return unreadable('the request', ANOTHER);
  if (body.length === 0) return NO_TEXTS;
  if (isCompressed(head)) return unreadable(REQUEST, 'is compressed, so that no guardrail can read it');
  const where = bodyTexts(operation, head, 'request');
  if (typeof where === 'string') return NO_TEXTS;
  if ('unreadable' in where) return unreadable(REQUEST, where.unreadable);
  // Bedrock takes every body for JSON.
  if (operation.api !== 'Bedrock' && !isReadableAsJSON(parseContentType(head.header('content-type'))))
    return unreadable(REQUEST, 'is not application/json in UTF-8, so that no guardrail can read it');
  return readTexts(body, where, REQUEST, { isSigned: signsReasoning(operation), undoesJSON: true });
}

/** Whether an answer tells a failure, and may tell with it what the model has said. */
export function isTellingFailure({ api, name }: Operation, response: UpstreamResponseHead): boolean {
  const isOfModel = api === 'OpenAI' && (name === 'chat' || name === 'text_completion' || name === 'responses');
  return response.status === 400 && isOfModel && isReadableAsJSON(parseContentType(response.header('content-type')));
}

/** The texts of an answer; `body` is decoded, if it was compressed. One that tells a failure holds few, and mostly none. */
export function answerTexts(
  operation: Operation,
  head: CallHead,
  response: UpstreamResponseHead,
  body: Buffer,
): TextReading {
  if (body.length === 0) return NO_TEXTS;
  if (response.status >= 300) return failureTexts(operation, response, body);
  const where = bodyTexts(operation, head, 'answer');
  if (typeof where === 'string') return NO_TEXTS;
  if ('unreadable' in where) return unreadable(ANSWER, where.unreadable);
  if (!isReadableAsJSON(parseContentType(response.header('content-type'))))
    return unreadable(ANSWER, 'is not JSON, so that no guardrail can read it');
  return readTexts(body, where, ANSWER, { isSigned: signsReasoning(operation), undoesJSON: true });
}

function failureTexts(operation: Operation, response: UpstreamResponseHead, body: Buffer): TextReading {
  const reading = isTellingFailure(operation, response) ? readTexts(body, failure, ANSWER) : NO_TEXTS;
  // What is no JSON is of somebody in between.
  return reading.kind === 'Texts' ? reading : NO_TEXTS;
}

/** What is known of the texts of an answer before it is there. An answer that tells a failure holds none. */
export type AnswerKind = 'None' | 'Texts' | { readonly unreadable: string };

export function answerKind(operation: Operation, head: CallHead): AnswerKind {
  const where = bodyTexts(operation, head, 'answer');
  if (typeof where === 'string') return where;
  return 'unreadable' in where ? { unreadable: `${ANSWER} ${where.unreadable}` } : 'Texts';
}

function unreadable(what: string, why: string): TextReading {
  return { kind: 'Unreadable', reason: `${what} ${why}` };
}

type Known = Exclude<BodyTexts, 'OfModel'>;

const UNKNOWN_CALL: Known = { unreadable: 'is that of a call which no guardrail knows' };
const UNKNOWN_MODEL: Known = {
  unreadable: 'is of a form that is the model’s own, and its id does not say which that is: call it by Converse',
};

function bodyTexts(operation: Operation, head: CallHead, side: 'request' | 'answer'): Known {
  if (mayBeAnother(head)) return UNKNOWN_CALL;
  const where = rowOf(operation, head)?.[side] ?? UNKNOWN_CALL;
  if (where !== 'OfModel') return where;
  return (operation.model.in === 'Head' ? familyOf(operation.model.model)?.[side] : undefined) ?? UNKNOWN_MODEL;
}

function rowOf({ api, name }: Operation, { method, path }: CallHead): CallTexts | undefined {
  const at = `${method} ${normalisePath(path)}`;
  return CALLS.find((row) => row.api === api && row.name === name && row.at?.test(at) !== false);
}
