/** What is told of a request that has ended, in the access log and in its record: only what is named here. */
import type { Cost } from '../prices/cost.ts';
import { formatDollars } from '../prices/money.ts';
import type { MeteredUsage, TokenCounts, UsageMissingReason } from '../usage/record.ts';
import { loggedOutcomes } from './guardrails/logged-outcomes.ts';
import type { LoggedOutcome } from './guardrails/logged-outcomes.ts';
import { loggedIdentity } from './logged-identity.ts';
import type { RequestRecord } from './request-record.ts';

/** Characters of a model name, which the client chose. */
const MAX_MODEL_CHARACTERS = 200;

/** Characters of a method: in HTTP/2 it is any word, of any length. */
const MAX_METHOD_CHARACTERS = 20;

/** Never a header, a body, a query or a credential. What is not known is absent from its JSON. Times in milliseconds. */
export interface RequestFacts {
  readonly requestId: string;
  readonly user?: string | undefined;
  /** The program that acts for the user, as its issuer names it. */
  readonly agent?: string | undefined;
  readonly groups?: readonly string[] | undefined;
  /** Groups that are not told. */
  readonly groupsOmitted?: number | undefined;
  readonly namespace?: string | undefined;
  /** Absent: no provider was found. */
  readonly provider?: string | undefined;
  readonly type?: string | undefined;
  readonly operation?: string | undefined;
  readonly model?: string | undefined;
  readonly method: string;
  readonly protocol: string;
  readonly status: number;
  readonly code?: string | undefined;
  readonly reason?: string | undefined;
  readonly tokens?: TokenCounts | undefined;
  /** All digits. */
  readonly costUSD?: string | undefined;
  readonly unpricedTokens?: TokenCounts | undefined;
  readonly usageMissing?: UsageMissingReason | undefined;
  readonly guardrails?: readonly LoggedOutcome[] | undefined;
  readonly totalMs?: number | undefined;
  readonly upstreamMs?: number | undefined;
  readonly ownMs?: number | undefined;
  readonly requestBytes: number;
  readonly responseBytes: number;
}

/** @param cost of the answer's tokens, when they are known */
export function factsOf(record: RequestRecord, cost: Cost | undefined): RequestFacts {
  const { usage } = record;
  const caller = record.identity === undefined ? undefined : loggedIdentity(record.identity);
  return {
    requestId: record.requestId,
    user: caller?.user,
    agent: caller?.agent,
    groups: caller?.groups,
    groupsOmitted: caller?.groupsOmitted,
    namespace: record.entry?.namespace,
    provider: record.entry?.name,
    type: record.entry?.type,
    operation: record.operation,
    model: record.model?.slice(0, MAX_MODEL_CHARACTERS),
    method: record.method.slice(0, MAX_METHOD_CHARACTERS),
    protocol: record.protocol,
    status: record.status,
    code: record.error,
    reason: record.reason,
    tokens: usage?.kind === 'Metered' ? usage.tokens : undefined,
    // Text: most readers of JSON take a number for a float. What has no price at all costs nothing that is known.
    costUSD: cost === undefined || isUnpriced(cost) ? undefined : formatDollars(cost.total),
    unpricedTokens: cost === undefined || isEmpty(cost.unpriced) ? undefined : cost.unpriced,
    usageMissing: missingReason(usage),
    guardrails: loggedOutcomes(record.guardrails),
    totalMs: rounded(record.totalMilliseconds),
    upstreamMs: rounded(record.upstreamMilliseconds),
    ownMs: rounded(record.ownMilliseconds),
    requestBytes: record.requestBytes,
    responseBytes: record.responseBytes,
  };
}

/** Milliseconds to the microsecond. */
export function rounded(milliseconds: number): number;
export function rounded(milliseconds: number | undefined): number | undefined;
export function rounded(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : Math.round(milliseconds * 1000) / 1000;
}

function missingReason(usage: MeteredUsage | undefined): UsageMissingReason | undefined {
  if (usage?.kind === 'Missing') return usage.reason;
  return usage?.kind === 'Metered' ? usage.incomplete : undefined;
}

function isUnpriced({ byClass, unpriced }: Cost): boolean {
  return isEmpty(byClass) && !isEmpty(unpriced);
}

function isEmpty(object: object): boolean {
  for (const _ in object) return false;
  return true;
}
