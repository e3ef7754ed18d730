/** The parts of the benchmark, in the order in which they run. Targets alternate within a round. */
import { clusterProxy, hasControlPlane, startCluster } from './cluster.ts';
import type { BenchUpstream } from './load/upstream.ts';
import { measureCluster } from './measures/cluster.ts';
import { measureLatency } from './measures/latency.ts';
import { measureRequests } from './measures/requests.ts';
import { measureStreams } from './measures/streams.ts';
import { record, type Row } from './report.ts';
import type { Target } from './target.ts';
import { bare, direct, nginx, standalone } from './targets.ts';

/** Sections that compare targets. */
const comparisons = ['requests', 'chunks', 'latency', 'streams', 'large'] as const;

export const sections = [...comparisons, 'start', 'cluster'] as const;

export type Section = (typeof sections)[number];

export const targetNames = ['direct', 'bare', 'nginx', 'standalone', 'proxy'] as const;

export type TargetName = (typeof targetNames)[number];

/** What every section needs. */
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
}

const megabyte = 1e6;

type Compare = (target: Target, context: BenchContext, rows: Row[]) => Promise<void>;

const compare: Readonly<Record<(typeof comparisons)[number], Compare>> = {
  requests: async (target, { seconds }, rows) => {
    const figures = await measureRequests(target, 32, seconds);
    const key = { section: 'Whole answers, 32 connections', target: target.name };
    record(rows, { ...key, figure: 'CPU time per request', unit: 'µs' }, figures.cpuMicroseconds);
    record(rows, { ...key, figure: 'requests per second', unit: '1/s' }, figures.requestsPerSecond);
  },
  chunks: async (target, { upstream, seconds }, rows) => {
    const figures = await measureStreams(target, upstream, 200, 20, seconds);
    const key = { section: '200 streams × 20 chunks/s', target: target.name };
    record(rows, { ...key, figure: 'CPU time per chunk', unit: 'µs' }, figures.cpuMicrosecondsPerChunk);
    record(rows, { ...key, figure: 'gap between chunks, p99', unit: 'ms' }, figures.gapMillisecondsP99);
  },
  latency: async (target, { seconds }, rows) => {
    const rate = 500;
    const figures = await measureLatency(target, rate, seconds);
    const key = { section: `Latency at ${rate} requests/s`, target: target.name };
    record(rows, { ...key, figure: 'p50', unit: 'ms' }, figures.p50);
    record(rows, { ...key, figure: 'p99', unit: 'ms' }, figures.p99);
  },
  streams: async (target, { upstream, seconds }, rows) => {
    const count = 1000;
    const figures = await measureStreams(target, upstream, count, 2, seconds);
    const key = { section: '1,000 open streams × 2 chunks/s', target: target.name };
    const { residentBytes, residentBytesBefore } = figures;
    record(rows, { ...key, figure: 'gap between chunks, p99', unit: 'ms' }, figures.gapMillisecondsP99);
    if (residentBytes === undefined || residentBytesBefore === undefined) return;
    record(rows, { ...key, figure: 'RSS', unit: 'MB' }, residentBytes / megabyte);
    record(rows, { ...key, figure: 'RSS before', unit: 'MB' }, residentBytesBefore / megabyte);
    const perStream = (residentBytes - residentBytesBefore) / count / 1000;
    record(rows, { ...key, figure: 'RSS per stream', unit: 'KB' }, perStream);
  },
  large: async (target, { seconds }, rows) => {
    const key = { section: '1 MB bodies, 8 connections', target: target.name };
    const up = await measureRequests(target, 8, seconds, { upBytes: megabyte });
    record(rows, { ...key, figure: 'CPU time per upload', unit: 'µs' }, up.cpuMicroseconds);
    record(rows, { ...key, figure: 'uploads per second', unit: '1/s' }, up.requestsPerSecond);
    const down = await measureRequests(target, 8, seconds, { downBytes: megabyte });
    record(rows, { ...key, figure: 'CPU time per download', unit: 'µs' }, down.cpuMicroseconds);
    record(rows, { ...key, figure: 'downloads per second', unit: '1/s' }, down.requestsPerSecond);
  },
};

/** Runs the chosen sections; each starts its processes afresh, so that none sees another's memory. */
export async function runAll(chosen: readonly Section[], context: BenchContext, rows: Row[]): Promise<void> {
  for (const section of chosen) {
    process.stderr.write(`${section} …\n`);
    if (section === 'start') await start(context, rows);
    else if (section === 'cluster') await cluster(context, rows);
    else await compareTargets(section, context, rows);
  }
}

async function compareTargets(
  section: (typeof comparisons)[number],
  context: BenchContext,
  rows: Row[],
): Promise<void> {
  const targets = await startTargets(context);
  try {
    for (let round = 0; round < context.rounds; round++) {
      const order = round % 2 === 0 ? targets : targets.toReversed();
      for (const target of order) await compare[section](target, context, rows);
    }
  } finally {
    for (const target of targets) await target.stop();
  }
}

/** From the start of the process to its first answer, and memory then. */
async function start({ upstream, folder, rounds, manyProviders }: BenchContext, rows: Row[]): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    for (const providers of [1, manyProviders]) {
      const begun = performance.now();
      const target = await standalone(upstream.port, folder, providers);
      const elapsed = performance.now() - begun;
      const key = { section: 'Start of standalone', target: `${providers} provider(s)` };
      record(rows, { ...key, figure: 'to the first answer', unit: 'ms' }, elapsed);
      record(rows, { ...key, figure: 'RSS', unit: 'MB' }, (target.process?.residentBytes() ?? Number.NaN) / megabyte);
      await target.stop();
    }
  }
}

async function cluster({ upstream, manyProviders }: BenchContext, rows: Row[]): Promise<void> {
  if (!(await hasControlPlane())) return;
  await using running = await startCluster(upstream.port);
  const figures = await measureCluster(running, upstream.port, manyProviders, 10);
  const key = { section: `In a cluster, ${manyProviders} providers` };
  const mb = { ...key, unit: 'MB' };
  record(rows, { ...mb, figure: 'RSS idle', target: 'operator' }, figures.operatorIdleBytes / megabyte);
  record(rows, { ...mb, figure: 'RSS idle', target: 'proxy' }, figures.proxyIdleBytes / megabyte);
  record(rows, { ...mb, figure: 'RSS with all providers', target: 'operator' }, figures.operatorFullBytes / megabyte);
  record(rows, { ...mb, figure: 'RSS with all providers', target: 'proxy' }, figures.proxyFullBytes / megabyte);
  const all = { ...key, figure: 'kubectl apply of all to the last one served', unit: 's', target: 'operator + proxy' };
  record(rows, all, figures.allServedSeconds);
  for (const { total, afterApply } of figures.changes) {
    const change = { ...key, unit: 'ms', target: 'operator + proxy' };
    record(rows, { ...change, figure: 'kubectl apply of a change to served' }, total);
    record(rows, { ...change, figure: 'the same, after kubectl has returned' }, afterApply);
  }
}

const starters: Readonly<Record<TargetName, (port: number, folder: string) => Promise<Target | undefined> | Target>> = {
  direct: (port) => direct(port),
  bare,
  nginx,
  standalone: (port, folder) => standalone(port, folder),
  proxy: (port) => clusterProxy(port),
};

async function startTargets({ upstream, folder, targets }: BenchContext): Promise<Target[]> {
  const started: Target[] = [];
  for (const name of targets) {
    const target = await starters[name](upstream.port, folder);
    if (target) started.push(target);
  }
  return started;
}
