/**
 * The gateway's own failures as Bedrock's: `{"message"}` with the exception's name in a header, or a frame of the event
 * stream. Names are those of the SDKs' models, so that each raises its own typed error.
 */
import { parseContentType } from '../shared/content-type.ts';
import type { Refusal, RefusalBody, UpstreamResponseHead } from '../wire.ts';
import { EVENT_STREAM } from './frame-reader.ts';
import { frame } from './frame-writer.ts';

/** Exceptions by status. Nobody's credential but the caller's is meant by 401, which AWS does not use. */
const EXCEPTIONS: Readonly<Record<number, string>> = {
  401: 'AccessDeniedException',
  403: 'AccessDeniedException',
  404: 'ResourceNotFoundException',
  408: 'ModelTimeoutException',
  429: 'ThrottlingException',
  500: 'InternalServerException',
  502: 'ServiceUnavailableException',
  503: 'ServiceUnavailableException',
  504: 'ModelTimeoutException',
};

function messageOf(refusal: Refusal): Buffer {
  return Buffer.from(JSON.stringify({ message: refusal.message }));
}

/** A refusal before the answer has begun. */
export function refusal(refusal: Refusal): RefusalBody {
  const name = EXCEPTIONS[refusal.status] ?? 'ValidationException';
  return { contentType: 'application/json', headers: [['x-amzn-errortype', name]], body: messageOf(refusal) };
}

/** Exceptions that both streams, of InvokeModel and of Converse, know. */
function streamException(status: number): string {
  if (status === 503) return 'serviceUnavailableException';
  return status === 500 ? 'internalServerException' : 'modelStreamErrorException';
}

/** A failure after a stream has begun, to be told between two frames. */
export function streamError(refusal: Refusal, response: UpstreamResponseHead): Buffer | undefined {
  if (parseContentType(response.header('content-type')).essence !== EVENT_STREAM) return undefined;
  const headers = {
    ':exception-type': streamException(refusal.status),
    ':content-type': 'application/json',
    ':message-type': 'exception',
  };
  return frame(headers, messageOf(refusal));
}
