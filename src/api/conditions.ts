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
  Ready: 'The object is in force: Active, or valid and disabled.',
  Active: "At least one live proxy serves the object's present generation with its Secrets' present contents.",
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
} as const;

export type Reason = keyof typeof REASON_DESCRIPTIONS;
export const REASONS = Object.keys(REASON_DESCRIPTIONS) as readonly Reason[];

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
};
