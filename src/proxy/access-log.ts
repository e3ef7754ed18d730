/** One JSON line per request. Never a header, a body, a query or a credential: only what is named here. */
import type { Cost } from '../prices/cost.ts';
import { formatDollars } from '../prices/money.ts';
import type { Logger } from '../telemetry/log.ts';
import type { MeteredUsage, UsageMissingReason } from '../usage/record.ts';
import { loggedOutcomes } from './guardrails/logged-outcomes.ts';
import { loggedIdentity } from './logged-identity.ts';
import type { RequestRecord } from './request-record.ts';

/** Characters of a model name, which the client chose, in a line. */
const MAX_MODEL_CHARACTERS = 200;

export class AccessLog {
  readonly #log: Logger;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** @param cost of the answer's tokens, when they are known */
  write(record: RequestRecord, cost: Cost | undefined): void {
    const log = this.#log;
    if (!log.isLevelEnabled('info')) return;
    const { usage } = record;
    const caller = record.identity === undefined ? undefined : loggedIdentity(record.identity);
    log.info(
      {
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
        method: record.method,
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
      },
      'request',
    );
  }
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

/** Milliseconds to the microsecond. */
function rounded(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : Math.round(milliseconds * 1000) / 1000;
}
