/**
 * The gateway's own failures in Google's error shape (google.rpc.Status): `{"error":{"code","message","status"}}`, with
 * an ErrorInfo that carries the gateway's code.
 */
import { openAIWire } from '../openai/wire.ts';
import { parseContentType } from '../shared/content-type.ts';
import type { Operation, Refusal, RefusalBody, UpstreamResponseHead } from '../wire.ts';
import { isGoogle } from './classify.ts';

/** `status` by HTTP status: the names of google.rpc.Code. */
const STATUSES: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  405: 'UNIMPLEMENTED',
  408: 'DEADLINE_EXCEEDED',
  409: 'ABORTED',
  413: 'INVALID_ARGUMENT',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
  502: 'UNAVAILABLE',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
};

/** `ModelNotAllowed` → `MODEL_NOT_ALLOWED`: the reasons of an ErrorInfo are in capitals. */
function reason(code: string): string {
  return code.replace(/(?<=[a-z0-9])(?=[A-Z])/g, '_').toUpperCase();
}

function errorText({ status, code, message, requestId }: Refusal): string {
  const details = [
    {
      '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
      reason: reason(code),
      domain: 'tidegate.io',
      metadata: { requestId },
    },
  ];
  const name = STATUSES[status] ?? (status >= 500 ? 'INTERNAL' : 'INVALID_ARGUMENT');
  return JSON.stringify({ error: { code: status, message, status: name, details } });
}

/** A refusal before the answer has begun: an object, or as Google does it for a stream in an array, that in an array. */
export function refusal(refusal: Refusal, operation: Operation | undefined): RefusalBody {
  if (operation !== undefined && !isGoogle(operation)) return openAIWire.refusal(refusal, operation);
  const text = errorText(refusal);
  return {
    contentType: 'application/json; charset=UTF-8',
    body: Buffer.from(operation?.answersArray === true ? `[${text}]` : text),
  };
}

/**
 * A failure after a stream has begun. In an event stream the empty line first ends an event that was cut; an array is
 * closed, so that it is whole JSON if the break was between two of its elements.
 */
export function streamError(
  refusal: Refusal,
  operation: Operation,
  response: UpstreamResponseHead,
  bodyBegun = true,
): Buffer | undefined {
  if (!isGoogle(operation)) return openAIWire.streamError(refusal, operation, response);
  const text = errorText(refusal);
  if (parseContentType(response.header('content-type')).essence === 'text/event-stream') {
    return Buffer.from(`\n\ndata: ${text}\n\n`);
  }
  if (!operation.answersArray) return undefined;
  return Buffer.from(bodyBegun ? `,\n${text}\n]` : `[${text}]`);
}
