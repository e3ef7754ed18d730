/** Time as this room sees it, so that tests can turn it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Calls back once after `ms`, unless the returned function is called before. */
  readonly schedule: (ms: number, callback: () => void) => () => void;
}

/** Node's own time. What it schedules keeps no process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  schedule: (ms, callback) => {
    const timer = setTimeout(callback, ms).unref();
    return () => clearTimeout(timer);
  },
};

/** RFC 3339 in UTC; what is beyond the range of dates is shown as seconds. */
export function formatTime(milliseconds: number): string {
  const date = new Date(milliseconds);
  return Number.isNaN(date.getTime()) ? `${milliseconds / 1000} s` : date.toISOString();
}
