/** The openai SDK's class for Azure against a gateway process: the model is a deployment in the path. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import OpenAI, { AzureOpenAI } from 'openai';
import { provider, secret, StandaloneGateway, upstreamKey } from '../support/gateway/index.ts';
import { openAI, UpstreamServer } from '../upstreams/index.ts';

let upstream: UpstreamServer;
let gateway: StandaloneGateway;

const hello = { model: 'my-gpt', messages: [{ role: 'user' as const, content: 'Say hello.' }] };

beforeAll(async () => {
  upstream = await UpstreamServer.start({ wire: openAI({ models: [], prefix: '/openai' }), keys: [upstreamKey] });
  const azure = { baseURL: `${upstream.origin}/openai` };
  gateway = await StandaloneGateway.start({
    manifests: {
      'azure.yaml': [provider('azure', upstream.origin, azure), secret('azure')],
      'limited.yaml': [
        provider('limited', upstream.origin, { ...azure, models: [{ name: 'my-gpt' }] }),
        secret('limited'),
      ],
    },
  });
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

beforeEach(() => upstream.forget());

const settings = { apiKey: 'token-of-the-caller', apiVersion: '2025-01-01-preview', maxRetries: 0 };

/** The two ways to tell the class where Azure is. */
const ways: readonly (readonly [string, (name: string) => AzureOpenAI])[] = [
  ['endpoint', (name) => new AzureOpenAI({ ...settings, endpoint: gateway.provider(name) })],
  ['baseURL', (name) => new AzureOpenAI({ ...settings, baseURL: gateway.provider(name) })],
];

async function outputTokens(): Promise<number> {
  return (await gateway.metrics()).sum('tidegate_tokens_total', { provider: 'azure', token_type: 'output' });
}

describe.each(ways)('AzureOpenAI with %s', (_way, client) => {
  test('calls a deployment', async () => {
    const answer = await client('azure').chat.completions.create(hello);
    expect(answer.choices[0]?.message.content).toBe('Hello world grüße 日本');
    expect(answer.model).toBe('my-gpt');
    const { request } = upstream.last;
    expect(request.target).toBe('/openai/deployments/my-gpt/chat/completions?api-version=2025-01-01-preview');
    expect(request.rawHeaders.join('\n')).not.toContain('token-of-the-caller');
  });

  test('streams, is metered, and gets no usage chunk that it did not ask for', async () => {
    const before = await outputTokens();
    const stream = await client('azure').chat.completions.create({ ...hello, stream: true });
    let text = '';
    for await (const chunk of stream) {
      expect(chunk.choices).toHaveLength(1);
      text += chunk.choices[0]?.delta.content ?? '';
    }
    expect(text).toBe('Hello world grüße 日本');
    const booked = upstream.book.classes().output;
    expect(booked).toBeGreaterThan(0);
    expect((await outputTokens()) - before).toBe(booked);
  });

  test('is held to the allowlist by the deployment', async () => {
    await client('limited').chat.completions.create(hello);
    const other = client('limited').chat.completions.create({ ...hello, model: 'my-other' });
    await expect(other).rejects.toThrow(OpenAI.PermissionDeniedError);
    expect(upstream.exchanges).toHaveLength(1);
  });

  test('makes embeddings', async () => {
    const { data } = await client('azure').embeddings.create({ model: 'my-embedding', input: 'x' });
    expect(data[0]?.embedding.length).toBeGreaterThan(0);
    expect(upstream.last.request.target).toContain('/openai/deployments/my-embedding/embeddings?');
  });
});
