/**
 * V8 set up for a process that holds thousands of streams. Import it before everything else, for its effect: what start-up
 * leaves behind would otherwise have grown the young generation already.
 *
 * By itself the young generation grows to 64 MB, most of it garbage; `--max-semi-space-size` would limit it, but only on
 * the command line. So its growth is stopped at a size that was measured: smaller ones cost CPU time and save nothing.
 * Maglev's code and its compiler's memory buy this workload nothing.
 */
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/** Of both halves together. */
const YOUNG_BYTES = 4 * 1024 * 1024;

/** Milliseconds between looks while it may grow, and while it may not. V8 shrinks it in quiet times. */
const GROWING_MILLISECONDS = 100;
const GROWN_MILLISECONDS = 1000;

setFlagsFromString('--no-maglev');
setGrowthFactor(1);
setTimeout(govern, GROWING_MILLISECONDS).unref();

let mayGrow = false;

function govern(): void {
  const isSmall = youngBytes() < YOUNG_BYTES;
  if (isSmall !== mayGrow) {
    mayGrow = isSmall;
    setGrowthFactor(isSmall ? 2 : 1);
  }
  setTimeout(govern, isSmall ? GROWING_MILLISECONDS : GROWN_MILLISECONDS).unref();
}

function youngBytes(): number {
  return getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')?.space_size ?? 0;
}

function setGrowthFactor(factor: number): void {
  setFlagsFromString(`--semi-space-growth-factor=${factor}`);
}
