/** Since when an object has been broken for the same reason: the grace before `Stalled` counts from then. */
import type { Reason } from '../api/conditions.ts';
import { conditionOf, type Reported } from './status-kind.ts';

/** What is looked at of a verdict. */
export interface Judged {
  readonly outcome: { readonly kind: 'Broken'; readonly reason: Reason } | { readonly kind: string };
}

/** The objects of one kind. */
export class BrokenSince {
  readonly #since = new Map<string, { readonly reason: string; readonly at: number }>();

  /** After a restart the status tells how long it has been so; otherwise it counts from when it is first seen here. */
  observe(key: string, { outcome }: Judged, object: Reported | undefined, now: number): number {
    if (!('reason' in outcome)) {
      this.#since.delete(key);
      return now;
    }
    const known = this.#since.get(key);
    if (known?.reason === outcome.reason) return known.at;
    const told = known === undefined ? toldSince(object, outcome.reason) : undefined;
    // Others can write what they like, also a time to come.
    const at = Math.min(told ?? now, now);
    this.#since.set(key, { reason: outcome.reason, at });
    return at;
  }

  keepOnly(keys: { has(key: string): boolean }): void {
    for (const key of this.#since.keys()) if (!keys.has(key)) this.#since.delete(key);
  }
}

function toldSince(object: Reported | undefined, reason: string): number | undefined {
  const ready = conditionOf(object?.status, 'Ready');
  if (ready?.status !== 'False' || ready.reason !== reason) return undefined;
  const at = Date.parse(ready.lastTransitionTime);
  return Number.isNaN(at) ? undefined : at;
}
