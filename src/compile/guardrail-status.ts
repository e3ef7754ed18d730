/** What `status` of a Guardrail should say. Pure, like `status.ts`. */
import { REASON_READY, REASON_SECRET_NOT_FOUND, type Condition, type ConditionType } from '../api/conditions.ts';
import type { GuardrailStatus } from '../api/generated/guardrail.ts';
import { conditionsOf, sameConditions, STALLED_GRACE_MS, stalledAt, stallingReason } from './status-conditions.ts';
import type { GuardrailVerdict } from './types.ts';

export interface GuardrailStatusInput {
  readonly verdict: GuardrailVerdict;
  /** The status as it is. */
  readonly previous: GuardrailStatus | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Since when the Guardrail has been broken for the same reason; ignored when it is not. */
  readonly brokenSince: number;
}

/** The status that should be there. */
export function wantedGuardrailStatus(input: GuardrailStatusInput): GuardrailStatus {
  const { generation, testsPassed, usedBy } = input.verdict;
  return {
    observedGeneration: generation,
    ...(testsPassed !== undefined && { testsPassed }),
    usedBy: users(usedBy),
    conditions: wantedConditions(input),
  };
}

/** When the status will have to change although nothing else does, in milliseconds since the epoch. */
export function guardrailStatusDueAt({ verdict, now, brokenSince }: GuardrailStatusInput): number | undefined {
  return stalledAt(verdict.outcome, brokenSince, now);
}

/** Whether writing `wanted` would change nothing of what it speaks of. The order of conditions does not matter. */
export function sameGuardrailStatus(wanted: GuardrailStatus, present: GuardrailStatus | undefined): boolean {
  if (present === undefined) return false;
  const scalars = ['observedGeneration', 'testsPassed', 'usedBy'] as const;
  if (scalars.some((field) => wanted[field] !== present[field])) return false;
  return sameConditions(OWN_CONDITIONS, wanted.conditions, present.conditions);
}

const OWN_CONDITIONS: readonly ConditionType[] = ['Ready', 'SecretNotFound', 'Stalled'];

function wantedConditions({ verdict, previous, now, brokenSince }: GuardrailStatusInput): readonly Condition[] {
  const { generation, outcome, testsPassed } = verdict;
  const condition = conditionsOf(generation, previous?.conditions, now);
  if (outcome.kind === 'Ready') {
    const message = testsPassed === undefined ? 'The rules are valid' : 'The rules are valid and all tests pass';
    return [condition('Ready', 'True', REASON_READY, message)];
  }
  const { reason, message } = outcome;
  const conditions = [condition('Ready', 'False', reason, message)];
  if (reason === REASON_SECRET_NOT_FOUND) conditions.push(condition('SecretNotFound', 'True', reason, message));
  const stalling = stallingReason(outcome);
  if (stalling !== undefined && now >= brokenSince + STALLED_GRACE_MS) {
    conditions.push(condition('Stalled', 'True', stalling, message));
  }
  return conditions;
}

function users(count: number): string {
  if (count === 0) return 'none';
  return count === 1 ? '1 provider' : `${String(count)} providers`;
}
