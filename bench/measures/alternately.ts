/**
 * Two kinds of requests to the same process by turns: what tells them apart is seen through a machine's noise, which
 * changes more slowly than they do.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { connectAll } from '../load/client.ts';
import type { Target } from '../target.ts';

/** Until the compiler has done its work on both. */
const WARM_UP_MS = 3000;
/** After which answers to requests of the turn before have gone. */
const SETTLE_MS = 60;
/** Length of a turn, and how many answers it has at least. */
const TURN_MS = 400;
const TURN_REQUESTS = 400;

const warm = new WeakMap<Target, Set<Buffer>>();

/** Microseconds of user and system time for each request, in each pair of turns. */
export interface Pair {
  readonly one: number;
  readonly other: number;
}

/**
 * Runs `connections` clients, each with one request under way, for about `seconds` after a warm-up; they send `one` and
 * `other` by turns.
 */
export async function measureAlternately(
  target: Target,
  connections: number,
  seconds: number,
  { one, other }: { readonly one: Buffer; readonly other: Buffer },
): Promise<Pair[]> {
  const { process } = target;
  if (process === undefined) throw new Error(`${target.name} has no process to measure`);
  const clients = await connectAll(target.port, connections);
  const load = { bytes: one, done: 0, isRunning: true };
  let left = clients.length;
  const drained = Promise.withResolvers<void>();
  // A failure while nobody awaits `drained` is reported at its await below.
  drained.promise.catch(() => {});
  for (const client of clients) {
    client.onFailure = (error) => {
      load.isRunning = false;
      drained.reject(new Error(`${target.name}: ${error.message}`, { cause: error }));
    };
    client.onEnd = () => {
      load.done += 1;
      if (load.isRunning) client.socket.write(load.bytes);
      else if (--left === 0) drained.resolve();
    };
    client.socket.write(load.bytes);
  }
  const turn = async (next: Buffer, milliseconds: number): Promise<number> => {
    load.bytes = next;
    await delay(SETTLE_MS);
    const before = { done: load.done, cpu: process.cpuSeconds() };
    do await delay(milliseconds);
    while (load.done - before.done < TURN_REQUESTS && load.isRunning);
    return ((process.cpuSeconds() - before.cpu) * 1e6) / (load.done - before.done);
  };
  try {
    const known = warm.get(target) ?? new Set();
    for (const kind of [one, other]) if (!known.has(kind)) await turn(kind, WARM_UP_MS);
    warm.set(target, known.add(one).add(other));
    const pairs: Pair[] = [];
    for (const end = performance.now() + seconds * 1000; performance.now() < end;) {
      // In turn each is the first, so that a trend does not count.
      const isOneFirst = pairs.length % 2 === 0;
      const first = await turn(isOneFirst ? one : other, TURN_MS);
      const second = await turn(isOneFirst ? other : one, TURN_MS);
      pairs.push(isOneFirst ? { one: first, other: second } : { one: second, other: first });
    }
    load.isRunning = false;
    await drained.promise;
    return pairs;
  } finally {
    for (const client of clients) client.close();
  }
}
