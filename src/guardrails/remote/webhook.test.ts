import { describe, expect, test } from '@jest/globals';
import { webhookAsks } from './webhook.ts';

const guardrail = {
  name: 'team/guard',
  policies: {
    filters: [
      { category: 'Hate', inputStrength: 'High', outputStrength: 'None' },
      { category: 'Sexual', inputStrength: 'None', outputStrength: 'Low' },
    ],
    deniedTopics: [{ name: 'tax', definition: 'Advice on tax.', examples: ['How do I pay less?'] }],
  },
} as const;

const read = (answer: unknown, ...texts: string[]) => {
  const given = (texts.length === 0 ? ['call me Ann'] : texts).map((text) => ({ scope: 'User' as const, text }));
  const [ask] = webhookAsks(guardrail, given, 'Input');
  return ask?.read(typeof answer === 'string' ? answer : JSON.stringify(answer));
};
const mask = (...edits: object[]) => ({
  version: 'v1',
  action: 'Mask',
  findings: [{ rule: 'pii/name', action: 'Mask' }],
  edits,
});

describe('a webhook', () => {
  test('is sent texts with whose they are, and what to look for in this direction', () => {
    const texts = [
      { scope: 'System', text: 'Be kind.' },
      { scope: 'User', text: 'Hello' },
    ] as const;
    expect(webhookAsks(guardrail, texts, 'Input').map((ask): unknown => JSON.parse(ask.body()))).toEqual([
      {
        version: 'v1',
        guardrail: 'team/guard',
        direction: 'Input',
        policies: {
          filters: [{ category: 'Hate', strength: 'High' }],
          deniedTopics: [{ name: 'tax', definition: 'Advice on tax.', examples: ['How do I pay less?'] }],
        },
        texts: [
          { id: '0', scope: 'System', text: 'Be kind.' },
          { id: '1', scope: 'User', text: 'Hello' },
        ],
      },
    ]);
  });

  test('may let pass, detect, block and mask', () => {
    expect(read({ version: 'v1', action: 'Allow' })).toEqual({ kind: 'Read', findings: [], edits: [] });
    expect(
      read({ version: 'v1', action: 'Allow', findings: [{ rule: 'tone', action: 'Detect', count: 3 }] }),
    ).toMatchObject({ findings: [{ rule: 'tone', action: 'Detect', count: 3 }] });
    expect(read({ version: 'v1', action: 'Block', findings: [{ rule: 'topic/tax', action: 'Block' }] })).toMatchObject({
      findings: [{ rule: 'topic/tax', action: 'Block', count: 1 }],
    });
    expect(read(mask({ id: '0', start: 8, end: 11, replacement: '{NAME}' }))).toMatchObject({
      edits: [{ text: 0, start: 8, end: 11, replacement: '{NAME}' }],
    });
  });

  test('counts characters, not code units', () => {
    expect(read(mask({ id: '0', start: 2, end: 5, replacement: '' }), '😀 Ann')).toMatchObject({
      edits: [{ text: 0, start: 3, end: 6, replacement: '' }],
    });
  });

  test('masks in long texts at the place in the whole', () => {
    const texts = [{ scope: 'User' as const, text: `${'x'.repeat(70_000)}Ann` }];
    const [ask] = webhookAsks(guardrail, texts, 'Input');
    expect(ask?.read(JSON.stringify(mask({ id: '1', start: 5488, end: 5491, replacement: '-' })))).toMatchObject({
      edits: [{ start: 70_000, end: 70_003 }],
    });
  });

  test.each<[string, unknown]>([
    ['no JSON', 'ok'],
    ['no version', { action: 'Allow' }],
    ['another version', { version: 'v2', action: 'Allow' }],
    ['no action', { version: 'v1' }],
    ['an unknown action', { version: 'v1', action: 'allow' }],
    ['an unknown member', { version: 'v1', action: 'Allow', score: 1 }],
    ['a block for no reason', { version: 'v1', action: 'Block' }],
    ['a block that is to pass', { version: 'v1', action: 'Allow', findings: [{ rule: 'a', action: 'Block' }] }],
    [
      'edits that are to pass',
      { version: 'v1', action: 'Allow', edits: [{ id: '0', start: 0, end: 1, replacement: '' }] },
    ],
    ['a mask without an edit', mask()],
    ['an edit of no text', mask({ id: '1', start: 0, end: 1, replacement: '' })],
    ['an edit of a strange text', mask({ id: '00', start: 0, end: 1, replacement: '' })],
    ['an edit beyond the end', mask({ id: '0', start: 0, end: 12, replacement: '' })],
    ['an empty edit', mask({ id: '0', start: 1, end: 1, replacement: '' })],
    ['an edit of half a place', mask({ id: '0', start: 0.5, end: 1, replacement: '' })],
    ['a long replacement', mask({ id: '0', start: 0, end: 1, replacement: 'x'.repeat(1025) })],
    ['a rule that quotes', { version: 'v1', action: 'Block', findings: [{ rule: 'said "Ann"', action: 'Block' }] }],
    [
      'an unknown member of a finding',
      { version: 'v1', action: 'Block', findings: [{ rule: 'a', action: 'Block', text: 'Ann' }] },
    ],
    [
      'too many findings',
      {
        version: 'v1',
        action: 'Allow',
        findings: Array.from({ length: 257 }, () => ({ rule: 'a', action: 'Detect' })),
      },
    ],
  ])('gives no verdict with %s', (_what, answer) => {
    expect(() => read(answer)).toThrow(expect.objectContaining({ code: 'TIDEGATE_UNREADABLE_VERDICT' }));
  });
});
