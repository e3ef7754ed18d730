/** The shape of refusals is that of the API whose path is called, also before the caller is known. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { post } from '../../test/support/gateway/http.ts';
import { startHarness, type Harness } from '../../test/support/proxy/harness.ts';

let harness: Harness;

beforeAll(async () => {
  harness = await startHarness({
    onRequest: (_request, response) => response.end(),
    authenticator: { authenticate: () => ({ kind: 'Unauthenticated', message: 'Who are you?' }) },
  });
});

afterAll(async () => {
  await harness[Symbol.asyncDispose]();
});

const message = 'Who are you?';

test.each([
  ['Bedrock', '/model/amazon.nova-lite-v1%3A0/converse', { message }, 'AccessDeniedException'],
  ['Bedrock', '/openai/v1/chat/completions', { error: { message, code: 'unauthenticated' } }, undefined],
  [
    'Bedrock',
    '/anthropic/v1/messages',
    { type: 'error', error: { type: 'authentication_error', message: expect.stringContaining(message) } },
    undefined,
  ],
  [
    'GoogleAI',
    '/v1beta/models/gemini-3-pro:generateContent',
    { error: { message, status: 'UNAUTHENTICATED' } },
    undefined,
  ],
  ['GoogleAI', '/v1beta/openai/chat/completions', { error: { message, code: 'unauthenticated' } }, undefined],
  [
    'Anthropic',
    '/v1/messages',
    { type: 'error', error: { type: 'authentication_error', message: expect.stringContaining(message) } },
    undefined,
  ],
  ['OpenAI', '/chat/completions', { error: { message, code: 'unauthenticated' } }, undefined],
] as const)('mistake 13: %s %s', async (type, path, body, exception) => {
  harness.setEntries({ type, baseURL: harness.origin, region: 'us-east-1' });
  const answer = await post(`${harness.url}${path}`, '{}');
  expect([answer.status, answer.headers['x-amzn-errortype']]).toEqual([401, exception]);
  expect(JSON.parse(answer.body.toString())).toMatchObject(body);
});
