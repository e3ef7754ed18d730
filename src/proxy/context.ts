/** What all requests of one proxy share. */
import type { Limits } from '../config/types.ts';
import type { AccessControl } from '../identity/types.ts';
import type { PriceBook } from '../prices/price-book.ts';
import type { Logger } from '../telemetry/log.ts';
import type { AccessLog } from './access-log.ts';
import type { ResultEvents } from './guardrails/result-events.ts';
import type { ProxyMetrics } from './metrics.ts';
import type { Providers } from './providers.ts';
import type { RequestRecords } from './records/records.ts';

/** A request that has begun and not ended. */
export interface OpenRequest {
  /** Regular look at what only time tells. `now` is monotonic, in milliseconds. */
  sweep(now: number): void;
  /** Ends the request because the process ends. */
  cut(): void;
}

export interface ProxyContext {
  readonly limits: Limits;
  readonly log: Logger;
  readonly accessLog: AccessLog;
  /** Undefined: none are kept. */
  readonly records: RequestRecords | undefined;
  /** Of this proxy, for whoever asks for a record: each has its own. */
  readonly hostName: string;
  readonly metrics: ProxyMetrics;
  readonly prices: PriceBook;
  /** Taken anew by each step of each request. */
  access: AccessControl;
  readonly providers: Providers;
  readonly defaultNamespace: string;
  readonly publicURL: string | undefined;
  /** Answers say in a header what guardrails made of them. */
  readonly guardrailHeader: boolean;
  /** Writes what guardrails came to as events; undefined: nothing does. */
  readonly guardrailEvents: ResultEvents | undefined;
  /** Web pages of other sites are turned away. */
  readonly localOnly: boolean;
  readonly open: Set<OpenRequest>;
  /**
   * Bytes of bodies in memory, of all requests: of those that are held or on their way, of answers that guardrails look at whole or
   * that wait for a judge elsewhere.
   */
  heldBytes: number;
  /** `Draining`: still serving, every answer ends its connection. `Stopped`: new requests are refused. */
  state: 'Serving' | 'Draining' | 'Stopped';
  /** Called after a request has ended and left {@link ProxyContext.open}. */
  readonly onConcluded: () => void;
}
