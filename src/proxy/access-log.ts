/** One JSON line per request. Never a header, a body, a query or a credential: only what is named here. */
import type { Logger } from '../telemetry/log.ts';
import type { RequestRecord } from './request-record.ts';

/** Characters of a model name, which the client chose, in a line. */
const MAX_MODEL_CHARACTERS = 200;

export class AccessLog {
  readonly #log: Logger;

  constructor(log: Logger) {
    this.#log = log;
  }

  write(record: RequestRecord): void {
    const log = this.#log;
    if (!log.isLevelEnabled('info')) return;
    const { usage } = record;
    log.info(
      {
        requestId: record.requestId,
        user: record.identity?.username,
        namespace: record.entry?.namespace,
        provider: record.entry?.name,
        type: record.entry?.type,
        operation: record.operation,
        model: record.model?.slice(0, MAX_MODEL_CHARACTERS),
        method: record.method,
        protocol: record.protocol,
        status: record.status,
        code: record.error,
        tokens: usage?.kind === 'Metered' ? usage.tokens : undefined,
        usageMissing: usage?.kind === 'Missing' ? usage.reason : undefined,
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

/** Milliseconds to the microsecond. */
function rounded(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : Math.round(milliseconds * 1000) / 1000;
}
