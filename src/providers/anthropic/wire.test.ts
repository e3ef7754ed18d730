import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { cut, cuts } from '../../../test/support/chunks.ts';
import { providerEntry, requestHead, responseHead, scanBody } from '../../../test/support/wire.ts';
import { Redacted } from '../../redacted.ts';
import type { ProviderEntry } from '../../table/types.ts';
import { admitModels } from '../../proxy/admit.ts';
import { wireFor } from '../registry.ts';
import type { BodyScan, ModelLocation, Operation } from '../wire.ts';

const wire = wireFor('Anthropic');
const change = { type: 'Anthropic', baseURL: 'https://api.anthropic.com' } as const;
const anything = providerEntry([], change);
const limited = providerEntry(['claude-sonnet-5', 'claude-opus-5[1m]'], change);

const PASS: ModelLocation = { in: 'None', allowlisted: 'Pass' };
const REFUSE: ModelLocation = { in: 'None', allowlisted: 'Refuse' };
const BODY: ModelLocation = { in: 'JSONBody' };

const classify = (method: string, target: string, headers = {}, hasBody?: boolean): Operation =>
  wire.classify(requestHead(method, target, headers, hasBody), anything);

describe('a call is known by its path', () => {
  test.each<[string, string, Operation['name'], ModelLocation, boolean]>([
    ['POST', '/v1/messages', 'chat', BODY, true],
    ['POST', '/v1/messages?beta=true', 'chat', BODY, true],
    ['POST', '/messages', 'chat', BODY, true],
    ['POST', '/v1/messages/count_tokens', 'count_tokens', BODY, false],
    ['POST', '/v1/messages/count_tokens?beta=true', 'count_tokens', BODY, false],
    ['POST', '/v1/complete', 'text_completion', BODY, true],
    ['POST', '/v1/messages/batches', 'batches', BODY, false],
    ['GET', '/v1/messages/batches', 'batches', PASS, false],
    ['GET', '/v1/messages/batches/msgbatch_1', 'batches', PASS, false],
    ['GET', '/v1/messages/batches/msgbatch_1/results', 'batches', PASS, false],
    ['POST', '/v1/messages/batches/msgbatch_1/cancel', 'batches', PASS, false],
    ['DELETE', '/v1/messages/batches/msgbatch_1', 'batches', PASS, false],
    ['POST', '/v1/messages/batches/msgbatch_1', 'other', REFUSE, true],
    ['GET', '/v1/messages/batches/msgbatch_1/results/more', 'other', REFUSE, false],
    ['GET', '/v1/models', 'models', PASS, false],
    ['HEAD', '/v1/models', 'models', PASS, false],
    ['GET', '/v1/models/claude-sonnet-5', 'models', { in: 'Head', model: 'claude-sonnet-5' }, false],
    ['GET', '/v1/models/claude-opus-5%5B1m%5D', 'models', { in: 'Head', model: 'claude-opus-5[1m]' }, false],
    ['GET', '/v1/models/a/b', 'models', REFUSE, false],
    ['POST', '/v1/models/claude-sonnet-5', 'other', REFUSE, true],
    ['POST', '/v1/files', 'files', PASS, false],
    ['GET', '/v1/files/file_1/content', 'files', PASS, false],
    ['DELETE', '/v1/files/file_1', 'files', PASS, false],
    ['GET', '/v1/skills', 'other', PASS, false],
    ['POST', '/v1/agents', 'other', REFUSE, false],
    ['POST', '/v1/sessions/session_1/events', 'other', REFUSE, false],
    ['HEAD', '/', 'other', PASS, false],
    ['HEAD', '', 'other', PASS, false],
    ['HEAD', '/api/hello', 'other', PASS, false],
    ['GET', '/v1/unknown', 'other', REFUSE, false],
    ['POST', '/v1/unknown', 'other', REFUSE, true],
    ['GET', '/v1/messages', 'other', REFUSE, false],
  ])('%s %s', (method, target, name, model, metered) => {
    expect(classify(method, target)).toEqual({
      name,
      api: 'Anthropic',
      model,
      metered,
      usageOnRequest: false,
      modelList: name === 'models' && target === '/v1/models',
      // Descriptions of batches say where their results are.
      ...(name === 'batches' && !target.endsWith('/results') && { urlsInBody: true }),
    });
  });

  test.each([
    ['POST', '//v1/messages', BODY],
    ['POST', '/v1/messages/', BODY],
    ['POST', '/V1/Messages', BODY],
    ['POST', '/v1/mess%61ges', BODY],
    ['POST', '/v1/messages%2fbatches', BODY],
    ['POST', '/v1/Files', REFUSE],
    ['GET', '/v1//files', REFUSE],
    ['GET', '/v1/messages/batches/a%2f..', REFUSE],
    ['GET', '/v1/models/', REFUSE],
  ])(
    '%s %s is not what it looks like: its model is checked, or it does not pass an allowlist',
    (method, path, model) => {
      expect(classify(method, path).model).toEqual(model);
    },
  );

  test('a harmless call with a body or a method of its own does not pass an allowlist', () => {
    expect(classify('GET', '/v1/models', {}, true).model).toEqual(REFUSE);
    expect(classify('GET', '/v1/files', { 'x-http-method-override': 'POST' }).model).toEqual(REFUSE);
  });

  test("OpenAI's chat completions are that API's", () => {
    expect(classify('POST', '/v1/chat/completions')).toMatchObject({
      api: 'OpenAI',
      name: 'chat',
      usageOnRequest: true,
    });
  });
});

describe('the path at the upstream', () => {
  test.each([
    ['https://api.anthropic.com', '/v1/messages?beta=true', '/v1/messages?beta=true'],
    ['https://api.anthropic.com/v1', '/v1/messages', '/v1/messages'],
    ['https://api.anthropic.com/v1', '/messages', '/v1/messages'],
    ['https://proxy.example.com/anthropic', '/v1/messages', '/anthropic/v1/messages'],
  ])('%s and %s is %s', (baseURL, target, expected) => {
    expect(wire.joinPath(providerEntry([], { ...change, baseURL }), requestHead('POST', target))).toBe(expected);
  });
});

describe('the credential', () => {
  test('is the key in x-api-key, and a bearer token where OpenAI is spoken', () => {
    expect(wire.credentialHeaders(anything, 'Anthropic')).toEqual([['x-api-key', 'sk-provider']]);
    expect(wire.credentialHeaders(anything, 'OpenAI')).toEqual([['authorization', 'Bearer sk-provider']]);
  });

  test.each(['None', 'Passthrough'] as const)('mistake 10: no key is put in with %s', (kind) => {
    const entry: ProviderEntry = { ...anything, credential: { kind } };
    expect(wire.credentialHeaders(entry, 'Anthropic')).toEqual([]);
    expect(wire.credentialHeaders(entry, 'OpenAI')).toEqual([]);
  });

  test('has headers that only the gateway may set', () => {
    for (const api of ['Anthropic', 'OpenAI'] as const) {
      for (const [name] of wire.credentialHeaders(anything, api)) expect(wire.credentialHeaderNames).toContain(name);
    }
  });
});

/** What the wire's scanner says of a body; undefined when it does not look. */
function scan(
  entry: ProviderEntry,
  path: string,
  body: object | string,
  at: readonly number[] = [],
): BodyScan | undefined {
  const head = requestHead('POST', path, { 'content-type': 'application/json' });
  const scanner = wire.bodyScanner(wire.classify(head, entry), head, entry);
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  return scanner === undefined ? undefined : scanBody(scanner, cut(bytes, at));
}

/** Whether the allowlist lets the body through. */
function isAdmitted(path: string, body: object | string, at: readonly number[] = []): boolean {
  const found = scan(limited, path, body, at);
  return found?.kind === 'Valid' && admitModels(limited, found.model, found.toolModels) === undefined;
}

const message = { model: 'claude-sonnet-5', max_tokens: 1, messages: [] };

describe('the body of a message', () => {
  test('tells its model and whether it is a stream; nothing is put in', () => {
    expect(scan(anything, '/v1/messages', { ...message, stream: true })).toEqual({
      kind: 'Valid',
      model: 'claude-sonnet-5',
      toolModels: [],
      stream: true,
      splices: [],
      stripUsage: false,
    });
  });

  test.each<[string, object, boolean]>([
    ['an allowed model', {}, true],
    ['an allowed model with [1m] (mistake 25)', { model: 'claude-sonnet-5[1m]' }, true],
    ['a model that is allowed with [1m] (mistake 25)', { model: 'claude-opus-5' }, true],
    ['another model', { model: 'claude-haiku-4-5' }, false],
    [
      'an advisor that is allowed',
      { tools: [{ type: 'advisor_20260301', name: 'advisor', model: 'claude-opus-5' }] },
      true,
    ],
    [
      'an advisor that is not',
      { tools: [{ type: 'advisor_20260301', name: 'advisor', model: 'claude-haiku-4-5' }] },
      false,
    ],
    ['fallbacks that are allowed', { fallbacks: [{ model: 'claude-opus-5', max_tokens: 5 }] }, true],
    ['a fallback that is not', { fallbacks: [{ model: 'claude-opus-5' }, { model: 'claude-haiku-4-5' }] }, false],
    ['a fallback with its model twice', { fallbacks: [{ model: 'claude-opus-5', Model: 'claude-haiku-4-5' }] }, false],
    ["the server's own fallbacks", { fallbacks: 'default' }, false],
    ['fallbacks that are no objects', { fallbacks: ['claude-haiku-4-5'] }, false],
    ['no fallbacks', { fallbacks: null }, true],
    ['fallbacks by another name', { Fallbacks: [] }, false],
    ['the credit of a refusal', { fallback_credit_token: 'token', fallbacks: null }, true],
    [
      'a model in data of a tool',
      { tools: [{ name: 'x', input_schema: { properties: { model: { type: 'string' } } } }] },
      true,
    ],
    ['metadata that says model', { metadata: { model: 'claude-haiku-4-5' } }, true],
  ])('with %s is admitted: %j %s', (_, members, admitted) => {
    expect(isAdmitted('/v1/messages', { ...message, ...members })).toBe(admitted);
    expect(isAdmitted('/v1/messages/count_tokens', { ...message, ...members })).toBe(admitted);
  });

  test('after fallbacks is still looked at', () => {
    expect(isAdmitted('/v1/messages', '{"model":"claude-sonnet-5","fallbacks":[],"model":"claude-haiku-4-5"}')).toBe(
      false,
    );
    expect(isAdmitted('/v1/messages', '{"fallbacks":null,"fallback_model":"x","model":"claude-sonnet-5"}')).toBe(false);
  });
});

describe('the body of a batch', () => {
  const request = (params: unknown, more: object = {}): object => ({ custom_id: 'a', params, ...more });
  const batch = (...requests: readonly unknown[]): object => ({ requests });

  test('is not looked at where every model may be called', () => {
    expect(scan(anything, '/v1/messages/batches', batch(request(message)))).toBeUndefined();
  });

  test.each<[string, object | string, boolean]>([
    ['allowed models', batch(request(message), request({ ...message, model: 'claude-opus-5' })), true],
    [
      'the id behind the message',
      batch({ params: message, custom_id: 'a' }, { params: message, custom_id: 'b' }),
      true,
    ],
    ['one that is not', batch(request(message), request({ ...message, model: 'claude-haiku-4-5' })), false],
    ['one without', batch(request(message), request({ messages: [] })), false],
    ['an advisor that is not', batch(request({ ...message, tools: [{ model: 'x' }] }), request(message)), false],
    ['a fallback that is not', batch(request({ ...message, fallbacks: [{ model: 'x' }] })), false],
    ['a member that may name another', batch(request({ ...message, model_override: 'x' })), false],
    ['a request that may name another', batch(request(message, { model: 'x' })), false],
    ['a batch that may name another', { ...batch(request(message)), model: 'x' }, false],
    ['params twice', '{"requests":[{"params":{"model":"claude-sonnet-5"},"params":{"model":"x"}}]}', false],
    ['params in other letters', '{"requests":[{"params":{"model":"claude-sonnet-5"},"Params":{"model":"x"}}]}', false],
    [
      'requests twice',
      '{"requests":[{"params":{"model":"claude-sonnet-5"}}],"requests":[{"params":{"model":"x"}}]}',
      false,
    ],
    ['a model twice', '{"requests":[{"params":{"model":"claude-sonnet-5","model":"x"}}]}', false],
    ['params that are no object', batch(request('x')), false],
    ['requests that are no list', { requests: { params: message } }, false],
    ['no requests', batch(), false],
    ['nothing', {}, false],
    ['a model outside of its requests only', { x: [{ params: { model: 'claude-sonnet-5' } }] }, false],
  ])('with %s is admitted: %j %s', (_, body, admitted) => {
    expect(isAdmitted('/v1/messages/batches', body)).toBe(admitted);
  });

  test('is read however it is cut', () => {
    const names = fc.constantFrom('claude-sonnet-5', 'claude-opus-5', 'claude-haiku-4-5');
    fc.assert(
      fc.property(fc.array(names, { minLength: 1 }), cuts, (models, at) => {
        const body = batch(...models.map((model) => request({ messages: [{ content: [{ model: 'x' }] }], model })));
        expect(isAdmitted('/v1/messages/batches', body, at)).toBe(!models.includes('claude-haiku-4-5'));
      }),
    );
  });
});

describe('the meter', () => {
  test('is there for what is metered and succeeded, in the API that was spoken', () => {
    expect(wire.meter(classify('POST', '/v1/messages'), responseHead())).toBeDefined();
    expect(wire.meter(classify('POST', '/v1/chat/completions'), responseHead())).toBeDefined();
    expect(wire.meter(classify('POST', '/v1/messages'), responseHead({}, 529))).toBeUndefined();
    expect(wire.meter(classify('POST', '/v1/messages/count_tokens'), responseHead())).toBeUndefined();
  });
});

describe('the list of models', () => {
  const filtered = (models: readonly string[], body: string): unknown => {
    const operation = classify('GET', '/v1/models');
    const result = wire.filterModelList(Buffer.from(body), providerEntry(models, change), operation);
    return result === undefined ? undefined : JSON.parse(result.toString());
  };
  const list = JSON.stringify({
    data: ['claude-opus-5', 'claude-sonnet-5', 'claude-haiku-4-5'].map((id) => ({
      type: 'model',
      id,
      display_name: id.toUpperCase(),
      created_at: '2026-01-01T00:00:00Z',
    })),
    has_more: false,
    first_id: 'claude-opus-5',
    last_id: 'claude-haiku-4-5',
  });

  test('shows what is allowed', () => {
    expect(filtered(['claude-sonnet-5'], list)).toMatchObject({
      data: [{ id: 'claude-sonnet-5' }],
      has_more: false,
      last_id: 'claude-haiku-4-5',
    });
    expect(filtered(['x'], list)).toMatchObject({ data: [] });
    expect(filtered(['x'], '{"models":[]}')).toBeUndefined();
  });

  test('mistake 25: has a sibling for a long context that is allowed by name', () => {
    const entry = { type: 'model', created_at: '2026-01-01T00:00:00Z' };
    expect(filtered(['claude-opus-5[1m]', 'claude-haiku-4-5'], list)).toMatchObject({
      data: [
        { ...entry, id: 'claude-opus-5', display_name: 'CLAUDE-OPUS-5' },
        { ...entry, id: 'claude-opus-5[1m]', display_name: 'CLAUDE-OPUS-5 (1M context)' },
        { ...entry, id: 'claude-haiku-4-5', display_name: 'CLAUDE-HAIKU-4-5' },
      ],
    });
  });
});

describe('the connection test', () => {
  const passthrough: ProviderEntry = { ...anything, credential: { kind: 'Passthrough' } };
  const oauth: ProviderEntry = { ...anything, credential: { kind: 'APIKey', value: new Redacted('sk-ant-oat01-x') } };
  const finding = (entry: ProviderEntry, model: string | undefined, status: number, body: string) =>
    wire.connectionTestFinding(entry, wire.connectionTest(entry, model), { status, header: () => undefined, body });
  const error = (type: string, message: string): string => JSON.stringify({ type: 'error', error: { type, message } });

  test('lists models for free, or makes one token of a model', () => {
    expect(wire.connectionTest(anything, undefined)).toMatchObject({
      url: 'https://api.anthropic.com/v1/models',
      method: 'GET',
      headers: [['anthropic-version', '2023-06-01']],
      billed: false,
    });
    const call = wire.connectionTest(
      providerEntry([], { ...change, baseURL: 'https://x.example/v1' }),
      'claude-opus-5',
    );
    expect(call).toMatchObject({ url: 'https://x.example/v1/messages', method: 'POST', billed: true });
    expect(call.operation).toMatchObject({ name: 'chat', api: 'Anthropic', metered: true });
    expect(JSON.parse(call.body ?? '')).toMatchObject({ model: 'claude-opus-5', max_tokens: 1 });
  });

  test.each<[string, ProviderEntry, string | undefined, number, string, RegExp]>([
    ['a rejected key', anything, undefined, 401, error('authentication_error', 'invalid x-api-key'), /rejects the key/],
    [
      "a caller's own credential",
      passthrough,
      undefined,
      401,
      error('authentication_error', 'x'),
      /came with this test/,
    ],
    ['a token of a subscription', oauth, undefined, 401, error('authentication_error', 'x'), /OAuth token/],
    ['an empty account', anything, 'm', 400, error('invalid_request_error', 'Your credit balance is too low'), /pay/],
    ['an account that owes', anything, 'm', 402, error('billing_error', 'x'), /pay/],
    ['a key without rights', anything, undefined, 403, error('permission_error', 'x'), /workspace/],
    ['an unknown model', anything, 'm', 404, error('not_found_error', 'model: m'), /does not know this model/],
    ['a wrong base URL', anything, undefined, 404, '<html>', /no API at this base URL/],
    ['a rate limit', anything, 'm', 429, error('rate_limit_error', 'x'), /rate limit/],
    ['an overloaded API', anything, 'm', 529, error('overloaded_error', 'x'), /overloaded/],
  ])('hints at %s', (_, entry, model, status, body, hint) => {
    expect(finding(entry, model, status, body)).toMatchObject({ kind: 'Failed', hint: expect.stringMatching(hint) });
  });

  test("tells the API's own words, or what came instead", () => {
    expect(finding(anything, 'm', 500, error('api_error', 'Internal server error'))).toEqual({
      kind: 'Failed',
      message: 'Internal server error',
    });
    expect(finding(anything, 'm', 502, 'Bad Gateway')).toEqual({ kind: 'Failed', message: 'Bad Gateway' });
    expect(finding(anything, 'm', 200, '{}')).toEqual({ kind: 'Passed' });
  });
});
