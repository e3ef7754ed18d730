import { describe, expect, test } from '@jest/globals';
import { withContinuations } from './continuations.ts';

const path = '/upload/v1beta/files';
const target = `/llm/v1/providers/gemini${path}?uploadType=resumable`;
const continuations = [{ header: 'x-goog-upload-url', path: `${path}?upload_id=1` }];

function continued(headers: Record<string, string>, publicURL?: string): string[] {
  const answer = ['content-type', 'text/plain', 'x-goog-upload-url', 'https://upstream.example/upload/v1beta/files'];
  return withContinuations(answer, continuations, { target, path, publicURL, header: (name) => headers[name] });
}

describe('where an answer sends its client next', () => {
  test.each([
    [{ host: 'gateway.example:8080' }, undefined, 'http://gateway.example:8080'],
    [{ host: 'gateway.example', 'x-forwarded-proto': 'https' }, undefined, 'https://gateway.example'],
    [{ host: 'pod:8080' }, 'https://ai.example/gateway', 'https://ai.example/gateway'],
    [{}, undefined, 'https://upstream.example'],
  ])('is the gateway: %j, public URL %s', (headers, publicURL, base) => {
    expect(continued(headers, publicURL)).toEqual([
      'content-type',
      'text/plain',
      'x-goog-upload-url',
      `${base}/llm/v1/providers/gemini/upload/v1beta/files?upload_id=1`,
    ]);
  });

  test('is a path when neither the gateway nor the upstream says its host', () => {
    const answer = ['x-goog-upload-url', `${path}?upload_id=1`];
    const client = { target, path, publicURL: undefined, header: () => undefined };
    expect(withContinuations(answer, continuations, client)).toEqual([
      'x-goog-upload-url',
      '/llm/v1/providers/gemini/upload/v1beta/files?upload_id=1',
    ]);
  });
});
