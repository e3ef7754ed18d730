/**
 * Tidegate as the chart ships it, on a test control plane: the chart's objects,
 * and operator and proxy as processes that have their ServiceAccounts' rights
 * and no others. Deployments are left out, because nothing would run them.
 */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import type { Connection } from '../control-plane/connection.ts';
import { ManagedProcess } from '../control-plane/managed-process.ts';
import { freePorts } from '../control-plane/ports.ts';
import { waitFor } from '../control-plane/wait.ts';

const run = promisify(execFile);
const repository = join(import.meta.dirname, '../../..');
const release = 'tidegate';
/** Longer than an operator or an idle proxy needs to end by itself. */
const graceMilliseconds = 15_000;

/** A started operator or proxy. */
export interface RunningProcess {
  readonly process: ManagedProcess;
  /** `http://127.0.0.1:<port>` of /metrics, /healthz and /readyz. */
  readonly adminURL: string;
  /** Sends SIGTERM and waits for the end. */
  stop(): Promise<void>;
}

/** A started proxy. */
export interface RunningProxy extends RunningProcess {
  /** `http://127.0.0.1:<port>` of the gateway. */
  readonly url: string;
  /** Its pod's name, which its Lease `tidegate-proxy-<name>` bears. */
  readonly podName: string;
}

/** Settings of an installation. */
export interface InstallationOptions {
  /** Must exist. */
  readonly namespace: string;
  /** Chart values over the defaults. */
  readonly values?: object;
}

/** The chart's objects on a control plane, and what is started with them. */
export class Installation implements AsyncDisposable {
  readonly namespace: string;
  readonly #cluster: Connection;
  readonly #configFile: string;
  readonly #started = new Set<ManagedProcess>();

  private constructor(cluster: Connection, namespace: string, configFile: string) {
    this.#cluster = cluster;
    this.namespace = namespace;
    this.#configFile = configFile;
  }

  /** Applies the chart's CRDs, RBAC, admission policies and ConfigMap. */
  static async apply(cluster: Connection, { namespace, values = {} }: InstallationOptions): Promise<Installation> {
    const folder = join(cluster.details.folder, `installation-${randomUUID()}`);
    mkdirSync(folder);
    const objects = await render(cluster, folder, namespace, values);
    const resources = objects.filter((object) => object.kind !== 'Deployment');
    await cluster.apply({ apiVersion: 'v1', kind: 'List', items: resources });
    await cluster.kubectl('wait', '--for=condition=Established', '--timeout=30s', 'crd/llmproviders.tidegate.io');
    const config = objects.find((object) => object.kind === 'ConfigMap')?.data?.['config.yaml'];
    if (config === undefined) throw new Error('the chart renders no ConfigMap with config.yaml');
    const configFile = join(folder, 'config.yaml');
    writeFileSync(configFile, config);
    return new Installation(cluster, namespace, configFile);
  }

  /** Starts an operator and waits until it is ready. */
  async startOperator(): Promise<RunningProcess> {
    const kubeconfig = await this.#cluster.kubeconfigForServiceAccount(this.namespace, `${release}-operator`);
    const [adminPort] = await freePorts(1);
    return this.#start('operator', Number(adminPort), [`--kubeconfig=${kubeconfig}`]);
  }

  /** Starts a proxy on a free port, or on the given one, and waits until it is ready: it is when it has a table. */
  async startProxy({ port }: { readonly port?: number } = {}): Promise<RunningProxy> {
    const folder = await this.#cluster.serviceAccountFolder(this.namespace, `${release}-proxy`);
    const apiServer = new URL(this.#cluster.server);
    const podName = `proxy-${randomUUID().slice(0, 8)}`;
    const [adminPort, freePort] = await freePorts(2);
    const listenPort = port ?? Number(freePort);
    const running = await this.#start('proxy', Number(adminPort), [
      `--service-account-dir=${folder}`,
      `--api-server-host=${apiServer.hostname}`,
      `--api-server-port=${apiServer.port}`,
      `--listen=127.0.0.1:${listenPort}`,
      `--pod-name=${podName}`,
    ]);
    return { ...running, url: `http://127.0.0.1:${listenPort}`, podName };
  }

  /** Stops every process that is still running; the objects stay until the control plane goes. */
  async stop(): Promise<void> {
    await Promise.all([...this.#started].map((started) => started.stop(graceMilliseconds)));
    this.#started.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #start(command: 'operator' | 'proxy', adminPort: number, args: readonly string[]): Promise<RunningProcess> {
    const { KUBECONFIG: _kubeconfig, ...env } = process.env;
    const started = await ManagedProcess.start({
      name: command,
      command: process.execPath,
      args: [
        join(repository, 'src/main.ts'),
        command,
        `--config=${this.#configFile}`,
        `--namespace=${this.namespace}`,
        `--table-secret=${release}-table`,
        `--admin-listen=127.0.0.1:${adminPort}`,
        ...args,
      ],
      cwd: repository,
      env,
      logFile: join(this.#cluster.details.folder, `${command}-${adminPort}.log`),
    });
    this.#started.add(started);
    const adminURL = `http://127.0.0.1:${adminPort}`;
    await waitUntilReady(started, adminURL);
    return { process: started, adminURL, stop: () => started.stop(graceMilliseconds) };
  }
}

async function waitUntilReady(started: ManagedProcess, adminURL: string): Promise<void> {
  try {
    await waitFor(`the ${started.name} to be ready`, async () => {
      if (!started.isRunning) return true;
      const response = await fetch(`${adminURL}/readyz`, { signal: AbortSignal.timeout(2_000) });
      return response.ok;
    });
  } catch (error) {
    throw new Error(`the ${started.name} did not become ready:\n${started.logTail()}`, { cause: error });
  }
  if (!started.isRunning) throw new Error(`the ${started.name} ended at once:\n${started.logTail()}`);
}

interface RenderedObject {
  readonly kind: string;
  readonly data?: Readonly<Record<string, string>>;
}

async function render(
  cluster: Connection,
  folder: string,
  namespace: string,
  values: object,
): Promise<RenderedObject[]> {
  const { helm } = cluster.details.binaries;
  if (helm === undefined) throw new Error('helm is needed to render the chart: node hack/control-plane/ensure.ts');
  const valuesFile = join(folder, 'values.json');
  writeFileSync(valuesFile, JSON.stringify(values));
  const { stdout } = await run(
    helm,
    ['template', release, join(repository, 'charts/tidegate'), '--namespace', namespace, '--values', valuesFile],
    {
      maxBuffer: 64 * 1024 * 1024,
      env: { ...process.env, HELM_CACHE_HOME: folder, HELM_CONFIG_HOME: folder, HELM_DATA_HOME: folder },
    },
  );
  return parseAllDocuments(stdout)
    .map((document) => document.toJS() as RenderedObject | null)
    .filter((object) => object !== null);
}
