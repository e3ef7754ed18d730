/** What guardrails make of requests, seen from both sides of a proxy. */
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { waitFor } from '../../../test/support/control-plane/wait.ts';
import { exchange, post, send } from '../../../test/support/gateway/http.ts';
import { guardrailEntry, startHarness } from '../../../test/support/proxy/harness.ts';
import type { Harness, HarnessOptions } from '../../../test/support/proxy/harness.ts';
import type { GuardrailEntry, GuardrailRule, ProviderType, WordFilterEntry } from '../../table/types.ts';

/** What came to the upstream. */
interface Received {
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

let harness: Harness;
let received: Received[];

afterEach(async () => {
  await harness[Symbol.asyncDispose]();
});

async function start(
  guardrails: readonly GuardrailEntry[],
  options: Partial<HarnessOptions> & { readonly type?: ProviderType } = {},
): Promise<void> {
  received = [];
  const { type = 'OpenAI', entry, ...rest } = options;
  harness = await startHarness({
    onRequest: (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        received.push({ url: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks) });
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      });
    },
    guardrails,
    ...rest,
    entry: { type, region: 'eu-central-1', ...entry },
  });
  harness.setEntries({ baseURL: harness.origin });
}

const INPUT = ['Input'] as const;
const rule = (action: GuardrailRule['action']): GuardrailRule => ({ action, appliesTo: INPUT });
const words = (name: string, action: GuardrailRule['action'], ...list: readonly string[]): WordFilterEntry => ({
  ...rule(action),
  name,
  words: list,
  match: 'Word',
  caseSensitive: false,
});
/** A Guardrail of requests alone, whose rules have this action. */
const guard = (action: GuardrailRule['action'], changes: Partial<GuardrailEntry> = {}): GuardrailEntry =>
  guardrailEntry({ pii: { entities: [{ type: 'Email', ...rule(action) }], regexes: [] }, ...changes });

const TEXT = 'Write to jane.doe@example.com, please.';
const MASKED = 'Write to {EMAIL}, please.';

interface API {
  readonly type: ProviderType;
  readonly path: string;
  /** A body with odd white space, escapes and members that nobody knows. `text`: as JSON writes it. */
  readonly body: (text: string) => string;
  /** Of a refusal. */
  readonly error: object;
}

const APIS: readonly API[] = [
  {
    type: 'OpenAI',
    path: '/v1/chat/completions',
    body: (text) => `{ "x":[1.0], "model":"gpt-4o","messages":[ {"content":"\\u0041 ${text}","role":"user"} ],"z":1e2}`,
    error: { error: { type: 'invalid_request_error', code: 'guardrail_blocked', param: null } },
  },
  {
    type: 'Anthropic',
    path: '/v1/messages',
    body: (text) =>
      `{"max_tokens":5,"model":"claude-opus-5","messages":[{"role":"user","content":[{"type":"text","text":"\\/ ${text}"}]}]}`,
    error: { type: 'error', error: { type: 'invalid_request_error' } },
  },
  {
    type: 'GoogleAI',
    path: '/v1beta/models/gemini-3-pro:generateContent',
    body: (text) => `{"contents":[{"role":"user","parts":[{"text":"é ${text}"}]}],"labels":{}}`,
    error: { error: { code: 400, status: 'INVALID_ARGUMENT', details: [{ reason: 'GUARDRAIL_BLOCKED' }] } },
  },
  {
    type: 'Bedrock',
    path: '/model/amazon.nova-lite-v1%3A0/converse',
    body: (text) => `{"messages":[{"role":"user","content":[{"text":"字 ${text}"}]}],"inferenceConfig":{}}`,
    error: { message: expect.any(String) },
  },
];

async function record(): Promise<Record<string, unknown>> {
  await waitFor('the record', () => (harness.requests().length > 0 ? true : undefined));
  return harness.requests().at(-1) ?? {};
}

describe.each(APIS)('a request in the shape of $type', ({ type, path, body, error }) => {
  test('is masked where a rule matches, and nowhere else', async () => {
    await start([guard('Mask')], { type });
    expect((await post(harness.url + path, body(TEXT))).status).toBe(200);
    const [request] = received;
    expect(request?.body.toString()).toBe(body(MASKED));
    expect(request?.headers['content-length']).toBe(String(Buffer.byteLength(body(MASKED))));
    expect((await record())['guardrails']).toEqual([
      { guardrail: 'default/guard', direction: 'Input', action: 'Mask', mode: 'Enforce', rules: { 'pii/Email': 1 } },
    ]);
  });

  test('is refused in that shape where a rule blocks, and the upstream hears nothing of it', async () => {
    await start([guard('Block')], { type });
    const answer = await post(harness.url + path, body(TEXT));
    expect(answer.status).toBe(400);
    expect(answer.headers).toMatchObject({ 'x-tidegate-error': 'GuardrailBlocked', 'x-should-retry': 'false' });
    expect(answer.headers).not.toHaveProperty('x-tidegate-guardrail');
    if (type === 'Bedrock') expect(answer.headers['x-amzn-errortype']).toBe('ValidationException');
    expect(JSON.parse(answer.body.toString())).toMatchObject(error);
    expect(answer.body.toString()).toContain(
      'The guardrail \\"default/guard\\" blocked this request: its rule pii/Email',
    );
    expect(answer.body.toString()).not.toContain('jane');
    expect(received).toEqual([]);
    expect(await record()).toMatchObject({
      status: 400,
      code: 'GuardrailBlocked',
      guardrails: [{ action: 'Block', rules: { 'pii/Email': 1 } }],
    });
  });

  test.each([
    ['detects', guard('Detect'), 'Detect', 'Enforce'],
    ['blocks in Audit', guard('Block', { mode: 'Audit' }), 'Block', 'Audit'],
    ['masks in Audit', guard('Mask', { mode: 'Audit' }), 'Mask', 'Audit'],
  ])('passes byte for byte where a rule only %s, and is counted', async (_, guardrail, action, mode) => {
    await start([guardrail], { type });
    expect((await post(harness.url + path, body(TEXT))).status).toBe(200);
    expect(received.map((request) => request.body.toString())).toEqual([body(TEXT)]);
    const labels = [`action="${action}"`, `mode="${mode}"`, 'direction="Input"', 'rule="pii/Email"'];
    expect(await harness.metric('tidegate_guardrail_checks_total', ...labels)).toBe(1);
    expect(await harness.metric('tidegate_guardrail_findings_total', ...labels)).toBe(1);
  });

  test('that cannot be read is refused where a guardrail fails closed', async () => {
    await start([guard('Mask')], { type });
    const answer = await post(harness.url + path, gzipSync(body('harmless')), { 'content-encoding': 'gzip' });
    expect([answer.status, answer.headers['x-tidegate-error']]).toEqual([400, 'GuardrailBlocked']);
    expect(answer.body.toString()).toContain('is compressed, so that no guardrail can read it');
    expect(received).toEqual([]);
    expect((await record())['guardrails']).toMatchObject([
      { action: 'Block', reason: expect.stringContaining('compressed') },
    ]);
  });

  test.each([
    ['fails open', { failurePolicy: 'Open' }, 'Unreadable', ''],
    ['only audits', { mode: 'Audit' }, 'Block', 'unreadable'],
  ] as const)('that cannot be read passes where it %s, and is counted', async (_, changes, action, name) => {
    await start([guard('Mask', changes)], { type });
    const unreadable = gzipSync(body(TEXT));
    expect((await post(harness.url + path, unreadable, { 'content-encoding': 'gzip' })).status).toBe(200);
    expect(received.map((request) => request.body.equals(unreadable))).toEqual([true]);
    expect(await harness.metric('tidegate_guardrail_checks_total', `action="${action}"`, `rule="${name}"`)).toBe(1);
  });
});

const CHAT = '/v1/chat/completions';
const chat = (...texts: readonly string[]): string =>
  JSON.stringify({ model: 'gpt-4o', messages: texts.map((content) => ({ role: 'user', content })) });
const sent = (): string[] => received.map((request) => request.body.toString());

describe('several guardrails', () => {
  const cards = guardrailEntry({
    name: 'cards',
    pii: { entities: [{ type: 'CreditCard', ...rule('Mask') }], regexes: [] },
  });

  test('mask together, also across texts', async () => {
    await start([guard('Mask'), cards]);
    await post(harness.url + CHAT, chat('a@b.co pays with 4111 1111 1111 1111', 'none', 'c@d.co'));
    expect(sent()).toEqual([chat('{EMAIL} pays with {CREDIT_CARD}', 'none', '{EMAIL}')]);
    expect((await record())['guardrails']).toEqual([
      { guardrail: 'default/guard', direction: 'Input', action: 'Mask', mode: 'Enforce', rules: { 'pii/Email': 2 } },
      {
        guardrail: 'default/cards',
        direction: 'Input',
        action: 'Mask',
        mode: 'Enforce',
        rules: { 'pii/CreditCard': 1 },
      },
    ]);
  });

  test('come to the strictest of what each comes to, whatever their order', async () => {
    const blocks = guardrailEntry({
      name: 'blocks',
      messages: { input: 'Not about Zeppelin.' },
      wordFilters: [words('codenames', 'Block', 'zeppelin')],
      pii: { entities: [], regexes: [] },
    });
    for (const order of [
      [guard('Mask'), blocks],
      [blocks, guard('Mask')],
    ]) {
      await start(order);
      const answer = await post(harness.url + CHAT, chat('a@b.co knows of the zeppelin'));
      expect(JSON.parse(answer.body.toString())).toMatchObject({ error: { message: 'Not about Zeppelin.' } });
      expect(received).toEqual([]);
      const actions = (await record())['guardrails'] as { guardrail: string; action: string }[];
      expect(Object.fromEntries(actions.map(({ guardrail, action }) => [guardrail, action]))).toEqual({
        'default/guard': 'Mask',
        'default/blocks': 'Block',
      });
      await harness[Symbol.asyncDispose]();
    }
  });

  test('of which one fails closed refuse what none can read, in its name', async () => {
    await start([guard('Mask', { failurePolicy: 'Open' }), { ...cards, name: 'closed' }]);
    const answer = await post(harness.url + CHAT, gzipSync('text'), { 'content-encoding': 'gzip' });
    expect(answer.body.toString()).toContain('default/closed');
    expect((await record())['guardrails']).toMatchObject([{ action: 'Unreadable' }, { action: 'Block' }]);
  });

  test('look at the words of those alone whom they name', async () => {
    await start([guard('Mask', { scopes: ['System'] })]);
    const body = (user: string, system: string): string =>
      JSON.stringify({
        model: 'gpt-4o',
        messages: [
          { role: 'system', content: system },
          { role: 'user', content: user },
        ],
      });
    await post(harness.url + CHAT, body('a@b.co', 'c@d.co'));
    expect(sent()).toEqual([body('a@b.co', '{EMAIL}')]);
  });
});

describe('what is checked', () => {
  test('is checked after its model is allowed', async () => {
    await start([guard('Block')], { entry: { models: [{ name: 'gpt-5' }] } });
    const answer = await post(harness.url + CHAT, chat(TEXT));
    expect(answer.headers['x-tidegate-error']).toBe('ModelNotAllowed');
    expect(await record()).not.toHaveProperty('guardrails');
  });

  test('is neither a call without a body nor the body of a call without texts', async () => {
    await start([guard('Block')]);
    expect((await exchange(`${harness.url}/v1/models?q=a@b.co`)).status).toBe(200);
    expect((await exchange(`${harness.url}/v1/models`, { method: 'HEAD' })).status).toBe(200);
    expect((await exchange(`${harness.url}/v1/models`, { method: 'GET', body: TEXT })).status).toBe(200);
    expect(sent()).toEqual(['', '', TEXT]);
    expect(await harness.metric('tidegate_guardrail_checks_total', 'action="Block"')).toBe(0);
  });

  test('is not the body of its own where a header or the query may put another in its place', async () => {
    const question = '{"contents":[{"parts":[{"text":"Hi"}]}]}';
    const path = '/v1beta/models/g:generateContent';
    await start([guard('Block')], { type: 'GoogleAI' });
    expect((await post(`${harness.url}${path}?$req=%7B%7D`, question)).status).toBe(400);
    expect((await exchange(`${harness.url}${path}?%24httpMethod=POST&$req=%7B%7D`)).status).toBe(400);
    expect((await post(harness.url + path, question, { 'x-original-url': '/other' })).status).toBe(400);
    expect(sent()).toEqual([]);
    expect((await post(`${harness.url}${path}?$prettyPrint=false`, question)).status).toBe(200);
    expect(sent()).toEqual([question]);
  });

  test('is the whole of a long body that comes in chunks, one of which ends within a match', async () => {
    await start([guard('Mask')]);
    const long = 'long '.repeat(100_000);
    const whole = Buffer.from(chat(`${long}${TEXT}${long}`, TEXT));
    const cut = whole.indexOf('jane.doe') + 3;
    for (const headers of [{}, { 'content-length': String(whole.length) }] as Record<string, string>[]) {
      const body = [whole.subarray(0, 70_000), whole.subarray(70_000, cut), whole.subarray(cut)];
      const answer = await exchange(harness.url + CHAT, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body,
      });
      expect(answer.status).toBe(200);
    }
    const masked = chat(`${long}${MASKED}${long}`, MASKED);
    expect(sent()).toEqual([masked, masked]);
    expect(received.map(({ headers }) => headers['content-length'])).toEqual(
      [masked.length, masked.length].map(String),
    );
  });

  test('goes out with the gateway’s own edits as well', async () => {
    await start([guard('Mask')]);
    const body = chat(TEXT).replace('{', '{"stream":true,');
    await post(harness.url + CHAT, body);
    expect(JSON.parse(sent()[0] ?? '')).toEqual({
      ...(JSON.parse(body) as object),
      messages: [{ role: 'user', content: MASKED }],
      stream_options: { include_usage: true },
    });
  });

  test('is what begins a line within JSON that a tool gave back, which stays JSON', async () => {
    await start([guard('Mask', { wordFilters: [words('names', 'Mask', 'Blue Heron')] })]);
    const said = JSON.stringify({ out: 'a\nBlue Heron\n\tjane.doe@example.com', n: 1 });
    const content = { role: 'tool', tool_call_id: 'c', content: said };
    expect((await post(harness.url + CHAT, { model: 'gpt-4o', messages: [content] })).status).toBe(200);
    const { messages } = JSON.parse(received[0]!.body.toString()) as { messages: { content: string }[] };
    expect(JSON.parse(messages[0]!.content)).toEqual({ out: 'a\n{NAMES}\n\t{EMAIL}', n: 1 });
  });

  test('no longer carries digests of the body that it was', async () => {
    await start([guard('Mask')]);
    const digest = { 'content-md5': 'x', 'content-digest': 'sha-256=:x:', 'x-other': 'y' };
    await post(harness.url + CHAT, chat(TEXT), digest);
    await post(harness.url + CHAT, chat('none'), digest);
    expect(
      received.map(({ headers }) => [headers['content-md5'], headers['content-digest'], headers['x-other']]),
    ).toEqual([
      [undefined, undefined, 'y'],
      ['x', 'sha-256=:x:', 'y'],
    ]);
  });

  test('with a thousand matches is masked as one body', async () => {
    await start([guard('Mask')]);
    await post(harness.url + CHAT, chat(...Array.from({ length: 1000 }, () => TEXT)));
    expect(sent()).toEqual([chat(...Array.from({ length: 1000 }, () => MASKED))]);
  });

  test('counts among the bytes in flight', async () => {
    await start([guard('Mask')], { limits: { bytesInFlight: 100_000 } });
    const answer = await post(harness.url + CHAT, chat('x'.repeat(200_000)));
    expect([answer.status, answer.headers['x-tidegate-error']]).toEqual([503, 'Overloaded']);
  });
});

test('a provider with a guardrail that this version cannot compile refuses its calls, and takes no other with it', async () => {
  const regexes = [{ name: 'r', pattern: '(', ...rule('Mask') }];
  await start([guard('Block', { pii: { entities: [], regexes } })]);
  const answer = await post(harness.url + CHAT, chat(TEXT));
  expect(answer.status).toBe(503);
  expect(answer.headers['x-tidegate-error']).toBe('GuardrailUnavailable');
  expect(answer.body.toString()).toContain('cannot be used');
  expect(sent()).toEqual([]);
  harness.setEntries({ baseURL: harness.origin, guardrails: [] });
  expect((await post(harness.url + CHAT, chat(TEXT))).status).toBe(200);
});

test('a provider without guardrails, and one whose guardrails look at answers alone, send what they were sent', async () => {
  const answers = guardrailEntry({
    pii: { entities: [{ type: 'Email', action: 'Block', appliesTo: ['Output'] }], regexes: [] },
  });
  for (const guardrails of [[], [answers]]) {
    await start(guardrails);
    const body = Buffer.concat([Buffer.from(chat(TEXT)), Buffer.alloc(300_000, ' ')]);
    await post(harness.url + CHAT, body);
    expect(received.map((request) => request.body.equals(body))).toEqual([true]);
    expect(JSON.stringify((await record())['guardrails'] ?? [])).not.toContain('Input');
    expect(await harness.metric('tidegate_guardrail_checks_total', 'direction="Input"')).toBe(0);
    await harness[Symbol.asyncDispose]();
  }
});

describe('long texts', () => {
  /** A second of CPU time for the text, however fast a detector is: two million matches. */
  const slow = guardrailEntry({
    pii: {
      entities: [],
      regexes: Array.from({ length: 3 }, (_, i) => ({ name: `slow-${i}`, pattern: `a[b${i}]`, ...rule('Detect') })),
    },
  });
  const text = 'ab '.repeat(700_000);

  test('are judged while others are served', async () => {
    await start([slow]);
    let done = false;
    const long = post(harness.url + CHAT, chat(text)).finally(() => (done = true));
    await waitFor('the long one', () => (harness.proxy.openRequests === 1 ? true : undefined));
    expect((await post(harness.url + CHAT, chat('short'))).status).toBe(200);
    expect(done).toBe(false);
    expect((await long).status).toBe(200);
    expect(sent()).toEqual([chat('short'), chat(text)]);
    const overhead = await harness.metric('tidegate_guardrail_duration_seconds_count', 'direction="Input"');
    expect(overhead).toBe(2);
  });

  test('of a client that hangs up are not sent, and nothing of them stays', async () => {
    await start([slow], { limits: { bytesInFlight: 4_000_000 } });
    for (let i = 0; i < 3; i += 1) {
      const abort = new AbortController();
      const body = chat(text);
      const gone = send(harness.url + CHAT, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
        signal: abort.signal,
      });
      gone.catch(() => undefined);
      await waitFor('judging', () => (harness.proxy.openRequests === 1 ? true : undefined));
      await delay(60);
      abort.abort();
      await waitFor('its end', () => (harness.requests().length === i + 1 ? true : undefined));
    }
    expect(harness.requests()).toMatchObject(
      Array.from({ length: 3 }, () => ({ status: 499, code: 'ClientDisconnected' })),
    );
    expect((await post(harness.url + CHAT, chat('short'.repeat(100_000)))).status).toBe(200);
    expect(received).toHaveLength(1);
  });
});

describe('the evidence', () => {
  test('names a blocking or masking guardrail in a header where that is configured', async () => {
    await start([guard('Block')], { guardrailHeader: true });
    const answer = await post(harness.url + CHAT, chat(TEXT));
    expect(answer.headers['x-tidegate-guardrail']).toBe('default/guard/Block');
    expect((await post(harness.url + CHAT, chat('none'))).headers).not.toHaveProperty('x-tidegate-guardrail');
    harness.setGuardrails([guard('Detect'), guard('Mask', { name: 'masks' })]);
    const masked = await post(harness.url + CHAT, chat(TEXT));
    expect([masked.status, masked.headers['x-tidegate-guardrail']]).toEqual([200, 'default/masks/Mask']);
  });

  test('goes with its guardrail', async () => {
    await start([guard('Detect')]);
    await post(harness.url + CHAT, chat(TEXT));
    await record();
    expect(await harness.metric('tidegate_guardrail_checks_total', 'guardrail="guard"')).toBe(1);
    harness.setEntries({ baseURL: harness.origin, displayName: 'Changed' });
    expect(await harness.metric('tidegate_guardrail_checks_total', 'guardrail="guard"')).toBe(1);
    harness.setGuardrails([]);
    expect(await harness.registry.metrics()).not.toContain('guardrail="guard"');
    await post(harness.url + CHAT, chat(TEXT));
    await waitFor('its record', () => (harness.requests().length === 2 ? true : undefined));
    expect(await harness.registry.metrics()).not.toContain('guardrail="guard"');
  });

  test('never quotes a text, whatever becomes of it', async () => {
    const secret = fc.stringMatching(/^[a-z]{12,20}$/);
    const sentence = fc.record({
      api: fc.constantFrom(...APIS),
      action: fc.constantFrom('Block', 'Mask', 'Detect'),
      mode: fc.constantFrom('Enforce', 'Audit'),
      failurePolicy: fc.constantFrom('Open', 'Closed'),
      isCut: fc.boolean(),
      secret,
    });
    for (const { api, action, mode, failurePolicy, isCut, secret: word } of fc.sample(sentence, 60)) {
      const regexes = [{ name: 'ticket', pattern: '[a-z]{12,20}', ...rule(action) }];
      const entities = [{ type: 'Email', ...rule(action) }] as const;
      await start([guardrailEntry({ mode, failurePolicy, pii: { entities, regexes } })], {
        type: api.type,
        guardrailHeader: true,
      });
      const body = api.body(`${word} and ${word}@example.com`);
      const answer = await post(`${harness.url}${api.path}`, isCut ? body.slice(0, -2) : body);
      await record();
      const said =
        harness.log() + (await harness.registry.metrics()) + answer.rawHeaders.join() + answer.body.toString();
      expect(said.includes(word)).toBe(false);
      await harness[Symbol.asyncDispose]();
    }
  });
});

describe('a provider that cannot be checked', () => {
  test.each(['GuardrailNotFound', 'GuardrailNotReady', 'GuardrailUnreadable'])(
    'for %s answers GuardrailUnavailable',
    async (reason) => {
      await start([]);
      const message = 'The guardrail "default/pii" is not there.';
      harness.setEntries({ availability: { state: 'Unavailable', reason, message } });
      const answer = await post(harness.url + CHAT, chat('x'));
      expect([answer.status, answer.headers['x-tidegate-error']]).toEqual([503, 'GuardrailUnavailable']);
      expect(answer.headers).not.toHaveProperty('x-should-retry');
      expect(answer.body.toString()).toContain('is not there');
    },
  );
});
