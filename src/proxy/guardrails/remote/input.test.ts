import { afterEach, describe, expect, test } from '@jest/globals';
import { GuardrailWebhook, Moderation } from '../../../../test/upstreams/evaluators/index.ts';
import { until } from '../../../../test/support/proxy/guarded.ts';
import { guardrailEntry, startHarness, UPSTREAM_KEY, type Harness } from '../../../../test/support/proxy/harness.ts';
import { Redacted } from '../../../redacted.ts';
import type { EvaluatorEntry, GuardrailEntry, RemoteEntry } from '../../../table/types.ts';

const cleanups: AsyncDisposable[] = [];
afterEach(async () => {
  for (const each of cleanups.splice(0)) await each[Symbol.asyncDispose]();
});

async function webhook(options: Parameters<typeof GuardrailWebhook.start>[0]) {
  const service = await GuardrailWebhook.start(options);
  cleanups.push(service);
  return { service, entry: { kind: 'HTTP', url: `${service.url}/` } satisfies EvaluatorEntry };
}

const remote = (evaluators: readonly EvaluatorEntry[], more: Partial<RemoteEntry> = {}): RemoteEntry => ({
  timeoutMilliseconds: 60_000,
  filters: [],
  deniedTopics: [],
  evaluators,
  ...more,
});

/** A gateway whose upstream answers with the body that it got. */
async function gateway(...guardrails: readonly GuardrailEntry[]): Promise<Harness & { received: string[] }> {
  const received: string[] = [];
  const harness = await startHarness({
    guardrails,
    onRequest: (request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        received.push(body);
        response.setHeader('content-type', 'application/json');
        response.end(
          JSON.stringify({ id: 'c', choices: [{ index: 0, message: { role: 'assistant', content: 'ok' } }] }),
        );
      });
    },
  });
  cleanups.push(harness);
  return Object.assign(harness, { received });
}

async function chat(
  { url }: Harness,
  ...contents: string[]
): Promise<{ status: number; code: string | undefined; text: string; headers: Record<string, string> }> {
  const response = await fetch(`${url}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'm', messages: contents.map((content) => ({ role: 'user', content })) }),
  });
  const text = await response.text();
  const headers = Object.fromEntries(response.headers);
  return { status: response.status, code: headers['x-tidegate-error'], text, headers };
}

const contentsOf = (body: string | undefined): string[] =>
  (JSON.parse(body ?? '{"messages":[]}') as { messages: { content: string }[] }).messages.map(({ content }) => content);

describe('whole answers judged elsewhere', () => {
  test('are masked, and withheld when the judge blocks', async () => {
    const { service, entry } = await webhook({ names: ['ok'] });
    const harness = await gateway(guardrailEntry({ remote: remote([entry]) }));
    expect((await chat(harness, 'hello')).text).toContain('"content":"{NAME}"');
    expect(service.questions.map(({ direction, texts }) => [direction, texts[0]?.scope])).toEqual([
      ['Input', 'User'],
      ['Output', 'Assistant'],
    ]);
    const blocking = await webhook({ blocks: { bad: 'ok' } });
    harness.setGuardrails([guardrailEntry({ remote: remote([blocking.entry]), messages: { output: 'Withheld.' } })]);
    const withheld = await chat(harness, 'hello');
    expect([withheld.status, withheld.text]).toEqual([200, expect.stringContaining('content_filter')]);
    expect(withheld.text).not.toContain('"ok"');
  });
});

describe('whole answers of which there is no verdict', () => {
  test('are no answers that were blocked, nor asked for again unless somebody wants to pay for it', async () => {
    const { service, entry } = await webhook({});
    service.moods.push('Well');
    service.mood = 'Broken';
    const harness = await gateway(guardrailEntry({ remote: remote([entry]), messages: { output: 'Withheld.' } }));
    const answer = await chat(harness, 'hello');
    expect([answer.status, answer.code]).toEqual([503, 'GuardrailUnavailable']);
    // SDKs would repeat the call twice: each time it is billed.
    expect(answer.headers['x-should-retry']).toBe('false');
    expect(answer.headers).not.toHaveProperty('retry-after');
    expect(answer.text).toContain('cannot check this answer');
    expect(answer.text).toContain('asking again is billed again');
    expect(answer.text).not.toContain('Withheld.');
    await until(() => harness.proxy.openRequests === 0);
    // It has been billed.
    expect(harness.requests()).toMatchObject([
      { status: 503, code: 'GuardrailUnavailable', usageMissing: 'not_reported' },
    ]);
  });
});

describe('requests judged elsewhere', () => {
  test('are masked by both: the judge sees what the gateway has masked, and masks more', async () => {
    const { service, entry } = await webhook({ names: ['Ann', 'Bob'] });
    const harness = await gateway(guardrailEntry({ remote: remote([entry]) }));
    expect(await chat(harness, 'I am Ann, ann@example.com', 'nothing', 'Bob 😀 Ann')).toMatchObject({ status: 200 });
    expect(contentsOf(harness.received[0])).toEqual(['I am {NAME}, {EMAIL}', 'nothing', '{NAME} 😀 {NAME}']);
    expect(service.questions[0]?.texts.map(({ text }) => text)).toEqual(['I am Ann, {EMAIL}', 'nothing', 'Bob 😀 Ann']);
    await expect(harness.metric('tidegate_guardrail_findings_total', 'rule="pii/name"', 'action="Mask"')).resolves.toBe(
      3,
    );
  });

  test('are refused when it blocks, and not sent to it when the gateway blocks', async () => {
    const { service, entry } = await webhook({ blocks: { 'topic/tax': 'tax' } });
    const words = { name: 'w', words: ['forbidden'], match: 'Word', caseSensitive: false } as const;
    const harness = await gateway(
      guardrailEntry({
        remote: remote([entry]),
        wordFilters: [{ ...words, action: 'Block', appliesTo: ['Input'] }],
      }),
    );
    expect(await chat(harness, 'my tax')).toMatchObject({ status: 400, code: 'GuardrailBlocked' });
    expect((await chat(harness, 'my tax')).text).toContain('topic/tax');
    expect(service.requests).toHaveLength(2);
    expect(await chat(harness, 'forbidden')).toMatchObject({ status: 400 });
    expect(service.requests).toHaveLength(2);
    expect(harness.received).toEqual([]);
    await expect(harness.metric('tidegate_guardrail_checks_total', 'action="Block"', 'rule="topic/tax"')).resolves.toBe(
      2,
    );
  });

  test('are sent on in Audit, which counts', async () => {
    const { entry } = await webhook({ blocks: { bad: 'bad' }, names: ['Ann'] });
    const harness = await gateway(guardrailEntry({ mode: 'Audit', remote: remote([entry]) }));
    await chat(harness, 'bad Ann');
    await chat(harness, 'Ann');
    expect(harness.received.flatMap(contentsOf)).toEqual(['bad Ann', 'Ann']);
    await until(() => harness.proxy.openRequests === 0);
    await expect(
      harness.metric('tidegate_guardrail_findings_total', 'mode="Audit"', 'direction="Input"'),
    ).resolves.toBe(2);
  });

  test.each([
    ['Closed', 503],
    ['Open', 200],
  ] as const)('that get no verdict fail %s', async (failurePolicy, status) => {
    const { service, entry } = await webhook({});
    service.mood = 'Silent';
    const harness = await gateway(
      guardrailEntry({ failurePolicy, remote: remote([entry], { timeoutMilliseconds: 100 }) }),
    );
    const answer = await chat(harness, 'hello ann@example.com');
    expect(answer.status).toBe(status);
    if (failurePolicy === 'Closed') expect(answer.text).toContain('gives no verdict');
    else expect(contentsOf(harness.received[0])).toEqual(['hello {EMAIL}']);
    await until(() => harness.proxy.openRequests === 0);
    // Of an answer, too, where there is one.
    await expect(harness.metric('tidegate_guardrail_failures_total', 'reason="Timeout"')).resolves.toBe(
      failurePolicy === 'Closed' ? 1 : 2,
    );
    const action = failurePolicy === 'Closed' ? 'Block' : 'Mask';
    expect(harness.requests()).toMatchObject([
      {
        guardrails: expect.arrayContaining([
          expect.objectContaining({ direction: 'Input', action, reason: 'Timeout' }),
        ]),
      },
    ]);
  });

  test.each([
    ['Timeout', 100, { mood: 'Silent' }],
    ['Unreachable', 60_000, { mood: 'Down' }],
    ['ServerError', 60_000, { mood: 'Broken' }],
    ['Throttled', 60_000, { answers: 429 }],
  ] as const)('are to be sent again when the judge is away: %s', async (reason, timeoutMilliseconds, how) => {
    const { service, entry } = await webhook({});
    if ('mood' in how) service.mood = how.mood;
    else service.queue.push(...Array.from({ length: 2 }, () => ({ status: 429, contentType: 'text/plain', body: '' })));
    const harness = await gateway(guardrailEntry({ remote: remote([entry], { timeoutMilliseconds }) }));
    const answer = await chat(harness, 'hello');
    expect(answer).toMatchObject({ status: 503, code: 'GuardrailUnavailable' });
    expect(answer.headers).toMatchObject({ 'retry-after': '1', 'x-should-retry': 'true' });
    expect(answer.text).toContain(
      `cannot check this request: the judge that it asks gives no verdict (${reason}); try again.`,
    );
    expect(harness.received).toEqual([]);
  });

  test.each([
    ['Refused', { status: 401, contentType: 'text/plain', body: 'no' }],
    ['Unreadable', { status: 200, contentType: 'application/json', body: '{"version":"v2"}' }],
  ] as const)('are not to be sent again when a person has to mend it: %s', async (reason, said) => {
    const { service, entry } = await webhook({});
    service.queue.push(said);
    const harness = await gateway(
      guardrailEntry({ remote: remote([entry]), messages: { input: 'Against the rules.' } }),
    );
    const { status, code, headers, text } = await chat(harness, 'hello');
    expect([status, code]).toEqual([503, 'GuardrailUnavailable']);
    expect(text).toContain(`(${reason})`);
    expect(text).not.toContain('Against the rules.');
    expect(Object.keys(headers)).not.toContain('retry-after');
    expect(Object.keys(headers)).not.toContain('x-should-retry');
  });

  test('that are too long to be asked about are the call’s own doing', async () => {
    const { entry } = await webhook({});
    const harness = await gateway(guardrailEntry({ remote: remote([entry]) }));
    expect(await chat(harness, 'x'.repeat(1_000_001))).toMatchObject({ status: 400, code: 'GuardrailBlocked' });
  });

  test('are blocked for what one judge found, though another is away', async () => {
    const [away, well] = [await webhook({}), await webhook({ blocks: { bad: 'x' } })];
    away.service.mood = 'Broken';
    const harness = await gateway(
      guardrailEntry({ name: 'away', uid: 'away', remote: remote([away.entry]) }),
      guardrailEntry({ name: 'well', uid: 'well', remote: remote([well.entry]) }),
    );
    const answer = await chat(harness, 'x');
    expect(answer).toMatchObject({ status: 400, code: 'GuardrailBlocked' });
    expect(answer.text).toContain('bad');
    expect(await chat(harness, 'y')).toMatchObject({ status: 503 });
  });

  test('are judged by several Guardrails side by side, the first that blocks in order', async () => {
    const [one, other] = [
      await webhook({ blocks: { one: 'x' }, names: ['Ann'] }),
      await webhook({ blocks: { other: 'x' }, names: ['Bob'] }),
    ];
    one.service.delayMilliseconds = 50;
    const harness = await gateway(
      guardrailEntry({ name: 'one', uid: 'one', remote: remote([one.entry]) }),
      guardrailEntry({ name: 'other', uid: 'other', remote: remote([other.entry]) }),
    );
    expect((await chat(harness, 'x')).text).toContain('default/one');
    await chat(harness, 'Ann and Bob');
    expect(contentsOf(harness.received[0])).toEqual(['{NAME} and {NAME}']);
  });

  test('are judged as far as the scopes of a Guardrail go', async () => {
    const { service, entry } = await webhook({ names: ['Ann'] });
    const harness = await gateway(guardrailEntry({ scopes: ['System'], remote: remote([entry]) }));
    await chat(harness, 'Ann');
    expect([service.requests.length, contentsOf(harness.received[0])]).toEqual([0, ['Ann']]);
  });

  test('are moderated through a provider of the namespace, with its key', async () => {
    const moderation = await Moderation.start({ key: UPSTREAM_KEY, scores: { hit: { violence: 0.9 } } });
    cleanups.push(moderation);
    const evaluator = { kind: 'OpenAIModeration', provider: 'mod', model: 'omni-moderation-latest' } as const;
    const filters = [{ category: 'Violence', inputStrength: 'Medium', outputStrength: 'None' }] as const;
    const harness = await gateway(guardrailEntry({ remote: remote([evaluator], { filters }) }));
    expect((await chat(harness, 'hello')).text).toContain('gives no verdict');
    await expect(harness.metric('tidegate_guardrail_failures_total', 'reason="ProviderUnavailable"')).resolves.toBe(1);
    harness.setEntries({}, { name: 'mod', uid: 'mod', baseURL: `${moderation.url}/v1`, guardrails: [] });
    expect(await chat(harness, 'hello')).toMatchObject({ status: 200 });
    const blocked = await chat(harness, 'hit him');
    expect([blocked.status, blocked.text]).toEqual([400, expect.stringContaining('content/Violence')]);
    harness.setEntries(
      {},
      {
        name: 'mod',
        uid: 'mod',
        baseURL: `${moderation.url}/v1`,
        guardrails: [],
        credential: { kind: 'APIKey', value: new Redacted('another') },
      },
    );
    expect(await chat(harness, 'hello')).toMatchObject({ status: 503, code: 'GuardrailUnavailable' });
    await expect(harness.metric('tidegate_guardrail_failures_total', 'reason="Refused"')).resolves.toBe(1);
  });

  test.each([
    ['ServerError', { status: 502, contentType: 'text/html', body: 'hello Ada' }, { status: 502 }],
    [
      'Unreadable',
      { status: 200, contentType: 'application/json', body: '{"version":"v1","action":"hello Ada"}' },
      { detail: '`action` is none of Allow, Mask, Block' },
    ],
  ] as const)(
    'that get no verdict say in the log why, and nothing of what was judged: %s',
    async (reason, said, what) => {
      const { service, entry } = await webhook({});
      service.queue.push(said, said);
      const url = `${service.url}/with-a-secret-path`;
      const harness = await gateway(guardrailEntry({ failurePolicy: 'Open', remote: remote([{ ...entry, url }]) }));
      await chat(harness, 'hello Ada');
      await chat(harness, 'hello Ada');
      const lines = harness
        .log()
        .split('\n')
        .filter((line) => line.includes('gave no verdict'));
      expect(lines.map((line) => JSON.parse(line) as object)).toEqual([
        {
          level: 'warn',
          time: expect.any(String),
          guardrail: 'default/guard',
          host: new URL(url).host,
          reason,
          omitted: 0,
          msg: 'a judge elsewhere gave no verdict',
          ...what,
        },
      ]);
      expect(harness.log()).not.toMatch(/hello Ada|secret-path/);
    },
  );

  test('that get no verdict for want of an answer say in the log what stood in the way', async () => {
    const { service, entry } = await webhook({});
    await service[Symbol.asyncDispose]();
    const harness = await gateway(guardrailEntry({ remote: remote([entry]) }));
    await chat(harness, 'hello');
    expect(harness.log()).toContain('"detail":"it refused the connection"');
  });

  test('of clients that go are not judged on', async () => {
    const { service, entry } = await webhook({});
    service.mood = 'Silent';
    const harness = await gateway(guardrailEntry({ remote: remote([entry], { timeoutMilliseconds: 30_000 }) }));
    const gone = new AbortController();
    const answer = fetch(`${harness.url}/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'a' }] }),
      signal: gone.signal,
    });
    while (service.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
    gone.abort();
    await expect(answer).rejects.toThrow();
    while (harness.proxy.openRequests > 0) await new Promise((resolve) => setImmediate(resolve));
    expect(harness.log()).not.toContain('gave no verdict');
    expect(harness.received).toEqual([]);
    await expect(harness.metric('tidegate_guardrail_failures_total', 'reason="Unreachable"')).resolves.toBe(0);
  });
});
