/**
 * The proxy's sign of life: its own Lease, renewed as long as it serves, which says what it serves. The operator calls a
 * provider Active for nothing else.
 */
import { OwnLease } from '../../kube/lease.ts';
import type { Transport } from '../../kube/types.ts';
import {
  acknowledgementMetadata,
  PROXY_LEASE_RENEW_SECONDS,
  PROXY_LEASE_SECONDS,
  proxyLeaseName,
  type Acknowledgement,
} from '../../table/index.ts';
import type { Logger } from '../../telemetry/log.ts';

export interface AcknowledgerOptions {
  readonly transport: Transport;
  readonly log: Logger;
  readonly namespace: string;
  readonly tableSecret: string;
  readonly podName: string;
  /** With it the Lease belongs to the pod and goes with it. */
  readonly podUID: string | undefined;
  /** What is to be said now. */
  readonly say: () => Acknowledgement;
}

export class Acknowledger {
  readonly #options: AcknowledgerOptions;
  readonly #lease: OwnLease;
  readonly #stopped = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  /** The renewal under way; there is one at a time. */
  #renewal: Promise<void> | undefined;
  #isOutdated = false;
  #failures = 0;

  constructor(options: AcknowledgerOptions) {
    this.#options = options;
    const { transport, namespace, tableSecret, podName, podUID } = options;
    this.#lease = new OwnLease({
      transport,
      namespace,
      name: proxyLeaseName(podName),
      identity: podName,
      durationSeconds: PROXY_LEASE_SECONDS,
      labels: acknowledgementMetadata(tableSecret, {}).labels,
      ...(podUID === undefined
        ? {}
        : { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: podName, uid: podUID }] }),
      // A call that takes longer than the Lease lives is of no use.
      timeoutMs: PROXY_LEASE_SECONDS * 1000,
    });
  }

  /** Renews at once, and from then on regularly. Call it again whenever something is to be said. */
  renew(): void {
    if (this.#stopped.signal.aborted) return;
    if (this.#renewal !== undefined) {
      this.#isOutdated = true;
      return;
    }
    clearTimeout(this.#timer);
    this.#renewal = this.#write().finally(() => {
      this.#renewal = undefined;
      if (this.#isOutdated) {
        this.#isOutdated = false;
        this.renew();
      } else if (!this.#stopped.signal.aborted) {
        this.#timer = setTimeout(() => this.renew(), PROXY_LEASE_RENEW_SECONDS * 1000);
        this.#timer.unref();
      }
    });
  }

  /** Gives the Lease up, so that this proxy counts no longer. */
  async release(): Promise<void> {
    this.#stopped.abort();
    clearTimeout(this.#timer);
    await this.#renewal;
    try {
      await this.#lease.release(AbortSignal.timeout(2000));
    } catch (error) {
      this.#options.log.warn({ err: error }, 'the Lease could not be released; it expires by itself');
    }
  }

  async #write(): Promise<void> {
    const { log, tableSecret, say } = this.#options;
    try {
      const { annotations } = acknowledgementMetadata(tableSecret, say());
      await this.#lease.renew({ annotations, signal: this.#stopped.signal });
      if (this.#failures > 0) log.info('the Lease is renewed again');
      this.#failures = 0;
    } catch (error) {
      if (this.#stopped.signal.aborted) return;
      this.#failures += 1;
      // Once is told, and every minute from then on: the API server may be away for a week.
      if (this.#failures % 12 === 1) log.warn({ err: error }, 'the Lease cannot be renewed; serving goes on');
    }
  }
}
