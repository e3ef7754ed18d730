/** Streamed answers of every API, judged elsewhere, seen from both sides of a proxy. */
import { afterEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type AnswerBlock, written } from '../../../../test/support/answer-streams.ts';
import { chunked, cut, cuts } from '../../../../test/support/chunks.ts';
import { post, type RawAnswer } from '../../../../test/support/gateway/http.ts';
import {
  recordOf,
  startGuarded,
  STREAM_CALLS,
  streamCall,
  trickle,
  until,
} from '../../../../test/support/proxy/guarded.ts';
import { guardrailEntry, type Harness } from '../../../../test/support/proxy/harness.ts';
import { GuardrailWebhook } from '../../../../test/upstreams/evaluators/index.ts';
import type { GuardrailEntry } from '../../../table/types.ts';

const RUNS = Number(process.env['TIDEGATE_PROPERTY_RUNS'] ?? 10);

type Call = (typeof STREAM_CALLS)[number];

const cleanups: AsyncDisposable[] = [];
afterEach(async () => {
  for (const each of cleanups.splice(0)) await each[Symbol.asyncDispose]();
});

async function judge(options: Parameters<typeof GuardrailWebhook.start>[0] = {}): Promise<GuardrailWebhook> {
  const service = await GuardrailWebhook.start({
    names: ['Ann', 'Maximilian'],
    blocks: { 'topic/tax': 'tax' },
    ...options,
  });
  cleanups.push(service);
  return service;
}

const guard = (service: GuardrailWebhook, changes: Partial<GuardrailEntry> = {}, timeoutMilliseconds = 60_000) =>
  guardrailEntry({
    messages: { output: 'Withheld.' },
    pii: { entities: [], regexes: [] },
    remote: {
      timeoutMilliseconds,
      filters: [],
      deniedTopics: [],
      evaluators: [{ kind: 'HTTP', url: `${service.url}/` }],
    },
    ...changes,
  });

let chunks: readonly Buffer[] = [];

async function start({ type, form }: Call, ...guardrails: readonly GuardrailEntry[]): Promise<Harness> {
  const harness = await startGuarded(type, guardrails, (response) => void trickle(response, form.contentType, chunks));
  cleanups.push(harness);
  return harness;
}

/** Through a Guardrail that does not look at requests. */
async function answered(harness: Harness, { path, body }: Call, sent: readonly Buffer[]): Promise<RawAnswer> {
  chunks = sent;
  return post(harness.url + path, body);
}

const textsOf = ({ form }: Call, { body }: RawAnswer): string => {
  const events = form.parse(body);
  form.check(events);
  return form
    .texts(events)
    .map(({ text }) => text)
    .join('');
};

const text = (...pieces: readonly string[]): AnswerBlock => ({ kind: 'text', pieces });
const masked = (said: string): string => said.replaceAll(/Ann|Maximilian/g, '{NAME}');

/** Without OpenAI's usage, which the proxy asks for and takes out again. */
const unasked = (bytes: Buffer): string =>
  bytes.toString('latin1').replace(/data: {[^\n]*"choices":\[\],"usage":{[^\n]*\n\n/, '');

describe.each(STREAM_CALLS.map((call) => [call.form.name, call] as const))('a stream of %s', (_name, call) => {
  const { form } = call;

  test('in which the judge finds nothing leaves byte for byte as it came', async () => {
    const harness = await start(call, guard(await judge()));
    const bytes = written(form, [text('Nothing ', 'to see here. ', 'Really: é🚀.')], true);
    for (const size of [bytes.length, 7]) {
      const { body } = await answered(harness, call, chunked(bytes, size));
      expect(unasked(body)).toBe(unasked(bytes));
    }
  });

  test('says what masking the whole text would say, however text and bytes are cut', async () => {
    const harness = await start(call, guard(await judge()));
    const piece = fc.constantFrom('An', 'n', 'Ann', 'Maxi', 'milian', ' ', 'é🚀', '"', 'and more words. '.repeat(40));
    await fc.assert(
      fc.asyncProperty(
        fc.array(piece, { minLength: 1, maxLength: 60 }),
        cuts,
        fc.boolean(),
        async (pieces, at, escapes) => {
          const answer = await answered(harness, call, cut(written(form, [text(...pieces)], escapes), at));
          expect(textsOf(call, answer)).toBe(masked(pieces.join('')));
        },
      ),
      { numRuns: RUNS },
    );
  });

  test('that is blocked ends as its API ends one', async () => {
    const harness = await start(call, guard(await judge()));
    const bytes = written(form, [text('So far. '.repeat(400), 'about ta', 'x ', 'and more')], false);
    const { status, body } = await answered(harness, call, chunked(bytes, 40));
    expect(status).toBe(200);
    const said = textsOf(call, { body } as RawAnswer);
    expect(said).toMatch(/^(So far\. )*[^W]*Withheld\.$/s);
    expect(said).not.toMatch(/tax|more/);
    expect(await recordOf(harness)).toMatchObject({
      guardrails: [{ direction: 'Input' }, { guardrail: 'default/guard', direction: 'Output', action: 'Block' }],
    });
  });

  test('of which there is no verdict ends with an error of its API, not as one that was blocked', async () => {
    const service = await judge();
    const harness = await start(call, guard(service));
    service.mood = 'Broken';
    const { status, body } = await answered(harness, call, chunked(written(form, [text('Some words.')], false), 40));
    expect(status).toBe(200);
    const said = body.toString();
    expect(said).toContain('the judge that it asks gives no verdict (ServerError). The provider has answered');
    expect(said).not.toMatch(/words|Withheld/);
    expect(await recordOf(harness)).toMatchObject({
      status: 200,
      code: 'GuardrailUnavailable',
      guardrails: [{ direction: 'Input' }, { direction: 'Output', action: 'Block', reason: 'ServerError' }],
    });
  });

  test('is not held up in Audit, and counted', async () => {
    const harness = await start(call, guard(await judge(), { mode: 'Audit' }));
    const bytes = written(form, [text('Ann and ', 'ta', 'x')], true);
    const { body } = await answered(harness, call, chunked(bytes, 11));
    expect(unasked(body)).toBe(unasked(bytes));
    expect(await recordOf(harness)).toMatchObject({
      guardrails: [{ direction: 'Input' }, { mode: 'Audit', action: 'Block', rules: { 'topic/tax': 1 } }],
    });
  });
});

describe('arguments of tools', () => {
  const withTools = STREAM_CALLS.filter(({ form }) => form.kinds.includes('tool'));

  test.each(withTools.map((call) => [call.form.name, call] as const))('are judged as strings: %s', async (_, call) => {
    const harness = await start(call, guard(await judge()));
    const pieces = ['{"query":"A', 'n\\u006e and', ' more", "n":1}'];
    const answer = await answered(harness, call, chunked(written(call.form, [{ kind: 'tool', pieces }], false), 9));
    expect(JSON.parse(textsOf(call, answer))).toEqual({ query: '{NAME} and more', n: 1 });
  });
});

describe('a stream', () => {
  const call = streamCall('chat completions');

  test('has the masks of both, the gateway’s first', async () => {
    const service = await judge();
    const harness = await start(
      call,
      guard(service, { pii: { entities: [{ type: 'Email', action: 'Mask', appliesTo: ['Output'] }], regexes: [] } }),
    );
    const answer = await answered(harness, call, chunked(written(call.form, [text('Ann: a@', 'b.de')], false), 5));
    expect(textsOf(call, answer)).toBe('{NAME}: {EMAIL}');
    expect(service.questions.flatMap(({ texts }) => texts.map((one) => one.text)).join('')).not.toContain('a@b.de');
  });

  test('without a verdict passes where the policy is Open', async () => {
    const service = await judge();
    const harness = await start(call, guard(service, { failurePolicy: 'Open' }, 100));
    service.mood = 'Silent';
    const sent = chunked(written(call.form, [text('Some words ', 'of the answer.')], false), 40);
    expect(textsOf(call, await answered(harness, call, sent))).toBe('Some words of the answer.');
    await recordOf(harness);
    expect(await harness.metric('tidegate_guardrail_failures_total', 'reason="Timeout"')).toBeGreaterThan(0);
  });

  test('waits for slow judges with bounded memory, and its text is the same', async () => {
    const service = await judge();
    service.delayMilliseconds = 30;
    const harness = await start(call, guard(service));
    const said = 'Ann is here. '.repeat(60_000);
    const pieces = said.match(/.{1,400}/g) ?? [];
    const answer = await answered(harness, call, [written(call.form, [text(...pieces)], false)]);
    const got = textsOf(call, answer);
    expect([got.length, got === masked(said)]).toEqual([masked(said).length, true]);
  });

  test('that says more beside its text than may wait does not stand still', async () => {
    const harness = await start(call, guard(await judge(), { streaming: { holdBackCharacters: 4096 } }));
    const events = Array.from({ length: 400 }, (_, i) => {
      const choice = {
        index: 0,
        delta: { content: `${i} Ann ` },
        logprobs: { content: [{ token: 'x'.repeat(3000) }] },
      };
      return Buffer.from(`data: ${JSON.stringify({ id: 'c', choices: [choice] })}\n\n`);
    });
    const answer = await answered(harness, call, [...events, Buffer.from('data: [DONE]\n\n')]);
    expect(answer.body.toString().match(/\{NAME\}/g)).toHaveLength(400);
  });

  test.each([
    ['Closed', 'Withheld.'],
    ['Open', '{NAME}'],
  ] as const)('that says far more beside its text than may wait fails %s', async (failurePolicy, expected) => {
    const harness = await start(call, guard(await judge(), { failurePolicy }));
    const event = (delta: object): Buffer =>
      Buffer.from(`data: ${JSON.stringify({ id: 'c', choices: [{ index: 0, delta }] })}\n\n`);
    const pictures = Array.from({ length: 18 }, () => event({ picture: 'x'.repeat(1024 * 1024) }));
    const sent = [event({ content: 'Ann' }), ...pictures, Buffer.from('data: [DONE]\n\n')];
    const { body } = await answered(harness, call, sent);
    const said = [...body.toString().matchAll(/"content":"([^"]*)"/g)].map(([, content]) => content).join('');
    expect(said).toContain(expected);
    expect(body.length > 16 * 1024 * 1024).toBe(failurePolicy === 'Open');
    await recordOf(harness);
    expect(await harness.metric('tidegate_guardrail_failures_total', 'reason="TooLong"')).toBe(1);
  });

  test.each([
    ['Closed', '(Overloaded). The provider has answered'],
    ['Open', '{NAME}'],
  ] as const)(
    'of which more waits than the proxy may hold fails %s, and is let go of',
    async (failurePolicy, expected) => {
      const event = (delta: object): Buffer =>
        Buffer.from(`data: ${JSON.stringify({ id: 'c', choices: [{ index: 0, delta }] })}\n\n`);
      const pictures = Array.from({ length: 12 }, () => event({ picture: 'x'.repeat(100_000) }));
      const sent = [event({ content: 'Ann' }), ...pictures, Buffer.from('data: [DONE]\n\n')];
      const service = await judge();
      const harness = await startGuarded(
        call.type,
        [guard(service, { failurePolicy })],
        (response) => void trickle(response, call.form.contentType, sent),
        { limits: { bytesInFlight: 600_000 } },
      );
      cleanups.push(harness);
      const { body } = await post(harness.url + call.path, call.body);
      expect(body.toString()).toContain(expected);
      expect(await recordOf(harness)).toMatchObject({
        guardrails: [{ direction: 'Input' }, { direction: 'Output', reason: 'Overloaded' }],
      });
      harness.setGuardrails([]);
      const padded = JSON.stringify(call.body) + ' '.repeat(590_000);
      const headers = { 'content-type': 'application/json' };
      const next = await fetch(harness.url + call.path, { method: 'POST', headers, body: padded });
      await next.arrayBuffer();
      expect(next.status).toBe(200);
    },
  );

  test('that breaks off says nothing that was not judged', async () => {
    const service = await judge();
    service.delayMilliseconds = 200;
    const bytes = written(call.form, [text('Ann '.repeat(20), 'is not judged')], false);
    const harness = await startGuarded(call.type, [guard(service)], (response) => {
      response.writeHead(200, { 'content-type': call.form.contentType });
      response.write(bytes.subarray(0, -200));
      setTimeout(() => response.destroy(), 20);
    });
    cleanups.push(harness);
    const body = await post(harness.url + call.path, call.body).then(
      (answer) => answer.body.toString(),
      () => '',
    );
    expect(body).not.toMatch(/Ann|judged/);
  });

  test('of which far more comes than is judged is let go in Audit, and does not wait for its judge', async () => {
    const service = await judge();
    service.mood = 'Silent';
    const harness = await start(call, guard(service, { mode: 'Audit' }, 30_000));
    const bytes = written(call.form, [text(...Array.from({ length: 300 }, () => 'word '.repeat(1000)))], false);
    const begin = performance.now();
    const { body } = await answered(harness, call, [bytes]);
    expect(performance.now() - begin).toBeLessThan(15_000);
    expect(unasked(body).length).toBe(unasked(bytes).length);
    await recordOf(harness);
    expect(await harness.metric('tidegate_guardrail_failures_total', 'reason="TooLong"')).toBe(1);
  });

  test('whose caller goes while it is judged is no failure of the judge', async () => {
    const service = await judge();
    service.mood = 'Silent';
    const harness = await start(call, guard(service, {}, 30_000));
    chunks = chunked(written(call.form, [text('Some words.')], false), 40);
    const gone = new AbortController();
    const answer = fetch(harness.url + call.path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(call.body),
      signal: gone.signal,
    }).then((response) => response.text());
    await until(() => service.requests.length > 0);
    gone.abort();
    await expect(answer).rejects.toThrow();
    await recordOf(harness);
    expect(await harness.metric('tidegate_guardrail_failures_total', 'reason="Unreachable"')).toBe(0);
  });

  test('is judged as far as scopes go', async () => {
    const service = await judge();
    const harness = await start(call, guard(service, { scopes: ['User'] }));
    const answer = await answered(harness, call, chunked(written(call.form, [text('Ann')], false), 40));
    expect([textsOf(call, answer), service.requests.length]).toEqual(['Ann', 0]);
  });
});

test.each(['Ann', 'Ann 😀'])(
  'what a model has signed is not masked for a judge, nor counted as if it were: %s',
  async (said) => {
    const call = streamCall('messages');
    const service = await judge();
    const harness = await start(call, guard(service));
    const events = [
      { type: 'message_start', message: { usage: { input_tokens: 1, output_tokens: 1 } } },
      { type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: '', signature: '' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: said } },
      { type: 'content_block_delta', index: 0, delta: { type: 'signature_delta', signature: 'c2ln' } },
      { type: 'content_block_stop', index: 0 },
      { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 1 } },
      { type: 'message_stop' },
    ];
    const bytes = events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('');
    const answer = await answered(harness, call, [Buffer.from(bytes)]);
    expect(answer.body.toString()).toBe(bytes);
    expect(await recordOf(harness)).toMatchObject({
      guardrails: [{ direction: 'Input' }, { direction: 'Output', action: 'Detect', rules: { 'pii/name': 1 } }],
    });
  },
);
