/** What guardrails cost: the same gateway without any, with a usual policy, and with the same in Audit. Nothing in these texts is found. */
import { inOrder, megabyte, type BenchContext } from '../context.ts';
import { callBytes, chatBytes } from '../load/client.ts';
import { chatStream, streamCalls, wholeCalls } from '../load/payloads/index.ts';
import { measureLatency } from '../measures/latency.ts';
import { measureRequests } from '../measures/requests.ts';
import { measureStreams } from '../measures/streams.ts';
import { record, type Row } from '../report.ts';
import type { Target } from '../target.ts';
import { standalone } from '../targets.ts';
import { usualSpec } from '../usual-policy.ts';

const STREAMS = 200;
/** Until the compiler has done its work. */
const WARM_UP_MS = 2500;
const SETTLE_MS = 500;

/** Runs the section `guardrails`. */
export async function guardrails(context: BenchContext, rows: Row[]): Promise<void> {
  const { upstream, folder, rounds } = context;
  const start = async (name: string, guardrail?: object): Promise<Target> => ({
    ...(await standalone(upstream.port, folder, { everyAPI: true, ...(guardrail && { guardrail, name }) })),
    name,
  });
  const targets = [
    await start('without'),
    await start('policy', usualSpec()),
    await start('audit', usualSpec('Audit')),
  ];
  try {
    for (let round = 0; round < rounds; round++) {
      const cost = new Map<string, number>();
      for (const target of inOrder(targets, round)) {
        await wholeAnswers(target, context, rows, cost);
        await chunks(target, context, rows, cost, round === 0 ? WARM_UP_MS : SETTLE_MS);
        await firstToken(target, context, rows);
      }
      for (const [key, microseconds] of cost) {
        const [target = '', what = ''] = key.split('\n');
        const without = cost.get(`without\n${what}`);
        if (target === 'without' || without === undefined) continue;
        const section = 'Guardrails over none, same round';
        record(rows, { section, figure: what, unit: '%', target }, (microseconds / without - 1) * 100);
      }
    }
  } finally {
    for (const target of targets) await target.stop();
  }
}

async function wholeAnswers(
  target: Target,
  { seconds }: BenchContext,
  rows: Row[],
  cost: Map<string, number>,
): Promise<void> {
  const section = 'Guardrails: CPU time per whole answer, 32 connections';
  for (const call of wholeCalls) {
    const { cpuMicroseconds = Number.NaN } = await measureRequests(target, 32, seconds, callBytes(target, call));
    record(rows, { section, figure: call.name, unit: 'µs', target: target.name }, cpuMicroseconds);
    cost.set(`${target.name}\n${call.name}, whole`, cpuMicroseconds);
  }
  const large = await measureRequests(target, 8, seconds, chatBytes(target, { upBytes: megabyte }));
  record(rows, { section, figure: '1 MB up', unit: 'µs', target: target.name }, large.cpuMicroseconds);
}

async function chunks(
  target: Target,
  { upstream, seconds }: BenchContext,
  rows: Row[],
  cost: Map<string, number>,
  settleMilliseconds: number,
): Promise<void> {
  for (const call of streamCalls) {
    const load = { call, count: STREAMS, perSecond: 20, seconds, settleMilliseconds };
    const figures = await measureStreams(target, upstream, load);
    if (figures.failed > 0) throw new Error(`${target.name}, ${call.name}: ${figures.failed} streams failed`);
    const { cpuMicrosecondsPerChunk = Number.NaN, residentBytes = Number.NaN } = figures;
    const key = { figure: call.name, target: target.name };
    const each = `${STREAMS} streams × 20 chunks/s`;
    record(rows, { ...key, section: `Guardrails: CPU time per chunk, ${each}`, unit: 'µs' }, cpuMicrosecondsPerChunk);
    record(rows, { ...key, section: `Guardrails: RSS, ${each}`, unit: 'MB' }, residentBytes / megabyte);
    cost.set(`${target.name}\n${call.name}, per chunk`, cpuMicrosecondsPerChunk);
  }
}

/** Short streams at a fixed rate: when the first bytes of an answer are there. */
async function firstToken(target: Target, { seconds }: BenchContext, rows: Row[]): Promise<void> {
  const timed = { bytes: callBytes(target, chatStream, { ticks: 0 }), until: 'FirstOfBody' } as const;
  const { p50, p99 } = await measureLatency(target, 100, seconds, timed);
  const key = {
    section: 'Guardrails: time to first byte of a streamed answer, 100/s',
    target: target.name,
    unit: 'ms',
  };
  record(rows, { ...key, figure: 'p50' }, p50);
  record(rows, { ...key, figure: 'p99' }, p99);
}
