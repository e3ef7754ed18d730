import { describe, expect, test } from '@jest/globals';
import { providerEntry, requestHead, responseHead } from '../../../test/support/wire.ts';
import { Redacted } from '../../redacted.ts';
import type { ConnectionTestAnswer, Refusal } from '../wire.ts';
import { googleWire } from './wire.ts';

const HOST = 'https://generativelanguage.googleapis.com';
const entry = (baseURL = HOST, models: readonly string[] = []) =>
  providerEntry(models, { type: 'GoogleAI', baseURL, credential: { kind: 'APIKey', value: new Redacted('AIza-key') } });

describe('the path at the upstream', () => {
  test.each([
    [HOST, '/v1beta/models/m:generateContent', '/v1beta/models/m:generateContent'],
    [HOST, '/v1/models', '/v1/models'],
    [`${HOST}/v1beta`, '/models/m:generateContent', '/v1beta/models/m:generateContent'],
    [`${HOST}/v1beta`, '/v1beta/models/m:generateContent', '/v1beta/models/m:generateContent'],
    // Google's SDKs differ in the version that they add by themselves.
    [`${HOST}/v1beta`, '/v1/models/m:generateContent', '/v1/models/m:generateContent'],
    [`${HOST}/v1beta`, '/v1beta1/models', '/v1beta1/models'],
    [`${HOST}/v1beta`, '/upload/v1beta/files', '/upload/v1beta/files'],
    [`${HOST}/v1beta`, '/upload/files', '/upload/v1beta/files'],
    [`${HOST}/v1beta`, '/openai/chat/completions', '/v1beta/openai/chat/completions'],
    ['http://proxy.example/google', '/v1beta/models', '/google/v1beta/models'],
    ['http://proxy.example/google/v1', '/upload/v1beta/files', '/google/upload/v1beta/files'],
    ['http://v1', '/models', '/models'],
    [HOST, '/v1beta/models/a%2Fb:x', '/v1beta/models/a%2Fb:x'],
  ])('of %s and %s is %s', (baseURL, target, expected) => {
    expect(googleWire.joinPath(entry(baseURL), requestHead('POST', target))).toBe(expected);
  });

  test('asks for all models at once where not all may be seen: no page is empty', () => {
    const listed = (query: string, models: readonly string[]) =>
      googleWire.joinPath(entry(HOST, models), requestHead('GET', `/v1beta/models${query}`));
    expect(listed('', ['m'])).toBe('/v1beta/models?pageSize=1000');
    expect(listed('?pageSize=2&pageToken=t', ['m'])).toBe('/v1beta/models?pageToken=t&pageSize=1000');
    expect(listed('?pageSize=2', [])).toBe('/v1beta/models?pageSize=2');
  });

  test.each([
    ['alt=sse', '?alt=sse'],
    ['pageToken=a%3D&x', '?pageToken=a%3D&x'],
    ['alt=sse&key=k', '?alt=sse'],
    ['$key=k&alt=sse', '?alt=sse'],
    ['%24key=k', ''],
    ['access_token=t&alt=sse&oauth_token=t', '?alt=sse'],
    ['monkey=1&keys=2', '?monkey=1&keys=2'],
  ])('has no credential of the client in its query: %s', (query, expected) => {
    expect(googleWire.joinPath(entry(), requestHead('GET', `/v1beta/models?${query}`))).toBe(
      `/v1beta/models${expected}`,
    );
  });
});

describe('the credential', () => {
  test("is Google's header for its own API and a bearer token for OpenAI's, never both", () => {
    expect(googleWire.credentialHeaders(entry(), 'Google')).toEqual([['x-goog-api-key', 'AIza-key']]);
    expect(googleWire.credentialHeaders(entry(), 'OpenAI')).toEqual([['authorization', 'Bearer AIza-key']]);
  });

  test("takes the place of the client's in either header", () => {
    for (const name of ['authorization', 'x-goog-api-key', 'x-api-key', 'api-key'])
      expect(googleWire.credentialHeaderNames.has(name)).toBe(true);
  });
});

describe('where an upload goes on', () => {
  const continued = (url: string, baseURL?: string) =>
    googleWire.continuations?.(entry(baseURL), responseHead({ 'x-goog-upload-url': url }));

  test.each([
    [`${HOST}/upload/v1beta/files?upload_id=a&upload_protocol=resumable`, undefined],
    ['https://other.example/upload/v1beta/files?upload_id=a&upload_protocol=resumable', undefined],
    [
      'http://proxy.example/google/upload/v1beta/files?upload_id=a&upload_protocol=resumable',
      'http://proxy.example/google/v1beta',
    ],
    [`${HOST}/upload/v1beta/files?key=AIza-key&upload_id=a&upload_protocol=resumable`, undefined],
    [`${HOST}//upload/v1beta/files?key=AIza-key&upload_id=a&upload_protocol=resumable`, undefined],
    ['/upload/v1beta/files?key=AIza-key&upload_id=a&upload_protocol=resumable', undefined],
  ])('is a path of the gateway, without a key: %s', (url, baseURL) => {
    expect(continued(url, baseURL)).toEqual([
      { header: 'x-goog-upload-url', path: '/upload/v1beta/files?upload_id=a&upload_protocol=resumable' },
    ]);
  });

  test.each(['nonsense', `${HOST}/v1beta/models`])('is left alone where it is no upload: %s', (url) => {
    expect(continued(url)).toEqual([]);
  });
});

describe("mistake 13: errors in another shape than the route's", () => {
  const refused: Refusal = { status: 403, code: 'ModelNotAllowed', message: 'Not "this" one.', requestId: 'r-1' };
  const operation = (target: string) => googleWire.classify(requestHead('POST', target), entry());
  const GENERATE = '/v1beta/models/m:generateContent';
  const ARRAY = '/v1beta/models/m:streamGenerateContent';
  const EVENTS = `${ARRAY}?alt=sse`;
  const object = {
    error: {
      code: 403,
      message: 'Not "this" one.',
      status: 'PERMISSION_DENIED',
      details: [
        {
          '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
          reason: 'MODEL_NOT_ALLOWED',
          domain: 'tidegate.io',
          metadata: { requestId: 'r-1' },
        },
      ],
    },
  };
  const told = (target?: string): unknown =>
    JSON.parse(googleWire.refusal(refused, target === undefined ? undefined : operation(target)).body.toString());

  test("a refusal has Google's, in a list where a list was asked for", () => {
    expect(told()).toEqual(object);
    expect(told(GENERATE)).toEqual(object);
    expect(told(EVENTS)).toEqual(object);
    expect(told(ARRAY)).toEqual([object]);
    expect(googleWire.refusal(refused, undefined).contentType).toMatch(/^application\/json/);
  });

  test("under /openai it has OpenAI's", () => {
    expect(told('/v1beta/openai/chat/completions')).toMatchObject({ error: { code: 'model_not_allowed' } });
  });

  test.each([
    [400, 'INVALID_ARGUMENT'],
    [401, 'UNAUTHENTICATED'],
    [403, 'PERMISSION_DENIED'],
    [404, 'NOT_FOUND'],
    [413, 'INVALID_ARGUMENT'],
    [429, 'RESOURCE_EXHAUSTED'],
    [500, 'INTERNAL'],
    [502, 'UNAVAILABLE'],
    [503, 'UNAVAILABLE'],
    [504, 'DEADLINE_EXCEEDED'],
  ])('%d is %s', (status, name) => {
    const { body } = googleWire.refusal({ ...refused, status }, undefined);
    expect(JSON.parse(body.toString())).toMatchObject({ error: { code: status, status: name } });
  });

  const events = responseHead({ 'content-type': 'text/event-stream' });
  const json = responseHead({ 'content-type': 'application/json; charset=UTF-8' });

  test('in a stream of events it is an event, also behind one that was cut', () => {
    const text = googleWire.streamError(refused, operation(EVENTS), events)?.toString() ?? '';
    expect(text.startsWith('\n\ndata: {')).toBe(true);
    expect(text.endsWith('\n\n')).toBe(true);
    expect(JSON.parse(text.trim().slice('data: '.length))).toEqual(object);
  });

  test('in an array it is the last element, and the array is whole', () => {
    const error = (begun: boolean) => googleWire.streamError(refused, operation(ARRAY), json, begun)?.toString() ?? '';
    expect(JSON.parse(`[{"a":1}${error(true)}`)).toEqual([{ a: 1 }, object]);
    expect(JSON.parse(error(false))).toEqual([object]);
  });

  test('in an answer that is no stream there is none', () => {
    expect(googleWire.streamError(refused, operation(GENERATE), json)).toBeUndefined();
  });
});

describe('the list of models', () => {
  const allowing = entry(HOST, ['gemini-2.5-pro', 'tunedModels/mine']);
  const filtered = (body: string, target = '/v1beta/models') => {
    const operation = googleWire.classify(requestHead('GET', target), allowing);
    return googleWire.filterModelList(Buffer.from(body), allowing, operation)?.toString();
  };

  test.each([
    [
      '{\n "models": [\n {"name": "models/gemini-2.5-pro"},\n {"name": "models/x"}\n ],\n "nextPageToken": "t"\n}',
      '{\n "models": [\n {"name": "models/gemini-2.5-pro"}\n ],\n "nextPageToken": "t"\n}',
    ],
    ['{"models":[{"name":"models/x","baseModelId":"gemini-2.5-pro"}]}', '{"models":[]}'],
    ['{}\n', '{}\n'],
    ['{\n  "nextPageToken": "Ch9tb2"\n}\n', '{\n  "nextPageToken": "Ch9tb2"\n}\n'],
    ['{"tunedModels":[]}', undefined],
    ['[]', undefined],
  ])('%s is cut down to %s', (body, expected) => {
    expect(filtered(body)).toBe(expected);
  });

  test("of OpenAI's API is cut down, too", () => {
    const body = '{"object":"list","data":[{"id":"models/gemini-2.5-pro"},{"id":"models/x"}]}';
    expect(filtered(body, '/v1beta/openai/models')).toBe('{"object":"list","data":[{"id":"models/gemini-2.5-pro"}]}');
  });
});

describe('a connection test', () => {
  const answer = (status: number, body: object | string): ConnectionTestAnswer => ({
    ...responseHead({}, status),
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const finding = (model: string | undefined, told: ConnectionTestAnswer) =>
    googleWire.connectionTestFinding(entry(), googleWire.connectionTest(entry(), model), told);
  const error = (code: number, message: string, details: object[] = []): ConnectionTestAnswer =>
    answer(code, { error: { code, message, status: 'X', details } });

  test('without a model asks for one model of the list, which is free', () => {
    expect(googleWire.connectionTest(entry(), undefined)).toMatchObject({
      url: `${HOST}/v1beta/models?pageSize=1`,
      method: 'GET',
      billed: false,
    });
    expect(googleWire.connectionTest(entry('http://proxy/g/v1'), undefined).url).toBe(
      'http://proxy/g/v1beta/models?pageSize=1',
    );
  });

  test('with a model asks it for a few tokens, or to embed', () => {
    const call = googleWire.connectionTest(entry(), 'gemini-2.5-pro');
    expect(call).toMatchObject({ url: `${HOST}/v1beta/models/gemini-2.5-pro:generateContent`, billed: true });
    expect(JSON.parse(call.body ?? '')).toMatchObject({ generationConfig: { maxOutputTokens: 16 } });
    expect(googleWire.connectionTest(entry(), 'gemini-embedding-2').url).toMatch(/:embedContent$/);
    expect(googleWire.connectionTest(entry(), 'tunedModels/mine').url).toMatch(/\/v1beta\/tunedModels\/mine:/);
    expect(googleWire.connectionTest(entry(), 'a?b').url).toMatch(/models\/a%3Fb:/);
  });

  test('passes with an answer, also one that was cut short', () => {
    expect(finding(undefined, answer(200, { models: [] }))).toEqual({ kind: 'Passed' });
    expect(finding('m', answer(200, { candidates: [{ finishReason: 'MAX_TOKENS' }] }))).toEqual({ kind: 'Passed' });
  });

  const reason = (name: string): object[] => [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: name }];

  test.each([
    [undefined, error(400, 'API key not valid.', reason('API_KEY_INVALID')), /key was rejected/],
    [undefined, error(403, 'It has not been used in project 1', reason('SERVICE_DISABLED')), /Enable/],
    [undefined, error(403, 'Blocked', reason('API_KEY_IP_ADDRESS_BLOCKED')), /restrictions/],
    [undefined, error(403, 'No.'), /may not/],
    [undefined, error(400, 'User location is not supported for the API use.'), /region/],
    [undefined, error(429, 'Quota'), /quota/],
    [undefined, error(503, 'Overloaded'), /later/],
    ['m', error(404, 'models/m is not found'), /model is not known/],
    [undefined, answer(404, '<html>'), /not the Gemini API/],
    [undefined, answer(200, '<html>'), /not the Gemini API/],
    [undefined, answer(302, ''), /not the Gemini API/],
  ])('of %s that fails says why and what to do: %j', (model, told, hint) => {
    const found = finding(model, told);
    expect(found).toMatchObject({ kind: 'Failed', hint: expect.stringMatching(hint) });
    expect(found.kind === 'Failed' ? found.message : '').not.toBe('');
  });
});
