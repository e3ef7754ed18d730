import { describe, expect, test } from '@jest/globals';
import { providerEntry, responseHead } from '../../../test/support/wire.ts';
import type { ProviderEntry } from '../../table/types.ts';
import type { ConnectionTestFinding } from '../wire.ts';
import { connectionTest, connectionTestFinding } from './connection-test.ts';

const openai = providerEntry();
const compatible = providerEntry([], { type: 'OpenAICompatible', baseURL: 'http://vllm.models.svc:8000' });
const json = { 'content-type': 'application/json' };

interface Told {
  readonly status?: number;
  readonly body?: unknown;
  readonly model?: string;
  readonly entry?: ProviderEntry;
  readonly headers?: Readonly<Record<string, string>>;
}

function finding({ status = 200, body = '', model, entry = openai, headers = json }: Told): ConnectionTestFinding {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return connectionTestFinding(entry, connectionTest(entry, model), { ...responseHead(headers, status), body: text });
}

describe('the call', () => {
  test('without a model is free: the list of models', () => {
    expect(connectionTest(openai, undefined)).toMatchObject({
      url: 'https://api.openai.com/v1/models',
      method: 'GET',
      billed: false,
      operation: { name: 'models', metered: false },
    });
  });

  test('with a model is the shortest chat', () => {
    const call = connectionTest(compatible, 'a "model"');
    expect(call).toMatchObject({
      url: 'http://vllm.models.svc:8000/chat/completions',
      method: 'POST',
      billed: true,
      operation: { name: 'chat', metered: true },
    });
    expect(JSON.parse(call.body ?? '')).toMatchObject({ model: 'a "model"', max_completion_tokens: 16 });
  });
});

describe('an answer passes', () => {
  test.each<[string, Told]>([
    ['with a list of models', { body: { object: 'list', data: [] } }],
    ['with a list that was cut', { body: `{"object":"list","data":[{"id":"${'m'.repeat(70_000)}` }],
    ['with a bare list, as some servers have it', { body: [] }],
    ['with a completion', { model: 'gpt-5', body: { choices: [] } }],
  ])('%s', (_what, told) => {
    expect(finding(told)).toEqual({ kind: 'Passed' });
  });
});

describe('an answer fails with what to do', () => {
  test.each<[string, Told, string, string]>([
    [
      'a rejected key',
      { status: 401, body: { error: { message: 'Incorrect API key provided.', code: 'invalid_api_key' } } },
      'Incorrect API key provided.',
      'The key is rejected',
    ],
    [
      'no key where one is needed',
      {
        status: 401,
        entry: { ...compatible, credential: { kind: 'None' } },
        body: { error: 'Unauthorized' },
      },
      'Unauthorized',
      'spec.secretRef',
    ],
    [
      'no quota',
      { status: 429, model: 'gpt-5', body: { error: { message: 'You exceeded', code: 'insufficient_quota' } } },
      'You exceeded',
      'billing',
    ],
    [
      'a rate limit',
      { status: 429, body: { error: { message: 'Rate limit reached', code: 'rate_limit_exceeded' } } },
      'Rate limit reached',
      'try again later',
    ],
    [
      'an unknown model',
      {
        status: 404,
        model: 'x',
        body: { error: { message: 'The model `x` does not exist', code: 'model_not_found' } },
      },
      'The model `x` does not exist',
      'does not know this model',
    ],
    [
      'an unknown model of vLLM',
      {
        status: 404,
        model: 'x',
        entry: compatible,
        body: { object: 'error', message: 'The model `x` does not exist.', code: 404 },
      },
      'The model `x` does not exist.',
      'does not know this model',
    ],
    [
      'an unknown deployment of Azure',
      {
        status: 404,
        model: 'x',
        body: {
          error: { message: 'The API deployment for this resource does not exist.', code: 'DeploymentNotFound' },
        },
      },
      'The API deployment for this resource does not exist.',
      'deployment',
    ],
    [
      'a base URL without /v1',
      { status: 404, entry: compatible, body: { detail: 'Not Found' } },
      'Not Found',
      'it has no path, and most servers have their API below /v1',
    ],
    [
      'a wrong path at OpenAI',
      {
        status: 404,
        body: {
          error: { message: 'Invalid URL (GET /v2/models)', type: 'invalid_request_error', code: 'unknown_url' },
        },
      },
      'Invalid URL (GET /v2/models)',
      'https://api.openai.com/v1',
    ],
    [
      "the address of Azure's deployments",
      {
        status: 404,
        entry: { ...openai, baseURL: 'https://example.openai.azure.com/openai' },
        body: { error: { code: '404', message: 'Resource not found' } },
      },
      'Resource not found',
      '/openai/v1. Without /v1 each call needs `api-version`',
    ],
    [
      'a wrong path, with a model',
      { status: 404, model: 'x', body: { error: { message: 'Unknown request URL: /models/x', code: 'unknown_url' } } },
      'Unknown request URL: /models/x',
      'Check spec.baseURL',
    ],
    [
      'a wrong path',
      { status: 404, entry: { ...compatible, baseURL: 'http://vllm:8000/api' }, body: '404 page not found' },
      '404 page not found',
      'Check the path of spec.baseURL',
    ],
    [
      'a web page',
      {
        headers: { 'content-type': 'text/html; charset=utf-8' },
        body: '<!doctype html><html><head><title>Open WebUI</title></head></html>',
        entry: compatible,
      },
      'A web page ("Open WebUI")',
      'no API',
    ],
    [
      'a web page that is called JSON',
      { status: 502, body: '<html><body>Bad gateway</body></html>' },
      'A web page',
      'https://api.openai.com/v1',
    ],
    ['an answer of something else', { body: 'Ollama is running' }, 'Ollama is running', "none of OpenAI's API"],
    ['an error with status 200', { body: { error: { message: 'no' } } }, 'no', "none of OpenAI's API"],
    ['an answer that is no completion', { model: 'x', body: { ok: true } }, '{"ok":true}', "none of OpenAI's API"],
    [
      'a key without permission',
      { status: 403, body: { error: { message: 'Missing scopes: model.read', code: null } } },
      'Missing scopes: model.read',
      'permissions',
    ],
    [
      'a country that is not served',
      {
        status: 403,
        body: { error: { message: 'Country not supported', code: 'unsupported_country_region_territory' } },
      },
      'Country not supported',
      'country',
    ],
    [
      'a model that does not chat',
      { status: 400, model: 'x', body: { error: { message: "Unsupported parameter: 'max_completion_tokens'" } } },
      "Unsupported parameter: 'max_completion_tokens'",
      'takes no chat',
    ],
  ])('%s', (_what, told, message, hint) => {
    expect(finding(told)).toEqual({ kind: 'Failed', message, hint: expect.stringContaining(hint) });
  });

  test('a failure that its status explains has no hint of its own', () => {
    expect(finding({ status: 503, body: { error: { message: 'Overloaded' } } })).toEqual({
      kind: 'Failed',
      message: 'Overloaded',
    });
  });

  test('a long text that is no error object is cut', () => {
    expect(finding({ status: 500, body: 'x'.repeat(60_000) })).toEqual({ kind: 'Failed', message: 'x'.repeat(300) });
  });

  test('nothing at all is told as nothing', () => {
    expect(finding({ status: 500, body: '' })).toEqual({ kind: 'Failed', message: '' });
  });
});
