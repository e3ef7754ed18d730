/** The Anthropic SDK for Python against a gateway process; `anthropic_client.py` makes the calls. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { anthropicPassthrough, anthropicProvider, anthropicSecret } from '../support/gateway/anthropic.ts';
import { StandaloneGateway, upstreamKey } from '../support/gateway/index.ts';
import { pythonWith } from '../support/python/environment.ts';
import { anthropic, anthropicModels, scenarioHeader, UpstreamServer } from '../upstreams/index.ts';

interface Failure {
  readonly type: string | null;
  readonly status: number;
  readonly error: string;
  readonly request_id: string;
  readonly headers: Readonly<Record<string, string | null>>;
}

interface Results {
  readonly failures: Readonly<Record<string, Failure>>;
  readonly [name: string]: unknown;
}

const here = new URL('.', import.meta.url).pathname;
const environment = pythonWith(`${here}requirements.txt`);
const describePython = 'missing' in environment ? describe.skip : describe;

const text = 'Hello world grüße 日本';
const subscription = 'sk-ant-oat01-of-the-client';

describePython('the Anthropic SDK for Python', () => {
  let upstream: UpstreamServer;
  let gateway: StandaloneGateway;
  let results: Results;

  beforeAll(async () => {
    upstream = await UpstreamServer.start({ wire: anthropic(), keys: [upstreamKey, subscription] });
    const { origin } = upstream;
    gateway = await StandaloneGateway.start({
      manifests: {
        'anthropic.yaml': [
          anthropicProvider('anthropic', origin),
          anthropicProvider('limited', origin, { models: [{ name: 'claude-sonnet-5' }] }),
          anthropicProvider('disabled', origin, { enabled: false }),
          anthropicProvider('wrong-key', origin, { secretRef: { name: 'wrong-key' } }),
          anthropicPassthrough('own', origin),
          anthropicSecret(),
          anthropicSecret('wrong-key', 'sk-ant-revoked'),
        ],
      },
    });
    if ('missing' in environment) return;
    const { stdout } = await promisify(execFile)(environment.python, [`${here}anthropic_client.py`], {
      env: {
        ...process.env,
        GATEWAY: `${gateway.url}/llm/v1/providers`,
        SCENARIO_HEADER: scenarioHeader,
        SUBSCRIPTION: subscription,
      },
      maxBuffer: 16 * 1024 * 1024,
    });
    results = JSON.parse(stdout) as Results;
  }, 240_000);

  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    await upstream[Symbol.asyncDispose]();
  });

  test('every call is answered', () => {
    expect(results).toMatchObject({
      message: text,
      streamed: { content: [{ type: 'text', text }], output: 4 },
      thinking: { content: [{ type: 'thinking', thinking: 'The user wants "hello".' }, { text }], output: 20 },
      tool: { city: 'Paris' },
      streamed_tool: { city: 'Paris' },
      image: text,
      count: expect.any(Number),
      models: [...anthropicModels],
      limited_models: ['claude-sonnet-5'],
    });
    expect(results['events']).toEqual([
      'message_start',
      'content_block_start',
      ...Array<string>(4).fill('content_block_delta'),
      'content_block_stop',
      'message_delta',
      'message_stop',
    ]);
  });

  test("mistake 10: a caller's own credential is the one that the upstream sees", () => {
    expect(results['own_credential']).toBe(text);
    const seen = upstream.exchanges.filter(({ request }) => request.header('authorization') !== undefined);
    expect(seen.map(({ request }) => request.header('authorization'))).toEqual([`Bearer ${subscription}`]);
    expect(seen[0]?.request.header('x-api-key')).toBeUndefined();
  });

  test.each([
    ['wrong-key', 'AuthenticationError', 401, 'authentication_error'],
    ['403', 'PermissionDeniedError', 403, 'permission_error'],
    ['404', 'NotFoundError', 404, 'not_found_error'],
    ['429', 'RateLimitError', 429, 'rate_limit_error'],
    ['500', 'InternalServerError', 500, 'api_error'],
    ['529', 'OverloadedError', 529, 'overloaded_error'],
  ])("the upstream's error %s keeps its type", (name, type, status, error) => {
    expect(results.failures[name]).toMatchObject({ type, status, error, headers: { 'x-tidegate-error': null } });
    expect(results.failures[name]?.request_id).toMatch(/^req_/);
  });

  test('mistake 12: 429 keeps its headers and is tried as often as the SDK does by itself', () => {
    expect(results.failures['429']?.headers).toMatchObject({
      'retry-after': '1',
      'retry-after-ms': '5',
      'x-should-retry': 'true',
      'anthropic-ratelimit-unified-status': 'rejected',
    });
    expect(upstream.exchanges.filter((exchange) => exchange.status === 429)).toHaveLength(3);
  });

  test.each([
    ['limited', 'PermissionDeniedError', 403, 'ModelNotAllowed'],
    ['disabled', 'PermissionDeniedError', 403, 'ProviderDisabled'],
  ])('the refusal of %s is a typed error', (name, type, status, code) => {
    expect(results.failures[name]).toMatchObject({
      type,
      status,
      error: 'permission_error',
      headers: { 'x-tidegate-error': code, 'x-should-retry': 'false' },
    });
  });

  test('a stream that breaks off, or fails by itself, raises an error after what came before', () => {
    expect(results['cut_stream']).toMatchObject({ message: expect.stringMatching(/upstream/i), seen: 3 });
    expect(results['failed_stream']).toMatchObject({ message: expect.stringMatching(/overloaded/i), seen: 4 });
  });
});
