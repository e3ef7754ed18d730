import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { presumedAPI, presumedRefusal } from './presumed-shape.ts';
import type { PresumedRequest } from './presumed-shape.ts';

const request = (method: string, target: string, ...rawHeaders: string[]): PresumedRequest => {
  const [path = '', query = ''] = target.split('?');
  return {
    head: { method, path, query, hasBody: method === 'POST', header: () => undefined },
    rawHeaders,
    hasKeyParameter: false,
  };
};

describe('the API that a request seems to speak', () => {
  test.each([
    ['OpenAI', 'POST', '/chat/completions'],
    ['OpenAI', 'POST', '/v1/responses'],
    ['OpenAI', 'GET', '/v1/realtime?model=gpt-realtime'],
    ['OpenAI', 'POST', '/openai/deployments/gpt-4o/chat/completions?api-version=1'],
    ['OpenAI', 'POST', '/v1beta/openai/chat/completions'],
    ['OpenAI', 'GET', '/v1/models/ft:gpt-4o:acme::Abc'],
    ['OpenAI', 'GET', '/models'],
    ['OpenAI', 'GET', ''],
    ['Anthropic', 'POST', '/v1/messages?beta=true'],
    ['Anthropic', 'POST', '/messages/batches'],
    ['Anthropic', 'POST', '/anthropic/v1/messages'],
    ['Google', 'POST', '/v1beta/models/gemini-3-pro:generateContent'],
    ['Google', 'POST', '/v1/models/gemini-3-pro:countTokens'],
    ['Google', 'GET', '/v1beta/models'],
    ['Google', 'POST', '/upload/v1beta/files'],
    ['Bedrock', 'POST', '/model/us.amazon.nova-pro-v1%3A0/converse'],
    ['Bedrock', 'GET', '/inference-profiles?type=SYSTEM_DEFINED'],
    ['Bedrock', 'POST', '/guardrail/g/version/1/apply'],
  ])('%s: %s %s', (api, method, target) => {
    expect(presumedAPI(request(method, target))).toBe(api);
  });

  test.each([
    ['Anthropic', 'anthropic-version', '2023-06-01'],
    ['Anthropic', 'Anthropic-Beta', 'files-api-2025-04-14'],
    ['Google', 'X-Goog-Api-Key', 'k'],
    ['Google', 'x-goog-api-client', 'google-genai-sdk/3'],
    ['Bedrock', 'X-Amz-Date', '20261121T000000Z'],
    ['Bedrock', 'amz-sdk-invocation-id', 'i'],
  ])('%s: GET /v1/models with %s', (api, name, value) => {
    expect(presumedAPI(request('GET', '/v1/models', 'accept', '*/*', name, value))).toBe(api);
  });

  test('is Google’s when the credential is in ?key=', () => {
    expect(presumedAPI({ ...request('GET', '/v1/models'), hasKeyParameter: true })).toBe('Google');
  });

  test('is told by the path before the headers', () => {
    expect(presumedAPI(request('POST', '/v1/messages', 'x-goog-api-key', 'k'))).toBe('Anthropic');
  });
});

const refusal = { status: 401, code: 'Unauthenticated', message: 'Who are you?', requestId: 'r' };
const body = (target: string): unknown =>
  JSON.parse(presumedRefusal(refusal, request('POST', target)).body.toString()) as unknown;

test('a stream of Google’s that is an array gets its error in one, an event stream does not', () => {
  const path = '/v1beta/models/gemini-3-pro:streamGenerateContent';
  expect(body(path)).toMatchObject([{ error: { status: 'UNAUTHENTICATED' } }]);
  expect(body(`${path}?alt=sse`)).toMatchObject({ error: { status: 'UNAUTHENTICATED' } });
});

test('whatever is asked for, the answer is JSON with the message', () => {
  const piece = fc.constantFrom(
    '/',
    'v1',
    'v1beta',
    'openai',
    'model',
    'messages',
    ':x',
    '%2F',
    '?alt=sse',
    'anthropic',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      expect(JSON.stringify(body(`/${pieces.join('')}`))).toContain('Who are you?');
    }),
  );
});
