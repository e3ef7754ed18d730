/** Bedrock's errors: `{"message"}` with the exception's name in a header. */
import { randomUUID } from 'node:crypto';
import type { Answer } from '../types.ts';

/** Headers that every answer carries. */
export function commonHeaders(): Record<string, string> {
  return { 'x-amzn-requestid': randomUUID() };
}

export function failure(status: number, type: string, message: string, more: object = {}): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json', 'x-amzn-errortype': type, ...commonHeaders() },
    frames: [Buffer.from(JSON.stringify({ message, ...more }))],
  };
}

export function validation(message: string): Answer {
  return failure(400, 'ValidationException:http://internal.amazon.com/coral/com.amazon.bedrock/', message);
}

/** The usual error of a status. */
export function errorAnswer(status: number): Answer {
  switch (status) {
    case 400:
      return validation('The provided model identifier is invalid.');
    case 403:
      return failure(403, 'AccessDeniedException', "You don't have access to the model with the specified model ID.");
    case 404:
      return failure(
        404,
        'ResourceNotFoundException',
        'This model version has reached the end of its life. Please refer to the AWS documentation for more details.',
      );
    case 408:
      return failure(408, 'ModelTimeoutException', 'The request took too long to process.');
    case 424:
      return failure(424, 'ModelErrorException', 'The model returned an error.', {
        originalStatusCode: 500,
        resourceName: 'model',
      });
    case 429:
      return failure(429, 'ThrottlingException', 'Too many requests, please wait before trying again.');
    case 503:
      return failure(503, 'ServiceUnavailableException', 'Bedrock is unable to process your request.');
    default:
      return failure(status, 'InternalServerException', 'The system encountered an unexpected error.');
  }
}
