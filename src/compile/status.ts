/** What `status` should say, from a verdict and what the proxies serve. Pure: the same inputs give the same status. */
import {
  REASON_ACTIVE,
  REASON_DISABLED,
  REASON_NOT_SERVED,
  REASON_SECRET_NOT_FOUND,
  type Condition,
  type ConditionType,
  type Reason,
} from '../api/conditions.ts';
import type { LLMProviderStatus } from '../api/generated/llmprovider.ts';
import { conditionsOf, sameConditions, STALLED_GRACE_MS, stalledAt, stallingReason } from './status-conditions.ts';
import type { Verdict } from './types.ts';

/** What the live proxies do with one provider. */
export interface ServedBy {
  /** Live proxies. */
  readonly live: number;
  /** Live proxies whose table has the very entry that was compiled. */
  readonly serving: number;
  /** Live proxies that serve a table without that entry: an earlier version of the provider, or none. */
  readonly outdated: number;
  /** Why the newest table is not served, as part of a sentence; undefined when nothing is known to stand in its way. */
  readonly obstacle: string | undefined;
}

export interface StatusInput {
  readonly verdict: Verdict;
  /** The status as it is. */
  readonly previous: LLMProviderStatus | undefined;
  readonly proxies: ServedBy;
  /** See {@link providerURL}. */
  readonly url: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Since when the provider has been broken for the same reason; ignored when it is not. */
  readonly brokenSince: number;
}

/** The status that should be there. */
export function wantedStatus(input: StatusInput): LLMProviderStatus {
  const { verdict, proxies, url } = input;
  return {
    observedGeneration: verdict.generation,
    url,
    modelSummary: verdict.modelSummary,
    proxies: `${String(proxies.serving)}/${String(proxies.live)}`,
    conditions: wantedConditions(input),
  };
}

/** When the status will have to change although nothing else does, in milliseconds since the epoch. */
export function statusDueAt({ verdict, now, brokenSince }: StatusInput): number | undefined {
  return stalledAt(verdict.outcome, brokenSince, now);
}

/** Whether writing `wanted` would change nothing of what it speaks of. The order of conditions does not matter. */
export function sameStatus(wanted: LLMProviderStatus, present: LLMProviderStatus | undefined): boolean {
  if (present === undefined) return false;
  const scalars = ['observedGeneration', 'url', 'modelSummary', 'proxies'] as const;
  if (scalars.some((field) => wanted[field] !== present[field])) return false;
  return sameConditions(OWN_CONDITIONS, wanted.conditions, present.conditions);
}

/** Where callers reach a provider: absolute with a public URL, else a path; short in the default namespace. */
export function providerURL(
  { namespace, name }: { readonly namespace: string; readonly name: string },
  { publicURL, defaultNamespace }: { readonly publicURL: string | undefined; readonly defaultNamespace: string },
): string {
  const path = namespace === defaultNamespace ? `providers/${name}` : `namespaces/${namespace}/providers/${name}`;
  return `${publicURL ?? ''}/llm/v1/${path}`;
}

const OWN_CONDITIONS: readonly ConditionType[] = ['Ready', 'Active', 'SecretNotFound', 'Stalled'];

function wantedConditions(input: StatusInput): readonly Condition[] {
  const { verdict, now, brokenSince } = input;
  const condition = conditionsOf(verdict.generation, input.previous?.conditions, now);
  const { ready, active, reason, message } = judge(input);
  const conditions = [
    condition('Ready', ready ? 'True' : 'False', reason, message),
    condition('Active', active ? 'True' : 'False', reason, message),
  ];
  if (reason === REASON_SECRET_NOT_FOUND) conditions.push(condition('SecretNotFound', 'True', reason, message));
  const stalling = stallingReason(verdict.outcome);
  if (stalling !== undefined && now >= brokenSince + STALLED_GRACE_MS) {
    conditions.push(condition('Stalled', 'True', stalling, message));
  }
  return conditions;
}

interface Judgement {
  readonly ready: boolean;
  readonly active: boolean;
  readonly reason: Reason;
  readonly message: string;
}

function judge({ verdict, proxies }: StatusInput): Judgement {
  const { outcome } = verdict;
  if (outcome.kind === 'Broken') {
    const { outdated, obstacle } = proxies;
    const isHeldUp = outdated > 0 && obstacle !== undefined;
    const message = isHeldUp ? `${outcome.message}; not in force yet: ${obstacle}` : outcome.message;
    return { ready: false, active: false, reason: outcome.reason, message };
  }
  if (outcome.kind === 'Disabled') {
    if (proxies.outdated > 0) {
      const waiting = '`spec.enabled` is false, but not every live proxy has taken that yet';
      const message = proxies.obstacle === undefined ? waiting : `${waiting}; ${proxies.obstacle}`;
      return { ready: false, active: false, reason: REASON_NOT_SERVED, message };
    }
    return {
      ready: true,
      active: false,
      reason: REASON_DISABLED,
      message: '`spec.enabled` is false, requests are refused',
    };
  }
  if (proxies.serving > 0) return { ready: true, active: true, reason: REASON_ACTIVE, message: 'Requests are served' };
  return { ready: false, active: false, reason: REASON_NOT_SERVED, message: notServed(proxies) };
}

function notServed({ live, obstacle }: ServedBy): string {
  if (live === 0) return 'No proxy is alive';
  const waiting = 'No live proxy serves this version of the provider yet';
  return obstacle === undefined ? waiting : `${waiting}; ${obstacle}`;
}
