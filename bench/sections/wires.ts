/** The cost of every API's stream, and how much of it is metering: the same bytes under a type that nobody meters. */
import { inOrder, startTargets, type BenchContext } from '../context.ts';
import { streamCalls } from '../load/payloads/index.ts';
import type { StreamCall } from '../load/payloads/wire.ts';
import { checkForwards } from '../measures/forwards.ts';
import { measureStreams } from '../measures/streams.ts';
import { record, type Row } from '../report.ts';
import type { Target } from '../target.ts';
import { standalone } from '../targets.ts';

const COST = 'CPU time per streamed chunk, by wire, 200 streams × 50 chunks/s';
const SHARE = 'Share of metering in the CPU time per chunk';

/** Until the compiler has done its work. */
const WARM_UP_MS = 2500;
const SETTLE_MS = 500;

/** Runs the section `wires`. */
export async function wires(context: BenchContext, rows: Row[]): Promise<void> {
  const targets = await startTargets(context, ['bare', 'nginx']);
  try {
    if (context.targets.includes('standalone'))
      targets.push(await standalone(context.upstream.port, context.folder, { everyAPI: true }));
    for (const target of targets) for (const call of streamCalls) await checkForwards(target, context.upstream, call);
    for (let round = 0; round < context.rounds; round++) {
      for (const call of streamCalls) {
        for (const target of inOrder(targets, round)) await measureWire(target, call, context, rows, round);
      }
    }
  } finally {
    for (const target of targets) await target.stop();
  }
}

async function measureWire(
  target: Target,
  call: StreamCall,
  { upstream, seconds }: BenchContext,
  rows: Row[],
  round: number,
): Promise<void> {
  const load = { call, count: 200, perSecond: 50, seconds, settleMilliseconds: round === 0 ? WARM_UP_MS : SETTLE_MS };
  const { cpuMicrosecondsPerChunk: cost, failed } = await measureStreams(target, upstream, load);
  if (failed > 0) throw new Error(`${target.name}, ${call.name}: ${failed} streams failed`);
  const key = { section: COST, figure: call.name, unit: 'µs' };
  record(rows, { ...key, target: target.name }, cost);
  if (target.adminPort === undefined || cost === undefined) return;
  const without = await measureStreams(target, upstream, { ...load, opaque: true });
  const unmetered = without.cpuMicrosecondsPerChunk;
  record(rows, { ...key, target: 'standalone, not metered' }, unmetered);
  if (unmetered === undefined) return;
  record(rows, { section: SHARE, figure: call.name, unit: '%', target: target.name }, shareOf(cost, unmetered));
}

/** Percentage of `whole` that is more than `part`. */
export function shareOf(whole: number, part: number): number {
  return ((whole - part) / whole) * 100;
}
