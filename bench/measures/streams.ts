/** Open streams: processor time for each chunk, memory for each stream, and how evenly chunks arrive. */
import { setTimeout as delay } from 'node:timers/promises';
import { connectAll, requestBytes, type Client } from '../load/client.ts';
import { contentChunk } from '../load/payloads.ts';
import type { BenchUpstream } from '../load/upstream.ts';
import { percentile } from '../statistics.ts';
import type { Target } from '../target.ts';

/** What open streams cost. */
export interface StreamFigures {
  readonly chunksPerSecond: number;
  readonly cpuMicrosecondsPerChunk: number | undefined;
  readonly residentBytesBefore: number | undefined;
  readonly residentBytes: number | undefined;
  /** Time between two arrivals on one stream, 99th percentile. */
  readonly gapMillisecondsP99: number;
}

/** Opens `count` streams that tick `perSecond` times, watches them for `seconds`, and lets them end. */
export async function measureStreams(
  target: Target,
  upstream: BenchUpstream,
  count: number,
  perSecond: number,
  seconds: number,
): Promise<StreamFigures> {
  upstream.streamRate(perSecond);
  const residentBytesBefore = target.process?.residentBytes();
  const bytes = requestBytes(target, { stream: true });
  const clients = await connectAll(target.port, count);
  const watch = new Watch(clients);
  try {
    for (const client of clients) client.socket.write(bytes);
    await watch.allBegun(target.name);
    await delay(Math.min(2000, 2000 / perSecond + 300));
    watch.begin();
    const before = { cpu: target.process?.cpuSeconds(), at: performance.now() };
    await delay(seconds * 1000);
    const cpu = target.process && target.process.cpuSeconds() - (before.cpu ?? 0);
    const elapsed = (performance.now() - before.at) / 1000;
    const chunks = watch.bodyBytes / contentChunk.length;
    const residentBytes = target.process?.residentBytes();
    const gap = percentile(watch.gaps, 0.99);
    upstream.endStreams();
    await watch.allEnded(target.name);
    return {
      chunksPerSecond: chunks / elapsed,
      cpuMicrosecondsPerChunk: cpu === undefined ? undefined : (cpu * 1e6) / chunks,
      residentBytesBefore,
      residentBytes,
      gapMillisecondsP99: gap,
    };
  } finally {
    for (const client of clients) client.close();
    upstream.endStreams();
    upstream.streamRate(20);
  }
}

/** Counts what arrives on all streams. */
class Watch {
  bodyBytes = 0;
  gaps: number[] = [];
  #begun = 0;
  #ended = 0;
  #failed: Error | undefined;
  readonly #count: number;

  constructor(clients: readonly Client[]) {
    this.#count = clients.length;
    for (const client of clients) {
      let lastAt = 0;
      client.onFailure = (error) => {
        this.#failed ??= error;
      };
      client.onEnd = () => {
        this.#ended++;
      };
      client.onBody = (bytes) => {
        const now = performance.now();
        if (lastAt === 0) this.#begun++;
        else this.gaps.push(now - lastAt);
        lastAt = now;
        this.bodyBytes += bytes.length;
      };
    }
  }

  begin(): void {
    this.bodyBytes = 0;
    this.gaps = [];
  }

  allBegun(name: string): Promise<void> {
    return this.#until(name, 'streams begun', () => this.#begun);
  }

  allEnded(name: string): Promise<void> {
    return this.#until(name, 'streams ended', () => this.#ended);
  }

  async #until(name: string, what: string, have: () => number): Promise<void> {
    const deadline = performance.now() + 20_000;
    while (have() < this.#count) {
      if (this.#failed) throw new Error(`${name}: ${this.#failed.message}`, { cause: this.#failed });
      if (performance.now() > deadline) throw new Error(`${name}: only ${have()} of ${this.#count} ${what}`);
      await delay(10);
    }
  }
}
