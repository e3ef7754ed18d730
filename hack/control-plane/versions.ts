/**
 * The pinned versions of the test control plane, read from the go.mod files
 * beside this file, so that there is one place to change each of them.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One Go module that a build takes binaries from. */
export interface Build {
  /** Folder beside this file that holds go.mod and go.sum. */
  readonly folder: string;
  /** Main packages to build, by the binary's name. */
  readonly packages: Readonly<Record<string, string>>;
  /** Version of the module, such as `v1.36.3`. */
  readonly version: string;
  /** `-X` settings that tell the binaries their version. */
  readonly stamp: readonly string[];
}

function pinned(folder: string, module: string): string {
  const goMod = readFileSync(join(import.meta.dirname, folder, 'go.mod'), 'utf8');
  const line = goMod.split('\n').find((text) => text.replace(/^require\s+|^\s+/, '').startsWith(`${module} v`));
  const version = line?.match(/ (v\d+\.\d+\.\d+)/)?.[1];
  if (version === undefined) throw new Error(`${folder}/go.mod does not require ${module}`);
  return version;
}

const kubernetes = pinned('kubernetes', 'k8s.io/kubernetes');
const etcd = pinned('etcd', 'go.etcd.io/etcd/server/v3');
const helm = pinned('helm', 'helm.sh/helm/v4');

/** What is built from source, in the order in which it is needed. */
export const builds = {
  etcd: {
    folder: 'etcd',
    packages: { etcd: 'go.etcd.io/etcd/server/v3' },
    version: etcd,
    stamp: [],
  },
  kubernetes: {
    folder: 'kubernetes',
    packages: {
      'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
      kubectl: 'k8s.io/kubernetes/cmd/kubectl',
    },
    version: kubernetes,
    stamp: [`k8s.io/component-base/version.gitVersion=${kubernetes}`],
  },
  helm: {
    folder: 'helm',
    packages: { helm: 'helm.sh/helm/v4/cmd/helm' },
    version: helm,
    stamp: [`helm.sh/helm/v4/internal/version.version=${helm}`],
  },
} as const satisfies Record<string, Build>;

/** Name of the cache folder: changes with any of the versions. */
export const toolset = `${kubernetes}-etcd-${etcd}-helm-${helm}`;
