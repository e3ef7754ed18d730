/**
 * Conditions of Tidegate's resources and every reason that they can have. The troubleshooting page and
 * `docs/reference/conditions.md` are made from the sentences here.
 */

export type ConditionStatus = 'True' | 'False' | 'Unknown';

/** Kubernetes' metav1.Condition. */
export interface Condition {
  readonly type: ConditionType;
  readonly status: ConditionStatus;
  readonly observedGeneration?: number;
  /** RFC 3339; moves only when `status` does. */
  readonly lastTransitionTime: string;
  readonly reason: Reason;
  /** Plain English, deterministic, never a secret. */
  readonly message: string;
}

/** What each condition type says while it is True. */
export const CONDITION_DESCRIPTIONS = {
  Ready:
    'An LLMProvider is in force: Active, or valid and disabled. A Guardrail is valid and passes its tests, so that providers can refer to it.',
  Active:
    "At least one live proxy serves the LLMProvider's present generation with the present contents of its Secrets and Guardrails.",
  SecretNotFound: 'A referenced Secret does not exist. The condition is there only while that is so.',
  Stalled:
    'Only a person can mend the object. The condition is there only while that is so, and after a grace of 60 seconds.',
} as const;

export type ConditionType = keyof typeof CONDITION_DESCRIPTIONS;
export const CONDITION_TYPES = Object.keys(CONDITION_DESCRIPTIONS) as readonly ConditionType[];

/** The object has not been visited yet; schema default. */
export const REASON_PENDING = 'Pending';
export const REASON_ACTIVE = 'Active';
export const REASON_DISABLED = 'Disabled';
export const REASON_SECRET_NOT_FOUND = 'SecretNotFound';
export const REASON_SECRET_KEY_NOT_FOUND = 'SecretKeyNotFound';
export const REASON_SECRET_KEY_EMPTY = 'SecretKeyEmpty';
/** A Secret exists or may exist but cannot be read: never taken for a missing one. */
export const REASON_SECRET_UNREADABLE = 'SecretUnreadable';
export const REASON_INVALID_SPEC = 'InvalidSpec';
export const REASON_NOT_SERVED = 'NotServed';
export const REASON_GUARDRAIL_NOT_FOUND = 'GuardrailNotFound';
export const REASON_GUARDRAIL_NOT_READY = 'GuardrailNotReady';
/** A Guardrail exists or may exist but cannot be read: never taken for a missing one. */
export const REASON_GUARDRAIL_UNREADABLE = 'GuardrailUnreadable';
/** Of a Guardrail that can be enforced. */
export const REASON_READY = 'Ready';
export const REASON_TESTS_FAILED = 'TestsFailed';
export const REASON_INVALID_PATTERN = 'InvalidPattern';
/** Of a Guardrail for which the routing table has no room. */
export const REASON_TABLE_FULL = 'TableFull';

/** One sentence for each reason: what it means. */
export const REASON_DESCRIPTIONS = {
  [REASON_PENDING]: 'The operator has not visited the object yet.',
  [REASON_ACTIVE]: 'At least one live proxy serves the object.',
  [REASON_DISABLED]: '`spec.enabled` is false, so every request is refused with status 403.',
  [REASON_SECRET_NOT_FOUND]: 'A referenced Secret does not exist in the namespace of the object.',
  [REASON_SECRET_KEY_NOT_FOUND]: 'A referenced Secret exists but does not have the key.',
  [REASON_SECRET_KEY_EMPTY]: "A referenced Secret's key has an empty value.",
  [REASON_SECRET_UNREADABLE]: 'A referenced Secret cannot be read, because access is denied or the API server failed.',
  [REASON_INVALID_SPEC]: 'The spec or a value that it refers to cannot be used.',
  [REASON_NOT_SERVED]: 'The object is valid, but no live proxy serves its present generation yet.',
  [REASON_GUARDRAIL_NOT_FOUND]:
    'A Guardrail in `spec.guardrailRefs` does not exist in the namespace of the provider, or is being deleted.',
  [REASON_GUARDRAIL_NOT_READY]:
    'A Guardrail in `spec.guardrailRefs` cannot be enforced, so the provider does not serve.',
  [REASON_GUARDRAIL_UNREADABLE]:
    'A Guardrail in `spec.guardrailRefs` cannot be read, because its kind is not installed, access is denied or the API server failed.',
  [REASON_READY]: 'The Guardrail can be enforced: its rules are valid and its tests pass.',
  [REASON_TESTS_FAILED]: 'At least one of `spec.tests` of the Guardrail did not come out as it expects.',
  [REASON_INVALID_PATTERN]: 'A `pattern` in `spec.pii.regexes` of the Guardrail cannot be used.',
  [REASON_TABLE_FULL]:
    'The Guardrails that are in use, of all namespaces, leave no room for this one in the routing table.',
} as const;

export type Reason = keyof typeof REASON_DESCRIPTIONS;
export const REASONS = Object.keys(REASON_DESCRIPTIONS) as readonly Reason[];

const GUARDRAIL_ONLY: readonly Reason[] = [
  REASON_READY,
  REASON_TESTS_FAILED,
  REASON_INVALID_PATTERN,
  REASON_TABLE_FULL,
];

/** Reasons that the condition Ready of a Guardrail may have. */
export const GUARDRAIL_REASONS: readonly Reason[] = [
  REASON_PENDING,
  ...GUARDRAIL_ONLY,
  REASON_SECRET_NOT_FOUND,
  REASON_SECRET_KEY_NOT_FOUND,
  REASON_SECRET_KEY_EMPTY,
  REASON_SECRET_UNREADABLE,
  REASON_INVALID_SPEC,
];

/** Reasons that the condition Active of an LLMProvider may have. */
export const PROVIDER_REASONS: readonly Reason[] = REASONS.filter((reason) => !GUARDRAIL_ONLY.includes(reason));

/** One sentence for each reason: what a person does about it. */
export const REASON_REMEDIES: Readonly<Record<Reason, string>> = {
  [REASON_PENDING]: 'Check that the operator runs and watches the namespace of the object.',
  [REASON_ACTIVE]: 'Nothing to do.',
  [REASON_DISABLED]: 'Set `spec.enabled` to true to serve the provider.',
  [REASON_SECRET_NOT_FOUND]:
    'Create the Secret that the message names, or correct the reference; it is in force at once.',
  [REASON_SECRET_KEY_NOT_FOUND]: 'Add the key that the message names to the Secret, or correct `key` in the reference.',
  [REASON_SECRET_KEY_EMPTY]: 'Put a value under the key that the message names.',
  [REASON_SECRET_UNREADABLE]:
    "Check that the operator's ServiceAccount may get, list and watch Secrets in the namespace, and that the API server answers.",
  [REASON_INVALID_SPEC]: 'Correct what the message names.',
  [REASON_NOT_SERVED]:
    'Check that the proxies run and are ready; they say in their log why a routing table is refused.',
  [REASON_GUARDRAIL_NOT_FOUND]:
    'Create the Guardrail that the message names, or take it out of `spec.guardrailRefs`; it is in force at once.',
  [REASON_GUARDRAIL_NOT_READY]: 'Correct the Guardrail that the message names; its condition Ready says what is wrong.',
  [REASON_GUARDRAIL_UNREADABLE]:
    "Check that the CRD of Guardrails is installed, that the operator's ServiceAccount may get, list and watch Guardrails in the namespace, and that the API server answers.",
  [REASON_READY]: 'Nothing to do.',
  [REASON_TESTS_FAILED]: 'Correct the test that the message names, or the rules that it tries.',
  [REASON_TABLE_FULL]:
    'Make its word lists smaller, or those of another Guardrail, or judge them elsewhere; it is in force as soon as it fits.',
  [REASON_INVALID_PATTERN]: "Correct the pattern that the message names; patterns are in RE2's syntax.",
};
