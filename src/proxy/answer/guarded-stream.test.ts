/** Streamed answers of every API under guardrails, seen from both sides of a proxy. */
import { afterEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type AnswerBlock, written } from '../../../test/support/answer-streams.ts';
import { chunked, cut, cuts } from '../../../test/support/chunks.ts';
import { post, type RawAnswer } from '../../../test/support/gateway/http.ts';
import {
  answerGuard,
  recordOf,
  rule,
  startGuarded,
  STREAM_CALLS,
  streamCall,
  trickle,
  words,
} from '../../../test/support/proxy/guarded.ts';
import { guardrailEntry } from '../../../test/support/proxy/harness.ts';
import type { Harness } from '../../../test/support/proxy/harness.ts';
import type { GuardrailEntry } from '../../table/types.ts';
import { edited, judge } from '../../guardrails/engine/judge.ts';
import { compileGuardrail } from '../../guardrails/engine/policy.ts';
import { watch } from '../../guardrails/engine/watch.ts';

const RUNS = Number(process.env['TIDEGATE_PROPERTY_RUNS'] ?? 10);

let harness: Harness | undefined;
let chunks: readonly Buffer[];

afterEach(async () => {
  await harness?.[Symbol.asyncDispose]();
  harness = undefined;
});

type Call = (typeof STREAM_CALLS)[number];

async function start({ type, form }: Call, ...guardrails: readonly GuardrailEntry[]): Promise<Harness> {
  harness = await startGuarded(type, guardrails, (response) => void trickle(response, form.contentType, chunks));
  return harness;
}

async function answered({ path, body }: Call, sent: readonly Buffer[]): Promise<RawAnswer> {
  chunks = sent;
  return post(harness!.url + path, body);
}

const texts = ({ form }: Call, { body }: RawAnswer): string => {
  const events = form.parse(body);
  form.check(events);
  return form
    .texts(events)
    .map(({ text }) => text)
    .join('');
};

const text = (...pieces: readonly string[]): AnswerBlock => ({ kind: 'text', pieces });

/** What a Guardrail makes of a whole text. */
function whole(entry: GuardrailEntry, said: string): string {
  const compiled = compileGuardrail('default/guard', entry);
  if (compiled.kind === 'Invalid') throw new Error(compiled.message);
  const { outcome } = judge(watch([compiled.policy], 'Output', 'Assistant'), said);
  return outcome.kind === 'Mask' ? edited(said, outcome.edits) : said;
}

/** Without OpenAI's usage, which the proxy asks for and takes out again. */
const unasked = (bytes: Buffer): string =>
  bytes.toString('latin1').replace(/data: {[^\n]*"choices":\[\],"usage":{[^\n]*\n\n/, '');

describe.each(STREAM_CALLS.map((call) => [call.form.name, call] as const))('a stream of %s', (name, call) => {
  const { form } = call;

  test('in which no rule finds anything leaves byte for byte as it came', async () => {
    await start(call, answerGuard());
    for (const kind of form.kinds) {
      const pieces = kind === 'tool' ? ['{"q":', '"é, nothing', ' \\u0041"}'] : ['Nothing ', 'to see, ', 'é🚀 joe@'];
      const bytes = written(form, [{ kind, pieces }], true);
      for (const size of [bytes.length, 7, 1]) {
        const { body } = await answered(call, chunked(bytes, size));
        // What waits at the end of a text leaves in another event than it came in.
        if (kind === 'tool' || kind === 'thinking') expect(body.length).toBeGreaterThan(0);
        else expect(texts(call, { body } as RawAnswer)).toBe(pieces.join(''));
      }
    }
    const calm = written(form, [text('Nothing ', 'to see here. ', 'Really. ')], true);
    for (const size of [calm.length, 7, 1]) {
      const { body } = await answered(call, chunked(calm, size));
      expect(unasked(body)).toBe(unasked(calm));
    }
  });

  test('says what masking the whole text would say, however text and bytes are cut', async () => {
    const entry = answerGuard({ wordFilters: [] });
    await start(call, entry);
    const piece = fc.constantFrom(
      'jo',
      'e@exa',
      'mple',
      '.com',
      ' ',
      'T-1',
      '23',
      'é🚀',
      'joe@example.com',
      '"',
      '\u200b',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { minLength: 1 }), cuts, fc.boolean(), async (pieces, at, escapes) => {
        const answer = await answered(call, cut(written(form, [text(...pieces)], escapes), at));
        expect(texts(call, answer)).toBe(whole(entry, pieces.join('')));
      }),
      { numRuns: RUNS },
    );
  });

  test('that is blocked ends as its API ends one, with what stood before, and its usage is what was seen', async () => {
    await start(call, answerGuard());
    const bytes = written(form, [text('So far. ', 'apo', 'llo ', 'and more')], false);
    const { status, body } = await answered(call, chunked(bytes, 40));
    expect(status).toBe(200);
    const said = texts(call, { body } as RawAnswer);
    expect(said).toMatch(/^So far\. .*Withheld\.$/s);
    expect(said).not.toMatch(/apo|more/);
    expect(await recordOf(harness!)).toMatchObject({
      status: 200,
      guardrails: [{ guardrail: 'default/guard', direction: 'Output', action: 'Block', rules: { 'word/projects': 1 } }],
    });
    expect(name).toBe(form.name);
  });

  test('is not changed by rules in Audit, nor by those that detect, which both count', async () => {
    const audit = answerGuard({ name: 'audit', mode: 'Audit', failurePolicy: 'Open' });
    const detect = guardrailEntry({
      name: 'detect',
      pii: { entities: [{ type: 'Email', ...rule('Detect') }], regexes: [] },
    });
    const bytes = written(form, [text('mail joe@exa', 'mple.com ', 'about ap', 'ollo ', 'T-', '12 now')], true);
    for (const guards of [[audit], [audit, detect]]) {
      await start(call, ...guards);
      const { body } = await answered(call, chunked(bytes, 11));
      expect(unasked(body)).toBe(unasked(bytes));
      const { guardrails } = await recordOf(harness!);
      expect(guardrails).toMatchObject([
        {
          guardrail: 'default/audit',
          mode: 'Audit',
          action: 'Block',
          rules: { 'word/projects': 1, 'pii/Email': 1, 'regex/ticket': 1 },
        },
        ...guards.slice(1).map(() => ({ guardrail: 'default/detect', action: 'Detect', rules: { 'pii/Email': 1 } })),
      ]);
      await harness![Symbol.asyncDispose]();
      harness = undefined;
    }
  });
});

describe('arguments of tools', () => {
  const withTools = STREAM_CALLS.filter(({ form }) => form.kinds.includes('tool'));
  const pieces = ['{"query":"jo', 'e\\u0040exam', 'ple.com", "n":1}'];

  test.each(withTools.map((call) => [call.form.name, call] as const))(
    'are whole before they leave: %s',
    async (_, call) => {
      await start(call, answerGuard());
      const answer = await answered(call, chunked(written(call.form, [{ kind: 'tool', pieces }], false), 9));
      expect(JSON.parse(texts(call, answer))).toEqual({ query: '{EMAIL}', n: 1 });
    },
  );

  test.each(withTools.map((call) => [call.form.name, call] as const))(
    'do not wait for rules that only count, nor for those of other texts: %s',
    async (_, call) => {
      const detect = guardrailEntry({ pii: { entities: [{ type: 'Email', ...rule('Detect') }], regexes: [] } });
      const bytes = written(call.form, [{ kind: 'tool', pieces }], false);
      await start(call, detect, answerGuard({ name: 'said', scopes: ['Assistant'] }));
      const { body } = await answered(call, chunked(bytes, 9));
      expect(unasked(body)).toBe(unasked(bytes));
      expect(await recordOf(harness!)).toMatchObject({
        guardrails: [{ guardrail: 'default/guard', action: 'Detect', rules: { 'pii/Email': 1 } }, { action: 'Allow' }],
      });
    },
  );
});

describe('what a model thinks', () => {
  const thought: AnswerBlock = { kind: 'thinking', pieces: ['mail joe@', 'example.com ', 'soon'] };

  test.each(['messages', 'InvokeModel with Claude'])(
    'and signs is not masked, and counts as detected: %s',
    async (name) => {
      const call = streamCall(name);
      await start(call, answerGuard({ wordFilters: [] }));
      const bytes = written(call.form, [thought], false);
      const { body } = await answered(call, chunked(bytes, 13));
      expect(body.equals(bytes)).toBe(true);
      expect(await recordOf(harness!)).toMatchObject({ guardrails: [{ action: 'Detect', rules: { 'pii/Email': 1 } }] });
    },
  );

  test('and signs is blocked all the same', async () => {
    const call = streamCall('messages');
    await start(call, answerGuard());
    const bytes = written(call.form, [{ kind: 'thinking', pieces: ['about ap', 'ollo it is'] }], false);
    const answer = await answered(call, chunked(bytes, 13));
    expect(texts(call, answer)).toBe('about Withheld.');
  });

  test.each(['chat completions', 'responses', 'ConverseStream'])('and does not sign is masked: %s', async (name) => {
    const call = streamCall(name);
    await start(call, answerGuard());
    const answer = await answered(call, chunked(written(call.form, [thought], false), 13));
    expect(texts(call, answer)).toBe('mail {EMAIL} soon');
  });
});

test('several guardrails compose, in their order: masks of both, and the first that blocks tells why', async () => {
  const call = streamCall('chat completions');
  const first = answerGuard({ name: 'first', wordFilters: [] });
  const second = answerGuard({
    name: 'second',
    pii: { entities: [], regexes: [{ name: 'name', pattern: 'joe@[a-z]+', ...rule('Mask') }] },
    wordFilters: [words('colours', 'Mask', 'mauve'), words('projects', 'Block', 'apollo')],
    messages: {},
  });
  await start(call, first, second);
  const said = async (...pieces: string[]): Promise<string> =>
    texts(call, await answered(call, chunked(written(call.form, [text(...pieces)], false), 17)));
  expect(await said('joe@exam', 'ple.com in ma', 'uve, T-', '1')).toBe('{EMAIL} in {COLOURS}, {TICKET}');
  expect(await said('T-1 ap', 'ollo')).toBe(
    '{TICKET} \n\nThe guardrail "default/second" blocked this answer: its rule word/projects does not let it pass.',
  );
});

test('what a stream says more than once is counted once', async () => {
  const call = streamCall('responses');
  await start(call, answerGuard({ wordFilters: [] }));
  await answered(call, [written(call.form, [text('mail joe@exam', 'ple.com')], false)]);
  expect(await recordOf(harness!)).toMatchObject({ guardrails: [{ action: 'Mask', rules: { 'pii/Email': 1 } }] });
});

test('the time that text was held is told', async () => {
  const call = streamCall('messages');
  await start(call, answerGuard());
  await answered(call, chunked(written(call.form, [text('joe@', 'example.com')], false), 20));
  await recordOf(harness!);
  expect(await harness!.metric('tidegate_guardrail_stream_delay_seconds_count')).toBe(1);
  expect(await harness!.metric('tidegate_guardrail_stream_delay_seconds_sum')).toBeGreaterThan(0);
  expect(await harness!.metric('tidegate_guardrail_checks_total', 'direction="Output"', 'action="Mask"')).toBe(1);
});
