/**
 * V8 set up for a process that holds thousands of streams. Import it before everything else, for its effect: what start-up
 * leaves behind would otherwise have grown the young generation already.
 *
 * By itself the young generation grows to 64 MB, most of it garbage; `--max-semi-space-size` would limit it, but only on
 * the command line. So it may not grow, but for the moments in which it is grown here, to a size that was measured: smaller
 * ones cost CPU time and save nothing. V8 shrinks it in quiet times; the next busy second brings it back.
 * Maglev's code and its compiler's memory buy this workload nothing. Without it the optimizing compiler is all there is
 * between code that is not optimized and code that is, and what a stream runs through is called a few thousand times a
 * second at most: it begins sooner than by default.
 */
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { watchOldGeneration } from './old-generation.ts';

/** Bytes of one half, of which there are two, below which it is grown: doubled from 1 MiB they come to 2. */
const LEAST_YOUNG_BYTES = 1.5 * 1024 * 1024;

const LOOK_MILLISECONDS = 1000;
/** CPU time between two looks from which on the process counts as busy. */
const BUSY_MICROSECONDS = 100_000;

/**
 * V8's own figure is 3000. With this one a chunk costs half the CPU time in a process's first half minute, and the same
 * later; at 100, what is learned too early is unlearned again.
 */
const CALLS_BEFORE_OPTIMIZING = 600;

/** What is allocated between two looks at the size: no two collections fit between them. */
const STEP_NUMBERS = 8 * 1024;
const MAX_STEPS = 1024;

setFlagsFromString('--no-maglev');
setFlagsFromString(`--invocation-count-for-turbofan=${CALLS_BEFORE_OPTIMIZING}`);
setFlagsFromString('--semi-space-growth-factor=1');
watchOldGeneration();

let cpu = process.cpuUsage();
setInterval(() => {
  const used = process.cpuUsage(cpu);
  cpu = process.cpuUsage();
  if (used.user + used.system > BUSY_MICROSECONDS && youngBytes() < LEAST_YOUNG_BYTES) grow();
}, LOOK_MILLISECONDS).unref();

/** V8 doubles the young generation when enough of it has survived: here, garbage that is held until then. */
function grow(): void {
  setFlagsFromString('--semi-space-growth-factor=2');
  const survivors: number[][] = [];
  for (let step = 0; step < MAX_STEPS && youngBytes() < LEAST_YOUNG_BYTES; step += 1) {
    survivors.push(Array.from({ length: STEP_NUMBERS }, (_, index) => index));
  }
  setFlagsFromString('--semi-space-growth-factor=1');
}

/** What a half may hold: its memory is committed only when it is needed, so that its size tells too late. */
function youngBytes(): number {
  const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
  return young === undefined ? LEAST_YOUNG_BYTES : young.space_used_size + young.space_available_size;
}
