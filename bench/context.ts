/** What every section of the benchmark is given. */
import { clusterProxy } from './cluster.ts';
import type { BenchUpstream } from './load/upstream.ts';
import type { Target } from './target.ts';
import { bare, direct, nginx, standalone } from './targets.ts';

export const targetNames = ['direct', 'bare', 'nginx', 'standalone', 'proxy'] as const;

export type TargetName = (typeof targetNames)[number];

/** See the head of this file. */
export interface BenchContext {
  readonly upstream: BenchUpstream;
  /** For manifests and logs; removed afterwards. */
  readonly folder: string;
  readonly rounds: number;
  readonly targets: readonly TargetName[];
  /** Length of one measurement. */
  readonly seconds: number;
  /** Providers of the sections `start` and `cluster`. */
  readonly manyProviders: number;
  /** Length of the section `soak`. */
  readonly soakMinutes: number;
}

/** Bytes in the megabytes of the report, and of large bodies. */
export const megabyte = 1e6;

const starters: Readonly<Record<TargetName, (port: number, folder: string) => Promise<Target | undefined> | Target>> = {
  direct: (port) => direct(port),
  bare,
  nginx,
  standalone: (port, folder) => standalone(port, folder),
  proxy: (port) => clusterProxy(port),
};

/** Starts those of `names` that are chosen and can be had. */
export async function startTargets(
  { upstream, folder, targets }: BenchContext,
  names: readonly TargetName[] = targetNames,
): Promise<Target[]> {
  const started: Target[] = [];
  for (const name of targets) {
    const target = names.includes(name) ? await starters[name](upstream.port, folder) : undefined;
    if (target) started.push(target);
  }
  return started;
}

/** `list`, or its reverse in every other round, so that none is always the first. */
export function inOrder<T>(list: readonly T[], round: number): readonly T[] {
  return round % 2 === 0 ? list : list.toReversed();
}
