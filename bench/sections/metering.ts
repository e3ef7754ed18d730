/** How much of the CPU time of a whole answer is metering: the same bytes under a type that nobody meters. */
import { inOrder, type BenchContext } from '../context.ts';
import { callBytes } from '../load/client.ts';
import { wholeCalls } from '../load/payloads/index.ts';
import { measureRequests } from '../measures/requests.ts';
import { record, type Row } from '../report.ts';
import { standalone } from '../targets.ts';
import { shareOf } from './wires.ts';

/** Runs the section `metering`. */
export async function metering({ upstream, folder, rounds, seconds }: BenchContext, rows: Row[]): Promise<void> {
  const target = await standalone(upstream.port, folder, { everyAPI: true });
  const section = 'CPU time per whole answer, by wire, 32 connections';
  try {
    for (let round = 0; round < rounds; round++) {
      for (const call of wholeCalls) {
        const cost: Record<'metered' | 'not metered', number> = { metered: Number.NaN, 'not metered': Number.NaN };
        for (const how of inOrder(['metered', 'not metered'] as const, round)) {
          const bytes = callBytes(target, call, { opaque: how === 'not metered' });
          const { cpuMicroseconds = Number.NaN } = await measureRequests(target, 32, seconds, bytes);
          cost[how] = cpuMicroseconds;
          record(rows, { section, figure: call.name, unit: 'µs', target: `standalone, ${how}` }, cpuMicroseconds);
        }
        const share = { section: 'Share of metering in the CPU time per request', figure: call.name, unit: '%' };
        record(rows, { ...share, target: target.name }, shareOf(cost.metered, cost['not metered']));
      }
    }
  } finally {
    await target.stop();
  }
}
