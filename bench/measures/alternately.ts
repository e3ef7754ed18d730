/**
 * Two kinds of requests to the same process by turns: what tells them apart is seen through a machine's noise, which
 * changes more slowly than they do. Both come at the same rate, below what the process can take: in a closed loop the
 * kind that costs more comes more slowly, the load sleeps more, and each answer has to wake it, at the process's expense.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type Client, connectAll } from '../load/client.ts';
import type { Target } from '../target.ts';

const CONNECTIONS = 32;
/** Until the compiler has done its work on both. */
const WARM_UP_MS = 3000;
/** After which answers to requests of the turn before have gone. */
const SETTLE_MS = 60;
/** Length of a turn. */
const TURN_MS = 400;

const warm = new WeakMap<Target, Set<Buffer>>();

/** Microseconds of user and system time for each request, in a pair of turns. */
export interface Pair {
  readonly one: number;
  readonly other: number;
}

/** Sends prepared requests evenly, each over a connection that has none under way. */
class Load {
  bytes: Buffer;
  done = 0;
  failure: Error | undefined;
  readonly #clients: readonly Client[];
  readonly #idle: Client[];
  readonly #timer: NodeJS.Timeout;
  #last = performance.now();
  #owed = 0;

  constructor(target: Target, clients: readonly Client[], perSecond: number, bytes: Buffer) {
    this.bytes = bytes;
    this.#clients = clients;
    this.#idle = [...clients];
    for (const client of clients) {
      client.onFailure = (error) => {
        this.failure ??= new Error(`${target.name}: ${error.message}`, { cause: error });
      };
      client.onEnd = () => {
        this.done += 1;
        this.#idle.push(client);
      };
    }
    this.#timer = setInterval(() => this.#send(perSecond), 1);
  }

  close(): void {
    clearInterval(this.#timer);
    for (const client of this.#clients) client.close();
  }

  /** What is not sent because all connections wait is not made up for. */
  #send(perSecond: number): void {
    const now = performance.now();
    this.#owed = Math.min(this.#owed + ((now - this.#last) * perSecond) / 1000, CONNECTIONS);
    this.#last = now;
    while (this.#owed >= 1) {
      const client = this.#idle.shift();
      if (client === undefined) return;
      client.socket.write(this.bytes);
      this.#owed -= 1;
    }
  }
}

/** Sends `perSecond` requests each second for about `seconds` after a warm-up, `one` and `other` by turns. */
export async function measureAlternately(
  target: Target,
  { perSecond, seconds }: { readonly perSecond: number; readonly seconds: number },
  { one, other }: { readonly one: Buffer; readonly other: Buffer },
): Promise<Pair[]> {
  const { process } = target;
  if (process === undefined) throw new Error(`${target.name} has no process to measure`);
  const load = new Load(target, await connectAll(target.port, CONNECTIONS), perSecond, one);
  const turn = async (bytes: Buffer, milliseconds: number): Promise<number> => {
    load.bytes = bytes;
    await delay(SETTLE_MS);
    const before = { done: load.done, cpu: process.cpuSeconds() };
    await delay(milliseconds);
    if (load.failure !== undefined) throw load.failure;
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
    return pairs;
  } finally {
    load.close();
  }
}
