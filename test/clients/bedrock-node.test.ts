/** The AWS SDK for JavaScript against a gateway process, unmodified: it speaks HTTP/2 without asking. */
import { BedrockClient, ListFoundationModelsCommand, ListInferenceProfilesCommand } from '@aws-sdk/client-bedrock';
import {
  ApplyGuardrailCommand,
  type BedrockRuntimeClientConfig,
  BedrockRuntimeClient,
  BedrockRuntimeServiceException,
  ConverseCommand,
  type ConverseCommandInput,
  ConverseStreamCommand,
  CountTokensCommand,
  InvokeModelCommand,
  InvokeModelWithBidirectionalStreamCommand,
  InvokeModelWithResponseStreamCommand,
} from '@aws-sdk/client-bedrock-runtime';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { waitFor } from '../support/control-plane/wait.ts';
import { bedrockKeys, bedrockProvider } from '../support/gateway/bedrock.ts';
import { StandaloneGateway } from '../support/gateway/index.ts';
import { applicationProfile, bedrock, inferenceProfiles, profileARN } from '../upstreams/bedrock/index.ts';
import { scenarioHeader, UpstreamServer, type Scenario } from '../upstreams/index.ts';

const CLAUDE = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
const HAIKU = 'anthropic.claude-3-haiku-20240307-v1:0';
const TEXT = 'Hello world grüße 日本';

let upstream: UpstreamServer;
let gateway: StandaloneGateway;

beforeAll(async () => {
  upstream = await UpstreamServer.start({ wire: bedrock({ keys: bedrockKeys() }) });
  gateway = await StandaloneGateway.start({
    manifests: {
      'bedrock.yaml': bedrockProvider('bedrock', upstream.origin),
      'limited.yaml': bedrockProvider('limited', upstream.origin, { models: [{ name: CLAUDE }] }),
      'disabled.yaml': bedrockProvider('disabled', upstream.origin, { enabled: false }),
      'wrong-key.yaml': bedrockProvider(
        'wrong-key',
        upstream.origin,
        {},
        {
          accessKeyID: 'AKIAREVOKED',
          secretAccessKey: 'a-secret-that-is-no-more',
          principal: 'nobody',
        },
      ),
      'nowhere.yaml': bedrockProvider('nowhere', 'http://127.0.0.1:1'),
    },
  });
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

const clients: { destroy(): void }[] = [];

afterEach(() => {
  for (const client of clients.splice(0)) client.destroy();
  upstream.forget();
});

/** By bearer token, which the SDK sends in `Authorization`. */
const byToken: BedrockRuntimeClientConfig = {
  token: { token: 'token-of-the-caller' },
  authSchemePreference: ['httpBearerAuth'],
};

/** Signed with a key of the caller's own; the token travels in the gateway's header. */
const signed: BedrockRuntimeClientConfig = {
  credentials: { accessKeyId: 'AKIACALLER', secretAccessKey: 'secret-of-the-caller' },
  authSchemePreference: ['aws.auth#sigv4'],
};

function client(
  config: BedrockRuntimeClientConfig = byToken,
  name = 'bedrock',
  scenario?: Scenario,
): BedrockRuntimeClient {
  const made = new BedrockRuntimeClient({
    region: 'us-east-1',
    endpoint: gateway.provider(name),
    maxAttempts: 1,
    ...config,
  });
  const headers = {
    ...(config === signed && { 'x-tidegate-authorization': 'Bearer token-of-the-caller' }),
    ...(scenario && { [scenarioHeader]: JSON.stringify(scenario) }),
  };
  made.middlewareStack.add(
    (next) => (args) => {
      Object.assign((args.request as { headers: Record<string, string> }).headers, headers);
      return next(args);
    },
    { step: 'finalizeRequest', priority: 'low' },
  );
  clients.push(made);
  return made;
}

function doing(scenario: Scenario): BedrockRuntimeClient {
  return client(byToken, 'bedrock', scenario);
}

const hello: ConverseCommandInput = {
  modelId: CLAUDE,
  messages: [{ role: 'user', content: [{ text: 'Say hello.' }] }],
};

const claudeBody = JSON.stringify({
  anthropic_version: 'bedrock-2023-05-31',
  max_tokens: 100,
  messages: [{ role: 'user', content: 'Say hello.' }],
});

/** Text and the last usage of a Converse stream. */
async function converse(runtime: BedrockRuntimeClient, input: ConverseCommandInput = hello) {
  const { stream = [] } = await runtime.send(new ConverseStreamCommand(input));
  let text = '';
  let tool = '';
  let usage;
  let stopReason;
  for await (const event of stream) {
    text += event.contentBlockDelta?.delta?.text ?? '';
    tool += event.contentBlockDelta?.delta?.toolUse?.input ?? '';
    stopReason = event.messageStop?.stopReason ?? stopReason;
    usage = event.metadata?.usage ?? usage;
  }
  return { text, tool, usage, stopReason };
}

/** The documents of an InvokeModel stream. */
async function invokeStream(runtime: BedrockRuntimeClient, modelId: string, body: string) {
  const command = new InvokeModelWithResponseStreamCommand({ modelId, body, contentType: 'application/json' });
  const { body: stream = [] } = await runtime.send(command);
  const documents: Record<string, unknown>[] = [];
  for await (const event of stream) {
    if (event.chunk?.bytes)
      documents.push(JSON.parse(Buffer.from(event.chunk.bytes).toString()) as Record<string, unknown>);
  }
  return documents;
}

/** What the call rejects with. */
async function failureOf(call: PromiseLike<unknown>): Promise<BedrockRuntimeServiceException> {
  const [settled] = await Promise.allSettled([call]);
  if (settled.status === 'fulfilled') throw new Error('the call did not fail');
  return settled.reason as BedrockRuntimeServiceException;
}

describe.each([
  ['a bearer token', byToken],
  ['a signature of its own and X-Tidegate-Authorization', signed],
])('with %s', (_, config) => {
  test('Converse is answered', async () => {
    const answer = await client(config).send(new ConverseCommand(hello));
    expect(answer.output?.message?.content?.[0]?.text).toBe(TEXT);
    expect(answer.usage).toMatchObject({ outputTokens: 4, cacheDetails: [{ ttl: '5m' }, { ttl: '1h' }] });
    expect(answer.$metadata.requestId).toBeTruthy();
  });

  test('ConverseStream is answered event by event', async () => {
    const { text, usage, stopReason } = await converse(client(config));
    expect([text, stopReason, usage?.outputTokens]).toEqual([TEXT, 'end_turn', 4]);
  });

  test('InvokeModel is answered', async () => {
    const { body } = await client(config).send(new InvokeModelCommand({ modelId: HAIKU, body: claudeBody }));
    expect(JSON.parse(Buffer.from(body).toString())).toMatchObject({ content: [{ text: TEXT }] });
  });

  test('InvokeModelWithResponseStream is answered event by event', async () => {
    const documents = await invokeStream(client(config), CLAUDE, claudeBody);
    const text = documents.map(({ delta }) => (delta as { text?: string } | undefined)?.text ?? '').join('');
    expect(text).toBe(TEXT);
    expect(documents.at(-1)).toMatchObject({ 'amazon-bedrock-invocationMetrics': { outputTokenCount: 4 } });
  });

  test('what the caller signed or proved itself with does not reach Bedrock', async () => {
    await client(config).send(new ConverseCommand(hello));
    const { rawHeaders } = upstream.last.request;
    expect(rawHeaders.join('\n')).not.toMatch(/AKIACALLER|token-of-the-caller|tidegate-authorization/i);
    expect(upstream.last.request.header('authorization')).toMatch(/^AWS4-HMAC-SHA256 Credential=AKIAGATEWAY/);
    expect(rawHeaders.filter((name) => name.toLowerCase() === 'x-amz-date')).toHaveLength(1);
  });
});

test('CountTokens is answered, and nothing is metered for it', async () => {
  const before = (await gateway.metrics()).sum('tidegate_tokens_total');
  const { inputTokens } = await client().send(
    new CountTokensCommand({ modelId: CLAUDE, input: { converse: { messages: hello.messages } } }),
  );
  expect(inputTokens).toBeGreaterThan(0);
  expect((await gateway.metrics()).sum('tidegate_tokens_total')).toBe(before);
});

test('ApplyGuardrail is answered, also under an allowlist: it runs no model', async () => {
  for (const name of ['bedrock', 'limited']) {
    const guardrail = { guardrailIdentifier: 'gr7f3a', guardrailVersion: 'DRAFT', source: 'INPUT' as const };
    const content = [{ text: { text: 'Is this harmless?' } }];
    const { action } = await client(byToken, name).send(new ApplyGuardrailCommand({ ...guardrail, content }));
    expect(action).toBe('NONE');
  }
});

const weather: ConverseCommandInput = {
  ...hello,
  toolConfig: {
    tools: [
      {
        toolSpec: {
          name: 'weather',
          inputSchema: { json: { type: 'object', properties: { city: { type: 'string' } } } },
        },
      },
    ],
  },
};

test('a tool is called, whole and streamed, and its result goes back', async () => {
  const first = await client().send(new ConverseCommand(weather));
  const use = first.output?.message?.content?.[1]?.toolUse;
  expect([first.stopReason, use?.name, use?.input]).toEqual(['tool_use', 'weather', { city: 'Zürich', unit: 'C' }]);
  const streamed = await converse(client(), weather);
  expect([streamed.stopReason, JSON.parse(streamed.tool)]).toEqual(['tool_use', { city: 'Zürich', unit: 'C' }]);
  const result = { toolUseId: use?.toolUseId, content: [{ json: { degrees: 21 } }] };
  const second = await client().send(
    new ConverseCommand({
      ...weather,
      messages: [
        ...(hello.messages ?? []),
        first.output?.message ?? { role: undefined, content: [] },
        { role: 'user', content: [{ toolResult: result }] },
      ],
    }),
  );
  expect(second.stopReason).toBe('end_turn');
});

test('an image of two megabytes reaches Bedrock as it was sent', async () => {
  const image = Buffer.alloc(2_000_000, 'image bytes ');
  const content = [{ text: 'What is this?' }, { image: { format: 'png' as const, source: { bytes: image } } }];
  await client().send(new ConverseCommand({ ...hello, messages: [{ role: 'user', content }] }));
  const sent = JSON.parse(upstream.last.request.body.toString()) as {
    messages: { content: { image?: { source: { bytes: string } } }[] }[];
  };
  expect(Buffer.from(sent.messages[0]?.content[1]?.image?.source.bytes ?? '', 'base64').equals(image)).toBe(true);
});

describe('mistake 16: model ids that are ARNs, or hold colons', () => {
  test.each([
    ['an application inference profile', applicationProfile],
    ['an inference profile by its ARN', profileARN(CLAUDE)],
    ['an inference profile by its id', CLAUDE],
  ])('%s is called by its path as the SDK encodes it', async (_, modelId) => {
    await client().send(new ConverseCommand({ ...hello, modelId }));
    expect(upstream.last.request.target).toBe(`/model/${encodeURIComponent(modelId)}/converse`);
    expect((await converse(client(), { ...hello, modelId })).text).toBe(TEXT);
    expect((await invokeStream(client(), modelId, claudeBody)).length).toBeGreaterThan(4);
  });
});

test.each([
  ['amazon.nova-lite-v1:0', { messages: [] }],
  ['meta.llama3-1-8b-instruct-v1:0', { prompt: 'Hello' }],
  ['amazon.titan-text-express-v1', { inputText: 'Hello' }],
  ['mistral.mistral-7b-instruct-v0:2', { prompt: 'Hello' }],
  ['cohere.command-r-v1:0', { message: 'Hello' }],
  ['openai.gpt-oss-20b-1:0', { messages: [] }],
])('%s is answered, whole and streamed, and metered as Bedrock counts it', async (modelId, call) => {
  const before = (await gateway.metrics()).sum('tidegate_tokens_total');
  const body = JSON.stringify(call);
  await client().send(new InvokeModelCommand({ modelId, body }));
  expect((await invokeStream(client(), modelId, body)).length).toBeGreaterThan(3);
  const { input, output } = upstream.book.totals();
  await waitFor('the metered tokens', async () => {
    return (await gateway.metrics()).sum('tidegate_tokens_total') - before === input + output;
  });
});

describe('an error of Bedrock keeps its type', () => {
  test.each([
    [400, 'ValidationException'],
    [403, 'AccessDeniedException'],
    [404, 'ResourceNotFoundException'],
    [408, 'ModelTimeoutException'],
    [424, 'ModelErrorException'],
    [429, 'ThrottlingException'],
    [500, 'InternalServerException'],
    [503, 'ServiceUnavailableException'],
  ])('%d', async (error, name) => {
    const failure = await failureOf(doing({ error }).send(new ConverseCommand(hello)));
    expect(failure).toBeInstanceOf(BedrockRuntimeServiceException);
    expect([failure.name, failure.$metadata.httpStatusCode]).toEqual([name, error]);
  });

  test('of a model that has to be called through a profile', async () => {
    const modelId = 'anthropic.claude-sonnet-4-5-20250929-v1:0';
    const failure = await failureOf(client().send(new ConverseCommand({ ...hello, modelId })));
    expect(failure.message).toContain('on-demand throughput');
  });

  test('in the middle of a stream', async () => {
    const failing = doing({ streamErrorAfterFrames: 2 });
    expect((await failureOf(converse(failing))).name).toBe('ModelStreamErrorException');
    expect((await failureOf(invokeStream(failing, CLAUDE, claudeBody))).name).toBe('ModelStreamErrorException');
  });

  test('about the key of the gateway', async () => {
    const failure = await failureOf(client(byToken, 'wrong-key').send(new ConverseCommand(hello)));
    expect([failure.name, failure.$metadata.httpStatusCode]).toEqual(['UnrecognizedClientException', 403]);
  });
});

describe('mistake 13: a refusal of the gateway is a typed error of the SDK', () => {
  test.each([
    ['disabled', 'AccessDeniedException', 403, 'disabled'],
    ['unknown', 'Error', 404, 'no provider'],
    ['nowhere', 'ServiceUnavailableException', 502, 'upstream'],
  ])('%s', async (name, type, status, words) => {
    const failure = await failureOf(client(byToken, name).send(new ConverseCommand(hello)));
    expect(failure.$metadata.httpStatusCode).toBe(status);
    if (type !== 'Error') expect([failure.name, failure.message]).toEqual([type, expect.stringContaining(words)]);
  });

  test('a model that is not allowed', async () => {
    const limited = client(byToken, 'limited');
    const failure = await failureOf(limited.send(new ConverseCommand({ ...hello, modelId: HAIKU })));
    expect([failure.name, failure.message]).toEqual(['AccessDeniedException', expect.stringContaining(HAIKU)]);
    expect((await limited.send(new ConverseCommand(hello))).stopReason).toBe('end_turn');
  });

  test('a stream in both directions, while the client still sends', async () => {
    const more = Promise.withResolvers<void>();
    async function* body() {
      yield { chunk: { bytes: Buffer.from('{"event":{"sessionStart":{}}}') } };
      await more.promise;
    }
    const command = new InvokeModelWithBidirectionalStreamCommand({ modelId: 'amazon.nova-sonic-v1:0', body: body() });
    const failure = await failureOf(client(signed).send(command));
    more.resolve();
    expect([failure.name, failure.message]).toEqual([
      'ValidationException',
      expect.stringContaining('InvokeModelWithResponseStream'),
    ]);
  });

  test('a stream that breaks off between two events ends with an exception', async () => {
    const failure = await failureOf(converse(doing({ cutAfterFrames: 3 })));
    expect([failure.name, failure.message]).toEqual(['ModelStreamErrorException', expect.stringMatching(/upstream/i)]);
    const invoked = await failureOf(invokeStream(doing({ cutAfterFrames: 3 }), CLAUDE, claudeBody));
    expect(invoked.name).toBe('ModelStreamErrorException');
  });
});

test('a stream that its client leaves is aborted at Bedrock', async () => {
  const leaving = new AbortController();
  const options = { abortSignal: leaving.signal };
  const { stream = [] } = await doing({ hangAfterFrames: 3 }).send(new ConverseStreamCommand(hello), options);
  for await (const event of stream) {
    if (event.contentBlockDelta) break;
  }
  leaving.abort();
  await waitFor('the upstream to see it', () => upstream.last.outcome === 'Aborted');
});

test.each([1, 7, 13])('streams come whole in pieces of %d bytes', async (chunkBytes) => {
  expect((await converse(doing({ chunkBytes }))).text).toBe(TEXT);
  expect(await invokeStream(doing({ chunkBytes }), CLAUDE, claudeBody)).toHaveLength(9);
});

describe('the control plane, on the same base', () => {
  const plane = (name: string): BedrockClient => {
    const made = new BedrockClient({
      region: 'us-east-1',
      endpoint: gateway.provider(name),
      maxAttempts: 1,
      token: { token: 'token-of-the-caller' },
      authSchemePreference: ['httpBearerAuth'],
    });
    clients.push(made);
    return made;
  };

  test('lists inference profiles and foundation models', async () => {
    const profiles = await plane('bedrock').send(new ListInferenceProfilesCommand({ typeEquals: 'SYSTEM_DEFINED' }));
    expect(profiles.inferenceProfileSummaries).toHaveLength(inferenceProfiles.length);
    const models = await plane('bedrock').send(new ListFoundationModelsCommand({}));
    expect(models.modelSummaries?.length).toBeGreaterThan(5);
  });

  test('lists only what is allowed', async () => {
    const profiles = await plane('limited').send(new ListInferenceProfilesCommand({}));
    expect(profiles.inferenceProfileSummaries?.map(({ inferenceProfileId }) => inferenceProfileId)).toEqual([CLAUDE]);
    const models = await plane('limited').send(new ListFoundationModelsCommand({}));
    expect(models.modelSummaries).toEqual([]);
  });
});
