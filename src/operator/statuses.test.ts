import { describe, expect, test } from '@jest/globals';

import { aGuardrail, aProvider, aSecret } from '../../test/support/compile.ts';
import type { Guardrail } from '../api/generated/guardrail.ts';
import type { LLMProvider } from '../api/generated/llmprovider.ts';
import { compile, wantedStatus } from '../compile/index.ts';
import type { RoutingTable } from '../table/index.ts';
import { BrokenSince } from './broken-since.ts';
import { decideStatuses, type StatusesInput } from './statuses.ts';
import type { ProxySummary } from './proxies.ts';
import { RecentRevisions } from './revisions.ts';

const now = Date.parse('2026-01-01T00:00:00Z');
const second = 1000;
const key = 'team-a/openai';

const compiled = (secret: string) =>
  compile({
    providers: [aProvider()],
    guardrails: [],
    secrets: new Map([['team-a/key', aSecret({ OPENAI_API_KEY: secret })]]),
  });

const proxies = (byRevision: Record<string, number>, live?: number): ProxySummary => {
  const counts = Object.entries(byRevision);
  return { live: live ?? counts.reduce((sum, [, n]) => sum + n, 0), byRevision: new Map(counts), refusal: undefined };
};

const decide = (fields: Partial<StatusesInput> & { readonly table: RoutingTable }) =>
  decideStatuses({
    verdicts: compiled('k').verdicts,
    proxies: proxies({}),
    publishError: undefined,
    revisions: new RecentRevisions(),
    provider: () => undefined,
    brokenSince: new BrokenSince(),
    urls: { publicURL: undefined, defaultNamespace: 'team-a' },
    now,
    ...fields,
  });

describe('decideStatuses', () => {
  test('counts a proxy on an older table that has the very same entry', () => {
    const { table } = compiled('k');
    const other = compile({
      providers: [aProvider(), aProvider({ enabled: false }, { name: 'other' })],
      guardrails: [],
      secrets: new Map([['team-a/key', aSecret({ OPENAI_API_KEY: 'k' })]]),
    }).table;
    const revisions = new RecentRevisions();
    revisions.note(table, now);
    revisions.note(other, now);
    const { wanted } = decide({
      table: other,
      revisions,
      proxies: proxies({ [table.revision]: 1, [other.revision]: 1 }),
    });
    expect(wanted.get(key)?.proxies).toMatchObject({ live: 2, serving: 2 });
  });

  test('does not count a proxy that serves another key, or a revision that nobody knows', () => {
    const old = compiled('old').table;
    const { table } = compiled('k');
    const revisions = new RecentRevisions();
    revisions.note(old, now - 60 * second);
    revisions.note(table, now - 10 * second);
    const { wanted } = decide({ table, revisions, proxies: proxies({ [old.revision]: 1, unheard: 1 }) });
    expect(wanted.get(key)?.proxies).toMatchObject({ live: 2, serving: 0 });
  });

  test('counts a proxy as outdated that serves the entry with an earlier version of its Guardrail', () => {
    const guarded = (guardrail: Guardrail) =>
      compile({
        providers: [aProvider({ guardrailRefs: [{ name: 'rules' }] })],
        guardrails: [guardrail],
        secrets: new Map([['team-a/key', aSecret({ OPENAI_API_KEY: 'k' })]]),
      });
    const old = guarded(aGuardrail()).table;
    const { table, verdicts } = guarded(aGuardrail({ mode: 'Audit' }, { generation: 2 }));
    const revisions = new RecentRevisions();
    revisions.note(old, now - 60 * second);
    revisions.note(table, now - 10 * second);
    const half = decide({
      table,
      verdicts,
      revisions,
      proxies: proxies({ [old.revision]: 1, [table.revision]: 1 }),
    });
    expect(half.wanted.get(key)?.proxies).toMatchObject({ live: 2, serving: 1, outdated: 1 });
    const none = decide({ table, verdicts, revisions, proxies: proxies({ [old.revision]: 2 }) });
    const status = none.wanted.get(key) && wantedStatus({ ...none.wanted.get(key)!, previous: undefined });
    expect(status).toMatchObject({ proxies: '0/2' });
    expect(status?.conditions?.[1]).toMatchObject({ type: 'Active', status: 'False', reason: 'NotServed' });
  });

  test('leaves a status alone that says Active while it cannot be told what the proxies serve', () => {
    const { table } = compiled('k');
    const revisions = new RecentRevisions();
    revisions.note(table, now - 10 * second);
    const active = (observedGeneration: number) => () =>
      ({
        ...aProvider(),
        status: { conditions: [{ type: 'Ready', status: 'True', reason: 'Active', observedGeneration }] },
      }) as unknown as LLMProvider;
    const unheard = { table, revisions, proxies: proxies({ unheard: 1 }) };
    expect(decide({ ...unheard, provider: active(3) }).wanted.has(key)).toBe(false);
    expect(decide({ ...unheard, provider: active(2) }).wanted.get(key)?.proxies.serving).toBe(0);
  });

  test('does not call Disabled in force what a proxy still serves', () => {
    const old = compiled('k').table;
    const { table, verdicts } = compile({
      providers: [aProvider({ enabled: false })],
      guardrails: [],
      secrets: new Map(),
    });
    const revisions = new RecentRevisions();
    revisions.note(old, now - 60 * second);
    revisions.note(table, now - second);
    const disabled = { table, verdicts, revisions, proxies: proxies({ [old.revision]: 1 }) };
    expect(decide(disabled)).toEqual({ wanted: new Map(), dueAt: now + second });
    const over = decide({ ...disabled, now: now + second, publishError: 'it cannot be published' }).wanted.get(key);
    expect(over && wantedStatus({ ...over, previous: undefined }).conditions?.[0]).toMatchObject({
      status: 'False',
      reason: 'NotServed',
    });
    expect(decide({ ...disabled, proxies: proxies({}, 1) }).wanted.get(key)?.proxies.outdated).toBe(0);
  });

  test('leaves a status alone while the proxies are taking the entry, and says when that is over', () => {
    const { table } = compiled('k');
    const revisions = new RecentRevisions();
    revisions.note(table, now - second);
    const taking = decide({ table, revisions, proxies: proxies({ older: 1 }) });
    expect(taking).toEqual({ wanted: new Map(), dueAt: now + second });
    const over = decide({ table, revisions, proxies: proxies({ older: 1 }), now: now + second });
    expect(over.wanted.get(key)?.proxies.serving).toBe(0);
    expect(over.dueAt).toBeUndefined();
  });

  test('says when a broken provider will count as stalled', () => {
    const { table, verdicts } = compile({
      providers: [aProvider()],
      guardrails: [],
      secrets: new Map([['team-a/key', { kind: 'Missing' } as const]]),
    });
    expect(decide({ table, verdicts }).dueAt).toBe(now + 60 * second);
  });

  test('waits for nobody when no proxy is alive', () => {
    const { table } = compiled('k');
    const revisions = new RecentRevisions();
    revisions.note(table, now);
    expect(decide({ table, revisions }).wanted.has(key)).toBe(true);
  });

  test('tells what stands in the way', () => {
    const { table } = compiled('k');
    const refusing = { ...proxies({}, 1), refusal: 'TooLarge: it is too large' };
    const message = (fields: Partial<StatusesInput>) => {
      const item = decide({ table, proxies: refusing, ...fields }).wanted.get(key);
      return item && wantedStatus({ ...item, previous: undefined }).conditions?.[0]?.message;
    };
    expect(message({})).toContain('a proxy refuses the newest routing table: TooLarge: it is too large');
    expect(message({ publishError: 'it could not be published' })).toContain('; it could not be published');
  });
});
