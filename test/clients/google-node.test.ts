/** The @google/genai SDK for Node against a gateway process: a program must not notice what is between. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  ApiError,
  FunctionCallingConfigMode,
  type GenerateContentResponse,
  GoogleGenAI,
  type HttpOptions,
} from '@google/genai';
import OpenAI from 'openai';
import { waitFor } from '../support/control-plane/wait.ts';
import { googleProvider, googleSecret } from '../support/gateway/google.ts';
import { StandaloneGateway, upstreamKey } from '../support/gateway/index.ts';
import { google, googleModels, scenarioHeader, UpstreamServer, type Scenario } from '../upstreams/index.ts';

let upstream: UpstreamServer;
let gateway: StandaloneGateway;

const model = 'gemini-2.5-flash';
const hello = { model, contents: 'Say hello.' };
const greeting = 'Hello world grüße 日本';

beforeAll(async () => {
  upstream = await UpstreamServer.start({ wire: google(), keys: [upstreamKey] });
  gateway = await StandaloneGateway.start({
    manifests: {
      'gemini.yaml': [googleProvider('gemini', upstream.origin), googleSecret('gemini')],
      'limited.yaml': [
        googleProvider('limited', upstream.origin, { models: [{ name: model }, { name: 'gemini-embedding-2' }] }),
        googleSecret('limited'),
      ],
      'disabled.yaml': [googleProvider('disabled', upstream.origin, { enabled: false }), googleSecret('disabled')],
      'wrong-key.yaml': [googleProvider('wrong-key', upstream.origin), googleSecret('wrong-key', 'AIza-revoked')],
      'keyless.yaml': [googleProvider('keyless', upstream.origin)],
      'nowhere.yaml': [googleProvider('nowhere', 'http://127.0.0.1:1'), googleSecret('nowhere')],
      'versioned.yaml': [
        googleProvider('versioned', upstream.origin, { baseURL: `${upstream.origin}/v1beta` }),
        googleSecret('versioned'),
      ],
    },
  });
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

function client(name = 'gemini', options: HttpOptions = {}): GoogleGenAI {
  return new GoogleGenAI({
    apiKey: 'token-of-the-caller',
    // The SDK's own way to Node's fetch asks for a global that jest's realm does not have.
    httpOptions: { baseUrl: gateway.provider(name), fetch: globalThis.fetch, ...options },
  });
}

function doing(scenario: Scenario): { httpOptions: HttpOptions } {
  return { httpOptions: { headers: { [scenarioHeader]: JSON.stringify(scenario) } } };
}

async function all<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of stream) items.push(item);
  return items;
}

const textOf = (chunks: readonly GenerateContentResponse[]): string => chunks.map((chunk) => chunk.text ?? '').join('');

/** What the call rejects with. */
async function failureOf(call: PromiseLike<unknown>): Promise<ApiError> {
  const [settled] = await Promise.allSettled([call]);
  if (settled.status === 'fulfilled') throw new Error('the call did not fail');
  return settled.reason as ApiError;
}

describe.each([
  ['gemini', {}],
  ['gemini', { apiVersion: 'v1beta' }],
  ['gemini', { apiVersion: 'v1alpha' }],
  ['limited', {}],
  ['versioned', {}],
  ['versioned', { apiVersion: '' }],
])('with the provider %s and %j', (name, options) => {
  const sdk = (): GoogleGenAI => client(name, options);

  test('content is generated', async () => {
    const answer = await sdk().models.generateContent(hello);
    expect(answer.text).toBe(greeting);
    expect(answer.usageMetadata?.candidatesTokenCount).toBe(4);
    expect(answer.usageMetadata?.thoughtsTokenCount).toBe(16);
  });

  test('a stream of content is generated', async () => {
    const chunks = await all(await sdk().models.generateContentStream(hello));
    expect(textOf(chunks)).toBe(greeting);
    expect(chunks.at(-1)?.candidates?.[0]?.finishReason).toBe('STOP');
    expect(chunks.at(-1)?.usageMetadata?.candidatesTokenCount).toBe(4);
  });

  test('a chat goes on over several turns', async () => {
    const chat = sdk().chats.create({ model });
    expect((await chat.sendMessage({ message: 'Say hello.' })).text).toBe(greeting);
    expect(textOf(await all(await chat.sendMessageStream({ message: 'Again.' })))).toBe(greeting);
    expect(chat.getHistory().filter(({ role }) => role === 'user')).toHaveLength(2);
  });

  test('a function is called, and its result given back', async () => {
    const declaration = {
      name: 'weather',
      parametersJsonSchema: { type: 'object', properties: { city: {}, model: {} } },
    };
    const config = {
      tools: [{ functionDeclarations: [declaration] }],
      toolConfig: { functionCallingConfig: { mode: FunctionCallingConfigMode.ANY } },
    };
    const answer = await sdk().models.generateContent({ ...hello, config });
    expect(answer.functionCalls).toMatchObject([{ name: 'weather', args: { city: 'Paris' } }]);
    const streamed = await all(await sdk().models.generateContentStream({ ...hello, config }));
    expect(streamed.flatMap((chunk) => chunk.functionCalls ?? [])).toHaveLength(1);
    const functionResponse = { name: 'weather', response: { model: 'of weather', degrees: 21 } };
    const back = await sdk().models.generateContent({
      model,
      contents: [
        { role: 'user', parts: [{ text: 'How warm is Paris?' }] },
        answer.candidates?.[0]?.content ?? {},
        { role: 'user', parts: [{ functionResponse }] },
      ],
    });
    expect(back.text).toBe(greeting);
  });

  test('an image goes along, thoughts come back', async () => {
    const data = Buffer.alloc(200_000, 7).toString('base64');
    const chunks = await all(
      await sdk().models.generateContentStream({
        model,
        contents: [{ role: 'user', parts: [{ inlineData: { mimeType: 'image/png', data } }, { text: 'What is it?' }] }],
        config: { thinkingConfig: { includeThoughts: true }, tools: [{ googleSearch: {} }] },
      }),
    );
    expect(chunks[0]?.candidates?.[0]?.content?.parts?.[0]?.thought).toBe(true);
    expect(textOf(chunks)).toBe(greeting);
    expect(upstream.last.request.body.length).toBeGreaterThan(200_000);
  });

  test('tokens are counted', async () => {
    expect((await sdk().models.countTokens(hello)).totalTokens).toBeGreaterThan(0);
  });

  test('texts are embedded', async () => {
    const answer = await sdk().models.embedContent({ model: 'gemini-embedding-2', contents: ['a', 'b'] });
    expect(answer.embeddings?.[0]?.values).toEqual([0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875]);
  });
});

test('models are listed page by page, and read', async () => {
  const names = (await all(await client().models.list({ config: { pageSize: 2 } }))).map((one) => one.name);
  expect(names).toEqual(googleModels.map((name) => `models/${name}`));
  expect((await client().models.get({ model })).name).toBe(`models/${model}`);
});

test('models that are not allowed are not listed, on whatever page', async () => {
  const names = (await all(await client('limited').models.list({ config: { pageSize: 2 } }))).map((one) => one.name);
  expect(names).toEqual([`models/${model}`, 'models/gemini-embedding-2']);
  expect((await failureOf(client('limited').models.get({ model: 'gemini-2.5-pro' }))).status).toBe(403);
});

test('content is cached, changed and deleted', async () => {
  const { caches } = client('limited');
  const cache = await caches.create({ model, config: { contents: 'x'.repeat(4000), ttl: '300s' } });
  expect(cache.usageMetadata?.totalTokenCount).toBeGreaterThan(1000);
  const name = cache.name ?? '';
  expect((await caches.get({ name })).name).toBe(name);
  expect((await caches.update({ name, config: { ttl: '600s' } })).name).toBe(name);
  await caches.delete({ name });
  expect((await failureOf(caches.create({ model: 'gemini-2.5-pro', config: {} }))).status).toBe(403);
});

describe.each(['gemini', 'limited', 'versioned'])('interactions of the provider %s', (name) => {
  test('are answered, whole and streamed', async () => {
    const { interactions } = client(name);
    const answer = await interactions.create({ model, input: 'Say hello.' });
    expect(answer).toMatchObject({ status: 'completed', usage: { total_output_tokens: 4, total_thought_tokens: 16 } });
    const events = await all(await interactions.create({ model, input: 'Say hello.', stream: true }));
    expect(events.map(({ event_type }) => event_type)).toContain('interaction.completed');
  });
});

test('an interaction with a model that is not allowed, or with an agent, is refused', async () => {
  const { interactions } = client('limited');
  const other = await failureOf(interactions.create({ model: 'gemini-2.5-pro', input: 'Say hello.' }));
  expect(other.status).toBe(403);
  const agent = 'deep-research-pro-preview-12-2025';
  expect((await failureOf(interactions.create({ agent, input: 'Say hello.' }))).status).toBe(400);
});

describe.each(['gemini', 'limited', 'versioned'])('files of the provider %s', (name) => {
  test('are uploaded in pieces through the gateway, listed, read and deleted', async () => {
    upstream.forget();
    const { files } = client(name);
    // Two pieces: the SDK sends 8 MiB at a time.
    const content = Buffer.alloc(9 * 1024 * 1024, 'tidegate');
    const file = await files.upload({
      file: new Blob([content], { type: 'text/plain' }),
      config: { displayName: 'lines' },
    });
    expect(file).toMatchObject({ sizeBytes: String(content.length), mimeType: 'text/plain', displayName: 'lines' });
    const requests = upstream.exchanges.map(({ request }) => request);
    expect(requests).toHaveLength(3);
    expect(requests.every((request) => request.target.startsWith('/upload/v1/files'))).toBe(true);
    expect(requests.every((request) => request.header('x-goog-api-key') === upstreamKey)).toBe(true);
    const id = file.name ?? '';
    expect((await all(await files.list())).map((one) => one.name)).toContain(id);
    expect((await files.get({ name: id })).sizeBytes).toBe(String(content.length));
    await files.delete({ name: id });
    expect((await failureOf(files.get({ name: id }))).status).toBe(403);
  });
});

test('the upstream sees its own key, in the header only, and nothing of the caller', async () => {
  await client().models.generateContent(hello);
  const { request } = upstream.last;
  expect(request.header('x-goog-api-key')).toBe(upstreamKey);
  expect(request.header('authorization')).toBeUndefined();
  expect(request.rawHeaders.join('\n')).not.toContain('token-of-the-caller');
  expect(request.header('host')).toBe(new URL(upstream.origin).host);
});

test('a caller may put its token into the query, where it ends', async () => {
  const url = `${gateway.provider('gemini')}/v1beta/models?pageSize=1&key=token-of-the-caller`;
  expect((await fetch(url)).status).toBe(200);
  expect(upstream.last.request.target).toBe('/v1beta/models?pageSize=1');
  expect(upstream.last.request.header('x-goog-api-key')).toBe(upstreamKey);
});

describe("the upstream's own errors keep their type and body", () => {
  test.each([
    [400, 'INVALID_ARGUMENT'],
    [401, 'UNAUTHENTICATED'],
    [403, 'PERMISSION_DENIED'],
    [404, 'NOT_FOUND'],
    [429, 'RESOURCE_EXHAUSTED'],
    [500, 'INTERNAL'],
    [503, 'UNAVAILABLE'],
  ])('%d', async (status, name) => {
    const config = doing({ error: status });
    for (const call of [
      () => client().models.generateContent({ ...hello, config }),
      () => client().models.generateContentStream({ ...hello, config }),
    ]) {
      const error = await failureOf(call());
      expect(error).toBeInstanceOf(ApiError);
      expect(error.status).toBe(status);
      expect(JSON.parse(error.message)).toMatchObject({ error: { code: status, status: name } });
      expect(error.message).not.toContain('tidegate');
    }
  });

  test('a provider key that the upstream refuses is a 400, as Google has it', async () => {
    const error = await failureOf(client('wrong-key').models.generateContent(hello));
    expect(error.status).toBe(400);
    expect(error.message).toContain('API_KEY_INVALID');
  });
});

describe("mistake 13: the gateway's own refusals are the SDK's typed errors", () => {
  test.each([
    ['limited', 403, 'PERMISSION_DENIED', 'MODEL_NOT_ALLOWED', /gemini-embedding-2/],
    ['disabled', 403, 'PERMISSION_DENIED', 'PROVIDER_DISABLED', /disabled/],
    ['keyless', 503, 'UNAVAILABLE', 'CREDENTIALS_UNAVAILABLE', /keyless/],
    ['nowhere', 502, 'UNAVAILABLE', 'UPSTREAM_UNREACHABLE', /nowhere/],
  ])('%s: %d', async (name, status, word, reason, message) => {
    for (const call of [
      () => client(name).models.generateContent({ ...hello, model: 'gemini-2.5-pro' }),
      () => client(name).models.generateContentStream({ ...hello, model: 'gemini-2.5-pro' }),
    ]) {
      const error = await failureOf(call());
      expect(error).toBeInstanceOf(ApiError);
      expect(error.status).toBe(status);
      expect(JSON.parse(error.message)).toMatchObject({
        error: { code: status, status: word, message: expect.stringMatching(message), details: [{ reason }] },
      });
    }
  });
});

describe('mistake 13: a stream that fails in the middle raises an error instead of ending quietly', () => {
  test("with the upstream's own error", async () => {
    const config = doing({ streamErrorAfterFrames: 2 });
    const error = await failureOf(all(await client().models.generateContentStream({ ...hello, config })));
    expect(error).toBeInstanceOf(ApiError);
    expect(error.status).toBe(503);
    expect(error.message).toContain('overloaded');
  });

  test("with the gateway's when the upstream is cut off", async () => {
    const config = doing({ cutAfterFrames: 2 });
    const error = await failureOf(all(await client().models.generateContentStream({ ...hello, config })));
    expect(error).toBeInstanceOf(ApiError);
    expect(error.status).toBe(502);
    expect(error.message).toMatch(/upstream/i);
  });
});

test('an aborted stream is aborted at the upstream', async () => {
  upstream.forget();
  const hangUp = new AbortController();
  const config = { ...doing({ hangAfterFrames: 2 }), abortSignal: hangUp.signal };
  const stream = await client().models.generateContentStream({ ...hello, config });
  await stream.next();
  hangUp.abort();
  await waitFor('the upstream to see the abort', () => upstream.last.outcome === 'Aborted');
});

describe("OpenAI's SDK against /v1beta/openai", () => {
  const openai = (name = 'gemini'): OpenAI =>
    new OpenAI({
      apiKey: 'token-of-the-caller',
      baseURL: `${gateway.provider(name)}/v1beta/openai/`,
      maxRetries: 0,
    });
  const messages = [{ role: 'user' as const, content: 'Say hello.' }];

  test('chats, whole and streamed, with a bearer token and no other key', async () => {
    const answer = await openai().chat.completions.create({ model, messages });
    expect(answer.choices[0]?.message.content).toBe(greeting);
    const stream = await openai().chat.completions.create({ model, messages, stream: true });
    const chunks = await all(stream);
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')).toBe(greeting);
    expect(chunks.every((chunk) => chunk.choices.length === 1)).toBe(true);
    expect(upstream.last.request.header('authorization')).toBe(`Bearer ${upstreamKey}`);
    expect(upstream.last.request.header('x-goog-api-key')).toBeUndefined();
  });

  test('lists the models that are allowed', async () => {
    const page = await openai('limited').models.list();
    expect(page.data.map(({ id }) => id)).toEqual([model, 'gemini-embedding-2']);
  });

  test('has its own typed errors', async () => {
    const call = openai('limited').chat.completions.create({ model: 'gemini-2.5-pro', messages });
    const [settled] = await Promise.allSettled([call]);
    const error = settled.status === 'rejected' ? (settled.reason as InstanceType<typeof OpenAI.APIError>) : undefined;
    expect(error).toBeInstanceOf(OpenAI.PermissionDeniedError);
    expect(error?.code).toBe('model_not_allowed');
  });
});
