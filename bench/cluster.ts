/**
 * The gateway in a control plane: operator and proxy as the chart installs them, callers with ServiceAccount tokens.
 * Needs the binaries that the tests use; without them these figures are left out.
 */
import { ensureControlPlane } from '../hack/control-plane/ensure.ts';
import { ControlPlane } from '../test/support/control-plane/control-plane.ts';
import { Installation } from '../test/support/gateway/installation.ts';
import { provider, secret } from '../test/support/gateway/manifests.ts';
import { benchSpec } from './manifests.ts';
import { Measured } from './process.ts';
import { serves, type Address, type Target } from './target.ts';

/** A control plane with operator, proxy, and one provider that is served. */
export interface BenchCluster extends AsyncDisposable {
  readonly controlPlane: ControlPlane;
  readonly installation: Installation;
  readonly operator: Measured;
  readonly proxy: Measured;
  readonly address: Address;
}

/** Whether there is a control plane to be had; says why not on stderr. */
export async function hasControlPlane(): Promise<boolean> {
  const binaries = await ensureControlPlane();
  if (!('missing' in binaries)) return true;
  process.stderr.write(`left out, no control plane: ${binaries.missing}\n`);
  return false;
}

/** Starts all of it and waits until the provider is served. */
export async function startCluster(upstreamPort: number): Promise<BenchCluster> {
  const controlPlane = await ControlPlane.start();
  try {
    const installation = await Installation.create(controlPlane, {}, 'info');
    const { namespace } = installation;
    await controlPlane.apply(secret('bench', 'sk-bench-upstream', namespace));
    await controlPlane.apply(provider('bench', '', benchSpec(upstreamPort), namespace));
    const operator = await installation.startOperator();
    const proxy = await installation.startProxy();
    const token = await installation.callerToken('app');
    await installation.allowAll('app');
    const address = { port: Number(new URL(proxy.url).port), basePath: '/llm/v1/providers/bench/v1', token };
    const deadline = performance.now() + 30_000;
    while ((await serves(address)) !== true) {
      if (performance.now() > deadline)
        throw new Error(`the proxy does not serve:\n${installation.logs().slice(-3000)}`);
    }
    const measured = new Measured(proxy.process.process.pid);
    measured.pin();
    return {
      controlPlane,
      installation,
      operator: new Measured(operator.process.pid),
      proxy: measured,
      address,
      async [Symbol.asyncDispose]() {
        await installation[Symbol.asyncDispose]();
        await controlPlane.stop();
      },
    };
  } catch (error) {
    await controlPlane.stop();
    throw error;
  }
}

/** Its proxy as a target; the cluster stays its owner's. */
export function clusterTarget(cluster: BenchCluster): Target {
  return { name: 'proxy with identity', ...cluster.address, process: cluster.proxy, stop: async () => {} };
}

/** The proxy of a cluster as a target: identity and permission from the API server, cached, and metering on. */
export async function clusterProxy(upstreamPort: number): Promise<Target | undefined> {
  if (!(await hasControlPlane())) return undefined;
  const cluster = await startCluster(upstreamPort);
  return {
    ...clusterTarget(cluster),
    stop: async () => {
      await cluster[Symbol.asyncDispose]();
    },
  };
}
