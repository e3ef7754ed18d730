import { afterEach, expect, test } from '@jest/globals';
import { GuardrailWebhook } from '../../../test/upstreams/evaluators/index.ts';
import { until } from '../../../test/support/proxy/guarded.ts';
import {
  guardrailEntry,
  startHarness,
  type Harness,
  type HarnessOptions,
} from '../../../test/support/proxy/harness.ts';
import type { GuardrailEntry } from '../../table/types.ts';

const TEXT = 'Write to ada@example.com.';

const cleanups: AsyncDisposable[] = [];
afterEach(async () => {
  for (const each of cleanups.splice(0).toReversed()) await each[Symbol.asyncDispose]();
});

/** A gateway whose upstream says {@link TEXT} to everything. */
async function start(guardrails: readonly GuardrailEntry[], options: Partial<HarnessOptions> = {}): Promise<Harness> {
  const harness = await startHarness({
    guardrails,
    guardrailEvents: true,
    onRequest: (request, response) => {
      request.resume();
      response.setHeader('content-type', 'application/json');
      const message = { role: 'assistant', content: TEXT };
      response.end(JSON.stringify({ id: 'c', choices: [{ index: 0, message, finish_reason: 'stop' }] }));
    },
    ...options,
  });
  cleanups.push(harness);
  return harness;
}

/** The id of the request. */
async function ask(harness: Harness, body: object, path = 'chat/completions'): Promise<string> {
  const before = harness.requests().length;
  const response = await fetch(`${harness.url}/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'm', ...body }),
  });
  await response.text();
  await until(() => harness.requests().length === before + 1);
  return response.headers.get('x-tidegate-request-id') ?? '';
}

const events = (harness: Harness): Record<string, unknown>[] =>
  harness
    .log()
    .split('\n')
    .filter((line) => line.includes('gen_ai.guardrail'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);

const said = (content: string): object => ({ messages: [{ role: 'user', content }] });

test('each guardrail and direction of a call is one event with the names of the conventions, without the text', async () => {
  const audit = guardrailEntry({
    name: 'words',
    generation: 7,
    mode: 'Audit',
    pii: { entities: [], regexes: [] },
    wordFilters: [
      { name: 'w', words: ['write'], match: 'Word', caseSensitive: false, action: 'Block', appliesTo: ['Input'] },
    ],
  });
  const harness = await start([guardrailEntry(), audit]);
  const requestId = await ask(harness, said(TEXT));
  const common = {
    level: 'info',
    'event.name': 'gen_ai.guardrail.result',
    requestId,
    'gen_ai.guardrail.component.name': 'tidegate',
    'gen_ai.guardrail.result.type': 'action',
    msg: 'guardrail result',
    time: expect.any(String) as unknown,
  };
  const guard = {
    ...common,
    'gen_ai.guardrail.policy.id': 'default/guard',
    'gen_ai.guardrail.policy.version': '1',
    'gen_ai.guardrail.policy.rule.id': 'pii/Email',
    'gen_ai.guardrail.result.value': 'Mask',
    'tidegate.guardrail.mode': 'Enforce',
  };
  expect(events(harness)).toEqual([
    { ...guard, 'gen_ai.guardrail.source': 'Input' },
    {
      ...common,
      'gen_ai.guardrail.policy.id': 'default/words',
      'gen_ai.guardrail.policy.version': '7',
      'gen_ai.guardrail.policy.rule.id': 'word/w',
      'gen_ai.guardrail.result.value': 'Block',
      'gen_ai.guardrail.source': 'Input',
      'tidegate.guardrail.mode': 'Audit',
    },
    { ...guard, 'gen_ai.guardrail.source': 'Output' },
  ]);
  expect(JSON.stringify(events(harness))).not.toContain('ada@');
});

test('what let everything pass has no rule, and what could not be read says why in fixed words', async () => {
  const harness = await start([guardrailEntry({ failurePolicy: 'Open' })]);
  await ask(harness, { prompt: [464, 2068] }, 'completions');
  const [input] = events(harness);
  expect(input).toMatchObject({ 'gen_ai.guardrail.result.value': 'Unreadable', 'gen_ai.guardrail.source': 'Input' });
  expect(input?.['gen_ai.guardrail.result.reason']).toEqual(expect.any(String));
  expect(input).not.toHaveProperty(['gen_ai.guardrail.policy.rule.id']);
  expect(input).not.toHaveProperty(['error.type']);
});

test('a judge elsewhere that gave no verdict is the type of an error', async () => {
  const judge = await GuardrailWebhook.start({ secret: 'another' });
  cleanups.push(judge);
  const remote = {
    timeoutMilliseconds: 60_000,
    filters: [],
    deniedTopics: [],
    evaluators: [{ kind: 'HTTP' as const, url: `${judge.url}/` }],
  };
  const harness = await start([guardrailEntry({ failurePolicy: 'Open', remote })]);
  await ask(harness, said('nothing'));
  expect(events(harness)[0]).toMatchObject({ 'gen_ai.guardrail.result.value': 'Failed', 'error.type': 'Refused' });
});

test('nothing of it is written unless it is asked for', async () => {
  const harness = await start([guardrailEntry()], { guardrailEvents: false });
  await ask(harness, said(TEXT));
  expect(events(harness)).toEqual([]);
});
