import { describe, expect, test } from '@jest/globals';
import { applyGuardrailAsks, applyGuardrailPath } from './bedrock.ts';
import type { Ask, RemoteText } from './types.ts';

const user = (text: string): RemoteText => ({ scope: 'User', text });

function only(texts: readonly RemoteText[]): Ask {
  const [ask, ...more] = applyGuardrailAsks(texts, 'Input');
  if (ask === undefined || more.length > 0) throw new Error('one request was expected');
  return ask;
}

/** What ApplyGuardrail answers, as the SDK's model has it. */
const answer = (assessment: object, outputs: readonly string[] = ['Sorry.'], action = 'GUARDRAIL_INTERVENED') =>
  JSON.stringify({
    usage: { topicPolicyUnits: 1 },
    action,
    outputs: outputs.map((text) => ({ text })),
    assessments: [assessment],
  });

const findingsOf = (text: string) => {
  const reading = only([user('x')]).read(text);
  return reading.kind === 'Read' ? reading.findings.map(({ rule, action }) => `${action} ${rule}`) : reading.kind;
};

describe('ApplyGuardrail', () => {
  test('is asked for by its path, an ARN encoded', () => {
    expect(applyGuardrailPath('arn:aws:bedrock:eu-central-1:111122223333:guardrail/ab1', 'DRAFT')).toBe(
      '/guardrail/arn%3Aaws%3Abedrock%3Aeu-central-1%3A111122223333%3Aguardrail%2Fab1/version/DRAFT/apply',
    );
  });

  test('is sent the texts, each a block', () => {
    expect(JSON.parse(only([user('one'), user('two')]).body())).toEqual({
      source: 'INPUT',
      content: [{ text: { text: 'one' } }, { text: { text: 'two' } }],
    });
    expect(JSON.parse(applyGuardrailAsks([user('one')], 'Output')[0]?.body() ?? '')).toMatchObject({
      source: 'OUTPUT',
    });
  });

  test.each<[string, object, string]>([
    [
      'a denied topic',
      { topicPolicy: { topics: [{ name: 'Tax advice', type: 'DENY', action: 'BLOCKED' }] } },
      'Block topic/Tax advice',
    ],
    [
      'a topic with signs',
      { topicPolicy: { topics: [{ name: 'a/b"', type: 'DENY', action: 'BLOCKED' }] } },
      'Block topic/a_b_',
    ],
    [
      'a filter',
      {
        contentPolicy: {
          filters: [{ type: 'PROMPT_ATTACK', confidence: 'HIGH', filterStrength: 'LOW', action: 'BLOCKED' }],
        },
      },
      'Block content/PromptAttack',
    ],
    [
      'a word',
      { wordPolicy: { customWords: [{ match: 'secret', action: 'BLOCKED' }], managedWordLists: [] } },
      'Block word/custom',
    ],
    [
      'profanity',
      { wordPolicy: { customWords: [], managedWordLists: [{ match: 'damn', type: 'PROFANITY', action: 'BLOCKED' }] } },
      'Block word/profanity',
    ],
    [
      'personal data',
      {
        sensitiveInformationPolicy: {
          piiEntities: [{ type: 'CREDIT_DEBIT_CARD_NUMBER', match: '4', action: 'BLOCKED' }],
          regexes: [],
        },
      },
      'Block pii/CreditCard',
    ],
    [
      'an expression',
      {
        sensitiveInformationPolicy: {
          piiEntities: [],
          regexes: [{ name: 'ticket', match: 'T-1', regex: 'T-.', action: 'BLOCKED' }],
        },
      },
      'Block regex/ticket',
    ],
    [
      'grounding',
      {
        contextualGroundingPolicy: { filters: [{ type: 'GROUNDING', threshold: 0.7, score: 0.1, action: 'BLOCKED' }] },
      },
      'Block grounding/Grounding',
    ],
    ['something not known here', { futurePolicy: {} }, 'Block bedrock/intervened'],
  ])('blocks for %s', (_what, assessment, expected) => {
    expect(findingsOf(answer(assessment))).toEqual([expected]);
  });

  test('detects what it is only to detect, and not what it lists without having found it', () => {
    const assessment = {
      topicPolicy: { topics: [{ name: 'Tax', type: 'DENY', action: 'NONE', detected: true }] },
      contentPolicy: {
        filters: [
          { type: 'HATE', confidence: 'LOW', action: 'NONE', detected: true },
          { type: 'SEXUAL', confidence: 'NONE', action: 'NONE', detected: false },
          { type: 'INSULTS', confidence: 'NONE', action: 'NONE' },
        ],
      },
      automatedReasoningPolicy: { findings: [{ valid: {} }, { impossible: {} }] },
    };
    expect(findingsOf(answer(assessment, [], 'NONE'))).toEqual([
      'Detect topic/Tax',
      'Detect content/Hate',
      'Detect reasoning/impossible',
    ]);
  });

  const emails = (match: string) => ({
    sensitiveInformationPolicy: { piiEntities: [{ type: 'EMAIL', match, action: 'ANONYMIZED' }], regexes: [] },
  });

  test('masks what its outputs say', () => {
    const reading = only([user('I am a@b.de'), user('you are not')]).read(
      answer(emails('a@b.de'), ['I am {EMAIL}', 'you are not']),
    );
    expect(reading).toEqual({
      kind: 'Read',
      findings: [{ rule: 'pii/Email', action: 'Mask', count: 1 }],
      edits: [{ text: 0, start: 5, end: 11, replacement: '{EMAIL}' }],
    });
  });

  test('is asked again, text by text, when it does not say which text it masked', () => {
    const reading = only([user('a@b.de'), user('none')]).read(answer(emails('a@b.de'), ['{EMAIL} none']));
    expect(reading.kind === 'AskAgain' && reading.asks.map((ask) => ask.body().includes('a@b.de'))).toEqual([
      true,
      false,
    ]);
  });

  test('masks in long texts at the place in the whole', () => {
    const long = `${'a '.repeat(12_000)}me@b.de`;
    const [, second] = applyGuardrailAsks([user(long)], 'Input');
    const sent = JSON.parse(second?.body() ?? '') as { content: { text: { text: string } }[] };
    const output = sent.content[0]?.text.text.replace('me@b.de', '{EMAIL}') ?? '';
    expect(second?.read(answer(emails('me@b.de'), [output]))).toMatchObject({
      edits: [{ text: 0, start: 24_000, end: 24_007, replacement: '{EMAIL}' }],
    });
  });

  test.each([
    ['no JSON', 'nope'],
    ['no object', '[]'],
    ['an unknown action', JSON.stringify({ action: 'MAYBE', outputs: [], assessments: [] })],
    ['nothing', '{}'],
    ['assessments of another shape', JSON.stringify({ action: 'NONE', outputs: [], assessments: 'no' })],
    ['an unknown action of an assessment', answer({ topicPolicy: { topics: [{ name: 'a', action: 'ODD' }] } })],
    ['a contradiction', answer({ topicPolicy: { topics: [{ name: 'a', action: 'BLOCKED' }] } }, [], 'NONE')],
    ['a mask without output', answer(emails('x'), [])],
    ['a mask that changes nothing', answer(emails('x'), ['x'])],
  ])('gives no verdict with %s', (_what, text) => {
    expect(() => only([user('x')]).read(text)).toThrow(
      expect.objectContaining({ code: 'TIDEGATE_UNREADABLE_VERDICT' }),
    );
  });
});
