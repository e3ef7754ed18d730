import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Detector } from '../types.ts';
import { GrowingText, type Release } from './growing-text.ts';
import { edited, judge } from './judge.ts';
import { compileGuardrail, type Policy } from './policy.ts';
import type { GuardrailSpec } from './spec.ts';
import { watchRules, type Tally, type Watch } from './watch.ts';

const RUNS = Number(process.env['TIDEGATE_PROPERTY_RUNS'] ?? 500);

function policy(spec: GuardrailSpec, name = 'ns/g'): Policy {
  const compiled = compileGuardrail(name, spec);
  if (compiled.kind === 'Invalid') throw new Error(compiled.message);
  return compiled.policy;
}

/** Characters that hide, join or change others, and the beginnings, middles and ends of what rules look for. */
const PARTS = [
  'a',
  'b',
  'c',
  'x',
  '1',
  '4',
  '@',
  '.',
  ' ',
  '-',
  '_',
  '\n',
  '://',
  '%',
  '\u200b',
  '\u00ad',
  '\u034f',
  '\ufe0f',
  '\u0301',
  '\u0338',
  '\u{e0061}',
  '\ud83d',
  '\ude00',
  '\u{1f600}',
  'ﬁ',
  'é',
  'Ａ',
  '１',
  '\u{1d41a}',
  '\u0430',
  '\u0441',
  '\u043f',
  '漢',
  'ก\u0e31',
  '\u1100',
  '\u1161',
  'ß',
  'İ',
  'ab',
  'abc',
  'bca',
  'fuck',
  'gra',
  'pe',
  'a@b.co',
  'a.b@',
  '4111 1111 ',
  '1111 1111',
  '192.168.',
  '0.1',
  '+44 20 ',
  '7946 0958',
  'http://x.y',
  'AKIA',
  'eyJ',
  'ssn',
  '123-45-6789',
  'password=',
  'hunter2',
  '-----BEGIN ',
  '\\',
  '\\n',
  '\\u0020',
  '\\u00',
];
const text = fc.array(fc.constantFrom(...PARTS), { maxLength: 25 }).map((parts) => parts.join(''));
const action = fc.constantFrom('Mask', 'Mask', 'Detect', 'Block');
const word = fc.constantFrom(
  'a',
  'ab',
  'abc',
  'bc',
  'b c',
  'fi',
  'c\u0301',
  '漢',
  'é',
  'ca',
  'x1',
  '\u0441\u0430',
  '1',
  'a@b',
);
const spec = fc.record({
  mode: fc.constantFrom('Enforce', 'Enforce', 'Audit'),
  wordFilters: fc.array(
    fc.record({
      name: fc.constantFrom('one', 'two'),
      words: fc.array(word, { minLength: 1, maxLength: 4 }),
      match: fc.constantFrom('Word', 'Substring'),
      caseSensitive: fc.boolean(),
      action,
    }),
    { maxLength: 3 },
  ),
  profanity: fc.record({ action }),
  pii: fc.record({
    entities: fc.array(
      fc.record({
        type: fc.constantFrom(
          'Email',
          'Phone',
          'CreditCard',
          'IPAddress',
          'URL',
          'AWSAccessKey',
          'USSocialSecurityNumber',
          'Password',
          'PrivateKey',
          'JWT',
          'SWIFTCode',
        ),
        action,
      }),
      { maxLength: 4 },
    ),
    regexes: fc.array(
      fc.record({
        name: fc.constantFrom('r1', 'r2'),
        pattern: fc.constantFrom(
          'a+b',
          '\\ba.c',
          '(ab|a)(bc|c)?',
          '[0-9]{3,}',
          'x[^x]*x',
          '\\w+@',
          '(?i)ÉA?$',
          'b.{2,9}1',
        ),
        action,
      }),
      { maxLength: 3 },
    ),
  }),
  streaming: fc.record({ holdBackCharacters: fc.integer({ min: 8, max: 40 }) }),
}) as fc.Arbitrary<GuardrailSpec>;
const sizes = fc.oneof(fc.constant([1]), fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }));

interface Grown {
  readonly text: string;
  readonly edits: Release['edits'];
  readonly blocked: Release['blocked'];
  readonly counts: Readonly<Record<string, number>>;
}

function counts(tallies: readonly Tally[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { guardrail, rule, action, mode, count } of tallies) {
    const key = `${guardrail} ${rule} ${action} ${mode}`;
    sums[key] = (sums[key] ?? 0) + count;
  }
  return sums;
}

function grow(watch: Watch, text: string, sizes: readonly number[]): Grown {
  const growing = new GrowingText(watch);
  const releases: Release[] = [];
  for (let at = 0, i = 0; at < text.length; i += 1) {
    const size = sizes[i % sizes.length] ?? 1;
    releases.push(growing.push(text.slice(at, at + size)));
    at += size;
  }
  releases.push(growing.end());
  return {
    text: releases.map(({ release }) => release).join(''),
    edits: releases.flatMap(({ edits }) => edits),
    blocked: releases.find(({ blocked }) => blocked !== undefined)?.blocked,
    counts: counts(releases.flatMap(({ findings }) => findings)),
  };
}

describe('a text that grows', () => {
  it('becomes what it would have become as a whole, whatever its pieces', () => {
    fc.assert(
      fc.property(fc.array(spec, { minLength: 1, maxLength: 3 }), text, sizes, (specs, text, sizes) => {
        const watch = watchRules(
          specs.map((one, i) => policy(one, `ns/g${i}`)),
          'Output',
        );
        const { outcome, findings } = judge(watch, text);
        const grown = grow(watch, text, sizes);
        if (outcome.kind === 'Block') {
          expect(grown.blocked).toEqual(outcome.by);
          expect(grown).toEqual(grow(watch, text, [text.length]));
          return;
        }
        expect(grown.blocked).toBeUndefined();
        expect(grown.text).toBe(outcome.kind === 'Mask' ? edited(text, outcome.edits) : text);
        expect(grown.edits).toEqual(outcome.kind === 'Mask' ? outcome.edits : []);
        expect(grown.counts).toEqual(counts(findings));
      }),
      { numRuns: RUNS },
    );
  });

  const blocks = watchRules(
    [policy({ wordFilters: [{ name: 'w', words: ['secret plan'], action: 'Block' }] })],
    'Output',
  );
  const cards = watchRules([policy({ pii: { entities: [{ type: 'CreditCard', action: 'Mask' }] } })], 'Output');

  it('is blocked before anything of the match has left', () => {
    for (const size of [1, 3, 50]) {
      expect(grow(blocks, 'This is the secret plan for all.', [size])).toMatchObject({
        text: 'This is the ',
        blocked: { guardrail: 'ns/g', rule: 'word/w' },
      });
    }
  });

  it('lets nothing go once it is blocked', () => {
    const growing = new GrowingText(blocks);
    expect(growing.push('secret plan ').blocked).toBeDefined();
    expect(growing.push('more')).toEqual({ release: '', edits: [], findings: [], blocked: undefined });
    expect(growing.end()).toEqual({ release: '', edits: [], findings: [], blocked: undefined });
  });

  it('keeps a card number in that comes over forty pieces', () => {
    expect(grow(cards, 'Card \u200b4111 1111\u00ad 1111 1111, thanks', [1]).text).toBe(
      'Card \u200b{CREDIT_CARD}, thanks',
    );
  });

  it('holds only what could still be part of a match', () => {
    const growing = new GrowingText(blocks);
    expect(growing.push('Some words, sec').release).toBe('Some words, ');
    expect(growing.push('ond ').release).toBe('second ');
    expect(growing.push('secret ').release).toBe('');
    expect(growing.push('pla').release).toBe('');
    expect(growing.push('ce.').release).toBe('secret place.');
  });

  it('has no e-mail address in the user of a URL, also where another rule let the first letter go', () => {
    const regexes = [{ name: 'r', pattern: 'b.{2,9}1', action: 'Mask' }] as const;
    const watch = watchRules([policy({ pii: { entities: [{ type: 'Email', action: 'Mask' }], regexes } })], 'Output');
    expect(grow(watch, 'x://abca@b.co ', [1]).text).toBe('x://abca@b.co ');
  });

  it('that nobody watches passes as it comes', () => {
    const growing = new GrowingText(watchRules([], 'Output'));
    expect(growing.push('e').release).toBe('e');
    expect(growing.end().release).toBe('');
  });

  it('holds a bounded part of a text full of beginnings', () => {
    const watch = watchRules(
      [
        policy({
          pii: {
            entities: [{ type: 'Email', action: 'Mask' }],
            regexes: [{ name: 'r', pattern: 'x[^x]*x', action: 'Mask' }],
          },
        }),
      ],
      'Output',
    );
    const growing = new GrowingText(watch);
    let held = 0;
    for (let i = 0; i < 3000; i += 1) held += 3 - growing.push('a.b').release.length;
    expect(held).toBeLessThan(2000);
  });

  it('shows a detector a bounded part of it at each piece, however long it grows', () => {
    const shown = (length: number) => {
      let units = 0;
      const detector: Detector = {
        lookBehind: 16,
        find: (text, from) => {
          units += text.length - from;
          return [];
        },
        undecided: (text, from) => {
          units += text.length;
          return Math.max(from, text.length - 100);
        },
      };
      const rule = { name: 'all', action: 'Mask', mask: '{ALL}', detector } as const;
      const watcher = { ...policy({}), rules: { Input: [], Output: [rule] } };
      grow(watchRules([watcher], 'Output'), 'a\u200b\u0301\u0430 '.repeat(length), [3]);
      return units;
    };
    expect(shown(20_000) / shown(10_000)).toBeLessThan(2.01);
  });
});
