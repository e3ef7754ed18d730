/** Transports to a real API server, for tests. */
import { Registry } from 'prom-client';
import { kubeconfigCredentials } from '../../../src/kube/kubeconfig.ts';
import { createKubeMetrics } from '../../../src/kube/metrics.ts';
import type { KubeMetrics } from '../../../src/kube/metrics.ts';
import { createTransport } from '../../../src/kube/transport.ts';
import type { HttpTransport } from '../../../src/kube/transport.ts';
import type { ClusterCredentials } from '../../../src/kube/types.ts';

export interface RealCluster extends AsyncDisposable {
  readonly transport: HttpTransport;
  readonly metrics: KubeMetrics;
  readonly registry: Registry;
  /** Sum over all labels. */
  count(metric: string): Promise<number>;
}

/** With a kubeconfig's path, or with credentials of one's own. */
export function connectTo(access: string | ClusterCredentials): RealCluster {
  const registry = new Registry();
  const metrics = createKubeMetrics(registry);
  const credentials = typeof access === 'string' ? kubeconfigCredentials({ path: access }) : access;
  const transport = createTransport({ credentials, metrics, userAgent: 'tidegate-tests' });
  return {
    transport,
    metrics,
    registry,
    count: async (metric) => {
      const { values } = (await registry.getSingleMetric(metric)?.get()) ?? { values: [] };
      return values.reduce((sum, { value }) => sum + value, 0);
    },
    [Symbol.asyncDispose]: () => transport.close(),
  };
}
