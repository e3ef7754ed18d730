/** Answers that come whole, under guardrails, seen from both sides of a proxy. */
import { gzipSync } from 'node:zlib';
import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { exchange, post, type RawAnswer } from '../../../test/support/gateway/http.ts';
import { answerGuard, recordOf, startGuarded } from '../../../test/support/proxy/guarded.ts';
import type { Harness, HarnessOptions } from '../../../test/support/proxy/harness.ts';
import type { GuardrailEntry, ProviderType } from '../../table/types.ts';
import { TextsJudgement } from '../guardrails/texts-judgement.ts';

let harness: Harness | undefined;
let asked: Readonly<Record<string, unknown>>;

afterEach(async () => {
  await harness?.[Symbol.asyncDispose]();
  harness = undefined;
});

async function start(
  type: ProviderType,
  guardrails: readonly GuardrailEntry[],
  answer: (response: ServerResponse) => void,
  options?: Partial<HarnessOptions>,
): Promise<void> {
  harness = await startGuarded(
    type,
    guardrails,
    (response, headers) => {
      asked = headers;
      answer(response);
    },
    options,
  );
}

const json =
  (body: string | Buffer, headers: Readonly<Record<string, string>> = {}) =>
  (response: ServerResponse): void => {
    response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(body);
  };

const call = async (path: string, body: object = { model: 'm' }): Promise<RawAnswer> => post(harness!.url + path, body);

interface API {
  readonly name: string;
  readonly type: ProviderType;
  readonly path: string;
  /** With odd white space and members that nobody knows; `text` as JSON writes it. */
  readonly body: (text: string) => string;
  /** Of a blocked answer, but for the text. */
  readonly blocked: object;
  readonly tokens: object;
}

const APIS: readonly API[] = [
  {
    name: 'chat completions',
    type: 'OpenAI',
    path: '/v1/chat/completions',
    body: (text) =>
      `{ "id":"c1","x":[1.0],"choices":[ {"index":0,"message":{"content":"${text}","role":"assistant"},"finish_reason":"stop"} ],` +
      '"usage":{"prompt_tokens":10,"completion_tokens":4,"total_tokens":14}}',
    blocked: {
      id: 'c1',
      choices: [{ index: 0, message: { content: 'Withheld.' }, finish_reason: 'content_filter' }],
      usage: { prompt_tokens: 10, completion_tokens: 4, total_tokens: 14 },
    },
    tokens: { input: 10, output: 4 },
  },
  {
    name: 'completions',
    type: 'OpenAICompatible',
    path: '/v1/completions',
    body: (text) => `{"choices":[{"index":0,"text":"${text}"}],"usage":{"prompt_tokens":1,"completion_tokens":2}}`,
    blocked: { choices: [{ text: 'Withheld.', finish_reason: 'content_filter' }], usage: { prompt_tokens: 1 } },
    tokens: { input: 1, output: 2 },
  },
  {
    name: 'responses',
    type: 'OpenAI',
    path: '/v1/responses',
    body: (text) =>
      '{"object":"response","status":"completed","output":[{"type":"message","role":"assistant","content":' +
      `[{"type":"output_text","text":"${text}"}]}],"usage":{"input_tokens":10,"output_tokens":4}}`,
    blocked: {
      status: 'incomplete',
      incomplete_details: { reason: 'content_filter' },
      output: [{ content: [{ text: 'Withheld.' }] }],
      usage: { input_tokens: 10 },
    },
    tokens: { input: 10, output: 4 },
  },
  {
    name: 'messages',
    type: 'Anthropic',
    path: '/v1/messages',
    body: (text) =>
      `{"id":"msg_1","type":"message","content":[{"type":"text","text":"${text}"}],"stop_reason":"end_turn","usage":{"input_tokens":10,"output_tokens":4}}`,
    blocked: {
      id: 'msg_1',
      content: [{ type: 'text', text: 'Withheld.' }],
      stop_reason: 'refusal',
      usage: { output_tokens: 4 },
    },
    tokens: { input: 10, output: 4 },
  },
  {
    name: 'generateContent',
    type: 'GoogleAI',
    path: '/v1beta/models/gemini:generateContent',
    body: (text) =>
      `{"candidates":[{"content":{"parts":[{"text":"${text}"}],"role":"model"},"finishReason":"STOP"}],` +
      '"usageMetadata":{"promptTokenCount":10,"candidatesTokenCount":4,"totalTokenCount":14}}',
    blocked: {
      candidates: [{ content: { parts: [{ text: 'Withheld.' }] }, finishReason: 'SAFETY' }],
      usageMetadata: { promptTokenCount: 10 },
    },
    tokens: { input: 10, output: 4 },
  },
  {
    name: 'Converse',
    type: 'Bedrock',
    path: '/model/amazon.nova-pro/converse',
    body: (text) =>
      `{"output":{"message":{"role":"assistant","content":[{"text":"${text}"}]}},"stopReason":"end_turn","usage":{"inputTokens":10,"outputTokens":4,"totalTokens":14}}`,
    blocked: {
      output: { message: { content: [{ text: 'Withheld.' }] } },
      stopReason: 'guardrail_intervened',
      usage: { totalTokens: 14 },
    },
    tokens: { input: 10, output: 4 },
  },
  {
    name: 'InvokeModel',
    type: 'Bedrock',
    path: '/model/us.anthropic.claude-sonnet-4-5/invoke',
    body: (text) =>
      `{"type":"message","content":[{"type":"text","text":"${text}"}],"stop_reason":"end_turn","usage":{"input_tokens":10,"output_tokens":4}}`,
    blocked: { content: [{ text: 'Withheld.' }], stop_reason: 'refusal', usage: { input_tokens: 10 } },
    tokens: { input: 10, output: 4 },
  },
];

describe.each(APIS.map((api) => [api.name, api] as const))('a whole answer of %s', (_, api) => {
  const { type, path, body, tokens } = api;

  test('is spliced where it is masked; every other byte stays, and nothing is said of the bytes that were', async () => {
    const original = body('é mail joe\\u0040example.com \\u0041');
    await start(
      type,
      [answerGuard()],
      json(original, { etag: '"1"', 'content-length': String(Buffer.byteLength(original)), 'x-other': 'o' }),
    );
    const answer = await call(path);
    expect(asked['accept-encoding']).toBe('identity');
    const masked = body('é mail {EMAIL} \\u0041');
    expect(answer.body.toString()).toBe(masked);
    expect(answer.headers).toMatchObject({ 'content-length': String(Buffer.byteLength(masked)), 'x-other': 'o' });
    expect(answer.headers['etag']).toBeUndefined();
    expect(await recordOf(harness!)).toMatchObject({
      status: 200,
      tokens,
      guardrails: [{ guardrail: 'default/guard', direction: 'Output', action: 'Mask', rules: { 'pii/Email': 1 } }],
    });
  });

  test('in which nothing is found is the very same', async () => {
    const original = body('nothing \\u0041 to see');
    await start(type, [answerGuard()], json(original, { etag: '"1"' }));
    const answer = await call(path);
    expect(answer.body.toString()).toBe(original);
    expect(answer.headers['etag']).toBe('"1"');
    expect(await recordOf(harness!)).toMatchObject({ tokens, guardrails: [{ action: 'Allow' }] });
  });

  test('that is blocked is one that its API withholds; its usage is told and counted', async () => {
    await start(type, [answerGuard()], json(body('about apollo'), { etag: '"1"' }));
    const answer = await call(path);
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('application/json');
    expect(answer.headers['content-length']).toBe(String(answer.body.length));
    expect(answer.headers['etag']).toBeUndefined();
    expect(JSON.parse(answer.body.toString())).toMatchObject(api.blocked);
    expect(await recordOf(harness!)).toMatchObject({
      status: 200,
      tokens,
      guardrails: [{ action: 'Block', rules: { 'word/projects': 1 } }],
    });
  });

  test('passes as it comes where no rule can change it, and is counted', async () => {
    const audit = answerGuard({ mode: 'Audit', failurePolicy: 'Open' });
    const original = body('apollo: joe@example.com');
    await start(type, [audit], json(original));
    expect((await call(path)).body.toString()).toBe(original);
    expect(await recordOf(harness!)).toMatchObject({
      tokens,
      guardrails: [{ mode: 'Audit', action: 'Block', rules: { 'word/projects': 1, 'pii/Email': 1 } }],
    });
  });

  test('that comes compressed all the same is withheld where a guardrail fails closed, and passes where none does', async () => {
    const bytes = gzipSync(body('about apollo'));
    const headers = { 'content-encoding': 'gzip' };
    await start(type, [answerGuard({ messages: {} })], json(bytes, headers));
    const answer = await call(path);
    expect(answer.status).toBe(200);
    expect(answer.headers['content-encoding']).toBeUndefined();
    expect(answer.body.toString()).toContain('came compressed');
    expect(await recordOf(harness!)).toMatchObject({ guardrails: [{ action: 'Block' }] });
    await harness![Symbol.asyncDispose]();

    await start(type, [answerGuard({ failurePolicy: 'Open' })], json(bytes, headers));
    const passed = await call(path);
    expect(passed.body.equals(bytes)).toBe(true);
    expect(passed.headers['content-encoding']).toBe('gzip');
    expect(await recordOf(harness!)).toMatchObject({ tokens, guardrails: [{ action: 'Unreadable' }] });
  });
});

test('a part of an answer cannot be read for what it is a part of, and is withheld', async () => {
  await start('OpenAI', [answerGuard({ messages: {} })], (response) => {
    const headers = { 'content-type': 'application/json', 'content-range': 'bytes 40-90/200' };
    response.writeHead(206, headers).end('{"role":"assistant","content":"about apollo, jane@example.com"}');
  });
  const answer = await exchange(`${harness!.url}/v1/chat/completions/c1`, { headers: { range: 'bytes=40-90' } });
  expect(answer.body.toString()).not.toMatch(/apollo|jane/);
  expect(answer.body.toString()).toContain('a part of one');
});

test('a document that is said to be a stream of events is withheld', async () => {
  await start(
    'OpenAI',
    [answerGuard()],
    json(APIS[0]!.body('jane@example.com'), { 'content-type': 'text/event-stream' }),
  );
  const answer = await call(APIS[0]!.path);
  expect(answer.body.toString()).not.toContain('jane');
  expect(answer.body.toString()).toContain('Withheld.');
});

describe('an answer without words of a model', () => {
  const [chat] = APIS;
  const text = chat!.body('apollo');

  test('passes: of embeddings, a list of models, a failure', async () => {
    await start('OpenAI', [answerGuard()], json('{"data":[{"embedding":[0.1],"note":"apollo"}]}', { etag: '"1"' }));
    const answer = await post(
      `${harness!.url}/v1/embeddings`,
      { model: 'm', input: 'x' },
      { 'accept-encoding': 'gzip' },
    );
    expect(answer.body.toString()).toContain('apollo');
    expect(answer.headers['etag']).toBe('"1"');
    expect(asked['accept-encoding']).toBe('gzip');
    expect((await recordOf(harness!))['guardrails']).toBeUndefined();
    await harness![Symbol.asyncDispose]();

    const models = '{"object":"list","data":[{"id":"m"},{"id":"apollo"}]}';
    await start('OpenAI', [answerGuard()], json(models), { entry: { models: [{ name: 'm' }] } });
    expect((await exchange(`${harness!.url}/v1/models`)).body.toString()).toBe('{"object":"list","data":[{"id":"m"}]}');
    await harness![Symbol.asyncDispose]();

    await start('OpenAI', [answerGuard()], (response) => void response.writeHead(400).end(text));
    const failed = await call(chat!.path);
    expect([failed.status, failed.body.toString()]).toEqual([400, text]);
  });

  test('has none: of HEAD, and without a body', async () => {
    await start('OpenAI', [answerGuard()], (response) => void response.writeHead(204).end());
    expect(await call(chat!.path)).toMatchObject({ status: 204, body: Buffer.alloc(0) });
    const head = await exchange(`${harness!.url}${chat!.path}`, { method: 'HEAD' });
    expect(head).toMatchObject({ status: 204, body: Buffer.alloc(0) });
  });

  test('has none: an empty body', async () => {
    await start('OpenAI', [answerGuard()], json(''));
    expect(await call(chat!.path)).toMatchObject({ status: 200, body: Buffer.alloc(0) });
  });
});

test('an answer that is JSON stays JSON when it is masked at the start of a line within it', async () => {
  const said = JSON.stringify({ letter: 'Dear Joe,\njoe@example.com' });
  await start('OpenAI', [answerGuard()], json(JSON.stringify({ choices: [{ message: { content: said } }] })));
  const { choices } = JSON.parse((await call('/v1/chat/completions')).body.toString()) as {
    choices: { message: { content: string } }[];
  };
  expect(JSON.parse(choices[0]!.message.content)).toEqual({ letter: 'Dear Joe,\n{EMAIL}' });
});

describe('a failure that tells what the model had said', () => {
  const failure = (said: string): string =>
    JSON.stringify({ error: { message: 'm', code: 'tool_use_failed', failed_generation: said } });
  const fail =
    (said: string) =>
    (response: ServerResponse): void => {
      response.writeHead(400, { 'content-type': 'application/json' }).end(failure(said));
    };

  test('is masked and counted like an answer', async () => {
    await start('OpenAICompatible', [answerGuard()], fail('to joe@example.com'));
    const { status, body } = await call('/v1/chat/completions');
    expect([status, body.toString()]).toEqual([400, failure('to {EMAIL}')]);
    expect(await recordOf(harness!)).toMatchObject({
      status: 400,
      guardrails: [{ direction: 'Output', action: 'Mask', rules: { 'pii/Email': 1 } }],
    });
  });

  test('is refused where it is blocked', async () => {
    await start('OpenAICompatible', [answerGuard()], fail('apollo'));
    const { status, body } = await call('/v1/chat/completions');
    expect(status).toBe(400);
    expect(JSON.parse(body.toString())).toMatchObject({ error: { code: 'guardrail_blocked', message: 'Withheld.' } });
  });

  test('passes as it is when no rule can change it, or it is no JSON', async () => {
    await start('OpenAICompatible', [answerGuard({ mode: 'Audit' })], fail('apollo'));
    expect((await call('/v1/chat/completions')).body.toString()).toBe(failure('apollo'));
    await harness![Symbol.asyncDispose]();
    await start('OpenAICompatible', [answerGuard()], (response) => {
      response.writeHead(400, { 'content-type': 'application/json' }).end('<html>');
    });
    expect((await call('/v1/chat/completions')).body.toString()).toBe('<html>');
  });
});

describe('an answer that nobody can read', () => {
  test('is refused where its API has none that is withheld', async () => {
    await start('OpenAI', [answerGuard()], json('{"data":[]}'));
    const answer = await exchange(`${harness!.url}/v1/vector_stores`);
    expect(answer.status).toBe(400);
    expect(answer.headers['x-tidegate-error']).toBe('GuardrailBlocked');
    expect(JSON.parse(answer.body.toString())).toMatchObject({ error: { message: 'Withheld.' } });
    expect(await recordOf(harness!)).toMatchObject({ status: 400, code: 'GuardrailBlocked' });
  });

  test('is refused when it was blocked for a rule, where its API has none that is withheld', async () => {
    await start('OpenAI', [answerGuard()], json('{"text":"about apollo"}'));
    const answer = await call('/v1/audio/translations');
    expect(answer).toMatchObject({ status: 400 });
  });

  test.each(['Closed', 'Open'] as const)('because it is too long is withheld, or passes: %s', async (failurePolicy) => {
    const original = APIS[0]!.body('apollo '.repeat(2_500_000));
    await start('OpenAI', [answerGuard({ failurePolicy, messages: {} })], json(original));
    const { body } = await call(APIS[0]!.path);
    if (failurePolicy === 'Open') expect(body.equals(Buffer.from(original))).toBe(true);
    else expect(body.toString()).toContain('longer than 16 MiB');
    expect(await recordOf(harness!)).toMatchObject({
      guardrails: [{ action: failurePolicy === 'Open' ? 'Unreadable' : 'Block' }],
      ...(failurePolicy === 'Open' ? {} : { usageMissing: 'blocked' }),
    });
  });

  test.each(['Closed', 'Open'] as const)(
    'because too much is held already is refused until less is, or passes: %s',
    async (failurePolicy) => {
      const original = APIS[0]!.body('apollo '.repeat(30_000));
      const limits = { bytesInFlight: 100_000 };
      await start('OpenAI', [answerGuard({ failurePolicy, messages: {} })], json(original), { limits });
      const { status, headers, body } = await call(APIS[0]!.path);
      if (failurePolicy === 'Open') expect(body.equals(Buffer.from(original))).toBe(true);
      else expect([status, headers['x-tidegate-error'], headers['retry-after']]).toEqual([503, 'Overloaded', '1']);
      const action = failurePolicy === 'Open' ? 'Unreadable' : 'Block';
      expect(await recordOf(harness!)).toMatchObject({ guardrails: [{ action }] });
      // What was held is let go: as much fits again, and no more.
      expect((await call('/v1/embeddings', { input: 'x'.repeat(99_000) })).status).toBe(200);
      expect((await call('/v1/embeddings', { input: 'x'.repeat(101_000) })).status).toBe(503);
    },
  );

  test('because it is too long passes where no rule can change it', async () => {
    const original = APIS[0]!.body('apollo '.repeat(2_500_000));
    await start('OpenAI', [answerGuard({ mode: 'Audit' })], json(original));
    expect((await call(APIS[0]!.path)).body.length).toBe(Buffer.byteLength(original));
    expect(await recordOf(harness!)).toMatchObject({ guardrails: [{ mode: 'Audit', action: 'Block' }] });
  });
});

test('a long answer is judged in slices; a client that goes meanwhile leaves its usage behind', async () => {
  await start('OpenAI', [answerGuard()], json(APIS[0]!.body('some words, 1 and 2; '.repeat(700_000))));
  const slices = jest.spyOn(TextsJudgement.prototype, 'advance');
  const controller = new AbortController();
  const gone = exchange(harness!.url + APIS[0]!.path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"model":"m"}',
    signal: controller.signal,
  });
  while (slices.mock.results.length < 2) await new Promise(setImmediate);
  expect(slices.mock.results.map(({ value }) => value)).not.toContainEqual(expect.anything());
  controller.abort();
  await gone.catch(() => undefined);
  expect(await recordOf(harness!)).toMatchObject({ tokens: APIS[0]!.tokens });
  slices.mockRestore();
});

test('what a model thinks and signs is not masked, in whole answers too', async () => {
  const body =
    '{"type":"message","content":[{"type":"thinking","thinking":"joe@example.com","signature":"s"},{"type":"text","text":"joe@example.com"}]}';
  await start('Anthropic', [answerGuard()], json(body));
  const answer = await call('/v1/messages');
  expect(JSON.parse(answer.body.toString())).toMatchObject({
    content: [{ thinking: 'joe@example.com' }, { text: '{EMAIL}' }],
  });
  expect(await recordOf(harness!)).toMatchObject({ guardrails: [{ action: 'Mask', rules: { 'pii/Email': 2 } }] });
});
