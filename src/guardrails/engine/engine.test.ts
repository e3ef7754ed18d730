import { describe, expect, it } from '@jest/globals';
import { edited, judge } from './judge.ts';
import { compileGuardrail, type Policy } from './policy.ts';
import type { GuardrailSpec } from './spec.ts';
import { runTests } from './tests.ts';
import { watch, watchRules } from './watch.ts';

function policy(spec: GuardrailSpec, name = 'ns/g'): Policy {
  const compiled = compileGuardrail(name, spec);
  if (compiled.kind === 'Invalid') throw new Error(compiled.message);
  return compiled.policy;
}

function masked(policies: readonly Policy[], text: string): string {
  const { outcome } = judge(watchRules(policies, 'Input'), text);
  return outcome.kind === 'Mask' ? edited(text, outcome.edits) : outcome.kind;
}

const words = (action: 'Block' | 'Mask' | 'Detect', ...list: string[]): GuardrailSpec => ({
  wordFilters: [{ name: 'project-names', words: list, action }],
});

describe('judge', () => {
  it.each([
    ['as it is', 'see apollo now', 'see {PROJECT_NAMES} now'],
    ['in full-width letters', 'see ＡＰＯＬＬＯ now', 'see {PROJECT_NAMES} now'],
    ['with zero-width characters', 'see \u200bapo\u200bllo\u200b now', 'see \u200b{PROJECT_NAMES}\u200b now'],
    ['with Cyrillic letters', 'see \u0430p\u043ello now', 'see {PROJECT_NAMES} now'],
    [
      'in mathematical letters',
      'see \u{1d44e}\u{1d45d}\u{1d45c}\u{1d459}\u{1d459}\u{1d45c} now',
      'see {PROJECT_NAMES} now',
    ],
    ['with tags', 'see ap\u{e0041}\u{e0042}ollo now', 'see {PROJECT_NAMES} now'],
    ['not within a word', 'see apollon now', 'Allow'],
  ])('finds a word %s', (_, text, expected) => {
    expect(masked([policy(words('Mask', 'apollo'))], text)).toBe(expected);
  });

  it('makes one span of what overlaps, with the mask of the match that begins first', () => {
    const one = policy({
      wordFilters: [
        { name: 'a', words: ['red blue'], action: 'Mask' },
        { name: 'b', words: ['blue green', 'red'], action: 'Mask' },
      ],
    });
    expect(masked([one], 'a red blue green b')).toBe('a {A} b');
    const other = policy({ wordFilters: [{ name: 'c', words: ['red'], action: 'Mask' }] });
    expect(masked([other, one], 'red')).toBe('{C}');
    expect(masked([one, other], 'red')).toBe('{B}');
  });

  it('makes one span of what is one character as written', () => {
    const letters = policy({
      wordFilters: [
        { name: 'f', words: ['f'], match: 'Substring', action: 'Mask' },
        { name: 'i', words: ['i'], match: 'Substring', action: 'Mask' },
      ],
    });
    expect(masked([letters], 'xﬁx')).toBe('x{F}x');
  });

  it('lets the strictest action win and names who blocked', () => {
    const policies = [policy(words('Mask', 'apollo'), 'ns/soft'), policy(words('Block', 'apollo'), 'ns/hard')];
    expect(judge(watchRules(policies, 'Input'), 'apollo and apollo')).toEqual({
      outcome: { kind: 'Block', by: { guardrail: 'ns/hard', rule: 'word/project-names' } },
      findings: [
        { guardrail: 'ns/soft', rule: 'word/project-names', action: 'Mask', mode: 'Enforce', count: 2 },
        { guardrail: 'ns/hard', rule: 'word/project-names', action: 'Block', mode: 'Enforce', count: 2 },
      ],
    });
  });

  it('changes nothing in audit and says what it would have done', () => {
    const audit = policy({ mode: 'Audit', ...words('Block', 'apollo') });
    expect(judge(watchRules([audit], 'Input'), 'apollo')).toEqual({
      outcome: { kind: 'Allow' },
      findings: [{ guardrail: 'ns/g', rule: 'word/project-names', action: 'Block', mode: 'Audit', count: 1 }],
    });
  });

  it('only counts what is to be detected', () => {
    expect(judge(watchRules([policy(words('Detect', 'apollo'))], 'Input'), 'apollo')).toMatchObject({
      outcome: { kind: 'Allow' },
      findings: [{ action: 'Detect', count: 1 }],
    });
  });

  it('looks only at the texts of its scopes and directions', () => {
    const one = policy({
      scopes: ['User'],
      wordFilters: [{ name: 'w', words: ['x'], action: 'Block', appliesTo: ['Input'] }],
    });
    expect(watch([one], 'Input', 'User').rules).toHaveLength(1);
    expect(watch([one], 'Input', 'System').rules).toHaveLength(0);
    expect(watch([one], 'Output', 'User').rules).toHaveLength(0);
  });
});

describe('compileGuardrail', () => {
  it.each([
    [
      'a pattern that is none',
      { pii: { regexes: [{ name: 'r', pattern: '(', action: 'Mask' }] } },
      /^spec\.pii\.regexes\[0\]\.pattern: /,
    ],
    ['a word that nobody sees', words('Mask', 'a', '\u200b'), /^spec\.wordFilters\[0\]\.words\[1\]: /],
  ] as [string, GuardrailSpec, RegExp][])('refuses %s', (_, spec, message) => {
    expect(compileGuardrail('ns/g', spec)).toMatchObject({ kind: 'Invalid', message: expect.stringMatching(message) });
  });

  it('says everything that is wrong, and where', () => {
    const regex = (name: string, pattern: string) => ({ name, pattern, action: 'Mask' as const });
    const spec = {
      ...words('Mask', '\u200b'),
      pii: { regexes: [regex('a', 'x'), regex('b', '('), regex('c', 'y{2,1}')] },
    };
    expect(compileGuardrail('ns/g', spec)).toMatchObject({
      problems: [
        { kind: 'Word', path: ['wordFilters', 0, 'words', 0] },
        { kind: 'Pattern', path: ['pii', 'regexes', 1, 'pattern'] },
        { kind: 'Pattern', path: ['pii', 'regexes', 2, 'pattern'] },
      ],
    });
  });

  it('names rules, and keeps their order', () => {
    const { rules } = policy({
      wordFilters: [{ name: 'w', words: ['x'], action: 'Block' }],
      profanity: { action: 'Mask', appliesTo: ['Output'] },
      pii: { entities: [{ type: 'Email', action: 'Mask' }], regexes: [{ name: 'r', pattern: 'x', action: 'Mask' }] },
    });
    expect(rules.Output.map(({ name, mask }) => [name, mask])).toEqual([
      ['word/w', '{W}'],
      ['profanity', '{PROFANITY}'],
      ['pii/Email', '{EMAIL}'],
      ['regex/r', '{R}'],
    ]);
    expect(rules.Input).toHaveLength(3);
  });
});

describe('runTests', () => {
  it('says how many passed, and what came of the others', () => {
    const one = policy({ mode: 'Audit', ...words('Mask', 'apollo') });
    const tests = [
      { name: 'masks', direction: 'Input', text: 'apollo', expect: { action: 'Mask', text: '{PROJECT_NAMES}' } },
      { name: 'allows', direction: 'Output', text: 'sun', expect: { action: 'Allow' } },
      { name: 'blocks', direction: 'Input', text: 'an apollo', expect: { action: 'Block' } },
    ] as const;
    expect(runTests(one, tests)).toEqual({
      testsPassed: '2/3',
      failed: [{ name: 'blocks', expected: { action: 'Block' }, got: { action: 'Mask', text: 'an {PROJECT_NAMES}' } }],
    });
  });
});
