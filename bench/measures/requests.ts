/** Whole answers in a closed loop: requests a second, and processor time of the process between for each. */
import { setTimeout as delay } from 'node:timers/promises';
import { chatBytes, connectAll } from '../load/client.ts';
import type { Target } from '../target.ts';

/** What a closed loop gives. */
export interface RequestFigures {
  readonly requestsPerSecond: number;
  /** Microseconds of user and system time; undefined for the direct path. */
  readonly cpuMicroseconds: number | undefined;
}

/** Until the compiler has done its work: a small program is there after 2 s, the gateway is not. */
const WARM_UP_MS = 6000;
const warm = new WeakSet<Target>();

/** Runs `connections` clients, each with one request (`bytes`) under way, for `seconds` after a warm-up. */
export async function measureRequests(
  target: Target,
  connections: number,
  seconds: number,
  bytes: Buffer = chatBytes(target),
): Promise<RequestFigures> {
  const clients = await connectAll(target.port, connections);
  let done = 0;
  let running = true;
  let left = clients.length;
  const drained = Promise.withResolvers<void>();
  for (const client of clients) {
    client.onFailure = (error) => drained.reject(new Error(`${target.name}: ${error.message}`, { cause: error }));
    client.onEnd = () => {
      done++;
      if (running) client.socket.write(bytes);
      else if (--left === 0) drained.resolve();
    };
    client.socket.write(bytes);
  }
  // A failure while nobody awaits `drained` is reported at its await below.
  drained.promise.catch(() => {});
  try {
    await delay(warm.has(target) ? 1000 : WARM_UP_MS);
    warm.add(target);
    const before = { done, cpu: target.process?.cpuSeconds(), at: performance.now() };
    await delay(seconds * 1000);
    const requests = done - before.done;
    const cpu = target.process && target.process.cpuSeconds() - (before.cpu ?? 0);
    const elapsed = (performance.now() - before.at) / 1000;
    running = false;
    await drained.promise;
    return {
      requestsPerSecond: requests / elapsed,
      cpuMicroseconds: cpu === undefined ? undefined : (cpu * 1e6) / requests,
    };
  } finally {
    for (const client of clients) client.close();
  }
}
