/** Sections that compare targets by the same calls. Targets alternate within a round. */
import { inOrder, megabyte, startTargets, type BenchContext, type TargetName } from '../context.ts';
import { callBytes, chatBytes } from '../load/client.ts';
import { chatStream } from '../load/payloads/index.ts';
import { measureLatency } from '../measures/latency.ts';
import { measureRequests } from '../measures/requests.ts';
import { measureStreams } from '../measures/streams.ts';
import { record, type Row } from '../report.ts';
import type { Target } from '../target.ts';

type Compare = (target: Target, context: BenchContext, rows: Row[]) => Promise<void>;

async function requests(target: Target, { seconds }: BenchContext, rows: Row[]): Promise<void> {
  const figures = await measureRequests(target, 32, seconds);
  const key = { section: 'Whole answers, 32 connections', target: target.name };
  record(rows, { ...key, figure: 'CPU time per request', unit: 'µs' }, figures.cpuMicroseconds);
  record(rows, { ...key, figure: 'requests per second', unit: '1/s' }, figures.requestsPerSecond);
}

/** Short streams are timed beside the open ones, after what these cost has been measured. */
async function chunks(target: Target, { upstream, seconds }: BenchContext, rows: Row[]): Promise<void> {
  const key = { section: '200 streams × 20 chunks/s', target: target.name };
  const timed = { bytes: callBytes(target, chatStream, { ticks: 0 }), until: 'FirstOfBody' } as const;
  const figures = await measureStreams(target, upstream, {
    count: 200,
    perSecond: 20,
    seconds,
    afterwards: async () => {
      const first = await measureLatency(target, 100, seconds / 2, timed);
      record(rows, { ...key, figure: 'time to first token, p50', unit: 'ms' }, first.p50);
      record(rows, { ...key, figure: 'time to first token, p99', unit: 'ms' }, first.p99);
    },
  });
  record(rows, { ...key, figure: 'CPU time per chunk', unit: 'µs' }, figures.cpuMicrosecondsPerChunk);
  record(rows, { ...key, figure: 'gap between chunks, p99', unit: 'ms' }, figures.gapMillisecondsP99);
  record(rows, { ...key, figure: 'failed streams', unit: 'streams' }, figures.failed);
}

async function latency(target: Target, { seconds }: BenchContext, rows: Row[]): Promise<void> {
  const rate = 500;
  const figures = await measureLatency(target, rate, seconds);
  const key = { section: `Latency at ${rate} requests/s`, target: target.name };
  record(rows, { ...key, figure: 'p50', unit: 'ms' }, figures.p50);
  record(rows, { ...key, figure: 'p99', unit: 'ms' }, figures.p99);
}

async function streams(target: Target, { upstream, seconds }: BenchContext, rows: Row[]): Promise<void> {
  const count = 1000;
  const figures = await measureStreams(target, upstream, { count, perSecond: 2, seconds });
  const key = { section: '1,000 open streams × 2 chunks/s', target: target.name };
  const { residentBytes, residentBytesBefore } = figures;
  record(rows, { ...key, figure: 'failed streams', unit: 'streams' }, figures.failed);
  record(rows, { ...key, figure: 'gap between chunks, p99', unit: 'ms' }, figures.gapMillisecondsP99);
  if (residentBytes === undefined || residentBytesBefore === undefined) return;
  record(rows, { ...key, figure: 'RSS', unit: 'MB' }, residentBytes / megabyte);
  record(rows, { ...key, figure: 'RSS before', unit: 'MB' }, residentBytesBefore / megabyte);
  const perStream = (residentBytes - residentBytesBefore) / count / 1000;
  record(rows, { ...key, figure: 'RSS per stream', unit: 'KB' }, perStream);
}

async function large(target: Target, { seconds }: BenchContext, rows: Row[]): Promise<void> {
  const key = { section: '1 MB bodies, 8 connections', target: target.name };
  const up = await measureRequests(target, 8, seconds, chatBytes(target, { upBytes: megabyte }));
  record(rows, { ...key, figure: 'CPU time per upload', unit: 'µs' }, up.cpuMicroseconds);
  record(rows, { ...key, figure: 'uploads per second', unit: '1/s' }, up.requestsPerSecond);
  const down = await measureRequests(target, 8, seconds, chatBytes(target, { downBytes: megabyte }));
  record(rows, { ...key, figure: 'CPU time per download', unit: 'µs' }, down.cpuMicroseconds);
  record(rows, { ...key, figure: 'downloads per second', unit: '1/s' }, down.requestsPerSecond);
}

async function compareTargets(
  compare: Compare,
  context: BenchContext,
  rows: Row[],
  names?: readonly TargetName[],
): Promise<void> {
  const targets = await startTargets(context, names);
  try {
    for (let round = 0; round < context.rounds; round++) {
      for (const target of inOrder(targets, round)) await compare(target, context, rows);
    }
  } finally {
    for (const target of targets) await target.stop();
  }
}

type Run = (context: BenchContext, rows: Row[]) => Promise<void>;

/** Each starts its processes afresh, so that none sees another's memory. */
export const comparisons = {
  requests: (context, rows) => compareTargets(requests, context, rows),
  chunks: (context, rows) => compareTargets(chunks, context, rows),
  latency: (context, rows) => compareTargets(latency, context, rows),
  streams: (context, rows) => compareTargets(streams, context, rows),
  large: (context, rows) => compareTargets(large, context, rows, ['bare', 'nginx', 'standalone', 'proxy']),
} satisfies Readonly<Record<string, Run>>;
