/** What all requests of one proxy share. */
import type { Limits } from '../config/types.ts';
import type { Authenticator, Authorizer } from '../identity/types.ts';
import type { Logger } from '../telemetry/log.ts';
import type { AccessLog } from './access-log.ts';
import type { ProxyMetrics } from './metrics.ts';
import type { Providers } from './providers.ts';
import type { ProxyRequest } from './request.ts';

export interface ProxyContext {
  readonly limits: Limits;
  readonly log: Logger;
  readonly accessLog: AccessLog;
  readonly metrics: ProxyMetrics;
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  readonly providers: Providers;
  readonly defaultNamespace: string;
  readonly publicURL: string | undefined;
  /** Requests that have begun and not ended. */
  readonly open: Set<ProxyRequest>;
  /** Bytes of request bodies in memory, of all requests. */
  heldBytes: number;
  /** `Draining`: still serving, every answer ends its connection. `Stopped`: new requests are refused. */
  state: 'Serving' | 'Draining' | 'Stopped';
  /** Called after a request has ended and left {@link ProxyContext.open}. */
  readonly onConcluded: () => void;
}
