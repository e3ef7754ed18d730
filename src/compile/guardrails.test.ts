import { describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';

import { aGuardrail as anyGuardrail, aProvider, aSecret, compileInputArbitrary } from '../../test/support/compile.ts';
import { processorTime } from '../../test/support/processor-time.ts';
import type { Guardrail, GuardrailSpec } from '../api/generated/guardrail.ts';
import type { LLMProvider, LLMProviderSpec } from '../api/generated/llmprovider.ts';
import type { ObjectMeta } from '../api/metadata.ts';
import { decodeTable, encodeTable, entryHash, guardrailHash } from '../table/index.ts';
import { compile, createCompiler } from './compile.ts';
import type { CompileInput, CompileResult, GuardrailVerdict } from './types.ts';

const passing = {
  name: 'an address',
  direction: 'Input',
  text: 'to ann@example.com',
  expect: { action: 'Mask', text: 'to {EMAIL}' },
} as const;
/** `team-a/pii` masks e-mail addresses and has a test that passes. */
const aGuardrail = (spec: Partial<GuardrailSpec> = {}, metadata: Partial<ObjectMeta> = {}): Guardrail =>
  anyGuardrail({ tests: [passing], ...spec }, { name: 'pii', uid: 'uid-g', generation: 2, ...metadata });

const secrets = new Map([['team-a/key', aSecret({ OPENAI_API_KEY: 'sk-1' })]]);
const guarded = (
  names: readonly string[] = ['pii'],
  spec: Partial<LLMProviderSpec> = {},
  name = 'openai',
): LLMProvider => aProvider({ guardrailRefs: names.map((each) => ({ name: each })), ...spec }, { name });
const run = (
  guardrails: readonly Guardrail[],
  providers: readonly LLMProvider[] = [guarded()],
  rest: Partial<CompileInput> = {},
): CompileResult => compile({ providers, guardrails, secrets, ...rest });
const verdictOf = (spec: Partial<GuardrailSpec>): GuardrailVerdict | undefined =>
  run([aGuardrail(spec)]).guardrails.get('team-a/pii');
const outcomeOf = (result: CompileResult, name = 'openai') => result.verdicts.get(`team-a/${name}`)?.outcome;

describe('a Guardrail', () => {
  test('whose word lists would fill the table of all tenants is refused', () => {
    const words = Array.from({ length: 1000 }, (_, i) => `${String(i).padStart(6, '0')}${'x'.repeat(240)}`);
    const filters = (count: number) =>
      Array.from({ length: count }, (_, i) => ({ name: `list-${String(i)}`, words, action: 'Block' as const }));
    expect(verdictOf({ wordFilters: filters(2), tests: [] })?.outcome).toEqual({ kind: 'Ready' });
    expect(verdictOf({ wordFilters: filters(3), tests: [] })?.outcome).toMatchObject({
      kind: 'Broken',
      reason: 'InvalidSpec',
      message: expect.stringContaining('at most 512 KiB can be served'),
    });
  });

  test('that is ready is in the table, with every default applied', () => {
    const { guardrails, table } = run([aGuardrail()]);
    const entry = {
      namespace: 'team-a',
      name: 'pii',
      uid: 'uid-g',
      generation: 2,
      mode: 'Enforce',
      failurePolicy: 'Closed',
      messages: {},
      wordFilters: [],
      pii: { entities: [{ type: 'Email', action: 'Mask', appliesTo: ['Input', 'Output'] }], regexes: [] },
      streaming: { holdBackCharacters: 256 },
    };
    expect(table.guardrails).toEqual([entry]);
    expect(guardrails.get('team-a/pii')).toEqual({
      namespace: 'team-a',
      name: 'pii',
      uid: 'uid-g',
      generation: 2,
      outcome: { kind: 'Ready' },
      problems: [],
      entry,
      testsPassed: '1/1',
      usedBy: 1,
    });
    expect(decodeTable(encodeTable(table))).toEqual(table);
  });

  test('keeps everything that its spec says, but for what only people read', () => {
    const spec: GuardrailSpec = {
      displayName: 'Personal data',
      description: 'Nothing leaves',
      mode: 'Audit',
      failurePolicy: 'Open',
      messages: { input: 'not that', output: 'nor that' },
      scopes: ['User', 'ToolOutput'],
      wordFilters: [
        {
          name: 'w',
          words: ['apollo'],
          match: 'Substring',
          caseSensitive: true,
          action: 'Block',
          appliesTo: ['Input'],
        },
      ],
      profanity: { action: 'Detect', appliesTo: ['Output'] },
      pii: {
        entities: [{ type: 'JWT', action: 'Block', appliesTo: ['Output'] }],
        regexes: [{ name: 'ticket', pattern: 'T-\\d+', action: 'Mask', appliesTo: ['Input'] }],
      },
      streaming: { holdBackCharacters: 512 },
      tests: [],
    };
    const { displayName: _, description: __, tests: ___, ...enforced } = spec;
    expect(verdictOf(spec)).toMatchObject({ outcome: { kind: 'Ready' }, testsPassed: undefined, entry: enforced });
  });

  test.each<[string, Partial<GuardrailSpec>, string, string]>([
    [
      'lets pass what it should mask',
      { tests: [{ name: 'a', direction: 'Input', text: 'none', expect: { action: 'Mask' } }] },
      '0/1',
      'test "a" failed: expected Mask, got Allow',
    ],
    [
      'masks it in another way',
      {
        tests: [{ name: 'a', direction: 'Output', text: 'ann@x.org!', expect: { action: 'Mask', text: '{MAIL}!' } }],
      },
      '0/1',
      'test "a" failed: expected Mask to "{MAIL}!", got Mask to "{EMAIL}!"',
    ],
    [
      'masks what it should let pass, and more',
      {
        tests: [
          { name: 'b', direction: 'Output', text: 'me@x.org', expect: { action: 'Allow' } },
          { name: 'a', direction: 'Output', text: 'me@x.org', expect: { action: 'Mask' } },
          { name: 'c\n"', direction: 'Output', text: 'me@x.org', expect: { action: 'Block' } },
        ],
      },
      '1/3',
      'test "b" failed: expected Allow, got Mask to "{EMAIL}"; and 1 more',
    ],
    [
      'blocks what it should mask',
      {
        pii: { entities: [{ type: 'Email', action: 'Block' }] },
        tests: [{ name: 'a', direction: 'Input', text: 'ann@example.com', expect: { action: 'Mask', text: '' } }],
      },
      '0/1',
      'test "a" failed: expected Mask to "", got Block',
    ],
  ])('whose test fails because it %s is not ready', (_, spec, testsPassed, message) => {
    expect(verdictOf(spec)).toMatchObject({
      outcome: { kind: 'Broken', reason: 'TestsFailed', message },
      testsPassed,
      entry: undefined,
    });
  });

  test('says of each failed test where it is', () => {
    const test = (name: string, action: 'Allow' | 'Mask') =>
      ({ name, direction: 'Input', text: 'me@x.org', expect: { action } }) as const;
    expect(verdictOf({ tests: [test('a', 'Allow'), test('b', 'Mask'), test('c', 'Allow')] })?.problems).toEqual([
      { path: ['spec', 'tests', 0], message: 'test "a" failed: expected Allow, got Mask to "{EMAIL}"' },
      { path: ['spec', 'tests', 2], message: 'test "c" failed: expected Allow, got Mask to "{EMAIL}"' },
    ]);
  });

  test('shows the beginning of a long text only, and no half characters', () => {
    const text = `${'😀'.repeat(4000)} me@x.org`;
    const message = verdictOf({ tests: [{ name: 'a', direction: 'Input', text, expect: { action: 'Allow' } }] })
      ?.problems[0]?.message;
    expect(message).toBe(`test "a" failed: expected Allow, got Mask to "${'😀'.repeat(200)}…"`);
  });

  test('is tried on its tests as if it were enforced', () => {
    expect(verdictOf({ mode: 'Audit' })).toMatchObject({ outcome: { kind: 'Ready' }, testsPassed: '1/1' });
  });

  const regex = (name: string, pattern: string) => ({ name, pattern, action: 'Mask' as const });

  test('with patterns that are none is not ready, and says which', () => {
    const verdict = verdictOf({ pii: { regexes: [regex('a', 'x'), regex('b', '('), regex('c', '(?=x)')] } });
    expect(verdict).toMatchObject({
      outcome: {
        reason: 'InvalidPattern',
        message: expect.stringMatching(/^`pii\.regexes\[1\]\.pattern` at character 1: .*; and 1 more$/),
      },
      problems: [
        { path: ['spec', 'pii', 'regexes', 1, 'pattern'] },
        { path: ['spec', 'pii', 'regexes', 2, 'pattern'] },
      ],
      testsPassed: undefined,
    });
  });

  test('with a word that nobody sees has an invalid spec, also when a pattern is none', () => {
    const words = [{ name: 'w', words: ['a', '\u200b'], action: 'Mask' as const }];
    expect(verdictOf({ wordFilters: words, pii: { regexes: [regex('b', '(')] } })).toMatchObject({
      outcome: { reason: 'InvalidSpec', message: expect.stringContaining('`wordFilters[0].words[1]`') },
      problems: [{ path: ['spec', 'wordFilters', 0, 'words', 1] }, {}],
    });
  });

  test.each<[string, unknown, string]>([
    ['no spec', undefined, '`spec` must be an object'],
    ['no rule', { tests: [] }, expect.stringMatching(/^`spec` must have at least one rule, in /) as unknown as string],
    [
      'a field of a later version',
      { profanity: { action: 'Mask' }, oracle: {} },
      '`spec` has a field that this version does not know',
    ],
    ['a rule of a later version', { pii: { faces: [] } }, '`pii` has a field that this version does not know'],
    ['an unknown mode', { mode: 'Off' }, "`mode` must be one of 'Enforce', 'Audit'"],
    ['an unknown failure policy', { failurePolicy: 1 }, "`failurePolicy` must be one of 'Closed', 'Open'"],
    ['no scope', { scopes: [] }, '`scopes` must hold at least one item'],
    ['a scope twice', { scopes: ['User', 'User'] }, '`scopes[1]` is there already'],
    ['an empty message', { messages: { input: '' } }, '`messages.input` must be a string of 1 to 2048 characters'],
    [
      'an unknown action',
      { profanity: { action: 'Warn' } },
      "`profanity.action` must be one of 'Block', 'Mask', 'Detect'",
    ],
    [
      'no direction',
      { profanity: { action: 'Mask', appliesTo: [] } },
      '`profanity.appliesTo` must hold at least one item',
    ],
    [
      'no words',
      { wordFilters: [{ name: 'w', words: [], action: 'Mask' }] },
      '`wordFilters[0].words` must hold at least one item',
    ],
    [
      'a word that is a number',
      { wordFilters: [{ name: 'w', words: [1], action: 'Mask' }] },
      '`wordFilters[0].words[0]` must be a string of 1 to 256 characters',
    ],
    [
      'a name with a space',
      { wordFilters: [{ name: 'a b', words: ['x'], action: 'Mask' }] },
      '`wordFilters[0].name` must hold only lower-case letters, digits and hyphens',
    ],
    [
      'an unknown entity',
      { pii: { entities: [{ type: 'Face', action: 'Mask' }] } },
      expect.stringContaining('`pii.entities[0].type` must be one of') as unknown as string,
    ],
    [
      'an entity twice',
      {
        pii: {
          entities: [
            { type: 'JWT', action: 'Mask' },
            { type: 'JWT', action: 'Block' },
          ],
        },
      },
      '`pii.entities[1]` is there already',
    ],
    [
      'no pattern',
      { pii: { regexes: [{ name: 'r', action: 'Mask' }] } },
      '`pii.regexes[0].pattern` must be a string of 1 to 1024 characters',
    ],
    [
      'too many patterns',
      { pii: { regexes: Array.from({ length: 65 }, (_, i) => regex(`r${i}`, 'x')) } },
      '`pii.regexes` must be a list of at most 64 items',
    ],
    [
      'too short a hold',
      { profanity: { action: 'Mask' }, streaming: { holdBackCharacters: 8 } },
      '`streaming.holdBackCharacters` must be a whole number from 16 to 4096',
    ],
    [
      'a test without an expectation',
      { profanity: { action: 'Mask' }, tests: [{ name: 't', direction: 'Input', text: '' }] },
      '`tests[0].expect` must be an object',
    ],
    [
      'a masked text of what is blocked',
      {
        profanity: { action: 'Mask' },
        tests: [{ name: 't', direction: 'Input', text: '', expect: { action: 'Block', text: '' } }],
      },
      "`tests[0].expect.text` must not be set unless `action` is 'Mask'",
    ],
    [
      'a test twice',
      {
        profanity: { action: 'Mask' },
        tests: [1, 2].map(() => ({ name: 't', direction: 'Input', text: '', expect: { action: 'Allow' } })),
      },
      '`tests[1]` is there already',
    ],
  ])('with %s has an invalid spec', (_, spec, message) => {
    const { guardrails } = run([{ ...aGuardrail(), spec: spec as GuardrailSpec }]);
    expect(guardrails.get('team-a/pii')).toMatchObject({
      outcome: { kind: 'Broken', reason: 'InvalidSpec', message },
      problems: [{ path: ['spec'], message }],
      entry: undefined,
    });
  });

  test('is left out of the table when no provider refers to it, and is judged all the same', () => {
    const { table, guardrails } = run([aGuardrail({}, { name: 'other' })], [guarded([])]);
    expect(table.guardrails).toEqual([]);
    expect(guardrails.get('team-a/other')).toMatchObject({ outcome: { kind: 'Ready' }, usedBy: 0 });
  });

  test('is used by every provider that refers to it, enabled or not, served or not', () => {
    const providers = [
      guarded(),
      guarded(['pii'], { enabled: false }, 'disabled'),
      guarded(['other', 'pii'], {}, 'waiting'),
      guarded([], {}, 'unguarded'),
      aProvider({ guardrailRefs: [{ name: 'pii' }] }, { namespace: 'team-b' }),
      aProvider({ guardrailRefs: [{ name: 'pii' }] }, { name: 'going', deletionTimestamp: '2026-01-01T00:00:00Z' }),
    ];
    expect(run([aGuardrail()], providers).guardrails.get('team-a/pii')?.usedBy).toBe(3);
  });

  test('that is being deleted has no verdict', () => {
    const { guardrails } = run([aGuardrail({}, { deletionTimestamp: '2026-01-01T00:00:00Z' })]);
    expect(guardrails.size).toBe(0);
  });
});

describe('a provider with Guardrails', () => {
  test('refers to them by their content, in its own order', () => {
    const names = ['b', 'a', 'c'];
    const { table, verdicts } = run(
      names.toSorted().map((name) => aGuardrail({}, { name })),
      [guarded(names)],
    );
    expect(verdicts.get('team-a/openai')?.outcome).toEqual({ kind: 'Servable' });
    const hashes = new Map(table.guardrails.map((entry) => [entry.name, guardrailHash(entry)]));
    expect(table.providers[0]?.guardrails).toEqual(names.map((name) => ({ name, hash: hashes.get(name) })));
  });

  test('is another entry when a rule of one of them changes', () => {
    const entryWith = (spec: Partial<GuardrailSpec>) => run([aGuardrail(spec)]).table.providers[0];
    const [one, other] = [entryWith({}), entryWith({ mode: 'Audit' })];
    expect(one && other && entryHash(one) === entryHash(other)).toBe(false);
  });

  test.each<[string, readonly Guardrail[], Partial<CompileInput>, string, string]>([
    ['is missing', [], {}, 'GuardrailNotFound', 'guardrail "team-a/pii" not found'],
    [
      'is in another namespace',
      [aGuardrail({}, { namespace: 'team-b' })],
      {},
      'GuardrailNotFound',
      'guardrail "team-a/pii" not found',
    ],
    [
      'is being deleted',
      [aGuardrail({}, { deletionTimestamp: '2026-01-01T00:00:00Z' })],
      {},
      'GuardrailNotFound',
      'guardrail "team-a/pii" not found',
    ],
    [
      'fails a test',
      [aGuardrail({ tests: [{ name: 't', direction: 'Input', text: 'x', expect: { action: 'Block' } }] })],
      {},
      'GuardrailNotReady',
      'guardrail "team-a/pii" is not ready: TestsFailed',
    ],
    [
      'is not known to be there',
      [],
      { unreadableGuardrail: (key) => (key === 'team-a/pii' ? 'access is denied' : undefined) },
      'GuardrailUnreadable',
      'guardrail "team-a/pii" can\'t be read: access is denied',
    ],
  ])('is unavailable when one %s', (_, guardrails, rest, reason, message) => {
    const result = run(guardrails, [guarded()], rest);
    expect(outcomeOf(result)).toEqual({ kind: 'Broken', reason, message });
    expect(result.table.providers).toMatchObject([
      { availability: { state: 'Unavailable', reason, message }, credential: { kind: 'None' }, guardrails: [] },
    ]);
  });

  test('is told of all that are missing', () => {
    expect(outcomeOf(run([aGuardrail()], [guarded(['x', 'pii', 'y'])]))).toMatchObject({
      reason: 'GuardrailNotFound',
      message: 'guardrail "team-a/x" not found; guardrail "team-a/y" not found',
    });
  });

  test('has everything that is wrong told, the gravest first', () => {
    const result = run([], [guarded(['x', 'y'])], { secrets: new Map([['team-a/key', aSecret({})]]) });
    expect(result.verdicts.get('team-a/openai')?.problems).toEqual([
      { reason: 'GuardrailNotFound', message: 'guardrail "team-a/x" not found; guardrail "team-a/y" not found' },
      { reason: 'SecretKeyNotFound', message: 'secret "team-a/key" has no key "OPENAI_API_KEY"' },
    ]);
  });

  test('needs none while it is disabled', () => {
    const { table, verdicts } = run([], [guarded(['pii'], { enabled: false })]);
    expect(verdicts.get('team-a/openai')?.outcome).toEqual({ kind: 'Disabled' });
    expect(table.providers).toMatchObject([{ enabled: false, guardrails: [] }]);
  });

  test.each([
    ['a Secret that cannot be read hides nothing', [], 'GuardrailNotFound'],
    ['and keeps its Guardrails when only its Secret cannot be read', [aGuardrail()], 'SecretUnreadable'],
  ])('is not served without one: %s', (_, guardrails, reason) => {
    const unreadable = { kind: 'Unreadable', message: 'access is denied' } as const;
    const result = run(guardrails, [guarded()], { secrets: new Map([['team-a/key', unreadable]]) });
    expect(outcomeOf(result)).toMatchObject({ reason });
    expect(result.table.providers[0]?.guardrails).toHaveLength(guardrails.length);
  });

  test.each<[string, unknown, string]>([
    ['a list that is none', {}, '`guardrailRefs` must be a list of at most 16 items'],
    [
      'too many',
      Array.from({ length: 17 }, (_, i) => ({ name: `g${i}` })),
      '`guardrailRefs` must be a list of at most 16 items',
    ],
    ['a name that is none', ['pii'], '`guardrailRefs[0]` must be an object'],
    ['a name of another namespace', [{ name: 'team-b/pii' }], '`guardrailRefs[0].name` must be a valid Guardrail name'],
    ['a name twice', [{ name: 'a' }, { name: 'a' }], '`guardrailRefs[1]` is there already'],
  ])('with references that are %s has an invalid spec and no entry', (_, guardrailRefs, message) => {
    const result = run([aGuardrail()], [guarded([], { guardrailRefs: guardrailRefs as [] })]);
    expect(outcomeOf(result)).toEqual({ kind: 'Broken', reason: 'InvalidSpec', message });
    expect(result.table.providers).toEqual([]);
  });

  test('is never served unless all of them are ready', () => {
    fc.assert(
      fc.property(compileInputArbitrary, (input) => {
        const { table, verdicts, guardrails } = compile(input);
        for (const entry of table.providers) {
          const key = `${entry.namespace}/${entry.name}`;
          if (verdicts.get(key)?.outcome.kind !== 'Servable') continue;
          const source = input.providers.filter(
            ({ metadata }) => metadata.namespace === entry.namespace && metadata.name === entry.name,
          );
          const names = entry.guardrails.map(({ name }) => name);
          const wanted = source.map(({ spec }) => (spec.guardrailRefs ?? []).map(({ name }) => name).join());
          expect(wanted).toContain(names.join());
          for (const name of names) {
            expect(guardrails.get(`${entry.namespace}/${name}`)?.outcome).toEqual({ kind: 'Ready' });
          }
        }
      }),
    );
  });

  test('is touched by no Guardrail to which it does not refer', () => {
    fc.assert(
      fc.property(compileInputArbitrary, fc.constantFrom('g1', 'g2', 'g3'), (input, name) => {
        const all = compile(input);
        const without = compile({
          ...input,
          guardrails: input.guardrails.filter(({ metadata }) => metadata.name !== name),
        });
        for (const provider of input.providers) {
          const { namespace = '', name: own } = provider.metadata;
          const key = `${namespace}/${own}`;
          const refers = input.providers.some(
            ({ metadata, spec }) =>
              metadata.namespace === namespace &&
              metadata.name === own &&
              (spec.guardrailRefs ?? []).some((reference) => reference.name === name),
          );
          if (refers) continue;
          expect(without.verdicts.get(key)).toEqual(all.verdicts.get(key));
          const entryOf = ({ table }: CompileResult) =>
            table.providers.find((entry) => entry.namespace === namespace && entry.name === own);
          expect(entryOf(without)).toEqual(entryOf(all));
        }
      }),
    );
  });
});

describe('a compiler', () => {
  const provider = guarded();

  test('compiles a Guardrail once, also when only its status or its place in the cluster has changed', () => {
    const compiler = createCompiler();
    const pass = (guardrail: Guardrail): CompileResult =>
      compiler({ providers: [provider], guardrails: [guardrail], secrets });
    const first = pass(aGuardrail());
    const clone = JSON.parse(JSON.stringify(aGuardrail({}, { resourceVersion: '2' }))) as Guardrail;
    const again = pass({ ...clone, status: { usedBy: '1 provider' } });
    expect(again.table.guardrails[0]).toBe(first.table.guardrails[0]);
    expect(again.table.providers[0]).toBe(first.table.providers[0]);
    expect(pass(aGuardrail({ mode: 'Audit' })).table.guardrails[0]?.mode).toBe('Audit');
    expect(pass(aGuardrail({}, { uid: 'another' })).table.guardrails[0]?.uid).toBe('another');
  });

  test('pauses between many Guardrails that take long, and compiles none of them again', async () => {
    const compiler = createCompiler();
    const wordy = (name: string): Guardrail => {
      const word = (i: number): string => `${name} ${i} `.padEnd(16, String.fromCharCode(97 + (i % 26)));
      const words = Array.from({ length: 1000 }, (_, i) => word(i));
      const wordFilters = ['a', 'b', 'c', 'd'].map((filter) => ({ name: filter, action: 'Block' as const, words }));
      return aGuardrail({ wordFilters }, { name, uid: name });
    };
    const guardrails = Array.from({ length: 8 }, (_, i) => wordy(`wordy-${i}`));
    let pauses = 0;
    const begin = processorTime();
    await compiler.prepare({ guardrails, secrets }, async () => void (pauses += 1));
    expect(pauses).toBeGreaterThan(2);
    const took = processorTime() - begin;
    const result = compiler({ providers: [], guardrails, secrets });
    expect(processorTime() - begin - took).toBeLessThan(took / 2);
    expect([...result.guardrails.values()].map(({ outcome }) => outcome.kind)).toEqual(guardrails.map(() => 'Ready'));
  });

  test('pauses between the tests of one Guardrail that take long each', async () => {
    const compiler = createCompiler();
    const tests = Array.from({ length: 20 }, (_, i) => {
      return { name: `t${i}`, direction: 'Input' as const, text: 'nobody', expect: { action: 'Allow' as const } };
    });
    const guardrails = [aGuardrail({ tests })];
    // However fast the machine is: a second goes by between two looks at the clock.
    let now = performance.now();
    const clock = jest.spyOn(performance, 'now').mockImplementation(() => (now += 1000));
    let pauses = 0;
    await compiler.prepare({ guardrails, secrets }, async () => void (pauses += 1));
    clock.mockRestore();
    expect(pauses).toBeGreaterThanOrEqual(tests.length);
    expect(compiler({ providers: [], guardrails, secrets }).guardrails.get('team-a/pii')?.testsPassed).toBe('20/20');
  });

  test('looks at a provider again when a Guardrail comes, changes or goes', () => {
    const compiler = createCompiler();
    const outcome = (guardrails: readonly Guardrail[], unreadableGuardrail?: CompileInput['unreadableGuardrail']) =>
      outcomeOf(
        compiler({ providers: [provider], guardrails, secrets, ...(unreadableGuardrail && { unreadableGuardrail }) }),
      );
    expect(outcome([])).toMatchObject({ reason: 'GuardrailNotFound' });
    expect(outcome([], () => 'access is denied')).toMatchObject({ reason: 'GuardrailUnreadable' });
    expect(outcome([aGuardrail()])).toEqual({ kind: 'Servable' });
    expect(outcome([aGuardrail({ pii: {} }, { generation: 3 })])).toMatchObject({ reason: 'GuardrailNotReady' });
    expect(outcome([])).toMatchObject({ reason: 'GuardrailNotFound' });
  });
});
