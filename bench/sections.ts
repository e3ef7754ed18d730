/** The parts of the benchmark, in the order in which they run. Targets alternate within a round. */
import type { BenchUpstream } from './load/upstream.ts';
import { measureLatency } from './measures/latency.ts';
import { measureRequests } from './measures/requests.ts';
import { measureStreams } from './measures/streams.ts';
import { record, type Row } from './report.ts';
import type { Target } from './target.ts';
import { bare, direct, nginx, standalone } from './targets.ts';

export const sections = ['requests', 'chunks', 'latency', 'streams', 'large'] as const;

export type Section = (typeof sections)[number];

export const targetNames = ['direct', 'bare', 'nginx', 'standalone'] as const;

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
}

type Measure = (target: Target, context: BenchContext, rows: Row[]) => Promise<void>;

const measures: Readonly<Record<Section, Measure>> = {
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
    const figures = await measureStreams(target, upstream, 1000, 2, seconds);
    const key = { section: '1,000 open streams × 2 chunks/s', target: target.name };
    const { residentBytes, residentBytesBefore } = figures;
    record(rows, { ...key, figure: 'RSS', unit: 'MB' }, residentBytes && residentBytes / 1e6);
    record(rows, { ...key, figure: 'RSS before', unit: 'MB' }, residentBytesBefore && residentBytesBefore / 1e6);
    record(rows, { ...key, figure: 'gap between chunks, p99', unit: 'ms' }, figures.gapMillisecondsP99);
  },
  large: async (target, { seconds }, rows) => {
    const key = { section: '1 MB bodies, 8 connections', target: target.name };
    const up = await measureRequests(target, 8, seconds, { upBytes: 1_000_000 });
    record(rows, { ...key, figure: 'CPU time per upload', unit: 'µs' }, up.cpuMicroseconds);
    record(rows, { ...key, figure: 'uploads per second', unit: '1/s' }, up.requestsPerSecond);
    const down = await measureRequests(target, 8, seconds, { downBytes: 1_000_000 });
    record(rows, { ...key, figure: 'CPU time per download', unit: 'µs' }, down.cpuMicroseconds);
    record(rows, { ...key, figure: 'downloads per second', unit: '1/s' }, down.requestsPerSecond);
  },
};

/** Runs the chosen sections; each starts its processes afresh, so that none sees another's memory. */
export async function runAll(chosen: readonly Section[], context: BenchContext, rows: Row[]): Promise<void> {
  for (const section of chosen) {
    process.stderr.write(`${section} …\n`);
    const targets = await startTargets(context);
    try {
      for (let round = 0; round < context.rounds; round++) {
        const order = round % 2 === 0 ? targets : targets.toReversed();
        for (const target of order) await measures[section](target, context, rows);
      }
    } finally {
      for (const target of targets) await target.process?.[Symbol.asyncDispose]();
    }
  }
}

const starters: Readonly<Record<TargetName, (port: number, folder: string) => Promise<Target | undefined> | Target>> = {
  direct: (port) => direct(port),
  bare,
  nginx,
  standalone: (port, folder) => standalone(port, folder),
};

async function startTargets({ upstream, folder, targets }: BenchContext): Promise<Target[]> {
  const started: Target[] = [];
  for (const name of targets) {
    const target = await starters[name](upstream.port, folder);
    if (target) started.push(target);
  }
  return started;
}
