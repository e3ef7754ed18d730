/** How much of the CPU time of a whole answer is metering: the same bytes under a type that nobody meters. */
import type { BenchContext } from '../context.ts';
import { callBytes } from '../load/client.ts';
import { wholeCalls } from '../load/payloads/index.ts';
import { measureAlternately } from '../measures/alternately.ts';
import { record, type Row } from '../report.ts';
import { median } from '../statistics.ts';
import { standalone } from '../targets.ts';
import { shareOf } from './wires.ts';

/** About half of what the process can take. */
const PER_SECOND = 2500;

/** Runs the section `metering`. */
export async function metering({ upstream, folder, rounds, seconds }: BenchContext, rows: Row[]): Promise<void> {
  const target = await standalone(upstream.port, folder, { everyAPI: true });
  const section = `CPU time per whole answer, by wire, ${PER_SECOND} requests/s`;
  const calls = wholeCalls.map((call) => ({
    name: call.name,
    kinds: { one: callBytes(target, call), other: callBytes(target, call, { opaque: true }) },
  }));
  try {
    for (let round = 0; round < rounds; round++) {
      for (const { name, kinds } of calls) {
        const pairs = await measureAlternately(target, { perSecond: PER_SECOND, seconds }, kinds);
        const cost = { section, figure: name, unit: 'µs' };
        record(rows, { ...cost, target: 'standalone, metered' }, median(pairs.map(({ one }) => one)));
        record(rows, { ...cost, target: 'standalone, not metered' }, median(pairs.map(({ other }) => other)));
        const share = { section: 'Share of metering in the CPU time per request', figure: name, unit: '%' };
        record(rows, { ...share, target: target.name }, median(pairs.map(({ one, other }) => shareOf(one, other))));
      }
    }
  } finally {
    await target.stop();
  }
}
