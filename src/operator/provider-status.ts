/** Statuses of LLMProviders: their writer's kind, and the reason that stands for each. Pure. */
import { REASON_ACTIVE, REASON_DISABLED, REASON_NOT_SERVED, type Reason } from '../api/conditions.ts';
import type { LLMProviderStatus } from '../api/generated/llmprovider.ts';
import { sameStatus, wantedStatus, type StatusInput } from '../compile/index.ts';
import { LLM_PROVIDERS } from './sources.ts';
import type { StatusKind } from './status-kind.ts';
import { providerTransitions } from './transitions.ts';

/** What the status of one provider follows from. */
export type WantedProvider = Omit<StatusInput, 'previous'>;

export const PROVIDER_STATUS: StatusKind<LLMProviderStatus, WantedProvider> = {
  resource: LLM_PROVIDERS,
  noun: 'provider',
  status: (wanted, previous) => wantedStatus({ ...wanted, previous }),
  isSame: sameStatus,
  withCountOf: (wanted, { proxies }) => {
    const { proxies: _, ...rest } = wanted;
    return { ...rest, ...(proxies !== undefined && { proxies }) };
  },
  // When proxies roll, every provider's count changes.
  countDelayMs: 1_000,
  transitions: providerTransitions,
};

/** The reason that a person reads as STATUS. */
export function shownReason({ verdict, proxies }: WantedProvider): Reason {
  const { outcome } = verdict;
  if (outcome.kind === 'Broken') return outcome.reason;
  if (outcome.kind === 'Disabled') return proxies.outdated > 0 ? REASON_NOT_SERVED : REASON_DISABLED;
  return proxies.serving > 0 ? REASON_ACTIVE : REASON_NOT_SERVED;
}
