/**
 * A running control plane as a suite sees it: real kubectl with the
 * administrator's rights, namespaces, ServiceAccount tokens and kubeconfigs.
 */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ControlPlaneBinaries } from '../../../hack/control-plane/ensure.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { waitFor } from './wait.ts';

const run = promisify(execFile);
const maximumOutputBytes = 64 * 1024 * 1024;

/** What another process needs in order to connect; JSON-serialisable. */
export interface ConnectionDetails {
  /** `https://127.0.0.1:<port>` */
  readonly server: string;
  readonly caFile: string;
  /** Client certificate of a member of `system:masters`. */
  readonly adminKubeconfig: string;
  readonly adminCertificate: string;
  readonly adminKey: string;
  /** For files of the suites; removed with the control plane. */
  readonly folder: string;
  readonly binaries: ControlPlaneBinaries;
}

/** kubectl ended with an error; `stderr` is what it said. */
export class KubectlError extends Error {
  readonly stderr: string;

  constructor(args: readonly string[], stderr: string, cause: unknown) {
    super(`kubectl ${args.join(' ')}: ${stderr.trim()}`, { cause });
    this.name = 'KubectlError';
    this.stderr = stderr;
  }
}

/** Settings of one kubectl call. */
export interface KubectlOptions {
  /** Goes to stdin, for `-f -`; an object is sent as JSON. */
  readonly input?: string | object;
  /** Instead of the administrator's. */
  readonly kubeconfig?: string;
  readonly signal?: AbortSignal;
}

/** A connection to a control plane. */
export class Connection {
  readonly details: ConnectionDetails;

  constructor(details: ConnectionDetails) {
    this.details = details;
  }

  get server(): string {
    return this.details.server;
  }

  get caFile(): string {
    return this.details.caFile;
  }

  get adminKubeconfig(): string {
    return this.details.adminKubeconfig;
  }

  /** Runs real kubectl and returns its stdout. `kubectl('get', 'pods', { kubeconfig })` */
  async kubectl(...call: string[] | [...args: string[], options: KubectlOptions]): Promise<string> {
    const last = call.at(-1);
    const options: KubectlOptions = typeof last === 'object' ? last : {};
    const args = (call as readonly (string | KubectlOptions)[]).filter((argument) => typeof argument === 'string');
    const running = run(this.details.binaries.kubectl, args, {
      maxBuffer: maximumOutputBytes,
      env: {
        ...process.env,
        KUBECONFIG: options.kubeconfig ?? this.details.adminKubeconfig,
        KUBECACHEDIR: join(this.details.folder, 'kubectl-cache'),
      },
      ...(options.signal && { signal: options.signal }),
    });
    const input = typeof options.input === 'object' ? JSON.stringify(options.input) : (options.input ?? '');
    // kubectl may end before it has read everything; its exit says why.
    running.child.stdin?.on('error', () => {});
    running.child.stdin?.end(input);
    try {
      return (await running).stdout;
    } catch (error) {
      const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error);
      throw new KubectlError(args, stderr, error);
    }
  }

  /** Creates or changes objects with server-side apply; YAML text, or an object. */
  async apply(manifest: string | object, ...args: string[]): Promise<string> {
    return this.kubectl('apply', '--server-side', '--force-conflicts', ...args, '-f', '-', { input: manifest });
  }

  /** Reads one object, or a list, as JSON: `get('secret', 'name', '-n', namespace)`. */
  async get<T = Record<string, unknown>>(...args: string[]): Promise<T> {
    return JSON.parse(await this.kubectl('get', ...args, '-o', 'json')) as T;
  }

  /** Applies CRDs from files and waits until the API server serves them, and tells of them to those who look for kinds. */
  async installCustomResources(...paths: string[]): Promise<void> {
    const files = paths.flatMap((path) => ['-f', path]);
    const applied = await this.kubectl('apply', '--server-side', '--force-conflicts', '-o', 'name', ...files);
    await this.kubectl('wait', '--for=condition=Established', '--timeout=60s', ...files);
    const names = [...applied.matchAll(/^customresourcedefinition\S*\/(\S+)$/gm)].map(([, name = '']) => name);
    await waitFor('the discovery of the kinds', async () => {
      const listed = (await this.kubectl('api-resources', '--cached=false', '-o', 'name')).split('\n');
      return names.every((name) => listed.includes(name));
    });
  }

  /** Creates a namespace with a name of its own and returns the name. */
  async createNamespace(prefix: string): Promise<string> {
    const name = `${prefix}-${randomUUID().slice(0, 8)}`;
    await this.kubectl('create', 'namespace', name);
    return name;
  }

  /** Creates the ServiceAccount when it is missing. */
  async createServiceAccount(namespace: string, name: string): Promise<void> {
    await this.apply({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } });
  }

  /** Mints a token through TokenRequest; the ServiceAccount must exist. Default audience: the API server's. */
  async serviceAccountToken(namespace: string, name: string, audiences: readonly string[] = []): Promise<string> {
    const flags = audiences.flatMap((audience) => ['--audience', audience]);
    return (await this.kubectl('create', 'token', name, '-n', namespace, '--duration', '2h', ...flags)).trim();
  }

  /** Writes a kubeconfig for a bearer token and returns its path. */
  kubeconfigFor(token: string, namespace?: string): string {
    return writeKubeconfig(join(this.details.folder, `kubeconfig-${randomUUID()}`), this.details, { token }, namespace);
  }

  /** Token and kubeconfig of a ServiceAccount in one step. */
  async kubeconfigForServiceAccount(namespace: string, name: string): Promise<string> {
    return this.kubeconfigFor(await this.serviceAccountToken(namespace, name), namespace);
  }

  /** Waits until `accept` says yes to the object, read with the arguments of `kubectl get`. */
  async waitForObject<T = Record<string, unknown>>(
    args: readonly string[],
    accept: (object: T) => boolean,
    what = args.join(' '),
  ): Promise<T> {
    return (await waitFor(what, async () => {
      const object = await this.get<T>(...args);
      return accept(object) ? object : undefined;
    })) as T;
  }
}

/** Name of the environment variable with the path of the connection file. */
export const connectionVariable = 'TIDEGATE_TEST_CONTROL_PLANE';

/** Name of the environment variable that says why there is no control plane. */
export const missingVariable = 'TIDEGATE_TEST_CONTROL_PLANE_MISSING';

/** Connects to the control plane that the run's global set-up started. */
export function connectControlPlane(): Connection {
  const path = process.env[connectionVariable];
  if (path === undefined) {
    throw new Error(process.env[missingVariable] ?? 'no control plane: this jest project needs global-setup.mjs');
  }
  return new Connection(JSON.parse(readFileSync(path, 'utf8')) as ConnectionDetails);
}
