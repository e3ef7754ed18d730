/** The real helm against the chart of this checkout. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import type { Connection } from '../../support/control-plane/index.ts';

const run = promisify(execFile);

export const repository = join(import.meta.dirname, '../../..');
export const chart = join(repository, 'charts/tidegate');

/** An object as kubectl and helm know it. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** helm ended with an error; the message is what it said. */
export class HelmError extends Error {
  override readonly name = 'HelmError';
}

/** Runs helm with the administrator's kubeconfig and returns its stdout. */
export async function helm(cluster: Connection, ...args: string[]): Promise<string> {
  const { helm: binary } = cluster.details.binaries;
  if (binary === undefined) throw new HelmError('helm could not be found or built: see hack/control-plane/ensure.ts');
  const home = join(cluster.details.folder, 'helm');
  try {
    const { stdout } = await run(binary, args, {
      maxBuffer: 64 * 1024 * 1024,
      env: {
        ...process.env,
        KUBECONFIG: cluster.adminKubeconfig,
        HELM_CACHE_HOME: join(home, 'cache'),
        HELM_CONFIG_HOME: join(home, 'config'),
        HELM_DATA_HOME: join(home, 'data'),
      },
    });
    return stdout;
  } catch (error) {
    throw new HelmError(error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error));
  }
}

/** What `helm template` makes of the chart, as text. */
export async function template(cluster: Connection, namespace: string, ...args: string[]): Promise<string> {
  return helm(cluster, 'template', 'tidegate', chart, '--namespace', namespace, ...args);
}

/** What `helm template` makes of the chart, object by object. */
export async function objects(cluster: Connection, namespace: string, ...args: string[]): Promise<KubernetesObject[]> {
  return documents(await template(cluster, namespace, ...args));
}

/** The documents of a YAML stream; empty ones are left out. */
export function documents(text: string): KubernetesObject[] {
  return parseAllDocuments(text)
    .map((document) => {
      if (document.errors[0] !== undefined) throw document.errors[0];
      return document.toJS() as KubernetesObject | null;
    })
    .filter((object) => object !== null);
}

/** The one object of this kind and name. */
export function find(all: readonly KubernetesObject[], kind: string, name: string): KubernetesObject {
  const [found, ...more] = all.filter((object) => object.kind === kind && object.metadata.name === name);
  if (found === undefined || more.length > 0) throw new Error(`not exactly one ${kind} ${name}`);
  return found;
}
