/** The parts of the benchmark, in the order in which they run. */
import type { BenchContext } from './context.ts';
import type { Row } from './report.ts';
import { cluster } from './sections/cluster.ts';
import { comparisons } from './sections/comparisons.ts';
import { guardrails } from './sections/guardrails.ts';
import { identity } from './sections/identity.ts';
import { detectors } from './sections/detectors.ts';
import { metering } from './sections/metering.ts';
import { reviews } from './sections/reviews.ts';
import { soak } from './sections/soak.ts';
import { start } from './sections/start.ts';
import { wires } from './sections/wires.ts';

type Run = (context: BenchContext, rows: Row[]) => Promise<void>;

const runs = {
  ...comparisons,
  wires,
  metering,
  guardrails,
  identity,
  start,
  cluster,
  detectors,
  reviews,
  soak,
} satisfies Readonly<Record<string, Run>>;

export type Section = keyof typeof runs;

export const sections = Object.keys(runs) as readonly Section[];

/** What runs unless told otherwise: these two take their time, and nobody waits for them by accident. */
export const defaultSections = sections.filter((section) => section !== 'soak' && section !== 'reviews');

/** Runs the chosen sections and tells of each when it is done. */
export async function runAll(
  chosen: readonly Section[],
  context: BenchContext,
  done: (rows: readonly Row[]) => void,
): Promise<void> {
  for (const section of chosen) {
    process.stderr.write(`${section} …\n`);
    const rows: Row[] = [];
    await runs[section](context, rows);
    done(rows);
  }
}
