/** Open streams: processor time for each chunk, memory for each stream, and how evenly chunks arrive. */
import { setTimeout as delay } from 'node:timers/promises';
import { callBytes, connectAll } from '../load/client.ts';
import { chatStream } from '../load/payloads/index.ts';
import type { StreamCall } from '../load/payloads/wire.ts';
import type { BenchUpstream } from '../load/upstream.ts';
import { percentile } from '../statistics.ts';
import type { Target } from '../target.ts';
import { StreamWatch } from './stream-watch.ts';

/** What open streams cost. */
export interface StreamFigures {
  readonly chunksPerSecond: number;
  readonly cpuMicrosecondsPerChunk: number | undefined;
  readonly residentBytesBefore: number | undefined;
  readonly residentBytes: number | undefined;
  /** Time between two arrivals on one stream, 99th percentile. */
  readonly gapMillisecondsP99: number;
  /** Streams that broke, or were not answered with 200. */
  readonly failed: number;
}

/** Which streams, and how long they are watched. */
export interface StreamLoad {
  readonly count: number;
  /** Chunks of each stream. */
  readonly perSecond: number;
  readonly seconds: number;
  /** Default: OpenAI chat. */
  readonly call?: StreamCall;
  /** The answers have a type that nobody meters. */
  readonly opaque?: boolean;
  /** Time before the measurement, from the last stream's begin. Default: that of a few chunks. */
  readonly settleMilliseconds?: number;
  /** Runs after the measurement, while the streams go on. */
  readonly afterwards?: () => Promise<void>;
}

/** Opens streams, watches them, and lets them end. */
export async function measureStreams(
  target: Target,
  upstream: BenchUpstream,
  load: StreamLoad,
): Promise<StreamFigures> {
  const { count, perSecond, seconds, call = chatStream, opaque = false } = load;
  upstream.streamRate(perSecond);
  const residentBytesBefore = target.process?.residentBytes();
  const bytes = callBytes(target, call, { opaque });
  const clients = await connectAll(target.port, count);
  const watch = new StreamWatch(target.name, clients);
  try {
    for (const client of clients) client.socket.write(bytes);
    await watch.allBegun();
    await delay(load.settleMilliseconds ?? Math.min(2000, 2000 / perSecond + 300));
    watch.begin();
    const before = { cpu: target.process?.cpuSeconds(), at: performance.now() };
    await delay(seconds * 1000);
    const cpu = target.process && target.process.cpuSeconds() - (before.cpu ?? 0);
    const elapsed = (performance.now() - before.at) / 1000;
    const chunks = watch.bodyBytes / call.chunk.length;
    const residentBytes = target.process?.residentBytes();
    const gap = percentile(watch.gaps, 0.99);
    await load.afterwards?.();
    upstream.endStreams();
    await watch.allEnded();
    return {
      chunksPerSecond: chunks / elapsed,
      cpuMicrosecondsPerChunk: cpu === undefined ? undefined : (cpu * 1e6) / chunks,
      residentBytesBefore,
      residentBytes,
      gapMillisecondsP99: gap,
      failed: watch.failed,
    };
  } finally {
    for (const client of clients) client.close();
    upstream.endStreams();
    upstream.streamRate(20);
  }
}
