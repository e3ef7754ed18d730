/** Waiting for a condition: the alternative to sleeping. */
import { setTimeout as delay } from 'node:timers/promises';

/** Settings of a wait. */
export interface WaitOptions {
  /** Default 60 s: a ceiling for a busy machine, not a measure. */
  readonly timeoutMilliseconds?: number;
  /** Pause between two looks; default 50 ms. */
  readonly intervalMilliseconds?: number;
}

/**
 * Polls until `look` gives something other than `undefined` or `false`, and
 * returns it. A throwing `look` counts as not yet; the last error becomes the
 * cause of the time-out.
 */
export async function waitFor<T>(
  what: string,
  look: () => T | Promise<T>,
  { timeoutMilliseconds = 60_000, intervalMilliseconds = 50 }: WaitOptions = {},
): Promise<Exclude<T, undefined | false>> {
  const deadline = Date.now() + timeoutMilliseconds;
  let lastError: unknown;
  for (;;) {
    try {
      const value = await look();
      if (value !== undefined && value !== false) return value as Exclude<T, undefined | false>;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    if (Date.now() > deadline)
      throw new Error(`gave up after ${timeoutMilliseconds} ms waiting for ${what}`, { cause: lastError });
    await delay(intervalMilliseconds);
  }
}
