import { describe, expect, test } from '@jest/globals';

import { aGuardrail, aProvider } from '../../test/support/compile.ts';
import type { Guardrail, GuardrailStatus } from '../api/generated/guardrail.ts';
import { compile } from '../compile/index.ts';
import { BrokenSince } from './broken-since.ts';
import { decideGuardrailStatuses, GUARDRAIL_STATUS } from './guardrail-status.ts';

const now = Date.parse('2026-01-01T00:00:00Z');
const key = 'team-a/rules';
const failing = aGuardrail({
  tests: [{ name: 'blocks', direction: 'Input', text: 'harmless', expect: { action: 'Block' } }],
});

/** What a pass at this time wants. */
const decide = (guardrails: readonly Guardrail[], at = now, brokenSince = new BrokenSince()) =>
  decideGuardrailStatuses({
    verdicts: compile({
      providers: [aProvider({ guardrailRefs: [{ name: 'rules' }] })],
      guardrails,
      secrets: new Map(),
    }).guardrails,
    guardrail: (name) => (name === key ? guardrails[0] : undefined),
    brokenSince,
    now: at,
  });
const statusOf = (...parameters: Parameters<typeof decide>): GuardrailStatus => {
  const wanted = decide(...parameters).wanted.get(key);
  if (wanted === undefined) throw new Error('nothing is wanted');
  return GUARDRAIL_STATUS.status(wanted, undefined);
};

describe('the status of a Guardrail', () => {
  test('says that it is ready, how many tests pass and how many providers refer to it', () => {
    const passing = aGuardrail({
      tests: [{ name: 'masks', direction: 'Input', text: 'to a@example.com', expect: { action: 'Mask' } }],
    });
    expect(statusOf([passing])).toMatchObject({
      observedGeneration: 1,
      testsPassed: '1/1',
      usedBy: '1 provider',
      conditions: [{ type: 'Ready', status: 'True', reason: 'Ready' }],
    });
    expect(decide([passing]).dueAt).toBeUndefined();
  });

  test('counts a broken one as stalled after the grace, which a new reason begins anew', () => {
    const brokenSince = new BrokenSince();
    expect(decide([failing], now, brokenSince).dueAt).toBe(now + 60_000);
    const stalled = statusOf([failing], now + 60_000, brokenSince);
    expect(stalled.conditions).toMatchObject([
      { type: 'Ready', status: 'False', reason: 'TestsFailed' },
      { type: 'Stalled', status: 'True', reason: 'TestsFailed' },
    ]);
    const pattern = aGuardrail({ pii: { regexes: [{ name: 'bad', pattern: '(', action: 'Block' }] } });
    expect(decide([pattern], now + 60_000, brokenSince).dueAt).toBe(now + 120_000);
  });

  test('is the same but for its count when a provider comes to refer to it', () => {
    const present = statusOf([aGuardrail()]);
    const more = { ...present, usedBy: '2 providers' };
    expect(GUARDRAIL_STATUS.isSame(more, present)).toBe(false);
    expect(GUARDRAIL_STATUS.isSame(GUARDRAIL_STATUS.withCountOf(more, present), present)).toBe(true);
    expect(GUARDRAIL_STATUS.withCountOf(more, {})).not.toHaveProperty('usedBy');
  });
});
