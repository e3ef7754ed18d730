/**
 * The gateway's own failures in Anthropic's shape: `{"type":"error","error":{"type","message"},"request_id"}`.
 * Source: "Errors" of the Claude API reference.
 */
import { parseContentType } from '../shared/content-type.ts';
import type { Refusal, RefusalBody, UpstreamResponseHead } from '../wire.ts';

const TYPES: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  409: 'conflict_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
  529: 'overloaded_error',
};

function errorText({ status, message, requestId }: Refusal): string {
  const type = TYPES[status] ?? (status >= 500 ? 'api_error' : 'invalid_request_error');
  return JSON.stringify({ type: 'error', error: { type, message }, request_id: requestId });
}

/** A refusal before the answer has begun. The SDKs read the request's id from a header. */
export function refusal(refusal: Refusal): RefusalBody {
  return {
    contentType: 'application/json',
    headers: [['request-id', refusal.requestId]],
    body: Buffer.from(errorText(refusal)),
  };
}

/**
 * A failure after an event stream has begun. The first line feed ends a line that was cut; an event that was cut becomes
 * the error by its new name, for the SDKs would choke on its data otherwise.
 */
export function streamError(refusal: Refusal, response: UpstreamResponseHead): Buffer | undefined {
  if (parseContentType(response.header('content-type')).essence !== 'text/event-stream') return undefined;
  return Buffer.from(`\nevent: error\ndata: ${errorText(refusal)}\n\n`);
}
