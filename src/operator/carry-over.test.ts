import { describe, expect, test } from '@jest/globals';

import { aGuardrail, aProvider, aSecret } from '../../test/support/compile.ts';
import { anEntry } from '../../test/support/tables.ts';
import type { Guardrail } from '../api/generated/guardrail.ts';
import { compile, type CompileInput } from '../compile/index.ts';
import { makeTable, TableIndex, type RoutingTable } from '../table/index.ts';
import { carryOver, keptReferences, type KnowledgeOf } from './carry-over.ts';
import type { Knowledge } from './sources.ts';

const readable = new Map([['team-a/key', aSecret({ OPENAI_API_KEY: 'known' })]]);
const unreadable = new Map([['team-a/key', { kind: 'Unreadable', message: 'access is denied' } as const]]);
const published = compile({ providers: [aProvider()], guardrails: [], secrets: readable }).table;

/** What is known of every namespace: of its LLMProviders, and of its Guardrails. */
const knowing = (providers: Knowledge, guardrails: Knowledge = 'Synced'): KnowledgeOf => ({
  providers: () => providers,
  guardrails: () => guardrails,
});
const nothing = compile({ providers: [], guardrails: [], secrets: new Map() });

describe('carryOver', () => {
  test('keeps an entry whose Secret can no longer be read', () => {
    const result = compile({ providers: [aProvider()], guardrails: [], secrets: unreadable });
    expect(carryOver(result, published, knowing('Synced')).revision).toBe(published.revision);
  });

  test.each([
    ['spec', aProvider({}, { generation: 4 })],
    ['object', aProvider({}, { uid: 'uid-2' })],
  ])('does not keep it for another %s', (_, provider) => {
    const result = compile({ providers: [provider], guardrails: [], secrets: unreadable });
    const table = carryOver(result, published, knowing('Synced'));
    expect(table.providers[0]?.availability.state).toBe('Unavailable');
  });

  test('keeps the entries of a namespace that cannot be listed, and drops what is really gone', () => {
    const both = makeTable([anEntry({ namespace: 'denied' }), anEntry({ namespace: 'open' })]);
    const table = carryOver(nothing, both, {
      ...knowing('Synced'),
      providers: (key) => (key.startsWith('open/') ? 'Synced' : 'Refused'),
    });
    expect(table.providers.map((entry) => entry.namespace)).toEqual(['denied']);
    expect(table.revision).toBe(makeTable([anEntry({ namespace: 'denied' })]).revision);
  });

  test('serves nothing of a namespace that is no longer watched', () => {
    const both = makeTable([anEntry({ namespace: 'given-up' }), anEntry({ namespace: 'slow' })]);
    const table = carryOver(nothing, both, {
      ...knowing('Synced'),
      providers: (key) => (key.startsWith('given-up/') ? 'Unwatched' : 'Pending'),
    });
    expect(table.providers.map((entry) => entry.namespace)).toEqual(['slow']);
  });

  test('does not bring a key back when the Secret is known to be gone', () => {
    const result = compile({
      providers: [aProvider()],
      guardrails: [],
      secrets: new Map([['team-a/key', { kind: 'Missing' } as const]]),
    });
    expect(carryOver(result, published, knowing('Synced'))).toBe(result.table);
  });
});

describe('carryOver of an entry with a Guardrail', () => {
  const provider = aProvider({ guardrailRefs: [{ name: 'rules' }] });
  const rules = aGuardrail();
  const stricter = aGuardrail({ mode: 'Enforce', profanity: { action: 'Block' } }, { generation: 2 });
  const failing = aGuardrail(
    { tests: [{ name: 't', direction: 'Input', text: 'harmless', expect: { action: 'Block' } }] },
    { generation: 2 },
  );
  const guarded = compile({ providers: [provider], guardrails: [rules], secrets: readable }).table;
  /** In force for the one provider of this table. */
  const rulesIn = (table: RoutingTable) =>
    table.providers[0]?.guardrails.map(({ hash }) => new TableIndex(table).guardrailWithHash(hash)?.generation);

  /** What is left when the key can't be read, and this is known of Guardrails. */
  const withUnreadableKey = (guardrails: readonly Guardrail[]): RoutingTable =>
    carryOver(compile({ providers: [provider], guardrails, secrets: unreadable }), guarded, knowing('Synced'));
  /** What is left when LLMProviders can't be listed. */
  const withoutProviders = (guardrails: readonly Guardrail[], knowledge: Knowledge = 'Synced'): RoutingTable =>
    carryOver(
      compile({ providers: [], guardrails, unreadableGuardrail: () => 'no', secrets: new Map() }),
      guarded,
      knowing('Refused', knowledge),
    );

  test('keeps the Guardrail with it', () => {
    expect(withUnreadableKey([rules]).revision).toBe(guarded.revision);
    expect(withoutProviders([rules]).revision).toBe(guarded.revision);
  });

  test('keeps both when Guardrails cannot be listed', () => {
    const input = { providers: [provider], guardrails: [], secrets: readable };
    const result = compile({ ...input, unreadableGuardrail: () => 'Guardrails of the namespace cannot be listed' });
    expect(result.table.providers[0]?.availability).toMatchObject({ reason: 'GuardrailUnreadable' });
    expect(carryOver(result, guarded, knowing('Synced', 'Refused')).revision).toBe(guarded.revision);
    expect(withoutProviders([], 'Refused').revision).toBe(guarded.revision);
  });

  test('puts the Guardrail in force as it is now', () => {
    expect(rulesIn(guarded)).toEqual([1]);
    for (const table of [withUnreadableKey([stricter]), withoutProviders([stricter])]) {
      expect(table.providers[0]?.availability.state).toBe('Available');
      expect(rulesIn(table)).toEqual([2]);
    }
  });

  test.each<[string, readonly Guardrail[]]>([
    ['GuardrailNotFound', []],
    ['GuardrailNotReady', [failing]],
  ])('does not serve it unguarded: %s', (reason, guardrails) => {
    for (const table of [withUnreadableKey(guardrails), withoutProviders(guardrails)]) {
      expect(table.providers[0]).toMatchObject({
        availability: { state: 'Unavailable', reason },
        credential: { kind: 'None' },
      });
      expect(table.guardrails).toEqual([]);
    }
  });

  test('keeps both when the Secret of the Guardrail cannot be read, but not for another version of it', () => {
    const judge = { http: { url: 'https://judge.example.com', secretRef: { name: 'judge', key: 'token' } } };
    const asking = (generation: number): Guardrail =>
      aGuardrail(
        {
          contentPolicies: {
            deniedTopics: [{ name: 'weather', definition: 'What the weather will be.' }],
            evaluator: judge,
          },
        },
        { generation },
      );
    const input = { providers: [provider], guardrails: [asking(1)] };
    const whole = compile({ ...input, secrets: new Map([...readable, ['team-a/judge', aSecret({ token: 't' })]]) });
    expect(whole.table.providers[0]?.availability.state).toBe('Available');
    const after = (fields: Partial<CompileInput>) =>
      carryOver(compile({ ...input, secrets: readable, ...fields }), whole.table, knowing('Synced'));
    expect(after({}).revision).toBe(whole.table.revision);
    expect(after({ guardrails: [asking(2)] }).providers[0]?.availability.state).toBe('Unavailable');
    const missing = new Map([...readable, ['team-a/judge', { kind: 'Missing' } as const]]);
    expect(after({ secrets: missing }).providers[0]?.availability.state).toBe('Unavailable');
  });

  test('says of an entry that is no longer served the same as of one that was compiled', () => {
    expect(withoutProviders([failing]).providers[0]?.availability).toEqual(
      withUnreadableKey([failing]).providers[0]?.availability,
    );
    expect(withoutProviders([]).providers[0]?.availability).toEqual(withUnreadableKey([]).providers[0]?.availability);
  });
});

test('Guardrails of providers that are kept unread are told, and of no others', () => {
  const references = [{ name: 'rules', hash: 'h' }];
  const table = {
    providers: ['denied', 'slow', 'open', 'given-up'].map((namespace) =>
      anEntry({ namespace, guardrails: references }),
    ),
  };
  const of: Readonly<Record<string, Knowledge>> = { denied: 'Refused', slow: 'Pending', open: 'Synced' };
  const kept = keptReferences(table as unknown as RoutingTable, (key) => of[key.split('/')[0] ?? ''] ?? 'Unwatched');
  expect([...kept]).toEqual(['denied/rules', 'slow/rules']);
  expect(keptReferences(undefined, () => 'Refused').size).toBe(0);
});
