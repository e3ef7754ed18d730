/** Connection tests of every type of provider, by a real gateway against the fakes: what passes, and what is told if not. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { waitFor } from '../support/control-plane/wait.ts';
import { anthropicPassthrough, anthropicProvider, anthropicSecret } from '../support/gateway/anthropic.ts';
import { bedrockKey, bedrockKeys, bedrockProvider } from '../support/gateway/bedrock.ts';
import { googleProvider, googleSecret } from '../support/gateway/google.ts';
import { post, provider, secret, StandaloneGateway, upstreamKey } from '../support/gateway/index.ts';
import { bedrock } from '../upstreams/bedrock/index.ts';
import { anthropic, google, openAI, UpstreamServer, type Scenario } from '../upstreams/index.ts';

/** What a provider of the caller's own key is called with. */
const ownCredential = 'sk-ant-oat-of-the-caller-51e2d84b';
const revokedKey = 'sk-revoked-5d1b0c9f7a3e2468';

const upstreams: Record<string, UpstreamServer> = {};
let gateway: StandaloneGateway;

beforeAll(async () => {
  const start = (wire: Parameters<typeof UpstreamServer.start>[0]['wire'], keys: string[]): Promise<UpstreamServer> =>
    UpstreamServer.start({ wire, keys });
  upstreams['OpenAI'] = await start(openAI(), [upstreamKey]);
  upstreams['Anthropic'] = await start(anthropic(), [upstreamKey, ownCredential]);
  upstreams['GoogleAI'] = await start(google(), [upstreamKey]);
  upstreams['Bedrock'] = await start(bedrock({ keys: bedrockKeys() }), []);
  const origin = (type: string): string => upstreams[type]?.origin ?? '';
  const stranger = { ...bedrockKey, accessKeyID: 'AKIASTRANGER5D1B0C9F' };
  const forger = { ...bedrockKey, secretAccessKey: 'another-secret-5d1b0c9f7a3e2468' };
  gateway = await StandaloneGateway.start({
    // A machine without any identity at AWS.
    env: { AWS_EC2_METADATA_DISABLED: 'true', AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' },
    manifests: {
      'openai.yaml': [
        provider('openai', origin('OpenAI')),
        provider('openai-revoked', origin('OpenAI')),
        provider('openai-elsewhere', origin('OpenAI'), {
          baseURL: `${origin('OpenAI')}/api`,
          secretRef: { name: 'openai' },
        }),
        provider('compatible', origin('OpenAI'), {
          type: 'OpenAICompatible',
          secretRef: { name: 'openai', key: 'OPENAI_API_KEY' },
        }),
        secret('openai'),
        secret('openai-revoked', revokedKey),
      ],
      'anthropic.yaml': [
        anthropicProvider('anthropic', origin('Anthropic'), { secretRef: { name: 'anthropic' } }),
        anthropicProvider('anthropic-revoked', origin('Anthropic'), { secretRef: { name: 'anthropic-revoked' } }),
        anthropicPassthrough('own', origin('Anthropic')),
        anthropicSecret('anthropic'),
        anthropicSecret('anthropic-revoked', revokedKey),
      ],
      'google.yaml': [
        googleProvider('gemini', origin('GoogleAI')),
        googleProvider('gemini-revoked', origin('GoogleAI')),
        googleSecret('gemini'),
        googleSecret('gemini-revoked', revokedKey),
      ],
      'bedrock.yaml': bedrockProvider('bedrock', origin('Bedrock')),
      'bedrock-stranger.yaml': bedrockProvider('bedrock-stranger', origin('Bedrock'), {}, stranger),
      'bedrock-forger.yaml': bedrockProvider('bedrock-forger', origin('Bedrock'), {}, forger),
      'bedrock-nobody.yaml': bedrockProvider('bedrock-nobody', origin('Bedrock'), {
        bedrock: { region: 'us-east-1', credentials: { type: 'DefaultChain' } },
      }),
      'nowhere.yaml': [
        provider('openai-down', 'http://127.0.0.1:1', { secretRef: { name: 'openai' } }),
        anthropicProvider('anthropic-down', 'http://127.0.0.1:1', { secretRef: { name: 'anthropic' } }),
        googleProvider('gemini-down', 'http://127.0.0.1:1', { secretRef: { name: 'gemini' } }),
        ...bedrockProvider('bedrock-down', 'http://127.0.0.1:1'),
      ],
    },
  });
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  for (const upstream of Object.values(upstreams)) await upstream[Symbol.asyncDispose]();
});

afterEach(() => {
  for (const upstream of Object.values(upstreams)) upstream.forget();
});

interface Result {
  readonly passed: boolean;
  readonly billed: boolean;
  readonly upstream?: { readonly status: number; readonly message?: string };
  readonly reason?: string;
  readonly hint?: string;
}

async function run(name: string, model?: string, headers: Readonly<Record<string, string>> = {}): Promise<Result> {
  const answer = await post(`${gateway.url}/llm/v1/connection-tests`, { provider: name, model }, headers);
  expect(answer.status).toBe(200);
  const text = answer.body.toString();
  // Whatever is told: nothing of a credential, and no address.
  for (const secretText of [upstreamKey, revokedKey, ownCredential, bedrockKey.secretAccessKey, '127.0.0.1']) {
    expect(text).not.toContain(secretText);
  }
  return JSON.parse(text) as Result;
}

/** A provider of each type, with a model that it has. */
const types = [
  { type: 'OpenAI', name: 'openai', model: 'gpt-5', upstream: 'OpenAI', operation: 'chat' },
  { type: 'OpenAICompatible', name: 'compatible', model: 'gpt-4o', upstream: 'OpenAI', operation: 'chat' },
  { type: 'Anthropic', name: 'anthropic', model: 'claude-sonnet-5', upstream: 'Anthropic', operation: 'chat' },
  { type: 'GoogleAI', name: 'gemini', model: 'gemini-2.5-flash', upstream: 'GoogleAI', operation: 'generate_content' },
  { type: 'Bedrock', name: 'bedrock', model: 'amazon.nova-lite-v1:0', upstream: 'Bedrock', operation: 'chat' },
] as const;

describe.each(types)('a provider of type $type', ({ name, model, upstream: type, operation }) => {
  test('passes by a call that is not billed', async () => {
    expect(await run(name)).toMatchObject({ passed: true, billed: false, upstream: { status: 200 } });
    expect(upstreams[type]?.exchanges).toHaveLength(1);
    expect(upstreams[type]?.last.request.method).toBe('GET');
    expect(upstreams[type]?.book.totals().answers).toBe(0);
  });

  test('passes with a model by one call, whose tokens are counted as the provider counts them', async () => {
    const counted = async (): Promise<number> =>
      (await gateway.metrics()).sum('tidegate_tokens_total', { provider: name });
    const requests = async (): Promise<number> =>
      (await gateway.metrics()).sum('tidegate_requests_total', { provider: name, operation, code: '200' });
    const [tokensBefore, requestsBefore] = [await counted(), await requests()];
    expect(await run(name, model)).toMatchObject({ passed: true, billed: true, upstream: { status: 200 } });
    const book = upstreams[type]?.book.totals();
    expect(book?.answers).toBe(1);
    await waitFor('the record', async () => (await requests()) === requestsBefore + 1);
    const billed = (book?.input ?? 0) + (book?.output ?? 0);
    expect(billed).toBeGreaterThan(0);
    expect((await counted()) - tokensBefore).toBe(billed);
  });

  test('fails with a model that it does not have, in its own words and with what to do', async () => {
    const result = await run(name, 'no-such-model');
    expect(result).toMatchObject({ passed: false, billed: false, reason: 'UpstreamError' });
    expect(result.upstream?.message).not.toBe('');
    expect(result.hint).toMatch(/model/i);
  });

  test.each<[string, Scenario, string]>([
    ['is overloaded', { error: 503 }, 'UpstreamError'],
    ['limits the rate', { error: 429 }, 'UpstreamError'],
    ['hangs up', { resetBeforeAnswer: true }, 'ConnectionLost'],
    ['speaks no HTTP', { garbage: 'InsteadOfAnswer' }, 'NotHTTP'],
  ])('fails when it %s', async (_what, scenario, reason) => {
    upstreams[type]?.always(scenario);
    const result = await run(name);
    expect(result).toMatchObject({ passed: false, billed: false, reason });
    expect(result.hint).toMatch(/\w/);
    expect(upstreams[type]?.exchanges.length).toBe(1);
  });
});

describe('a credential that is rejected', () => {
  test.each([
    ['openai-revoked', /key/],
    ['anthropic-revoked', /key/],
    ['gemini-revoked', /key/],
    ['bedrock-stranger', /AWS rejects the key/],
    ['bedrock-forger', /AWS rejects the key/],
  ])('%s is told as that', async (name, hint) => {
    const result = await run(name);
    expect(result).toMatchObject({ passed: false, billed: false, reason: 'UpstreamError' });
    expect(result.upstream?.status).toBeGreaterThanOrEqual(400);
    expect(result.hint).toMatch(hint);
  });
});

test.each(['openai-down', 'anthropic-down', 'gemini-down', 'bedrock-down'])('%s refuses connections', async (name) => {
  const result = await run(name);
  expect(result).toMatchObject({ passed: false, billed: false, reason: 'ConnectionRefused' });
  expect(result.hint).toContain('base URL');
});

test('credentials that AWS does not give are told as that, and nothing is called', async () => {
  const result = await run('bedrock-nobody');
  expect(result).toMatchObject({ passed: false, billed: false, reason: 'CredentialsUnavailable' });
  expect(result.hint).toContain('spec.bedrock.credentials');
  expect(upstreams['Bedrock']?.exchanges).toHaveLength(0);
});

test('a base URL with a wrong path is told as that', async () => {
  expect((await run('openai-elsewhere')).hint).toContain('spec.baseURL');
});

test('a model of Bedrock that needs an inference profile is told as that', async () => {
  const { passed, hint } = await run('bedrock', 'anthropic.claude-sonnet-4-5-20250929-v1:0');
  expect(passed).toBe(false);
  expect(hint).toContain('inference profile');
});

test('a model of Bedrock is called by the ARN of its profile', async () => {
  const arn = 'arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.amazon.nova-pro-v1:0';
  expect(await run('bedrock', arn)).toMatchObject({ passed: true, billed: true });
});

describe('a provider that passes its callers’ credentials on', () => {
  test('is reachable, and says what that does not prove', async () => {
    expect(await run('own')).toMatchObject({
      passed: true,
      upstream: { status: 401 },
      hint: expect.stringContaining('X-Tidegate-Authorization'),
    });
  });

  test('is tested with the caller’s own', async () => {
    const headers = { authorization: `Bearer ${ownCredential}` };
    expect(await run('own', 'claude-opus-5', headers)).toMatchObject({ passed: true, billed: true });
    expect(upstreams['Anthropic']?.last.request.header('authorization')).toBe(`Bearer ${ownCredential}`);
    expect(upstreams['Anthropic']?.last.request.header('x-api-key')).toBeUndefined();
  });
});
