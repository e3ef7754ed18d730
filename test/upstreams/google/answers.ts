/** Shapes that all calls share: pretty-printed JSON, streams in both forms, errors. */
import { jsonText } from '../said.ts';
import type { Answer } from '../types.ts';

/** Headers that every answer of the provider carries. */
export const commonHeaders: Readonly<Record<string, string>> = {
  vary: 'Origin, X-Origin, Referer',
  server: 'scaffolding on HTTPServer2',
  'x-content-type-options': 'nosniff',
  'x-gemini-service-tier': 'standard',
};

const JSON_TYPE = 'application/json; charset=UTF-8';

const pretty = (value: object): string => jsonText(value, 2);

/** A whole JSON answer, laid out as the provider does it. */
export function json(body: object, status = 200, headers: Record<string, string> = {}): Answer {
  return {
    status,
    headers: { 'content-type': JSON_TYPE, ...commonHeaders, ...headers },
    frames: [Buffer.from(`${pretty(body)}\n`)],
  };
}

/** A stream of these documents: events with `alt=sse`, else one JSON array in pieces. */
export function stream(documents: readonly object[], events: boolean): Answer {
  if (events) {
    return {
      status: 200,
      headers: { 'content-type': 'text/event-stream', 'content-disposition': 'attachment', ...commonHeaders },
      frames: documents.map((document) => Buffer.from(`data: ${jsonText(document)}\r\n\r\n`)),
    };
  }
  const elements = documents.map((document, index) => Buffer.from(`${index === 0 ? '[' : ',\r\n'}${pretty(document)}`));
  return {
    status: 200,
    headers: { 'content-type': JSON_TYPE, ...commonHeaders },
    frames: [...elements, Buffer.from(documents.length === 0 ? '[]' : '\n]\n')],
  };
}

/** Status names by HTTP status, with what the provider says. */
const ERRORS: Readonly<Record<number, readonly [status: string, message: string, details?: readonly object[]]>> = {
  400: ['INVALID_ARGUMENT', 'Request contains an invalid argument.'],
  401: ['UNAUTHENTICATED', 'Request had invalid authentication credentials.'],
  403: ['PERMISSION_DENIED', 'The caller does not have permission'],
  404: ['NOT_FOUND', 'Requested entity was not found.'],
  429: [
    'RESOURCE_EXHAUSTED',
    'You exceeded your current quota, please check your plan and billing details.',
    [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '36s' }],
  ],
  500: ['INTERNAL', 'An internal error has occurred.'],
  503: ['UNAVAILABLE', 'The model is overloaded. Please try again later.'],
  504: ['DEADLINE_EXCEEDED', 'Deadline expired before operation could complete.'],
};

/** An error in Google's shape. */
export function errorObject(code: number, text?: string, details?: readonly object[]): object {
  const [status, message, usual] = ERRORS[code] ?? ['UNKNOWN', 'Unknown error.'];
  const more = details ?? usual;
  return { error: { code, message: text ?? message, status, ...(more !== undefined && { details: more }) } };
}

/** An answer with an error in Google's shape. */
export function failure(code: number, message?: string, details?: readonly object[]): Answer {
  return json(errorObject(code, message, details), code);
}

/** What Google says to a key that it does not know. */
export function invalidKey(): Answer {
  return failure(400, 'API key not valid. Please pass a valid API key.', [
    {
      '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
      reason: 'API_KEY_INVALID',
      domain: 'googleapis.com',
      metadata: { service: 'generativelanguage.googleapis.com' },
    },
  ]);
}
