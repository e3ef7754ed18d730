import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { providerEntry, requestHead, scanBody } from '../../../test/support/wire.ts';
import type { BodyScan } from '../wire.ts';
import { googleWire } from './wire.ts';

const entry = providerEntry();
const classify = (method: string, target: string, headers = {}, hasBody = method === 'POST') =>
  googleWire.classify(requestHead(method, target, headers, hasBody), entry);

const REFUSE = { in: 'None', allowlisted: 'Refuse' };
const PASS = { in: 'None', allowlisted: 'Pass' };
const named = (model: string): object => ({ in: 'Head', model });

describe('a call', () => {
  test.each([
    ['POST', '/v1beta/models/gemini-2.5-pro:generateContent', 'generate_content', true],
    ['POST', '/v1/models/gemini-2.5-pro:streamGenerateContent?alt=sse', 'generate_content', true],
    ['POST', '/v1alpha/models/gemini-2.5-pro:streamGenerateContent', 'generate_content', true],
    ['POST', '/models/gemini-2.5-pro:generateContent', 'generate_content', true],
    ['POST', '/v1beta/models/gemini-2.5-pro:countTokens', 'count_tokens', false],
    ['POST', '/v1beta/models/gemini-2.5-pro:embedContent', 'embeddings', true],
    ['POST', '/v1beta/models/gemini-2.5-pro:batchEmbedContents', 'embeddings', true],
    ['POST', '/v1beta/models/gemini-2.5-pro:predict', 'image', false],
    ['POST', '/v1beta/models/gemini-2.5-pro:predictLongRunning', 'other', false],
    ['GET', '/v1beta/models/gemini-2.5-pro', 'models', false],
  ])('%s %s names its model in the path', (method, target, name, metered) => {
    expect(classify(method, target)).toMatchObject({ api: 'Google', name, metered, model: named('gemini-2.5-pro') });
  });

  test('of a tuned model names it with its collection', () => {
    expect(classify('POST', '/v1beta/tunedModels/mine-1:generateContent').model).toEqual(named('tunedModels/mine-1'));
  });

  test.each([
    ['GET', '/v1beta/models', 'models', PASS],
    ['GET', '/v1/models?pageSize=5&pageToken=abc', 'models', PASS],
    ['POST', '/v1beta/cachedContents', 'other', { in: 'JSONBody' }],
    ['POST', '/v1beta/interactions', 'generate_content', { in: 'JSONBody' }],
    ['GET', '/v1beta/cachedContents/abc', 'other', PASS],
    ['PATCH', '/v1beta/cachedContents/abc', 'other', PASS],
    ['GET', '/v1beta/interactions/abc', 'other', PASS],
    ['POST', '/v1beta/interactions/abc/cancel', 'other', PASS],
    ['DELETE', '/v1beta/interactions/abc', 'other', PASS],
    ['POST', '/v1beta/interactions/abc', 'other', REFUSE],
    ['POST', '/v1beta/interactions/abc/continue', 'other', REFUSE],
    ['POST', '/v1beta/cachedContents/abc', 'other', REFUSE],
    ['POST', '/v1beta/files', 'files', PASS],
    ['POST', '/v1beta/files:register', 'files', PASS],
    ['POST', '/v1beta/files/abc:invented', 'files', REFUSE],
    ['GET', '/v1beta/files/abc:download?alt=media', 'files', PASS],
    ['GET', '/v1beta/files', 'files', PASS],
    ['DELETE', '/v1beta/files/abc', 'files', PASS],
    ['POST', '/upload/v1beta/files', 'files', PASS],
    ['POST', '/upload/v1beta/files?upload_id=a&upload_protocol=resumable', 'files', PASS],
    ['POST', '/upload//v1beta/files', 'files', REFUSE],
    ['POST', '/upload/v1beta/fileSearchStores/a:uploadToFileSearchStore', 'files', REFUSE],
    ['POST', '/v1beta/models/gemini-2.5-pro:batchGenerateContent', 'batches', REFUSE],
    ['POST', '/v1beta/models/gemini-2.5-pro:asyncBatchEmbedContent', 'batches', REFUSE],
    ['GET', '/v1beta/batches/abc', 'batches', REFUSE],
    ['POST', '/v1beta/tunedModels', 'other', REFUSE],
    ['POST', '/v1beta/corpora/a:query', 'other', REFUSE],
    ['GET', '/v1beta/corpora/a', 'other', PASS],
    ['POST', '/v1beta/models/gemini-2.5-pro:inventedMethod', 'other', REFUSE],
    ['POST', '/v1beta/auth_tokens', 'other', REFUSE],
    ['GET', '/anything', 'other', REFUSE],
  ])('%s %s has its model elsewhere, or none', (method, target, name, model) => {
    expect(classify(method, target)).toMatchObject({ api: 'Google', name, model });
  });

  test('knows the form of its stream', () => {
    const stream = (query: string) => classify('POST', `/v1beta/models/m:streamGenerateContent${query}`);
    expect(stream('')).toMatchObject({ answersArray: true });
    expect(stream('?alt=json')).toMatchObject({ answersArray: true });
    expect(stream('?alt=sse')).toMatchObject({ answersArray: false });
    expect(stream('?%24alt=sse')).toMatchObject({ answersArray: false });
    expect(classify('POST', '/v1beta/models/m:generateContent')).toMatchObject({ answersArray: false });
  });
});

describe("OpenAI's API under /openai", () => {
  test.each([
    ['POST', '/v1beta/openai/chat/completions', 'chat', { in: 'JSONBody' }],
    ['POST', '/openai/embeddings', 'embeddings', { in: 'JSONBody' }],
    ['GET', '/v1beta/openai/models', 'models', PASS],
    ['GET', '/v1beta/openai/models/models/gemini-2.5-pro', 'models', named('gemini-2.5-pro')],
    ['POST', '/v1beta/openai/files', 'files', REFUSE],
    ['POST', '/v1beta/openai/batches', 'batches', REFUSE],
    ['POST', '/v1beta/openai/invented', 'other', REFUSE],
  ])("%s %s is that API's", (method, target, name, model) => {
    expect(classify(method, target)).toMatchObject({ api: 'OpenAI', name, model });
  });

  test('its models count without `models/`', () => {
    const body = Buffer.from('{"model":"models/gemini-2.5-pro","messages":[]}');
    const head = requestHead('POST', '/v1beta/openai/chat/completions', { 'content-type': 'application/json' });
    const scanner = googleWire.bodyScanner(googleWire.classify(head, entry), head, providerEntry(['gemini-2.5-pro']));
    expect(scanBody(scanner, [body])).toMatchObject({ kind: 'Valid', model: 'gemini-2.5-pro' });
  });
});

describe('under an allowlist a spelling', () => {
  test.each([
    '/v1beta/models/gemini%2D2.5-pro:generateContent',
    '/v1beta/models/%67emini-2.5-pro:generateContent',
    '/v1%62eta/models/gemini-2%2E5-pro:%67enerateContent',
  ])('that every server reads alike counts as what it says: %s', (path) => {
    expect(classify('POST', path)).toMatchObject({ model: named('gemini-2.5-pro'), metered: true });
  });

  test.each([
    '/v1beta/models%2Fgemini-2.5-pro:generateContent',
    '/v1beta/models/gemini-2.5-pro%3AgenerateContent',
    '/v1beta//models/gemini-2.5-pro:generateContent',
    '/v1beta/models/gemini-2.5-pro:generateContent/',
    '/v1beta/models/gemini%252D2.5-pro:generateContent',
    '/v1beta/models/a:generateContent/../b:generateContent',
    '/v1beta/models/a:b:generateContent',
    '/v1beta/models/a;b:generateContent',
    '/v1beta/Models/gemini-2.5-pro:generateContent',
    '/v1beta/models/gemini-2.5-pro:GenerateContent',
    '/v1beta/models/gemini-2.5-pro/versions/1:generateContent',
    '/v1beta/projects/p/locations/l/publishers/google/models/m:generateContent',
  ])('that servers may read in two ways is refused: %s', (path) => {
    expect(classify('POST', path).model).toEqual(REFUSE);
  });

  test('is metered all the same when it can be read', () => {
    expect(classify('POST', '/v1beta//models/gemini-2.5-pro%3AgenerateContent')).toMatchObject({
      name: 'generate_content',
      metered: true,
    });
  });

  test.each(['$httpMethod=GET', '%24req=abc', 'model=other', 'generateContentRequest.model=x', '$httpHeaders=a'])(
    'with the parameter %s is refused',
    (query) => {
      expect(classify('POST', `/v1beta/models/m:generateContent?${query}`).model).toEqual(REFUSE);
    },
  );

  test.each(['alt=sse', '$alt=json', 'prettyPrint=false', 'fields=candidates', '$.xgafv=2'])(
    'with the parameter %s is not',
    (query) => {
      expect(classify('POST', `/v1beta/models/m:generateContent?${query}`).model).toEqual(named('m'));
    },
  );

  test('with a header that overrides the method is refused', () => {
    const overridden = classify('POST', '/v1beta/models/m:countTokens', { 'x-http-method-override': 'GET' });
    expect(overridden.model).toEqual(REFUSE);
  });

  test('never has a model that its path does not hold', () => {
    const path = fc.stringMatching(/^(?:\/[a-zA-Z0-9:%./;-]{0,12}){1,5}$/);
    fc.assert(
      fc.property(path, fc.constantFrom('GET', 'POST'), (target, method) => {
        const { model } = classify(method, target);
        if (model.in === 'Head') expect(decodeURIComponent(target)).toContain(model.model.replace('tunedModels/', ''));
      }),
    );
  });
});

describe('models in a body under an allowlist', () => {
  const allowed = providerEntry(['allowed']);
  const JSON_TYPE = { 'content-type': 'application/json' };

  function scan(path: string, body: string | object, headers: Record<string, string> = JSON_TYPE): BodyScan {
    const head = requestHead('POST', path, headers);
    const scanner = googleWire.bodyScanner(googleWire.classify(head, allowed), head, allowed);
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return scanBody(
      scanner,
      Array.from(Buffer.from(text), (byte) => Buffer.from([byte])),
    );
  }

  const GENERATE = '/v1beta/models/allowed:generateContent';
  const model = 'models/other';

  test.each([
    [GENERATE, { model, contents: [] }],
    ['/v1beta/models/allowed:countTokens', { generateContentRequest: { contents: [], model } }],
    ['/v1beta/models/allowed:countTokens', { generate_content_request: { model } }],
    ['/v1beta/models/allowed:embedContent', { content: {}, model }],
    ['/v1beta/models/allowed:batchEmbedContents', { requests: [{ model: 'models/allowed' }, { content: {}, model }] }],
    [GENERATE, { contents: [], tools: [{ model }] }],
    [GENERATE, { contents: [], tools: [{ search: { model } }] }],
  ])('beside that of the path %s are heard: %j', (path, body) => {
    const result = scan(path, body);
    expect(result).toMatchObject({ kind: 'Valid', model: 'allowed' });
    expect(result.kind === 'Valid' ? result.toolModels : []).toContain('other');
  });

  test.each([
    { contents: [{ parts: [{ functionCall: { args: { model } } }] }] },
    { contents: [], tools: [{ functionDeclarations: [{ name: 'f', parameters: { properties: { model: {} } } }] }] },
    { contents: [], generationConfig: { responseSchema: { properties: { model: { type: 'STRING' } } } } },
    { contents: [{ parts: [{ text: '"model":"other"' }] }], labels: { model } },
  ])('that are data are not: %j', (body) => {
    expect(scan(GENERATE, body)).toMatchObject({ kind: 'Valid', model: 'allowed', toolModels: [] });
  });

  test.each([
    ['{"model":"models/allowed","model":"models/other"}'],
    ['{"Model":"models/other"}'],
    ['{"model":5}'],
    ['{"fallback_models":["x"]}'],
    ['{"generationConfig":{"routingConfig":{"manualMode":{"modelName":"x"}}}}'],
    ['{"generationConfig":{"modelSelectionConfig":{}}}'],
    ['{"generateContentRequest":{"Model":"x"}}'],
    ['{"requests":[{"model":7}]}'],
    ['{"contents":['],
    ['[]'],
  ])('that cannot be read in one way are invalid: %s', (body) => {
    expect(scan(GENERATE, body).kind).toBe('Invalid');
  });

  test('in a body that cannot be looked into are invalid', () => {
    expect(scan(GENERATE, '{}', { ...JSON_TYPE, 'content-encoding': 'gzip' }).kind).toBe('Invalid');
    expect(scan(GENERATE, '{}', { 'content-type': 'application/x-protobuf' }).kind).toBe('Invalid');
    expect(scan(GENERATE, '{}', { 'content-type': 'application/json; charset=utf-16' }).kind).toBe('Invalid');
  });

  test('name the one that a cache is made for, and that an interaction is with', () => {
    expect(scan('/v1beta/cachedContents', { model: 'models/allowed', contents: [] })).toMatchObject({
      kind: 'Valid',
      model: 'allowed',
    });
    expect(scan('/v1beta/interactions', { model: 'allowed', input: 'hi' })).toMatchObject({ model: 'allowed' });
    expect(scan('/v1beta/interactions', { model: 'allowed', agent: 'deep-research', input: 'hi' }).kind).toBe(
      'Invalid',
    );
  });

  test('are of no interest without an allowlist: the body is not held', () => {
    const head = requestHead('POST', GENERATE, JSON_TYPE);
    expect(googleWire.bodyScanner(googleWire.classify(head, entry), head, entry)).toBeUndefined();
  });
});
