/**
 * Open streams of several processes at the same time: what a machine does besides falls on all of them alike, and is not
 * taken for a difference between them.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { callBytes, type Client, connectAll } from '../load/client.ts';
import type { StreamCall } from '../load/payloads/wire.ts';
import type { BenchUpstream } from '../load/upstream.ts';
import { median } from '../statistics.ts';
import type { Target } from '../target.ts';
import { StreamWatch } from './stream-watch.ts';

/** Parts of a measurement that are compared by themselves. */
const SLICES = 8;

/** Chunks a second of each stream until what is measured begins. */
const WARM_UP_PER_SECOND = 50;
const SETTLE_MS = 500;

/** Which streams, for how long. */
export interface SharedLoad {
  readonly call: StreamCall;
  /** Streams of each target. */
  readonly count: number;
  /** Chunks of each stream. */
  readonly perSecond: number;
  readonly seconds: number;
  /** Time before the measurement in which chunks come faster, so that the compiler has done its work. */
  readonly warmUpMilliseconds: number;
}

/** What one target's streams cost. */
export interface SharedFigures {
  readonly target: Target;
  readonly cpuMicrosecondsPerChunk: number;
  /** Of the first target's at the same moment. */
  readonly ratio: number;
  readonly residentBytes: number;
}

interface Side {
  readonly target: Target;
  readonly clients: readonly Client[];
  readonly watch: StreamWatch;
  /** Microseconds for each chunk, slice by slice. */
  readonly costs: number[];
}

/** Opens streams on all `targets`, which have a process each, watches them, and lets them end. */
export async function measureStreamsAtOnce(
  targets: readonly Target[],
  upstream: BenchUpstream,
  load: SharedLoad,
): Promise<SharedFigures[]> {
  const sides: Side[] = [];
  try {
    for (const target of targets) sides.push(await opened(target, load));
    upstream.streamRate(WARM_UP_PER_SECOND);
    await delay(load.warmUpMilliseconds);
    upstream.streamRate(load.perSecond);
    await delay(SETTLE_MS);
    for (let slice = 0; slice < SLICES; slice++) await measureSlice(sides, load);
    const figures = sides.map((side) => figuresOf(side, sides[0]));
    upstream.endStreams();
    for (const { watch } of sides) await watch.allEnded();
    for (const { target, watch } of sides) {
      if (watch.failed > 0) throw new Error(`${target.name}, ${load.call.name}: ${watch.failed} streams failed`);
    }
    return figures;
  } finally {
    for (const { clients } of sides) for (const client of clients) client.close();
    upstream.endStreams();
    upstream.streamRate(20);
  }
}

async function opened(target: Target, { call, count }: SharedLoad): Promise<Side> {
  const clients = await connectAll(target.port, count);
  const watch = new StreamWatch(target.name, clients);
  const bytes = callBytes(target, call);
  for (const client of clients) client.socket.write(bytes);
  await watch.allBegun();
  return { target, clients, watch, costs: [] };
}

async function measureSlice(sides: readonly Side[], { call, seconds }: SharedLoad): Promise<void> {
  const before = sides.map(({ target, watch }) => {
    watch.begin();
    return target.process?.cpuSeconds() ?? Number.NaN;
  });
  await delay((seconds * 1000) / SLICES);
  for (const [index, { target, watch, costs }] of sides.entries()) {
    const cpu = (target.process?.cpuSeconds() ?? Number.NaN) - (before[index] ?? 0);
    costs.push((cpu * 1e6) / (watch.bodyBytes / call.chunk.length));
  }
}

function figuresOf({ target, costs }: Side, first: Side | undefined): SharedFigures {
  return {
    target,
    cpuMicrosecondsPerChunk: median(costs),
    ratio: median(costs.map((cost, slice) => cost / (first?.costs[slice] ?? Number.NaN))),
    residentBytes: target.process?.residentBytes() ?? Number.NaN,
  };
}
