/** The google-genai SDK for Python against a gateway process; `google_client.py` makes the calls. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { googleProvider, googleSecret } from '../support/gateway/google.ts';
import { StandaloneGateway, upstreamKey } from '../support/gateway/index.ts';
import { pythonWith } from '../support/python/environment.ts';
import { google, googleModels, scenarioHeader, UpstreamServer } from '../upstreams/index.ts';

interface Failure {
  readonly type: string | null;
  readonly code: number;
  readonly status: string;
  readonly message: string;
}

interface Results {
  readonly by_default: object;
  readonly beta: object;
  readonly limited_models: readonly string[];
  readonly failures: Readonly<Record<string, Failure>>;
}

const here = new URL('.', import.meta.url).pathname;
const environment = pythonWith(`${here}requirements.txt`);

const describePython = 'missing' in environment ? describe.skip : describe;

describePython('the google-genai SDK for Python', () => {
  let upstream: UpstreamServer;
  let gateway: StandaloneGateway;
  let results: Results;

  beforeAll(async () => {
    upstream = await UpstreamServer.start({ wire: google(), keys: [upstreamKey] });
    const models = [{ name: 'gemini-2.5-flash' }];
    gateway = await StandaloneGateway.start({
      manifests: {
        'gemini.yaml': [googleProvider('gemini', upstream.origin), googleSecret('gemini')],
        'limited.yaml': [googleProvider('limited', upstream.origin, { models }), googleSecret('limited')],
        'disabled.yaml': [googleProvider('disabled', upstream.origin, { enabled: false }), googleSecret('disabled')],
        'wrong-key.yaml': [googleProvider('wrong-key', upstream.origin), googleSecret('wrong-key', 'AIza-revoked')],
      },
    });
    if ('missing' in environment) return;
    const { stdout } = await promisify(execFile)(environment.python, [`${here}google_client.py`], {
      env: { ...process.env, GATEWAY: `${gateway.url}/llm/v1/providers`, SCENARIO_HEADER: scenarioHeader },
      maxBuffer: 16 * 1024 * 1024,
    });
    results = JSON.parse(stdout) as Results;
  }, 240_000);

  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    await upstream[Symbol.asyncDispose]();
  });

  test.each(['by_default', 'beta'] as const)('every call is answered: %s', (version) => {
    expect(results[version]).toEqual({
      text: 'Hello world grüße 日本',
      streamed: { text: 'Hello world grüße 日本', finish: 'STOP', thoughts: 16 },
      chat: 'Hello world grüße 日本',
      function: [['weather', { city: 'Paris' }]],
      image: 'Hello world grüße 日本',
      tokens: true,
      embedding: [0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875],
      models: googleModels.map((name) => `models/${name}`),
      upload: { bytes: 9_000_000, listed: true, name: 'lines' },
    });
  });

  test('the list of models is that of the allowlist', () => {
    expect(results.limited_models).toEqual(['models/gemini-2.5-flash']);
  });

  test('the upstream sees its own key and nothing of the caller', () => {
    const requests = upstream.exchanges.map(({ request }) => request);
    expect(requests.some((request) => request.rawHeaders.join().includes('token-of-the-caller'))).toBe(false);
    expect(requests.every((request) => request.header('authorization') === undefined)).toBe(true);
  });

  test.each([
    ['400', 'ClientError', 400, 'INVALID_ARGUMENT'],
    ['401', 'ClientError', 401, 'UNAUTHENTICATED'],
    ['403', 'ClientError', 403, 'PERMISSION_DENIED'],
    ['404', 'ClientError', 404, 'NOT_FOUND'],
    ['429', 'ClientError', 429, 'RESOURCE_EXHAUSTED'],
    ['500', 'ServerError', 500, 'INTERNAL'],
    ['503', 'ServerError', 503, 'UNAVAILABLE'],
    ['stream-400', 'ClientError', 400, 'INVALID_ARGUMENT'],
    ['stream-429', 'ClientError', 429, 'RESOURCE_EXHAUSTED'],
    ['stream-503', 'ServerError', 503, 'UNAVAILABLE'],
    ['wrong-key', 'ClientError', 400, 'INVALID_ARGUMENT'],
  ])("the upstream's error %s keeps its type", (name, type, code, status) => {
    expect(results.failures[name]).toMatchObject({ type, code, status });
  });

  test.each([
    ['limited', 403, 'PERMISSION_DENIED', /gemini-2.5-flash/],
    ['limited-stream', 403, 'PERMISSION_DENIED', /gemini-2.5-flash/],
    ['disabled', 403, 'PERMISSION_DENIED', /disabled/],
  ])('mistake 13: the refusal of %s is a typed error', (name, code, status, message) => {
    expect(results.failures[name]).toMatchObject({ type: 'ClientError', code, status });
    expect(results.failures[name]?.message).toMatch(message);
  });

  test('mistake 13: a stream that fails in the middle raises an error', () => {
    expect(results.failures['told']).toMatchObject({ type: 'ServerError', code: 503, status: 'UNAVAILABLE' });
    expect(results.failures['cut']).toMatchObject({ type: 'ServerError', code: 502, status: 'UNAVAILABLE' });
    expect(results.failures['cut']?.message).toMatch(/upstream/i);
  });
});
