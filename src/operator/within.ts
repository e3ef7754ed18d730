/** A time limit on any clock. */
import { sleep } from '../kube/clock.ts';
import type { Clock } from '../kube/types.ts';

/** What the work comes to, which gets a signal that aborts after so long: it is up to the work to end then. */
export async function within<T>(clock: Clock, ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const [limit, ended] = [new AbortController(), new AbortController()];
  void sleep(clock, ms, ended.signal).then(() => {
    if (!ended.signal.aborted) limit.abort();
  });
  try {
    return await work(limit.signal);
  } finally {
    ended.abort();
  }
}
