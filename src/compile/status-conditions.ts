/** Conditions of a status: how they are made, when they are the same, and when an object counts as stalled. */
import {
  REASON_GUARDRAIL_UNREADABLE,
  REASON_SECRET_UNREADABLE,
  type Condition,
  type ConditionType,
  type Reason,
} from '../api/conditions.ts';

/** Milliseconds for which a broken object may still be on its way to be whole: a Secret often comes after its reader. */
export const STALLED_GRACE_MS = 60_000;

/** What a verdict says, as far as conditions are concerned. */
type Outcome = { readonly kind: string } | { readonly kind: 'Broken'; readonly reason: Reason };

/** The reason that only a person can mend, if it is one. What cannot be read now may be readable in a moment. */
export function stallingReason(outcome: Outcome): Reason | undefined {
  if (!('reason' in outcome)) return undefined;
  const { reason } = outcome;
  return reason === REASON_SECRET_UNREADABLE || reason === REASON_GUARDRAIL_UNREADABLE ? undefined : reason;
}

/** When the object will count as stalled, in milliseconds since the epoch; undefined: it will not, or does already. */
export function stalledAt(outcome: Outcome, brokenSince: number, now: number): number | undefined {
  const due = brokenSince + STALLED_GRACE_MS;
  return stallingReason(outcome) !== undefined && due > now ? due : undefined;
}

/** Makes conditions whose time is that of `previous` while their status stays. */
export function conditionsOf(
  observedGeneration: number,
  previous: readonly Condition[] | undefined,
  now: number,
): (type: ConditionType, status: 'True' | 'False', reason: Reason, message: string) => Condition {
  return (type, status, reason, message) => {
    const before = find(previous, type);
    const lastTransitionTime = before?.status === status ? before.lastTransitionTime : timestamp(now);
    return { type, status, observedGeneration, lastTransitionTime, reason, message };
  };
}

/** Whether both lists say the same by conditions of these types, in any order. */
export function sameConditions(
  types: readonly ConditionType[],
  a: readonly Condition[] | undefined,
  b: readonly Condition[] | undefined,
): boolean {
  return types.every((type) => sameCondition(find(a, type), find(b, type)));
}

function sameCondition(a: Condition | undefined, b: Condition | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  const fields = ['status', 'observedGeneration', 'lastTransitionTime', 'reason', 'message'] as const;
  return fields.every((field) => a[field] === b[field]);
}

function find(conditions: readonly Condition[] | undefined, type: ConditionType): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/** RFC 3339 in whole seconds, as metav1.Time. */
function timestamp(now: number): string {
  return new Date(now).toISOString().replace(/\.\d+Z$/, 'Z');
}
