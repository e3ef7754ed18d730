/** The real clock, and waiting: for any clock, for promises, never longer than a signal allows. */
import type { Clock } from './types.ts';

/** Node's timers take no more, and fire at once when they are given more. */
const longestTimerMs = 2 ** 31 - 1;

/** Node's own time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  schedule: (ms, callback) => {
    let timer: NodeJS.Timeout;
    const wait = (rest: number): void => {
      const then = rest > longestTimerMs ? (): void => wait(rest - longestTimerMs) : callback;
      timer = setTimeout(then, Math.min(rest, longestTimerMs));
    };
    wait(ms);
    return () => clearTimeout(timer);
  },
};

/** Resolves after `ms`, or at once when the signal aborts: look at the signal afterwards. Never rejects. */
export function sleep(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const onAbort = (): void => {
      cancel();
      resolve();
    };
    const cancel = clock.schedule(ms, () => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    });
    signal.addEventListener('abort', onAbort, { once: true });
  });
}

/** The promise, or a rejection with the signal's reason as soon as the signal aborts. */
export async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
