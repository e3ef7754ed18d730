/** What the writer of statuses has to know of a kind of object. */
import type { Condition } from '../api/conditions.ts';
import type { ObjectMeta } from '../api/metadata.ts';
import type { EventText } from '../kube/events.ts';
import type { Resource } from '../kube/types.ts';

/** What every status has. */
export interface ObjectStatus {
  readonly observedGeneration?: number;
  readonly conditions?: readonly Condition[];
}

/** An object whose status is written here. */
export interface Reported<S extends ObjectStatus = ObjectStatus> {
  readonly metadata: ObjectMeta;
  readonly status?: S;
}

/** What the status of one object follows from. The uid keeps it off an object that was made anew under the same name. */
export interface WantedStatus {
  readonly verdict: { readonly uid: string };
}

export interface StatusKind<S extends ObjectStatus, W extends WantedStatus> {
  readonly resource: Resource;
  /** What the log and the metrics call an object: `provider`. */
  readonly noun: string;
  /** The status that should be there, given the one that is. */
  readonly status: (wanted: W, previous: S | undefined) => S;
  /** Whether writing the one would change nothing of the other. */
  readonly isSame: (wanted: S, present: S | undefined) => boolean;
  /** The wanted status, but with the count as it is: others' doing moves the counts of many objects at once. */
  readonly withCountOf: (wanted: S, present: S) => S;
  /** Milliseconds for which a change of nothing but the count may wait. */
  readonly countDelayMs: number;
  /** Events that the change is worth. */
  readonly transitions: (before: S | undefined, after: S) => readonly EventText[];
}

/** The condition of this type. */
export function conditionOf(status: ObjectStatus | undefined, type: Condition['type']): Condition | undefined {
  return status?.conditions?.find((condition) => condition.type === type);
}
