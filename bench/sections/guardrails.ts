/** What guardrails cost: the same gateway without any, with a usual policy, and with the same in Audit. Nothing in these texts is found. */
import { inOrder, megabyte, type BenchContext } from '../context.ts';
import { callBytes } from '../load/client.ts';
import { chatStream, streamCalls } from '../load/payloads/index.ts';
import { measureLatency } from '../measures/latency.ts';
import { measureStreamsAtOnce } from '../measures/streams-at-once.ts';
import { record, type Row } from '../report.ts';
import type { Target } from '../target.ts';
import { standalone } from '../targets.ts';
import { usualSpec } from '../usual-policy.ts';
import { guardedAnswers } from './guarded-answers.ts';

/** Of each target; all of them are open at the same time. */
const STREAMS = 64;
/** Until the compiler has done its work on the first call's chunks, and on those of each later one. */
const FIRST_WARM_UP_MS = 8000;
const WARM_UP_MS = 3000;

/** Runs the section `guardrails`. */
export async function guardrails(context: BenchContext, rows: Row[]): Promise<void> {
  await guardedAnswers(context, rows);
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
      for (const target of inOrder(targets, round)) await firstToken(target, context, rows);
      await chunks(targets, context, rows, round);
    }
  } finally {
    for (const target of targets) await target.stop();
  }
}

async function chunks(
  targets: readonly Target[],
  { upstream, seconds }: BenchContext,
  rows: Row[],
  round: number,
): Promise<void> {
  const each = `${STREAMS} streams × 20 chunks/s of each at the same time`;
  for (const [index, call] of streamCalls.entries()) {
    const warmUpMilliseconds = round === 0 && index === 0 ? FIRST_WARM_UP_MS : WARM_UP_MS;
    // Small differences between parts of a measurement are what it is about: it lasts as long as all of them by turns would.
    const load = { call, count: STREAMS, perSecond: 20, seconds: seconds * targets.length, warmUpMilliseconds };
    for (const { target, ...figures } of await measureStreamsAtOnce(targets, upstream, load)) {
      const key = { figure: call.name, target: target.name };
      const { cpuMicrosecondsPerChunk, ratio, residentBytes } = figures;
      record(rows, { ...key, section: `Guardrails: CPU time per chunk, ${each}`, unit: 'µs' }, cpuMicrosecondsPerChunk);
      record(rows, { ...key, section: `Guardrails: RSS, ${each}`, unit: 'MB' }, residentBytes / megabyte);
      if (target === targets[0]) continue;
      const added = {
        ...key,
        section: 'Guardrails over none, same moment',
        figure: `${call.name}, per chunk`,
        unit: '%',
      };
      record(rows, added, (ratio - 1) * 100);
    }
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
