/**
 * `npm run cluster`: Tidegate on a real kube-apiserver and etcd of its own, on
 * loopback, as the chart installs it. Operator and proxy run from the source
 * with their ServiceAccounts' tokens. Prints what to try; Ctrl-C ends all.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ControlPlane } from '../test/support/control-plane/control-plane.ts';
import { freePorts } from '../test/support/control-plane/ports.ts';
import { Installation, type RunningProcess } from '../test/support/installation/installation.ts';
import { startDemoUpstream } from './demo-upstream.ts';
import { ensureControlPlane } from './control-plane/ensure.ts';

const systemNamespace = 'tidegate-system';
/** Where the example provider and its caller live. */
const namespace = 'default';
const caller = 'app';
const quickstart = join(import.meta.dirname, '../examples/quickstart/demo.yaml');

async function main(): Promise<void> {
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      // The second one doesn't wait; the children end with this process.
      if (interrupted.signal.aborted) process.exit(1);
      interrupted.abort();
    });
  }

  // Prepares helm, too, which starting a control plane alone doesn't need.
  const binaries = await ensureControlPlane();
  if ('missing' in binaries) throw new Error(binaries.missing);

  say('starting etcd and kube-apiserver');
  await using controlPlane = await ControlPlane.start();
  say('installing the chart');
  await controlPlane.kubectl('create', 'namespace', systemNamespace);
  await using installation = await Installation.apply(controlPlane, {
    namespace: systemNamespace,
    values: { config: { watchNamespaces: [namespace], defaultNamespace: namespace } },
  });
  await allowCaller(controlPlane);

  const [demoPort = 0] = await freePorts(1);
  const demo = await startDemoUpstream(demoPort);
  try {
    const manifest = readFileSync(quickstart, 'utf8').replace(/127\.0\.0\.1:\d+/, `127.0.0.1:${demoPort}`);
    await controlPlane.apply(manifest, '--namespace', namespace);
    say('starting operator and proxy');
    const operator = await installation.startOperator();
    const proxy = await installation.startProxy();
    await controlPlane.kubectl('wait', '--for=condition=Active', 'llmprovider/demo', '-n', namespace, '--timeout=30s');
    explain(
      controlPlane,
      operator,
      proxy,
      proxy.url,
      await controlPlane.serviceAccountToken(namespace, caller, ['tidegate']),
    );
    await Promise.race([aborted(interrupted.signal), ended(operator), ended(proxy)]);
  } finally {
    say('stopping');
    demo.close();
  }
}

/** Lets one ServiceAccount invoke the providers of the namespace. */
async function allowCaller(cluster: ControlPlane): Promise<void> {
  await cluster.createServiceAccount(namespace, caller);
  await cluster.apply({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: `${caller}-invokes-llmproviders`, namespace },
    subjects: [{ kind: 'ServiceAccount', name: caller, namespace }],
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'llmprovider-invoker' },
  });
}

function explain(
  cluster: ControlPlane,
  operator: RunningProcess,
  proxy: RunningProcess,
  url: string,
  token: string,
): void {
  process.stdout.write(`
Tidegate runs. In another terminal:

  export KUBECONFIG=${cluster.adminKubeconfig}
  alias kubectl=${cluster.details.binaries.kubectl}
  kubectl get llmproviders -o wide
  kubectl describe llmprovider demo

  export TOKEN=${token}
  curl -s ${url}/llm/v1/providers/demo/chat/completions -H "Authorization: Bearer $TOKEN" \\
    -H 'Content-Type: application/json' \\
    -d '{"model": "demo-1", "messages": [{"role": "user", "content": "Hello"}]}'

  kubectl delete secret demo      # the provider becomes SecretNotFound
  curl -s ${proxy.adminURL}/metrics

Logs: ${operator.process.logFile}
      ${proxy.process.logFile}
Ctrl-C stops everything and removes its data.
`);
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}

async function ended({ process: child }: RunningProcess): Promise<never> {
  await child.exited;
  throw new Error(`the ${child.name} ended:\n${child.logTail()}`);
}

function say(line: string): void {
  process.stdout.write(`cluster: ${line}\n`);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`cluster: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
