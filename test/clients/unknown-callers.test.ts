/** SDKs whose caller the gateway does not know: each raises its own error, whether the provider exists or not. */
import Anthropic from '@anthropic-ai/sdk';
import { AccessDeniedException, BedrockRuntimeClient, ConverseCommand } from '@aws-sdk/client-bedrock-runtime';
import { ApiError, GoogleGenAI } from '@google/genai';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import OpenAI from 'openai';
import { startHarness } from '../support/proxy/harness.ts';
import type { Harness } from '../support/proxy/harness.ts';

const message = 'The token expired at 2026-11-21T18:00:00.000Z.';
const token = 'an.expired.token';

let harness: Harness;
let forwarded = 0;

beforeAll(async () => {
  harness = await startHarness({
    onRequest: (_request, response) => {
      forwarded += 1;
      response.end('{}');
    },
    authenticator: { authenticate: () => ({ kind: 'Unauthenticated', message }) },
    publicURL: 'https://llm.example.com',
  });
  harness.setEntries({ name: 'openai' }, { name: 'anthropic', type: 'Anthropic', baseURL: harness.origin });
});

afterAll(async () => {
  await harness[Symbol.asyncDispose]();
  expect(forwarded).toBe(0);
});

/** What the promise is rejected with. */
async function failure(call: PromiseLike<unknown>): Promise<unknown> {
  return Promise.resolve(call).then(
    () => undefined,
    (error: unknown) => error,
  );
}

// One that exists and speaks this API, one that exists and speaks another, one that does not exist.
describe.each(['openai', 'anthropic', 'none'])('at the provider "%s"', (name) => {
  const baseURL = (): string => `${harness.proxy.url}/llm/v1/providers/${name}`;

  test('openai raises AuthenticationError', async () => {
    const client = new OpenAI({ baseURL: baseURL(), apiKey: token });
    const error = await failure(client.chat.completions.create({ model: 'gpt-4o', messages: [] }));
    expect(error).toBeInstanceOf(OpenAI.AuthenticationError);
    expect(error).toMatchObject({ status: 401, code: 'unauthenticated', message: expect.stringContaining(message) });
  });

  test('@anthropic-ai/sdk raises AuthenticationError', async () => {
    const client = new Anthropic({ baseURL: baseURL(), apiKey: token });
    const error = await failure(client.messages.create({ model: 'claude-opus-5', max_tokens: 1, messages: [] }));
    expect(error).toBeInstanceOf(Anthropic.AuthenticationError);
    expect(error).toMatchObject({ status: 401, message: expect.stringContaining(message) });
    expect(await failure(client.models.list())).toBeInstanceOf(Anthropic.AuthenticationError);
  });

  test('@google/genai raises ApiError', async () => {
    // The SDK's own way to Node's fetch asks for a global that jest's realm does not have.
    const client = new GoogleGenAI({ apiKey: token, httpOptions: { baseUrl: baseURL(), fetch: globalThis.fetch } });
    const error = await failure(client.models.generateContent({ model: 'gemini-3-pro', contents: 'Hi' }));
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status: 401, message: expect.stringContaining('UNAUTHENTICATED') });
  });

  test('@aws-sdk/client-bedrock-runtime raises AccessDeniedException', async () => {
    const client = new BedrockRuntimeClient({
      region: 'us-east-1',
      endpoint: baseURL(),
      token: { token },
      authSchemePreference: ['httpBearerAuth'],
    });
    const messages = [{ role: 'user' as const, content: [{ text: 'Hi' }] }];
    const error = await failure(client.send(new ConverseCommand({ modelId: 'amazon.nova-lite-v1:0', messages })));
    client.destroy();
    expect(error).toBeInstanceOf(AccessDeniedException);
    expect(error).toMatchObject({ message: expect.stringContaining(message) });
  });
});
