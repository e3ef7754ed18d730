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
import { Installation } from '../test/support/gateway/installation.ts';
import type { GatewayProcess } from '../test/support/gateway/process.ts';
import { ensureControlPlane } from './control-plane/ensure.ts';
import { demoKey, startDemoUpstream } from './demo-upstream.ts';
import { scriptArguments } from './script-arguments.mjs';

/** The provider of the quickstart, and the ServiceAccount that may call it. */
const provider = 'demo';
const caller = 'app';
const quickstart = join(import.meta.dirname, `../examples/quickstart/${provider}.yaml`);

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
  await using installation = await Installation.create(controlPlane);
  await controlPlane.kubectl('config', 'set-context', '--current', `--namespace=${installation.namespace}`);
  const token = await installation.callerToken(caller);
  await installation.allow(caller, provider);

  const [demoPort = 0] = await freePorts(1);
  const demo = await startDemoUpstream(demoPort);
  try {
    const manifest = readFileSync(quickstart, 'utf8').replace(/127\.0\.0\.1:\d+/, `127.0.0.1:${demoPort}`);
    await controlPlane.apply(manifest, '--namespace', installation.namespace);
    say('starting operator and proxy');
    const operator = await installation.startOperator();
    const proxy = await installation.startProxy();
    const inNamespace = ['-n', installation.namespace];
    await controlPlane.kubectl('wait', '--for=condition=Active', `llmprovider/${provider}`, ...inNamespace);
    process.stdout.write(whatToTry(controlPlane, installation, operator, proxy, token));
    await Promise.race([aborted(interrupted.signal), ended(operator), ended(proxy.process)]);
    say('stopping');
  } finally {
    demo.close();
  }
}

function whatToTry(
  cluster: ControlPlane,
  installation: Installation,
  operator: GatewayProcess,
  proxy: { readonly url: string; readonly process: GatewayProcess },
  token: string,
): string {
  return `
Tidegate runs. In another terminal:

  export KUBECONFIG=${cluster.adminKubeconfig}
  alias k='${cluster.details.binaries.kubectl}'
  k get llmproviders -o wide
  k describe llmprovider ${provider}

  export TOKEN=${token}
  curl -s ${proxy.url}/llm/v1/providers/${provider}/chat/completions -H "Authorization: Bearer $TOKEN" \\
    -H 'Content-Type: application/json' \\
    -d '{"model": "demo-1", "messages": [{"role": "user", "content": "Hello"}]}'

  curl -s ${proxy.url}/llm/v1/authentication -H "Authorization: Bearer $TOKEN"      # who that is

  curl -s ${proxy.url}/llm/v1/connection-tests -H "Authorization: Bearer $TOKEN" \\
    -H 'Content-Type: application/json' -d '{"provider": "${provider}"}'

  k delete rolebinding invoke-${caller}      # calls are answered with 403, within 30 seconds
  k create rolebinding invoke-${caller} --clusterrole=llmprovider-invoker --serviceaccount=${installation.namespace}:${caller}

  k delete secret ${provider}      # the provider becomes SecretNotFound, and Active again with
  k create secret generic ${provider} --from-literal=API_KEY=${demoKey}

  curl -s ${proxy.process.adminURL}/metrics

Logs: ${operator.process.logFile}
      ${proxy.process.process.logFile}
Ctrl-C stops everything and removes its data.
`;
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}

async function ended(gateway: GatewayProcess): Promise<never> {
  await gateway.process.exited;
  throw new Error(`the ${gateway.process.name} ended:\n${gateway.process.logTail()}`);
}

function say(line: string): void {
  process.stdout.write(`cluster: ${line}\n`);
}

scriptArguments(`npm run cluster
  Tidegate on a kube-apiserver and etcd of its own, on loopback, as the chart installs it; Ctrl-C ends all
`);
try {
  await main();
} catch (error) {
  process.stderr.write(`cluster: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
