/** The openai SDK for Python against a gateway process; `openai_client.py` makes the calls. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { provider, secret, StandaloneGateway, upstreamKey } from '../support/gateway/index.ts';
import { pythonWith } from '../support/python/environment.ts';
import { defaultModels, openAI, scenarioHeader, UpstreamServer } from '../upstreams/index.ts';

interface Calls {
  readonly chat: string;
  readonly streamed: { readonly text: string; readonly usage_chunks: number; readonly usage: number | null };
  readonly streamed_with_usage: Calls['streamed'];
  readonly response: string;
  readonly streamed_response: string;
  readonly embedding: readonly number[];
  readonly models: readonly string[];
  readonly upload: { readonly bytes: number; readonly same: boolean };
}

interface Failure {
  readonly type: string | null;
  readonly status: number;
  readonly code: string | null;
  readonly headers: Readonly<Record<string, string | null>>;
}

interface Results {
  readonly versioned: Calls;
  readonly unversioned: Calls;
  readonly failures: Readonly<Record<string, Failure>>;
  readonly broken_stream: { readonly type: string | null; readonly message: string };
}

const here = new URL('.', import.meta.url).pathname;
const environment = pythonWith(`${here}requirements.txt`);

const describePython = 'missing' in environment ? describe.skip : describe;

describePython('the openai SDK for Python', () => {
  let upstream: UpstreamServer;
  let gateway: StandaloneGateway;
  let results: Results;

  beforeAll(async () => {
    upstream = await UpstreamServer.start({ wire: openAI(), keys: [upstreamKey] });
    gateway = await StandaloneGateway.start({
      manifests: {
        'openai.yaml': [provider('openai', upstream.origin), secret('openai')],
        'limited.yaml': [provider('limited', upstream.origin, { models: [{ name: 'o3' }] }), secret('limited')],
        'disabled.yaml': [provider('disabled', upstream.origin, { enabled: false }), secret('disabled')],
        'wrong-key.yaml': [provider('wrong-key', upstream.origin), secret('wrong-key', 'sk-revoked')],
      },
    });
    if ('missing' in environment) return;
    const { stdout } = await promisify(execFile)(environment.python, [`${here}openai_client.py`], {
      env: { ...process.env, GATEWAY: `${gateway.url}/llm/v1/providers`, SCENARIO_HEADER: scenarioHeader },
      maxBuffer: 16 * 1024 * 1024,
    });
    results = JSON.parse(stdout) as Results;
  });

  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    await upstream[Symbol.asyncDispose]();
  });

  test.each(['versioned', 'unversioned'] as const)('every call is answered with a %s base URL', (kind) => {
    expect(results[kind]).toEqual({
      chat: 'Hello world grüße 日本',
      streamed: { text: 'Hello world grüße 日本', usage_chunks: 0, usage: null },
      streamed_with_usage: { text: 'Hello world grüße 日本', usage_chunks: 1, usage: 4 },
      response: 'Hello world grüße 日本',
      streamed_response: 'Hello world grüße 日本',
      embedding: [0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875],
      models: [...defaultModels],
      upload: { bytes: 9000, same: true },
    });
  });

  test.each([
    ['wrong-key', 'AuthenticationError', 401, 'invalid_api_key'],
    ['403', 'PermissionDeniedError', 403, 'unsupported_country_region_territory'],
    ['404', 'NotFoundError', 404, 'model_not_found'],
    ['429', 'RateLimitError', 429, 'rate_limit_exceeded'],
    ['500', 'InternalServerError', 500, null],
  ])("the upstream's error %s keeps its type", (name, type, status, code) => {
    expect(results.failures[name]).toMatchObject({ type, status, code, headers: { 'x-tidegate-error': null } });
  });

  test('429 keeps its retry headers and is tried as often as the SDK does by itself', () => {
    expect(results.failures['429']?.headers).toMatchObject({ 'retry-after': '1', 'retry-after-ms': '5' });
    expect(upstream.exchanges.filter((exchange) => exchange.status === 429)).toHaveLength(3);
  });

  test.each([
    ['limited', 'PermissionDeniedError', 403, 'ModelNotAllowed'],
    ['disabled', 'PermissionDeniedError', 403, 'ProviderDisabled'],
    ['unknown', 'NotFoundError', 404, 'ProviderNotFound'],
  ])('the refusal of %s is a typed error', (name, type, status, code) => {
    expect(results.failures[name]).toMatchObject({
      type,
      status,
      headers: { 'x-tidegate-error': code, 'x-should-retry': 'false' },
    });
  });

  test('a stream that breaks off raises an error', () => {
    expect(results.broken_stream.type).toBe('APIError');
    expect(results.broken_stream.message).toMatch(/upstream/i);
  });
});
