/** From the start of the process to its first answer, and memory then. */
import { megabyte, type BenchContext } from '../context.ts';
import { record, type Row } from '../report.ts';
import { standalone } from '../targets.ts';

/** Runs the section `start`. */
export async function start({ upstream, folder, rounds, manyProviders }: BenchContext, rows: Row[]): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    for (const providers of [1, manyProviders]) {
      const begun = performance.now();
      const target = await standalone(upstream.port, folder, { providers });
      const elapsed = performance.now() - begun;
      const key = { section: 'Start of standalone', target: `${providers} provider(s)` };
      record(rows, { ...key, figure: 'to the first answer', unit: 'ms' }, elapsed);
      record(rows, { ...key, figure: 'RSS', unit: 'MB' }, (target.process?.residentBytes() ?? Number.NaN) / megabyte);
      await target.stop();
    }
  }
}
