/** Shapes that all calls share: JSON bodies, event streams, errors. */
import { randomBytes } from 'node:crypto';
import { jsonText } from '../said.ts';
import type { Answer } from '../types.ts';

/** A moment long ago, so that answers differ only where they must. */
export const created = 1_767_225_600;

/** An identifier as OpenAI makes them: a prefix and 24 characters. */
export function identifier(prefix: string): string {
  return `${prefix}${randomBytes(12).toString('hex')}`;
}

/** Headers that every answer of the provider carries. */
export function commonHeaders(): Record<string, string> {
  return {
    'openai-version': '2020-10-01',
    'openai-processing-ms': '12',
    'openai-organization': 'org-upstream',
    'x-request-id': identifier('req_'),
    'x-ratelimit-limit-requests': '10000',
    'x-ratelimit-remaining-requests': '9999',
    'x-ratelimit-reset-requests': '6ms',
  };
}

/** A whole JSON answer, laid out as the provider does it. */
export function json(body: object, status = 200, headers: Record<string, string> = {}): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json', ...commonHeaders(), ...headers },
    frames: [Buffer.from(`${jsonText(body, 2)}\n`)],
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

/** One server-sent event; `event` lines are used by the Responses API only. */
export function event(data: object | string, name?: string): Buffer {
  const text = typeof data === 'string' ? data : jsonText(data);
  return Buffer.from(`${name === undefined ? '' : `event: ${name}\n`}data: ${text}\n\n`);
}

/** An error in OpenAI's shape. */
export function failure(
  status: number,
  error: { message: string; type: string; code?: string; param?: string },
  headers: Record<string, string> = {},
): Answer {
  const { message, type, code = null, param = null } = error;
  return json({ error: { message, type, param, code } }, status, headers);
}

/** The provider's usual error for a status. */
export function errorAnswer(status: number): Answer {
  switch (status) {
    case 401:
      return failure(401, {
        message:
          'Incorrect API key provided. You can find your API key at https://platform.openai.com/account/api-keys.',
        type: 'invalid_request_error',
        code: 'invalid_api_key',
      });
    case 403:
      return failure(403, {
        message: 'Country, region, or territory not supported',
        type: 'request_forbidden',
        code: 'unsupported_country_region_territory',
      });
    case 404:
      return failure(404, {
        message: 'The model `none` does not exist or you do not have access to it.',
        type: 'invalid_request_error',
        code: 'model_not_found',
      });
    case 429:
      return failure(
        429,
        {
          message: 'Rate limit reached for gpt-4o in organization org-upstream on requests per min (RPM).',
          type: 'requests',
          code: 'rate_limit_exceeded',
        },
        { 'retry-after-ms': '5', 'retry-after': '1', 'x-ratelimit-remaining-requests': '0' },
      );
    case 503:
      return failure(503, {
        message: 'The engine is currently overloaded, please try again later',
        type: 'server_error',
        code: 'overloaded',
      });
    default:
      return failure(status, {
        message: 'The server had an error while processing your request. Sorry about that!',
        type: 'server_error',
      });
  }
}

/** What a stream ends with when the model fails in the middle: of chat, and of the Responses API. */
export const streamFailure = { message: 'The server had an error processing your request.', type: 'server_error' };
