/** What the control loop costs and how fast it is: memory idle and with a thousand providers, from apply to served. */
import { setTimeout as delay } from 'node:timers/promises';
import { provider } from '../../test/support/gateway/manifests.ts';
import type { BenchCluster } from '../cluster.ts';
import { benchNames, benchSpec } from '../manifests.ts';
import { statusOf } from '../target.ts';

/** Figures of one cluster. */
export interface ClusterFigures {
  readonly operatorIdleBytes: number;
  readonly proxyIdleBytes: number;
  readonly operatorFullBytes: number;
  readonly proxyFullBytes: number;
  /** From the start of `kubectl apply` with all providers to the last one served. */
  readonly allServedSeconds: number;
  /** A change of one provider among the many, several times. */
  readonly changes: readonly ChangeTiming[];
}

/** Milliseconds. `afterApply` counts from the moment `kubectl apply` has returned. */
export interface ChangeTiming {
  readonly total: number;
  readonly afterApply: number;
}

/** Fills the cluster with `count` providers and changes one of them `changes` times. */
export async function measureCluster(
  cluster: BenchCluster,
  upstreamPort: number,
  count: number,
  changes: number,
): Promise<ClusterFigures> {
  await delay(3000); // what start-up has left is collected or not: a settled process is what is asked for
  const operatorIdleBytes = cluster.operator.residentBytes();
  const proxyIdleBytes = cluster.proxy.residentBytes();

  const names = benchNames(count);
  const { namespace } = cluster.installation;
  const items = names.map((name) => provider(name, '', benchSpec(upstreamPort), namespace));
  const begun = performance.now();
  const applied = cluster.controlPlane.kubectl('apply', '--server-side', '--force-conflicts', '-f', '-', {
    input: { apiVersion: 'v1', kind: 'List', items },
  });
  await Promise.all([applied, untilStatus(cluster, names.at(-1) ?? '', 200)]);
  const allServedSeconds = (performance.now() - begun) / 1000;

  const timings: ChangeTiming[] = [];
  for (let change = 0; change < changes; change++) {
    await delay(500);
    timings.push(await timeChange(cluster, upstreamPort, change % 2 === 0));
  }
  await delay(3000);
  return {
    operatorIdleBytes,
    proxyIdleBytes,
    operatorFullBytes: cluster.operator.residentBytes(),
    proxyFullBytes: cluster.proxy.residentBytes(),
    allServedSeconds,
    changes: timings,
  };
}

/** Takes a model away from a provider, or gives it back, and waits until callers notice. */
async function timeChange(cluster: BenchCluster, upstreamPort: number, away: boolean): Promise<ChangeTiming> {
  const models = away ? [{ name: 'another' }] : [{ name: 'gpt-4o' }];
  const input = provider('bench', '', { ...benchSpec(upstreamPort), models }, cluster.installation.namespace);
  const begun = performance.now();
  const served = untilStatus(cluster, 'bench', away ? 403 : 200).then(() => performance.now());
  await cluster.controlPlane.kubectl('apply', '--server-side', '--force-conflicts', '-f', '-', { input });
  const applied = performance.now();
  const at = await served;
  return { total: at - begun, afterApply: Math.max(0, at - applied) };
}

async function untilStatus(cluster: BenchCluster, name: string, wanted: number): Promise<void> {
  const address = { ...cluster.address, basePath: `/llm/v1/providers/${name}/v1` };
  const deadline = performance.now() + 120_000;
  while ((await statusOf(address)) !== wanted) {
    if (performance.now() > deadline) throw new Error(`${name} was not answered with ${wanted} within two minutes`);
    await delay(2);
  }
}
