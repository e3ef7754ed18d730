/** The Anthropic SDK for Node against a gateway process: a program must not notice what is between. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import Anthropic, { toFile } from '@anthropic-ai/sdk';
import { waitFor } from '../support/control-plane/wait.ts';
import { anthropicPassthrough, anthropicProvider, anthropicSecret } from '../support/gateway/anthropic.ts';
import { StandaloneGateway, upstreamKey } from '../support/gateway/index.ts';
import { anthropic, anthropicModels, scenarioHeader, UpstreamServer, type Scenario } from '../upstreams/index.ts';

let upstream: UpstreamServer;
let gateway: StandaloneGateway;

const hello = {
  model: 'claude-opus-5',
  max_tokens: 100,
  messages: [{ role: 'user' as const, content: 'Say hello.' }],
};
const text = 'Hello world grüße 日本';
const subscription = 'sk-ant-oat01-of-the-client';

beforeAll(async () => {
  upstream = await UpstreamServer.start({ wire: anthropic(), keys: [upstreamKey, subscription] });
  const { origin } = upstream;
  gateway = await StandaloneGateway.start({
    manifests: {
      'anthropic.yaml': [
        anthropicProvider('anthropic', origin),
        anthropicProvider('versioned', origin, { baseURL: `${origin}/v1` }),
        anthropicProvider('limited', origin, {
          models: [{ name: 'claude-sonnet-5' }, { name: 'claude-opus-4-8[1m]' }],
        }),
        anthropicProvider('disabled', origin, { enabled: false }),
        anthropicProvider('wrong-key', origin, { secretRef: { name: 'wrong-key' } }),
        anthropicProvider('keyless', origin, { secretRef: { name: 'nothing' } }),
        anthropicProvider('nowhere', 'http://127.0.0.1:1'),
        anthropicPassthrough('own', origin),
        anthropicSecret(),
        anthropicSecret('wrong-key', 'sk-ant-revoked'),
      ],
    },
  });
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

function client(name = 'anthropic', options: ConstructorParameters<typeof Anthropic>[0] = {}): Anthropic {
  return new Anthropic({
    apiKey: 'token-of-the-caller',
    authToken: null,
    baseURL: gateway.provider(name),
    maxRetries: 0,
    ...options,
  });
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
async function failureOf(call: PromiseLike<unknown>): Promise<InstanceType<typeof Anthropic.APIError>> {
  const [settled] = await Promise.allSettled([call]);
  if (settled.status === 'fulfilled') throw new Error('the call did not fail');
  return settled.reason as InstanceType<typeof Anthropic.APIError>;
}

describe.each(['anthropic', 'versioned'])('at the provider "%s"', (name) => {
  test('a message is answered', async () => {
    const answer = await client(name).messages.create(hello);
    expect(answer.content).toEqual([{ type: 'text', text, citations: null }]);
    expect(answer.usage.output_tokens).toBe(4);
    expect(upstream.last.request.target).toBe('/v1/messages');
  });

  test('a streamed message is answered, pings and all', async () => {
    const stream = await client(name).messages.create({ ...hello, stream: true });
    const events = await all(stream);
    expect(events.at(0)?.type).toBe('message_start');
    expect(events.at(-1)?.type).toBe('message_stop');
    expect(await client(name).messages.stream(hello).finalText()).toBe(text);
    expect(upstream.last.sent.toString()).toContain('event: ping');
  });

  test('thinking is answered, streamed and not', async () => {
    const thinking = { ...hello, thinking: { type: 'enabled' as const, budget_tokens: 1024 } };
    const whole = await client(name).messages.create(thinking);
    expect(whole.content.map((block) => block.type)).toEqual(['thinking', 'text']);
    const streamed = await client(name).messages.stream(thinking).finalMessage();
    expect(streamed.content).toEqual([
      expect.objectContaining({ thinking: 'The user wants "hello".' }),
      expect.anything(),
    ]);
    expect(streamed.usage.output_tokens_details?.thinking_tokens).toBe(16);
  });

  test('a tool is called, streamed and not', async () => {
    const asking = {
      ...hello,
      tools: [{ name: 'weather', input_schema: { type: 'object' as const, properties: { city: { type: 'string' } } } }],
      tool_choice: { type: 'tool' as const, name: 'weather' },
    };
    for (const answer of [
      await client(name).messages.create(asking),
      await client(name).messages.stream(asking).finalMessage(),
    ]) {
      expect(answer.stop_reason).toBe('tool_use');
      expect(answer.content).toMatchObject([{ type: 'tool_use', name: 'weather', input: { city: 'Paris' } }]);
    }
  });

  test('an image goes up as it is', async () => {
    const data = Buffer.alloc(300_000, 'picture').toString('base64');
    const image = { type: 'base64' as const, media_type: 'image/png' as const, data };
    await client(name).messages.create({
      ...hello,
      messages: [
        {
          role: 'user',
          content: [
            { type: 'image', source: image },
            { type: 'text', text: 'What is it?' },
          ],
        },
      ],
    });
    expect(JSON.parse(upstream.last.request.body.toString())).toMatchObject({
      messages: [{ content: [{ source: { data } }, {}] }],
    });
  });

  test('tokens are counted', async () => {
    const { max_tokens: _, ...counted } = hello;
    expect((await client(name).messages.countTokens(counted)).input_tokens).toBeGreaterThan(10);
    expect(upstream.last.request.target).toBe('/v1/messages/count_tokens');
  });

  test('models are listed', async () => {
    const models = await all(client(name).models.list());
    expect(models.map((model) => model.id)).toEqual([...anthropicModels]);
    expect((await client(name).models.retrieve('claude-opus-5')).id).toBe('claude-opus-5');
  });

  test('a batch is made and its results are read', async () => {
    const batch = await client(name).messages.batches.create({ requests: [{ custom_id: 'one', params: hello }] });
    expect((await all(client(name).messages.batches.list())).map(({ id }) => id)).toContain(batch.id);
    const results = await all(await client(name).messages.batches.results(batch.id));
    expect(results.map((result) => result.custom_id)).toEqual(['one']);
    // The SDK calls the absolute URL that it was told, with the credential of the caller.
    expect(upstream.last.request.target).toBe(`/v1/messages/batches/${batch.id}/results`);
    expect(upstream.last.request.rawHeaders.join('\n')).not.toContain('token-of-the-caller');
  });
});

test('a file goes up and comes down', async () => {
  const content = 'one line\n'.repeat(10_000);
  const file = await client().beta.files.upload({ file: await toFile(Buffer.from(content), 'lines.txt') });
  expect(await (await client().beta.files.download(file.id)).text()).toBe(content);
});

test('the upstream sees its own key and nothing of the caller; versions and betas are those of the caller', async () => {
  const betas = ['context-1m-2025-08-07' as const, 'interleaved-thinking-2025-05-14' as const];
  for (const caller of [client(), client('anthropic', { apiKey: null, authToken: 'token-of-the-caller' })]) {
    await caller.beta.messages.create({ ...hello, betas }, { headers: { 'anthropic-version': '2026-10-21' } });
    const { request } = upstream.last;
    expect(request.header('x-api-key')).toBe(upstreamKey);
    expect(request.header('authorization')).toBeUndefined();
    expect(request.rawHeaders.join('\n')).not.toContain('token-of-the-caller');
    expect(request.header('anthropic-beta')).toBe(betas.join(','));
    expect(request.header('anthropic-version')).toBe('2026-10-21');
  }
});

describe('where models are limited', () => {
  test('the list shows those, and a long context by its name', async () => {
    const models = await all(client('limited').models.list());
    expect(models.map((model) => model.id)).toEqual(['claude-sonnet-5', 'claude-opus-4-8', 'claude-opus-4-8[1m]']);
  });

  test.each([
    ['a message', () => client('limited').messages.create(hello)],
    ['a stream', () => all(client('limited').messages.stream(hello))],
    ['a count', () => client('limited').messages.countTokens({ model: hello.model, messages: hello.messages })],
    ['a batch', () => client('limited').messages.batches.create({ requests: [{ custom_id: 'one', params: hello }] })],
    ['a description', () => client('limited').models.retrieve(hello.model)],
  ])('%s of another is refused', async (_, call) => {
    const error = await failureOf(call());
    expect(error).toBeInstanceOf(Anthropic.PermissionDeniedError);
    expect(error.headers?.get('x-tidegate-error')).toBe('ModelNotAllowed');
    expect(error.type).toBe('permission_error');
  });

  test('a batch of those is made', async () => {
    const params = { ...hello, model: 'claude-sonnet-5' };
    const batch = await client('limited').messages.batches.create({ requests: [{ custom_id: 'one', params }] });
    expect(batch.processing_status).toBe('ended');
  });
});

describe("the upstream's own errors keep their type, body and headers", () => {
  test.each([
    [400, Anthropic.BadRequestError, 'invalid_request_error'],
    [402, Anthropic.APIError, 'billing_error'],
    [403, Anthropic.PermissionDeniedError, 'permission_error'],
    [404, Anthropic.NotFoundError, 'not_found_error'],
    [413, Anthropic.APIError, 'request_too_large'],
    [500, Anthropic.InternalServerError, 'api_error'],
    [504, Anthropic.APIError, 'timeout_error'],
    [529, Anthropic.APIError, 'overloaded_error'],
  ])('%d', async (status, type, errorType) => {
    const error = await failureOf(client().messages.create(hello, doing({ error: status })));
    expect(error).toBeInstanceOf(type);
    expect([error.status, error.type]).toEqual([status, errorType]);
    expect(error.requestID).toMatch(/^req_/);
    expect(error.headers?.get('x-tidegate-error')).toBeNull();
  });

  test('401 for a provider key that the upstream refuses', async () => {
    const error = await failureOf(client('wrong-key').messages.create(hello));
    expect(error).toBeInstanceOf(Anthropic.AuthenticationError);
    expect(error.headers?.get('x-tidegate-error')).toBeNull();
  });

  test('mistake 12: 429 with all its headers, after as many attempts as the SDK makes by itself', async () => {
    upstream.forget();
    const patient = client('anthropic', { maxRetries: 2 });
    const error = await failureOf(patient.messages.create(hello, doing({ error: 429 })));
    expect(error).toBeInstanceOf(Anthropic.RateLimitError);
    expect(Object.fromEntries(error.headers ?? [])).toMatchObject({
      'retry-after': '1',
      'retry-after-ms': '5',
      'x-should-retry': 'true',
      'anthropic-ratelimit-unified-status': 'rejected',
      'anthropic-ratelimit-unified-reset': '1767225600',
      'anthropic-ratelimit-requests-limit': '4000',
    });
    expect(upstream.exchanges).toHaveLength(3);
  });

  test('an error in the middle of a stream is raised after what came before', async () => {
    const stream = await client().messages.create({ ...hello, stream: true }, doing({ streamErrorAfterFrames: 5 }));
    const events: unknown[] = [];
    const error = await failureOf(
      (async () => {
        for await (const event of stream) events.push(event);
      })(),
    );
    expect(events).toHaveLength(4);
    expect(error.type).toBe('overloaded_error');
  });
});

describe("the gateway's own refusals are the SDK's typed errors", () => {
  test.each([
    ['limited', 403, Anthropic.PermissionDeniedError, 'ModelNotAllowed', /claude-sonnet-5/],
    ['disabled', 403, Anthropic.PermissionDeniedError, 'ProviderDisabled', /disabled/],
    ['keyless', 503, Anthropic.APIError, 'CredentialsUnavailable', /keyless/],
    ['nowhere', 502, Anthropic.InternalServerError, 'UpstreamUnreachable', /nowhere/],
  ])('%s: %d', async (name, status, type, code, message) => {
    const error = await failureOf(client(name).messages.create(hello));
    expect(error).toBeInstanceOf(type);
    expect(error.status).toBe(status);
    expect(error.headers?.get('x-tidegate-error')).toBe(code);
    expect(error.requestID).toBe(error.headers?.get('x-tidegate-request-id'));
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain('127.0.0.1');
  });

  test('a refusal that a retry cannot mend is not tried again', async () => {
    const refusals = async (): Promise<number> =>
      (await gateway.metrics()).sum('tidegate_requests_total', { provider: 'disabled', error: 'ProviderDisabled' });
    const before = await refusals();
    await failureOf(client('disabled', { maxRetries: 2 }).messages.create(hello));
    expect((await refusals()) - before).toBe(1);
  });
});

test('a stream that breaks off raises an error instead of ending quietly', async () => {
  const stream = await client().messages.create({ ...hello, stream: true }, doing({ cutAfterFrames: 4 }));
  const error = await failureOf(all(stream));
  expect(error).toBeInstanceOf(Anthropic.APIError);
  expect(error.message).toMatch(/upstream/i);
});

test('an aborted stream is aborted at the upstream', async () => {
  upstream.forget();
  const stream = await client().messages.create({ ...hello, stream: true }, doing({ hangAfterFrames: 4 }));
  for await (const event of stream) if (event.type === 'content_block_delta') break;
  stream.controller.abort();
  await waitFor('the upstream to see the abort', () => upstream.last.outcome === 'Aborted');
});

describe("mistake 10: a caller's own credential at a provider that passes it on", () => {
  const gatewayHeader = { 'X-Tidegate-Authorization': 'Bearer token-for-the-gateway' };

  test.each([
    [
      'a token of a subscription',
      { apiKey: null, authToken: subscription },
      ['authorization', `Bearer ${subscription}`],
    ],
    [
      'a key',
      { apiKey: null, authToken: null, defaultHeaders: { 'x-api-key': upstreamKey } },
      ['x-api-key', upstreamKey],
    ],
  ] as const)('reaches the upstream as it is: %s', async (_, options, [header, value]) => {
    const caller = client('own', {
      ...options,
      defaultHeaders: { ...gatewayHeader, ...('defaultHeaders' in options ? options.defaultHeaders : {}) },
    });
    const { max_tokens: _limit, ...counted } = hello;
    for (const call of [
      () => caller.messages.create(hello),
      () => caller.messages.stream(hello).finalMessage(),
      () => caller.messages.countTokens(counted),
      () => all(caller.models.list()),
    ]) {
      await call();
      const { request } = upstream.last;
      expect(request.header(header)).toBe(value);
      expect(request.header(header === 'x-api-key' ? 'authorization' : 'x-api-key')).toBeUndefined();
      expect(request.rawHeaders.join('\n').toLowerCase()).not.toContain('tidegate');
    }
  });

  test('that is missing is missed by the upstream itself', async () => {
    const caller = client('own', {
      apiKey: null,
      authToken: null,
      defaultHeaders: { ...gatewayHeader, authorization: null, 'x-api-key': null },
    });
    const error = await failureOf(caller.messages.create(hello));
    expect(error).toBeInstanceOf(Anthropic.AuthenticationError);
    expect(error.headers?.get('x-tidegate-error')).toBeNull();
    expect(upstream.last.request.header('x-api-key')).toBeUndefined();
  });
});
