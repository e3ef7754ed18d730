/**
 * The product in a control plane as the chart installs it: its ServiceAccounts, its RBAC, its configuration. Operator
 * and proxies run as processes with exactly these rights, since there are no nodes.
 */
import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import type { Connection } from '../control-plane/index.ts';
import { freePorts } from '../control-plane/ports.ts';
import { GatewayProcess } from './process.ts';

const chart = new URL('../../../charts/tidegate', import.meta.url).pathname;
const crds = new URL('../../../crds', import.meta.url).pathname;

/** Audience of callers' tokens, as the chart configures it by default. */
const audience = 'tidegate';

interface Rendered {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly data?: Readonly<Record<string, string>>;
}

/** A proxy that takes part in the installation. */
export interface InstalledProxy extends AsyncDisposable {
  /** `http://127.0.0.1:<port>` of the main listener. */
  readonly url: string;
  readonly process: GatewayProcess;
}

/** Settings of a proxy. */
export interface ProxySettings {
  /** Where the mounted copy of the table is. */
  readonly tableFolder?: string;
  /** False: return before it is ready. */
  readonly waitUntilReady?: boolean;
  readonly args?: readonly string[];
}

/** The chart, applied to a namespace of its own. */
export class Installation implements AsyncDisposable {
  readonly cluster: Connection;
  readonly namespace: string;
  /** `debug` shows most of what might leak; benchmarks say otherwise. */
  readonly #logLevel: string;
  readonly #folder: string;
  readonly #processes: GatewayProcess[] = [];
  readonly #supervisions: AbortController[] = [];

  private constructor(cluster: Connection, namespace: string, folder: string, logLevel: string) {
    this.#logLevel = logLevel;
    this.cluster = cluster;
    this.namespace = namespace;
    this.#folder = folder;
  }

  /** Applies CRDs and chart; `config` is merged over the chart's `config` values. */
  static async create(cluster: Connection, config: object = {}, logLevel = 'debug'): Promise<Installation> {
    await cluster.installCustomResources(crds);
    const namespace = await cluster.createNamespace('gateway');
    const folder = mkdtempSync(join(tmpdir(), 'tidegate-installation-'));
    const installation = new Installation(cluster, namespace, folder, logLevel);
    await installation.configure(config);
    return installation;
  }

  /** Applies the chart with this `config`, for what is started from now on. */
  async configure(config: object): Promise<void> {
    const { cluster, namespace } = this;
    const folder = this.#folder;
    const values = {
      config: { shutdown: { endpointSeconds: 0, drainSeconds: 1 }, ...config },
      crds: { enabled: false },
    };
    writeFileSync(join(folder, 'values.json'), JSON.stringify(values));
    const { helm } = cluster.details.binaries;
    if (helm === undefined) throw new Error('helm is needed to render the chart, and could not be had');
    const { stdout } = await promisify(execFile)(
      helm,
      ['template', 'tidegate', chart, '--namespace', namespace, '--values', join(folder, 'values.json')],
      { maxBuffer: 64 * 1024 * 1024 },
    );
    const objects = parseAllDocuments(stdout).flatMap((document): Rendered[] => {
      const object = document.toJS() as Rendered | null;
      return object === null ? [] : [object];
    });
    await cluster.apply({ apiVersion: 'v1', kind: 'List', items: objects });
    const configuration = objects.find((object) => object.kind === 'ConfigMap')?.data?.['config.yaml'];
    if (configuration === undefined) throw new Error('the chart renders no configuration');
    writeFileSync(join(folder, 'config.yaml'), configuration);
  }

  /**
   * Starts an operator with its own ServiceAccount. As a kubelet does, it is started again whenever it ends by itself,
   * which it does when it loses its leadership; unless `restart` is false, for a test of just that.
   */
  async startOperator(identity = 'operator-0', { restart = true } = {}): Promise<GatewayProcess> {
    const [adminPort = 0] = await freePorts(1);
    const kubeconfig = await this.cluster.kubeconfigForServiceAccount(this.namespace, 'tidegate-operator');
    const start = (): Promise<GatewayProcess> =>
      this.#start({
        command: 'operator',
        adminPort,
        logFile: join(this.#folder, `${identity}.log`),
        args: [
          `--config=${join(this.#folder, 'config.yaml')}`,
          `--kubeconfig=${kubeconfig}`,
          `--namespace=${this.namespace}`,
          '--table-secret=tidegate-table',
          `--identity=${identity}`,
          `--log-level=${this.#logLevel}`,
        ],
      });
    const operator = await start();
    await operator.ready();
    if (!restart) return operator;
    const supervision = new AbortController();
    this.#supervisions.push(supervision);
    void supervise(operator, start, supervision.signal);
    return operator;
  }

  /** Starts a proxy with its own ServiceAccount; `name` is its pod's. */
  async startProxy(name = 'proxy-0', settings: ProxySettings = {}): Promise<InstalledProxy> {
    const mounted = this.#mountOf(name);
    mkdirSync(mounted, { recursive: true });
    copyFileSync(this.cluster.caFile, join(mounted, 'ca.crt'));
    writeFileSync(join(mounted, 'token'), await this.cluster.serviceAccountToken(this.namespace, 'tidegate-proxy'));
    writeFileSync(join(mounted, 'namespace'), this.namespace);
    return this.restartProxy(name, settings);
  }

  /** Starts a proxy again with the token that it had, which needs no API server. */
  async restartProxy(name: string, settings: ProxySettings = {}): Promise<InstalledProxy> {
    const [port = 0, adminPort = 0] = await freePorts(2);
    const mounted = this.#mountOf(name);
    const { hostname, port: apiServerPort } = new URL(this.cluster.server);
    const process = await this.#start({
      command: 'proxy',
      adminPort,
      logFile: join(this.#folder, `${name}.log`),
      args: [
        `--config=${join(this.#folder, 'config.yaml')}`,
        `--listen=127.0.0.1:${port}`,
        `--namespace=${this.namespace}`,
        '--table-secret=tidegate-table',
        `--service-account-dir=${mounted}`,
        `--api-server-host=${hostname}`,
        `--api-server-port=${apiServerPort}`,
        `--pod-name=${name}`,
        `--log-level=${this.#logLevel}`,
        ...(settings.tableFolder === undefined ? [] : [`--table-dir=${settings.tableFolder}`]),
        ...(settings.args ?? []),
      ],
    });
    if (settings.waitUntilReady !== false) await process.ready();
    return {
      url: `http://127.0.0.1:${port}`,
      process,
      [Symbol.asyncDispose]: () => process[Symbol.asyncDispose](),
    };
  }

  /** A token as an application mounts it: for a ServiceAccount of the namespace, with the gateway's audience. */
  async callerToken(serviceAccount: string): Promise<string> {
    await this.cluster.createServiceAccount(this.namespace, serviceAccount);
    return this.cluster.serviceAccountToken(this.namespace, serviceAccount, [audience]);
  }

  /** Lets a ServiceAccount call these providers. */
  async allow(serviceAccount: string, ...providers: string[]): Promise<void> {
    await this.#grant(serviceAccount, { resourceNames: providers });
  }

  /** Lets a ServiceAccount call every provider of the namespace. */
  async allowAll(serviceAccount: string): Promise<void> {
    await this.#grant(serviceAccount, {});
  }

  /** What the kubelet would mount: all keys of the table's Secrets in one folder. Returns its path. */
  async mountTable(): Promise<string> {
    const folder = mkdtempSync(join(this.#folder, 'table-'));
    const { items } = await this.cluster.get<{
      items: { metadata: { name: string }; data?: Record<string, string> }[];
    }>('secrets', '-n', this.namespace);
    for (const { metadata, data } of items) {
      if (!/^tidegate-table(-\d+)?$/.test(metadata.name)) continue;
      for (const [key, value] of Object.entries(data ?? {}))
        writeFileSync(join(folder, key), Buffer.from(value, 'base64'));
    }
    return folder;
  }

  /** Stops every operator. */
  async stopOperators(): Promise<void> {
    for (const supervision of this.#supervisions) supervision.abort();
    const operators = this.#processes.filter((process) => process.process.name === 'operator');
    await Promise.all(operators.map((operator) => operator[Symbol.asyncDispose]()));
  }

  /** Log files of everything that was started here. */
  logs(): string {
    return this.#processes.map((process) => process.log()).join('\n');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const supervision of this.#supervisions) supervision.abort();
    await Promise.all(this.#processes.map((process) => process[Symbol.asyncDispose]()));
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #grant(serviceAccount: string, narrowed: object): Promise<void> {
    const { namespace } = this;
    const metadata = { name: `invoke-${serviceAccount}`, namespace };
    const rules = [{ apiGroups: ['tidegate.io'], resources: ['llmproviders'], verbs: ['get', 'invoke'], ...narrowed }];
    await this.cluster.apply({ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata, rules });
    await this.cluster.apply({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: metadata.name },
      subjects: [{ kind: 'ServiceAccount', name: serviceAccount, namespace }],
    });
  }

  #mountOf(name: string): string {
    return join(this.#folder, `${name}-serviceaccount`);
  }

  async #start(options: Parameters<typeof GatewayProcess.spawn>[0]): Promise<GatewayProcess> {
    const process = await GatewayProcess.spawn(options);
    this.#processes.push(process);
    return process;
  }
}

/** Starts a process again, a second after each end, until the signal fires. */
async function supervise(
  first: GatewayProcess,
  start: () => Promise<GatewayProcess>,
  signal: AbortSignal,
): Promise<void> {
  for (let current = first; ;) {
    await current.process.exited;
    await delay(1000, undefined, { signal }).catch(() => {});
    if (signal.aborted) return;
    current = await start();
    // Whoever ended it all meanwhile did not know of this one yet.
    if (signal.aborted) await current[Symbol.asyncDispose]();
  }
}
