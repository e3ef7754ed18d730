/**
 * Whether memory stays where it is: streams of every wire are opened, ended and aborted for minutes. Every ten seconds
 * all of them end, what is garbage is collected, and what is left is looked at.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { freePorts } from '../../test/support/control-plane/ports.ts';
import { megabyte, type BenchContext } from '../context.ts';
import { Collector } from '../load/collector.ts';
import { StreamChurn } from '../load/churn.ts';
import { record, type Row } from '../report.ts';
import { mean, slope } from '../statistics.ts';
import type { Target } from '../target.ts';
import { standalone } from '../targets.ts';

const STREAMS = 200;
const BETWEEN_SAMPLES_MS = 10_000;

/** Bytes, at an idle moment. */
interface Sample {
  readonly minute: number;
  readonly heap: number;
  /** Memory of buffers. */
  readonly external: number;
  readonly resident: number;
}

/** Runs the section `soak`. */
export async function soak({ upstream, folder, soakMinutes }: BenchContext, rows: Row[]): Promise<void> {
  const [inspectorPort = 0] = await freePorts(1);
  const nodeArgs = [`--inspect=127.0.0.1:${inspectorPort}`];
  const target = await standalone(upstream.port, folder, { everyAPI: true, nodeArgs });
  try {
    using collector = await Collector.connect(inspectorPort);
    const churn = new StreamChurn(target, upstream, STREAMS);
    const samples: Sample[] = [];
    const begun = performance.now();
    const minutes = (): number => (performance.now() - begun) / 60_000;
    while (minutes() < soakMinutes) {
      await churn.run(BETWEEN_SAMPLES_MS);
      await collector.collect();
      samples.push(await sampleOf(target, minutes()));
      tell(samples.at(-1), churn);
    }
    const key = { section: `Soak: ${STREAMS} streams over all wires, ${soakMinutes} min`, target: target.name };
    record(rows, { ...key, figure: 'streams ended', unit: 'streams' }, churn.ended);
    record(rows, { ...key, figure: 'streams aborted', unit: 'streams' }, churn.aborted);
    record(rows, { ...key, figure: 'streams failed', unit: 'streams' }, churn.failed);
    summarize(samples, 'live heap', ({ heap }) => heap, key, rows);
    summarize(samples, 'memory of buffers', ({ external }) => external, key, rows);
    summarize(samples, 'RSS', ({ resident }) => resident, key, rows);
  } finally {
    await target.stop();
  }
}

async function sampleOf(target: Target, minute: number): Promise<Sample> {
  await delay(500);
  const exposition = await (await fetch(`http://127.0.0.1:${target.adminPort}/metrics`)).text();
  const metric = (name: string): number =>
    Number(new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, 'm').exec(exposition)?.[1] ?? Number.NaN);
  return {
    minute,
    heap: metric('nodejs_heap_size_used_bytes'),
    external: metric('nodejs_external_memory_bytes'),
    resident: target.process?.residentBytes() ?? Number.NaN,
  };
}

function tell(sample: Sample | undefined, { ended, aborted, failed }: StreamChurn): void {
  if (sample === undefined) return;
  const mb = (bytes: number): string => `${(bytes / megabyte).toFixed(2)} MB`;
  process.stderr.write(
    `  ${sample.minute.toFixed(1)} min: heap ${mb(sample.heap)}, buffers ${mb(sample.external)}, ` +
      `RSS ${mb(sample.resident)}; streams ended ${ended}, aborted ${aborted}, failed ${failed}\n`,
  );
}

function summarize(
  samples: readonly Sample[],
  what: string,
  bytesOf: (sample: Sample) => number,
  key: Pick<Row, 'section' | 'target'>,
  rows: Row[],
): void {
  const bytes = samples.map(bytesOf);
  const third = Math.max(1, Math.floor(bytes.length / 3));
  const mb = { ...key, unit: 'MB' };
  record(rows, { ...mb, figure: `${what}, average of the first third` }, mean(bytes.slice(0, third)) / megabyte);
  record(rows, { ...mb, figure: `${what}, average of the last third` }, mean(bytes.slice(-third)) / megabyte);
  const minutes = samples.map(({ minute }) => minute);
  record(
    rows,
    { ...key, unit: 'KB/min', figure: `${what}, slope of the last two thirds` },
    slope(minutes.slice(third), bytes.slice(third)) / 1000,
  );
}
