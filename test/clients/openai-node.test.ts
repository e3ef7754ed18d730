/** The openai SDK for Node against a gateway process: a program must not notice what is between. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import OpenAI, { toFile } from 'openai';
import { waitFor } from '../support/control-plane/wait.ts';
import { provider, secret, StandaloneGateway, upstreamKey } from '../support/gateway/index.ts';
import { openAI, scenarioHeader, UpstreamServer, type Scenario } from '../upstreams/index.ts';

let upstream: UpstreamServer;
let gateway: StandaloneGateway;

const hello = { model: 'gpt-4o', messages: [{ role: 'user' as const, content: 'Say hello.' }] };

beforeAll(async () => {
  upstream = await UpstreamServer.start({ wire: openAI(), keys: [upstreamKey] });
  gateway = await StandaloneGateway.start({
    manifests: {
      'openai.yaml': [provider('openai', upstream.origin), secret('openai')],
      'limited.yaml': [provider('limited', upstream.origin, { models: [{ name: 'gpt-4o-mini' }] }), secret('limited')],
      'disabled.yaml': [provider('disabled', upstream.origin, { enabled: false }), secret('disabled')],
      'wrong-key.yaml': [provider('wrong-key', upstream.origin), secret('wrong-key', 'sk-revoked')],
      'keyless.yaml': [provider('keyless', upstream.origin)],
      'nowhere.yaml': [provider('nowhere', 'http://127.0.0.1:1'), secret('nowhere')],
    },
  });
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

function client(name = 'openai', suffix = '/v1', maxRetries = 0): OpenAI {
  return new OpenAI({ apiKey: 'token-of-the-caller', baseURL: gateway.provider(name) + suffix, maxRetries });
}

function doing(scenario: Scenario): { headers: Record<string, string> } {
  return { headers: { [scenarioHeader]: JSON.stringify(scenario) } };
}

async function all<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of stream) items.push(item);
  return items;
}

/** What the call rejects with. */
async function failureOf(call: PromiseLike<unknown>): Promise<InstanceType<typeof OpenAI.APIError>> {
  const outcome = await Promise.allSettled([call]);
  const [settled] = outcome;
  if (settled.status === 'fulfilled') throw new Error('the call did not fail');
  return settled.reason as InstanceType<typeof OpenAI.APIError>;
}

describe.each(['/v1', ''])('with a base URL that ends in "%s"', (suffix) => {
  test('a chat completion is answered', async () => {
    const answer = await client('openai', suffix).chat.completions.create(hello);
    expect(answer.choices[0]?.message.content).toBe('Hello world grüße 日本');
    expect(answer.usage?.completion_tokens).toBe(4);
    expect(upstream.last.request.target).toBe('/v1/chat/completions');
  });

  test('a streamed chat completion arrives without a usage chunk, as nobody asked for one', async () => {
    const stream = await client('openai', suffix).chat.completions.create({ ...hello, stream: true });
    const chunks = await all(stream);
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')).toBe('Hello world grüße 日本');
    expect(chunks.every((chunk) => chunk.choices.length === 1)).toBe(true);
  });

  test('a streamed chat completion ends with the usage chunk that was asked for', async () => {
    const stream = await client('openai', suffix).chat.completions.create({
      ...hello,
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks = await all(stream);
    expect(chunks.at(-1)?.choices).toEqual([]);
    expect(chunks.at(-1)?.usage?.completion_tokens).toBe(4);
  });

  test('a response is answered', async () => {
    const answer = await client('openai', suffix).responses.create({ model: 'gpt-5', input: 'Say hello.' });
    expect(answer.output_text).toBe('Hello world grüße 日本');
    expect(answer.usage?.output_tokens_details.reasoning_tokens).toBe(16);
    const again = await client('openai', suffix).responses.retrieve(answer.id);
    expect(again.output_text).toBe(answer.output_text);
  });

  test('a streamed response is answered', async () => {
    const stream = client('openai', suffix).responses.stream({ model: 'gpt-5', input: 'Say hello.' });
    expect((await stream.finalResponse()).output_text).toBe('Hello world grüße 日本');
  });

  test('embeddings are answered', async () => {
    const answer = await client('openai', suffix).embeddings.create({
      model: 'text-embedding-3-small',
      input: ['a', 'b'],
    });
    expect(answer.data).toHaveLength(2);
    expect(answer.data[0]?.embedding).toEqual([0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875]);
  });

  test('models are listed', async () => {
    const page = await client('openai', suffix).models.list();
    expect(page.data.map((model) => model.id)).toContain('gpt-4o');
    expect((await client('openai', suffix).models.retrieve('gpt-4o')).id).toBe('gpt-4o');
  });

  test('a file is uploaded and read back', async () => {
    const content = 'one line\n'.repeat(1000);
    const file = await client('openai', suffix).files.create({
      purpose: 'batch',
      file: await toFile(Buffer.from(content), 'lines.jsonl'),
    });
    expect(file.bytes).toBe(content.length);
    expect(await (await client('openai', suffix).files.content(file.id)).text()).toBe(content);
  });
});

test('a transcription, with its multipart body, is answered', async () => {
  const answer = await client().audio.transcriptions.create({
    model: 'gpt-4o-transcribe',
    file: await toFile(Buffer.alloc(50_000, 7), 'speech.wav'),
  });
  expect(answer.text).toBe('Hello world.');
});

test('the upstream sees its own key and nothing of the caller', async () => {
  await client().chat.completions.create(hello);
  const { request } = upstream.last;
  expect(request.header('authorization')).toBe(`Bearer ${upstreamKey}`);
  expect(request.rawHeaders.join('\n')).not.toContain('token-of-the-caller');
  expect(request.header('host')).toBe(new URL(upstream.origin).host);
});

describe("the upstream's own errors keep their type, body and headers", () => {
  test.each([
    [403, OpenAI.PermissionDeniedError, 'unsupported_country_region_territory'],
    [404, OpenAI.NotFoundError, 'model_not_found'],
    [500, OpenAI.InternalServerError, null],
    [503, OpenAI.InternalServerError, 'overloaded'],
  ])('%d', async (status, type, code) => {
    const error = await failureOf(client().chat.completions.create(hello, doing({ error: status })));
    expect(error).toBeInstanceOf(type);
    expect(error.code).toBe(code);
    expect(error.requestID).toMatch(/^req_/);
    expect(error.headers?.get('x-tidegate-error')).toBeNull();
  });

  test('401 for a provider key that the upstream refuses', async () => {
    const error = await failureOf(client('wrong-key').chat.completions.create(hello));
    expect(error).toBeInstanceOf(OpenAI.AuthenticationError);
    expect(error.code).toBe('invalid_api_key');
  });

  test('429 with its retry headers, after as many attempts as the SDK makes by itself', async () => {
    upstream.forget();
    const error = await failureOf(client('openai', '/v1', 2).chat.completions.create(hello, doing({ error: 429 })));
    expect(error).toBeInstanceOf(OpenAI.RateLimitError);
    expect(error.headers?.get('retry-after-ms')).toBe('5');
    expect(error.headers?.get('retry-after')).toBe('1');
    expect(error.headers?.get('x-ratelimit-remaining-requests')).toBe('0');
    expect(upstream.exchanges).toHaveLength(3);
  });
});

describe("the gateway's own refusals are the SDK's typed errors", () => {
  test.each([
    ['limited', 403, OpenAI.PermissionDeniedError, 'ModelNotAllowed', /gpt-4o-mini/],
    ['disabled', 403, OpenAI.PermissionDeniedError, 'ProviderDisabled', /disabled/],
    ['unknown', 404, OpenAI.NotFoundError, 'ProviderNotFound', /unknown/],
    ['keyless', 503, OpenAI.InternalServerError, 'CredentialsUnavailable', /keyless/],
    ['nowhere', 502, OpenAI.InternalServerError, 'UpstreamUnreachable', /nowhere/],
  ])('%s: %d', async (name, status, type, code, message) => {
    const error = await failureOf(client(name).chat.completions.create(hello));
    expect(error).toBeInstanceOf(type);
    expect(error.status).toBe(status);
    expect(error.headers?.get('x-tidegate-error')).toBe(code);
    expect(error.headers?.get('x-tidegate-request-id')).toBeTruthy();
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain('127.0.0.1');
  });

  test('a refusal that a retry cannot mend is not tried again', async () => {
    const refusals = async (): Promise<number> =>
      (await gateway.metrics()).sum('tidegate_requests_total', { provider: 'disabled', error: 'ProviderDisabled' });
    const before = await refusals();
    const error = await failureOf(client('disabled', '/v1', 2).chat.completions.create(hello));
    expect(error.headers?.get('x-should-retry')).toBe('false');
    expect((await refusals()) - before).toBe(1);
  });
});

test('a stream that breaks off raises an error instead of ending quietly', async () => {
  const stream = await client().chat.completions.create({ ...hello, stream: true }, doing({ cutAfterFrames: 3 }));
  const error = await failureOf(all(stream));
  expect(error).toBeInstanceOf(Error);
  expect(error.message).toMatch(/upstream/i);
});

test('an aborted stream is aborted at the upstream', async () => {
  upstream.forget();
  const stream = await client().chat.completions.create({ ...hello, stream: true }, doing({ hangAfterFrames: 3 }));
  for await (const chunk of stream) if (chunk.choices[0]?.delta.content) break;
  stream.controller.abort();
  await waitFor('the upstream to see the abort', () => upstream.last.outcome === 'Aborted');
});
