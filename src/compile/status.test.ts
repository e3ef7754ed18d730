import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import type { Condition } from '../api/conditions.ts';
import { providerURL, sameStatus, statusDueAt, wantedStatus, type StatusInput } from './status.ts';
import type { Verdict } from './types.ts';

const start = Date.parse('2026-01-01T00:00:00.250Z');
const minute = 60_000;

const verdict = (outcome: Verdict['outcome'] = { kind: 'Servable' }, generation = 2): Verdict => ({
  namespace: 'team-a',
  name: 'openai',
  uid: 'uid-1',
  generation,
  outcome,
  modelSummary: 'all models',
});
const missing = { kind: 'Broken', reason: 'SecretNotFound', message: 'secret "team-a/key" not found' } as const;
const unreadable = { kind: 'Broken', reason: 'SecretUnreadable', message: 'access is denied' } as const;

const input = (fields: Partial<StatusInput> = {}): StatusInput => ({
  verdict: verdict(),
  previous: undefined,
  proxies: { live: 2, serving: 2, outdated: 0, obstacle: undefined },
  url: '/llm/v1/providers/openai',
  now: start,
  brokenSince: start,
  ...fields,
});

const brief = (conditions: readonly Condition[] | undefined): string[] =>
  (conditions ?? []).map(({ type, status, reason }) => `${type}=${status} ${reason}`);

describe('wantedStatus', () => {
  test('of a provider that is served', () => {
    expect(wantedStatus(input())).toEqual({
      observedGeneration: 2,
      url: '/llm/v1/providers/openai',
      modelSummary: 'all models',
      proxies: '2/2',
      conditions: ['Ready', 'Active'].map((type) => ({
        type,
        status: 'True',
        observedGeneration: 2,
        lastTransitionTime: '2026-01-01T00:00:00Z',
        reason: 'Active',
        message: 'Requests are served',
      })),
    });
  });

  test.each<[string, Partial<StatusInput>, string[], string]>([
    [
      'served by one of two',
      { proxies: { live: 2, serving: 1, outdated: 0, obstacle: undefined } },
      ['Ready=True Active', 'Active=True Active'],
      'Requests are served',
    ],
    [
      'not taken yet',
      { proxies: { live: 2, serving: 0, outdated: 0, obstacle: undefined } },
      ['Ready=False NotServed', 'Active=False NotServed'],
      'No live proxy serves this version of the provider yet',
    ],
    [
      'refused by the proxies',
      { proxies: { live: 1, serving: 0, outdated: 0, obstacle: 'a proxy refuses it' } },
      ['Ready=False NotServed', 'Active=False NotServed'],
      'No live proxy serves this version of the provider yet; a proxy refuses it',
    ],
    [
      'without a proxy',
      { proxies: { live: 0, serving: 0, outdated: 0, obstacle: undefined } },
      ['Ready=False NotServed', 'Active=False NotServed'],
      'No proxy is alive',
    ],
    [
      'disabled',
      { verdict: verdict({ kind: 'Disabled' }) },
      ['Ready=True Disabled', 'Active=False Disabled'],
      '`spec.enabled` is false, requests are refused',
    ],
    [
      'disabled, which a proxy has not taken',
      {
        verdict: verdict({ kind: 'Disabled' }),
        proxies: {
          live: 2,
          serving: 1,
          outdated: 1,
          obstacle: "the newest routing table can't be published: too large",
        },
      },
      ['Ready=False NotServed', 'Active=False NotServed'],
      "`spec.enabled` is false, but not every live proxy has taken that yet; the newest routing table can't be published: too large",
    ],
    [
      'whose key was revoked, which no proxy can take',
      { verdict: verdict(missing), proxies: { live: 1, serving: 0, outdated: 1, obstacle: 'a proxy refuses it' } },
      ['Ready=False SecretNotFound', 'Active=False SecretNotFound', 'SecretNotFound=True SecretNotFound'],
      `${missing.message}; not in force yet: a proxy refuses it`,
    ],
    [
      'without its Secret',
      { verdict: verdict(missing) },
      ['Ready=False SecretNotFound', 'Active=False SecretNotFound', 'SecretNotFound=True SecretNotFound'],
      missing.message,
    ],
    [
      'without its Secret for a minute',
      { verdict: verdict(missing), now: start + minute },
      [
        'Ready=False SecretNotFound',
        'Active=False SecretNotFound',
        'SecretNotFound=True SecretNotFound',
        'Stalled=True SecretNotFound',
      ],
      missing.message,
    ],
    [
      'unreadable for an hour',
      { verdict: verdict(unreadable), now: start + 60 * minute },
      ['Ready=False SecretUnreadable', 'Active=False SecretUnreadable'],
      unreadable.message,
    ],
  ])('of a provider %s', (_, fields, conditions, message) => {
    const status = wantedStatus(input(fields));
    expect(brief(status.conditions)).toEqual(conditions);
    expect(status.conditions?.[0]?.message).toBe(message);
  });

  test('moves lastTransitionTime with the status only', () => {
    const first = wantedStatus(input({ proxies: { live: 0, serving: 0, outdated: 0, obstacle: undefined } }));
    const later = wantedStatus(
      input({
        verdict: verdict(missing, 3),
        previous: first,
        now: start + 10 * minute,
        brokenSince: start + 10 * minute,
      }),
    );
    expect(later.conditions?.[0]).toMatchObject({
      reason: 'SecretNotFound',
      observedGeneration: 3,
      lastTransitionTime: '2026-01-01T00:00:00Z',
    });
    expect(later.conditions?.[2]).toMatchObject({ type: 'SecretNotFound', lastTransitionTime: '2026-01-01T00:10:00Z' });
    const healed = wantedStatus(input({ previous: later, now: start + 20 * minute }));
    expect(healed.conditions?.map((condition) => condition.lastTransitionTime)).toEqual([
      '2026-01-01T00:20:00Z',
      '2026-01-01T00:20:00Z',
    ]);
  });

  test('is content with what it said, at any later time and in any order of conditions', () => {
    const outcome = fc.constantFrom<Verdict['outcome']>(
      { kind: 'Servable' },
      { kind: 'Disabled' },
      missing,
      unreadable,
    );
    const proxies = fc.record({
      live: fc.nat(3),
      serving: fc.nat(3),
      outdated: fc.nat(3),
      obstacle: fc.option(fc.constant('why'), { nil: undefined }),
    });
    fc.assert(
      fc.property(outcome, proxies, fc.nat(minute * 3), fc.nat(minute * 60), (kind, served, at, after) => {
        const now = start + 2 * minute + at;
        const once = input({ verdict: verdict(kind), proxies: served, now });
        const said = wantedStatus(once);
        const present = { ...said, conditions: (said.conditions ?? []).toReversed() };
        expect(sameStatus(wantedStatus({ ...once, previous: present, now: now + after }), present)).toBe(true);
      }),
    );
  });
});

describe('statusDueAt', () => {
  test('is the end of the grace for what only a person can mend', () => {
    expect(statusDueAt(input({ verdict: verdict(missing) }))).toBe(start + minute);
    expect(statusDueAt(input({ verdict: verdict(missing), now: start + minute }))).toBeUndefined();
    expect(statusDueAt(input({ verdict: verdict(unreadable) }))).toBeUndefined();
    expect(statusDueAt(input())).toBeUndefined();
  });
});

describe('sameStatus', () => {
  const said = wantedStatus(input());

  test('leaves the conditions of others alone', () => {
    const foreign = { type: 'Audited', status: 'True' } as unknown as Condition;
    expect(sameStatus(said, { ...said, conditions: [foreign, ...(said.conditions ?? [])] })).toBe(true);
  });

  test('sees a condition of ours that should not be there, and any other difference', () => {
    const stray = { ...said.conditions![0]!, type: 'Stalled' } as const;
    expect(sameStatus(said, { ...said, conditions: [...(said.conditions ?? []), stray] })).toBe(false);
    expect(sameStatus(said, { ...said, proxies: '1/2' })).toBe(false);
    expect(sameStatus(said, undefined)).toBe(false);
    expect(sameStatus(said, {})).toBe(false);
  });
});

describe('providerURL', () => {
  test.each<[string, string | undefined, string]>([
    ['team-a', undefined, '/llm/v1/providers/openai'],
    ['other', undefined, '/llm/v1/namespaces/team-a/providers/openai'],
    ['team-a', 'https://llm.example.com', 'https://llm.example.com/llm/v1/providers/openai'],
  ])('with default namespace %s and public URL %s is %s', (defaultNamespace, publicURL, url) => {
    expect(providerURL({ namespace: 'team-a', name: 'openai' }, { publicURL, defaultNamespace })).toBe(url);
  });
});
