/** The gateway's own failures in the OpenAI error shape: `{"error":{"message","type","param","code"}}`. */
import type { Operation, Refusal, RefusalBody, UpstreamResponseHead } from '../wire.ts';
import { parseContentType } from '../shared/content-type.ts';

/** `type` by status, in the words of the API; the SDKs make their error classes from the status alone. */
const TYPES: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  429: 'rate_limit_error',
};

/** `ModelNotAllowed` → `model_not_allowed`: the API's codes are snake case. */
function snakeCase(code: string): string {
  return code.replace(/(?<=[a-z0-9])(?=[A-Z])/g, '_').toLowerCase();
}

interface ErrorObject {
  readonly message: string;
  readonly type: string;
  readonly param: null;
  readonly code: string;
}

function errorObject(refusal: Refusal): ErrorObject {
  const fallback = refusal.status >= 500 ? 'server_error' : 'invalid_request_error';
  return {
    message: refusal.message,
    type: TYPES[refusal.status] ?? fallback,
    param: null,
    code: snakeCase(refusal.code),
  };
}

/** A refusal before the answer has begun. */
export function refusal(refusal: Refusal): RefusalBody {
  return { contentType: 'application/json', body: Buffer.from(JSON.stringify({ error: errorObject(refusal) })) };
}

/**
 * A failure after an event stream has begun. The empty line first ends an event that was cut. In the Responses API an
 * error is an event of its own; the SDKs raise an exception for it only when it has a member `error`, as chat's has.
 */
export function streamError(
  refusal: Refusal,
  operation: Operation,
  response: UpstreamResponseHead,
): Buffer | undefined {
  if (parseContentType(response.header('content-type')).essence !== 'text/event-stream') return undefined;
  const error = errorObject(refusal);
  if (operation.name !== 'responses') return Buffer.from(`\n\ndata: ${JSON.stringify({ error })}\n\n`);
  const { code, message, param } = error;
  const event = { type: 'error', code, message, param, sequence_number: 0, error };
  return Buffer.from(`\n\nevent: error\ndata: ${JSON.stringify(event)}\n\n`);
}
