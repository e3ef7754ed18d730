import { describe, expect, test } from '@jest/globals';

import type { Condition } from '../api/conditions.ts';
import type { GuardrailStatus } from '../api/generated/guardrail.ts';
import {
  guardrailStatusDueAt,
  sameGuardrailStatus,
  wantedGuardrailStatus,
  type GuardrailStatusInput,
} from './guardrail-status.ts';
import type { GuardrailVerdict } from './types.ts';

const start = Date.parse('2026-01-01T00:00:00.250Z');
const minute = 60_000;

const verdict = (fields: Partial<GuardrailVerdict> = {}): GuardrailVerdict => ({
  namespace: 'team-a',
  name: 'pii',
  uid: 'uid-g',
  generation: 2,
  outcome: { kind: 'Ready' },
  problems: [],
  entry: undefined,
  testsPassed: '3/3',
  usedBy: 2,
  ...fields,
});
const failed = verdict({
  outcome: { kind: 'Broken', reason: 'TestsFailed', message: 'test "a" failed: expected Block, got Allow' },
  testsPassed: '2/3',
});
const input = (fields: Partial<GuardrailStatusInput> = {}): GuardrailStatusInput => ({
  verdict: verdict(),
  previous: undefined,
  now: start,
  brokenSince: start,
  ...fields,
});
const brief = ({ conditions }: GuardrailStatus): string[] =>
  (conditions ?? []).map(({ type, status, reason }) => `${type}=${status} ${reason}`);

describe('the status of a Guardrail', () => {
  test('that is ready', () => {
    expect(wantedGuardrailStatus(input())).toEqual({
      observedGeneration: 2,
      testsPassed: '3/3',
      usedBy: '2 providers',
      conditions: [
        {
          type: 'Ready',
          status: 'True',
          observedGeneration: 2,
          lastTransitionTime: '2026-01-01T00:00:00Z',
          reason: 'Ready',
          message: 'The rules are valid and all tests pass',
        },
      ],
    });
  });

  test.each([
    [0, 'none'],
    [1, '1 provider'],
    [12, '12 providers'],
  ])('with %d users says %s', (usedBy, said) => {
    expect(wantedGuardrailStatus(input({ verdict: verdict({ usedBy }) })).usedBy).toBe(said);
  });

  test('without tests says nothing of tests', () => {
    const status = wantedGuardrailStatus(input({ verdict: verdict({ testsPassed: undefined }) }));
    expect(status).not.toHaveProperty('testsPassed');
    expect(status.conditions?.[0]?.message).toBe('The rules are valid');
  });

  test('whose tests fail says so at once, and that it is stalled after a minute', () => {
    const at = (now: number): string[] => brief(wantedGuardrailStatus(input({ verdict: failed, now })));
    expect(at(start)).toEqual(['Ready=False TestsFailed']);
    expect(at(start + minute)).toEqual(['Ready=False TestsFailed', 'Stalled=True TestsFailed']);
    expect(guardrailStatusDueAt(input({ verdict: failed }))).toBe(start + minute);
    expect(guardrailStatusDueAt(input({ verdict: failed, now: start + minute }))).toBeUndefined();
    expect(guardrailStatusDueAt(input())).toBeUndefined();
  });

  test('that waits for a Secret has a condition for it', () => {
    const outcome = { kind: 'Broken', reason: 'SecretNotFound', message: 'secret "team-a/x" not found' } as const;
    expect(brief(wantedGuardrailStatus(input({ verdict: verdict({ outcome }) })))).toEqual([
      'Ready=False SecretNotFound',
      'SecretNotFound=True SecretNotFound',
    ]);
  });

  test('keeps the time of a condition until its status changes', () => {
    const previous = wantedGuardrailStatus(input());
    const timeOf = (status: GuardrailStatus): string | undefined => status.conditions?.[0]?.lastTransitionTime;
    const now = start + minute;
    const next = { previous, now, brokenSince: now };
    expect(timeOf(wantedGuardrailStatus(input({ ...next, verdict: verdict({ generation: 3 }) })))).toBe(
      '2026-01-01T00:00:00Z',
    );
    expect(timeOf(wantedGuardrailStatus(input({ ...next, verdict: failed })))).toBe('2026-01-01T00:01:00Z');
  });

  test('is the same when nothing of its own differs', () => {
    const wanted = wantedGuardrailStatus(input({ verdict: failed, now: start + minute }));
    const foreign: Condition = { ...wanted.conditions![0]!, type: 'Audited' as Condition['type'] };
    expect(sameGuardrailStatus(wanted, undefined)).toBe(false);
    expect(sameGuardrailStatus(wanted, { ...wanted, conditions: [foreign, ...wanted.conditions!.toReversed()] })).toBe(
      true,
    );
    const { testsPassed: _, ...untested } = wanted;
    for (const other of [
      { ...wanted, usedBy: 'none' },
      { ...wanted, testsPassed: '3/3' },
      untested,
      { ...wanted, observedGeneration: 1 },
      { ...wanted, conditions: wanted.conditions!.slice(0, 1) },
    ]) {
      expect(sameGuardrailStatus(wanted, other)).toBe(false);
      expect(sameGuardrailStatus(other, wanted)).toBe(false);
    }
  });
});
