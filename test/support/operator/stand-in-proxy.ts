/**
 * A proxy as the operator sees it: with the proxy's ServiceAccount it reads the table by name and acknowledges through
 * its Lease. It serves nobody, and does what the test says: refuse a table, fall silent, leave.
 */
import { Registry } from 'prom-client';
import { isKubeError } from '../../../src/kube/errors.ts';
import { kubeconfigCredentials } from '../../../src/kube/kubeconfig.ts';
import { OwnLease } from '../../../src/kube/lease.ts';
import { createKubeMetrics } from '../../../src/kube/metrics.ts';
import { getObject } from '../../../src/kube/objects.ts';
import { Reflector } from '../../../src/kube/reflector.ts';
import { SECRETS } from '../../../src/kube/resources.ts';
import { createTransport } from '../../../src/kube/transport.ts';
import type { Secret } from '../../../src/kube/types.ts';
import {
  acknowledgementMetadata,
  decodeTable,
  fromSecrets,
  proxyLeaseName,
  readBaseSecret,
  TableCodecError,
  TableIndex,
  type Acknowledgement,
} from '../../../src/table/index.ts';
import type { Connection } from '../control-plane/index.ts';
import { QuietLog } from '../kube/quiet-log.ts';

export interface StandInProxyOptions {
  readonly cluster: Connection;
  readonly namespace: string;
  readonly name: string;
  readonly serviceAccount?: string;
  readonly leaseSeconds?: number;
}

const tableSecret = 'tidegate-table';

export class StandInProxy implements AsyncDisposable {
  readonly name: string;
  readonly leaseName: string;
  /** The table that it serves. */
  table: TableIndex | undefined;
  readonly #transport: ReturnType<typeof createTransport>;
  readonly #lease: OwnLease;
  readonly #base: Reflector<Secret>;
  readonly #namespace: string;
  #refusal: Acknowledgement['tableError'];
  #isSilent = false;
  #working: Promise<void> = Promise.resolve();
  readonly #renewal: NodeJS.Timeout;

  private constructor(options: StandInProxyOptions, kubeconfig: string) {
    const { namespace, name, leaseSeconds = 15 } = options;
    this.name = name;
    this.leaseName = proxyLeaseName(name);
    this.#namespace = namespace;
    const metrics = createKubeMetrics(new Registry());
    this.#transport = createTransport({
      credentials: kubeconfigCredentials({ path: kubeconfig }),
      metrics,
      userAgent: 'stand-in-proxy',
    });
    this.#lease = new OwnLease({
      transport: this.#transport,
      namespace,
      name: this.leaseName,
      identity: name,
      durationSeconds: leaseSeconds,
      labels: acknowledgementMetadata(tableSecret, {}).labels,
    });
    this.#base = new Reflector<Secret>({
      transport: this.#transport,
      metrics,
      log: new QuietLog(),
      resource: SECRETS,
      namespace,
      fieldSelector: `metadata.name=${tableSecret}`,
      onChange: () => this.#next(),
    });
    this.#renewal = setInterval(() => this.#next(), (leaseSeconds * 1000) / 3);
  }

  /** Reads the table and acknowledges it, now and at every change. */
  static async start(options: StandInProxyOptions): Promise<StandInProxy> {
    const { cluster, namespace, serviceAccount = 'tidegate-proxy' } = options;
    const proxy = new StandInProxy(options, await cluster.kubeconfigForServiceAccount(namespace, serviceAccount));
    proxy.#base.start();
    await proxy.#base.whenSynced();
    proxy.#next();
    await proxy.#working;
    return proxy;
  }

  /** From now on takes no new table and says why; `undefined`: takes them again. */
  async refuseTables(error: Acknowledgement['tableError']): Promise<void> {
    this.#refusal = error;
    this.#next();
    await this.#working;
  }

  /** Stops renewing its Lease, as a process that is killed. */
  fallSilent(): void {
    this.#isSilent = true;
  }

  /** Ends as a process that is told to: its Lease stays without a holder. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#renewal);
    await this.#base.stop();
    await this.#working;
    if (!this.#isSilent) await this.#lease.release().catch(() => undefined);
    await this.#transport.close();
  }

  #next(): void {
    this.#working = this.#working.then(async () => {
      if (this.#isSilent) return;
      try {
        await this.#lease.renew({ annotations: acknowledgementMetadata(tableSecret, await this.#take()).annotations });
      } catch (error) {
        if (!isKubeError(error)) throw error;
      }
    });
  }

  async #take(): Promise<Acknowledgement> {
    const known = this.table === undefined ? {} : { revision: this.table.revision };
    const base = this.#base.list()[0];
    if (base === undefined) return known;
    try {
      const facts = readBaseSecret(tableSecret, base.data);
      if (facts.revision === this.table?.revision) return known;
      if (this.#refusal !== undefined) return { ...known, tableError: this.#refusal };
      const secrets = new Map([[tableSecret, base.data]]);
      for (const name of facts.otherSecrets) {
        const part = await getObject<Secret>(this.#transport, SECRETS, { namespace: this.#namespace, name });
        secrets.set(name, part.data);
      }
      this.table = new TableIndex(decodeTable(fromSecrets(tableSecret, secrets)), this.table);
      return { revision: this.table.revision };
    } catch (error) {
      if (!(error instanceof TableCodecError)) throw error;
      return { ...known, tableError: { code: error.code, message: error.message } };
    }
  }
}
