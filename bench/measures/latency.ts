/** Latency at a fixed rate, timed from the moment a request was due, so that a stall counts for all it delays. */
import { setTimeout as delay } from 'node:timers/promises';
import { chatBytes, connectAll, type Client } from '../load/client.ts';
import { percentile } from '../statistics.ts';
import type { Target } from '../target.ts';

/** Milliseconds. */
export interface LatencyFigures {
  readonly p50: number;
  readonly p99: number;
}

/** What is sent, and which moment of its answer is timed. */
export interface Timed {
  /** Several take turns. */
  readonly bytes: Buffer | readonly Buffer[];
  readonly until: 'End' | 'FirstOfBody';
}

/** Sends `perSecond` requests each second for `seconds`, evenly, over kept connections. */
export async function measureLatency(
  target: Target,
  perSecond: number,
  seconds: number,
  { bytes, until }: Timed = { bytes: chatBytes(target), until: 'End' },
): Promise<LatencyFigures> {
  const idle = await connectAll(target.port, 64);
  const all = [...idle];
  const latencies: number[] = [];
  const waiting: number[] = [];
  const failures: Error[] = [];
  const requests = Buffer.isBuffer(bytes) ? [bytes] : bytes;
  let turn = 0;
  const send = (client: Client, due: number): void => {
    let timed = false;
    const arrived = (): void => {
      if (!timed) latencies.push(performance.now() - due);
      timed = true;
    };
    client.onBody = until === 'FirstOfBody' ? arrived : undefined;
    client.onEnd = () => {
      arrived();
      const next = waiting.shift();
      if (next === undefined) idle.push(client);
      else send(client, next);
    };
    client.socket.write(requests[turn++ % requests.length] ?? '');
  };
  for (const client of all) {
    client.onFailure = (error) => {
      failures.push(error);
    };
  }
  try {
    const started = performance.now();
    const total = perSecond * seconds;
    for (let sent = 0; sent < total && failures.length === 0;) {
      const due = started + (sent * 1000) / perSecond;
      const wait = due - performance.now();
      // Timers are whole milliseconds; the rest of the way is spun through the event loop.
      if (wait > 2) await delay(wait - 1.5);
      else if (wait > 0) await new Promise(setImmediate);
      else {
        const client = idle.pop();
        if (client === undefined) waiting.push(due);
        else send(client, due);
        sent++;
      }
    }
    const deadline = performance.now() + 10_000;
    while (latencies.length < total) {
      if (failures[0]) throw new Error(`${target.name}: ${failures[0].message}`, { cause: failures[0] });
      if (performance.now() > deadline)
        throw new Error(`${target.name}: ${total - latencies.length} answers are missing`);
      await delay(5);
    }
    const steady = latencies.slice(Math.floor(total / 5));
    return { p50: percentile(steady, 0.5), p99: percentile(steady, 0.99) };
  } finally {
    for (const client of all) client.close();
  }
}
