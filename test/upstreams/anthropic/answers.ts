/** Shapes that all calls share: JSON bodies, event streams, errors. */
import { randomBytes } from 'node:crypto';
import { jsonText } from '../said.ts';
import type { Answer } from '../types.ts';

/** An identifier as Anthropic makes them: a prefix and 24 characters. */
export function identifier(prefix: string): string {
  return `${prefix}_01${randomBytes(11).toString('hex')}`;
}

/** Headers that every answer of the provider carries. */
export function commonHeaders(): Record<string, string> {
  return {
    'request-id': identifier('req'),
    'anthropic-organization-id': '00000000-0000-4000-8000-000000000001',
    'anthropic-ratelimit-requests-limit': '4000',
    'anthropic-ratelimit-requests-remaining': '3999',
    'anthropic-ratelimit-requests-reset': '2026-01-01T00:00:00Z',
    'strict-transport-security': 'max-age=31536000; includeSubDomains; preload',
  };
}

/** A whole JSON answer. */
export function json(body: object, status = 200, headers: Record<string, string> = {}): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json', ...commonHeaders(), ...headers },
    frames: [Buffer.from(jsonText(body))],
  };
}

/** An event stream of these frames. */
export function stream(frames: readonly Buffer[]): Answer {
  return {
    status: 200,
    headers: { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache', ...commonHeaders() },
    frames,
  };
}

/** One server-sent event, named by its `type`. */
export function event(type: string, fields: object = {}): Buffer {
  return Buffer.from(`event: ${type}\ndata: ${jsonText({ type, ...fields })}\n\n`);
}

/** Types and messages by status, in the words of the API. */
const ERRORS: Readonly<Record<number, readonly [type: string, message: string]>> = {
  400: ['invalid_request_error', 'messages: Field required'],
  401: ['authentication_error', 'invalid x-api-key'],
  402: ['billing_error', 'Your credit balance is too low to access the Anthropic API.'],
  403: ['permission_error', 'Your API key does not have permission to use the specified resource.'],
  404: ['not_found_error', 'model: none'],
  413: ['request_too_large', 'Request exceeds the maximum size'],
  429: ['rate_limit_error', "This request would exceed your organization's rate limit."],
  504: ['timeout_error', 'The request timed out.'],
  529: ['overloaded_error', 'Overloaded'],
};

/** Headers by status. */
const ERROR_HEADERS: Readonly<Record<number, Record<string, string>>> = {
  429: {
    'retry-after': '1',
    'retry-after-ms': '5',
    'x-should-retry': 'true',
    'anthropic-ratelimit-unified-status': 'rejected',
    'anthropic-ratelimit-unified-reset': '1767225600',
  },
  529: { 'x-should-retry': 'true', 'retry-after-ms': '5' },
};

/** The object of an error, which is a body or an event. */
export function errorObject(status: number, message?: string): object {
  const [type, usual] = ERRORS[status] ?? ['api_error', 'Internal server error'];
  return { type: 'error', error: { type, message: message ?? usual }, request_id: identifier('req') };
}

/** The provider's error for a status. */
export function errorAnswer(status: number, message?: string): Answer {
  return json(errorObject(status, message), status, ERROR_HEADERS[status] ?? { 'x-should-retry': 'false' });
}
