/**
 * The old generation, collected when it has grown by a little: a thousand streams that have ended leave 15 MB of garbage
 * there, and V8 by itself lets the next thousand stand beside it. Tighter limits (`--heap-growing-percent`,
 * `--optimize-for-size`) cost CPU time for ever. Here collections are asked for one by one, and few of them.
 */
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

const LOOK_MILLISECONDS = 100;
/** Growth since the last collection from which on another is asked for. */
const STEP_BYTES = 2 * 1024 * 1024;

/**
 * How many collections may follow each other closely, enough for two bursts, and how long it takes until one more may: at
 * full speed garbage comes all the time, and to collect it every three seconds made requests half as dear again.
 */
const MAX_AT_ONCE = 12;
const ONE_MORE_MILLISECONDS = 30_000;

/** Looks at the old generation regularly from now on, and holds no process up. */
export function watchOldGeneration(): void {
  let bytes = oldBytes();
  let asked = false;
  let left = MAX_AT_ONCE;
  // Only a collection of the old generation finds that an object is gone. (A weak reference that is looked at stays.)
  const collections = new FinalizationRegistry(() => {
    if (asked) ask(false);
    asked = false;
    bytes = oldBytes();
    collections.register({}, undefined);
  });
  collections.register({}, undefined);
  setInterval(() => {
    left = Math.min(MAX_AT_ONCE, left + LOOK_MILLISECONDS / ONE_MORE_MILLISECONDS);
    if (asked || left < 1 || oldBytes() < bytes + STEP_BYTES) return;
    left -= 1;
    asked = true;
    ask(true);
  }, LOOK_MILLISECONDS).unref();
}

/** V8 begins to mark when so many percent of what may be allocated until its limit are; at 0 it decides by itself. */
function ask(now: boolean): void {
  setFlagsFromString(`--incremental-marking-hard-trigger=${now ? 1 : 0}`);
}

/** What lives in it, and the garbage that nobody has found yet. */
function oldBytes(): number {
  let bytes = 0;
  for (const { space_name, space_used_size } of getHeapSpaceStatistics()) {
    if (space_name !== 'new_space') bytes += space_used_size;
  }
  return bytes;
}
