/** Events that a change of status is worth. Pure. */
import { REASON_ACTIVE, REASON_DISABLED, REASON_NOT_SERVED, REASON_PENDING } from '../api/conditions.ts';
import type { GuardrailStatus } from '../api/generated/guardrail.ts';
import type { LLMProviderStatus } from '../api/generated/llmprovider.ts';
import type { EventText } from '../kube/events.ts';
import { conditionOf } from './status-kind.ts';

/** `Activated`, `Deactivated`, and the reason for which a provider is not active; nothing when neither has changed. */
export function providerTransitions(
  before: LLMProviderStatus | undefined,
  after: LLMProviderStatus,
): readonly EventText[] {
  const was = conditionOf(before, 'Active');
  const is = conditionOf(after, 'Active');
  if (is === undefined) return [];
  const note = is.message;
  if (is.status === 'True') {
    return was?.status === 'True' ? [] : [{ type: 'Normal', reason: 'Activated', action: 'Activate', note }];
  }
  const type = is.reason === REASON_DISABLED ? 'Normal' : 'Warning';
  const events: EventText[] = [];
  if (was?.status === 'True') events.push({ type, reason: 'Deactivated', action: 'Deactivate', note });
  if (is.reason !== was?.reason && !TOLD_OTHERWISE.has(is.reason)) {
    events.push({ type, reason: is.reason, action: 'Compile', note });
  }
  return events;
}

/** `Ready`, and the reason for which a Guardrail is not; nothing when it has not changed. */
export function guardrailTransitions(
  before: GuardrailStatus | undefined,
  after: GuardrailStatus,
): readonly EventText[] {
  const was = conditionOf(before, 'Ready');
  const is = conditionOf(after, 'Ready');
  if (is === undefined || (is.status === was?.status && is.reason === was.reason)) return [];
  const type = is.status === 'True' ? 'Normal' : 'Warning';
  return [{ type, reason: is.reason, action: 'Compile', note: is.message }];
}

const TOLD_OTHERWISE: ReadonlySet<string> = new Set([REASON_ACTIVE, REASON_NOT_SERVED, REASON_PENDING]);
