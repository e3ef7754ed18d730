/** What a usual policy costs a whole answer: the same call of a provider with it and of its twin without, by turns in one process. */
import { megabyte, type BenchContext } from '../context.ts';
import { callBytes } from '../load/client.ts';
import { wholeCalls } from '../load/payloads/index.ts';
import { wholeChat } from '../load/payloads/openai.ts';
import { measureAlternately } from '../measures/alternately.ts';
import { record, type Row } from '../report.ts';
import { median } from '../statistics.ts';
import { standalone } from '../targets.ts';
import { usualSpec } from '../usual-policy.ts';

/** About half of what the process can take with a policy. */
const PER_SECOND = 1500;
const LARGE_PER_SECOND = 25;

/** Records the cost under `Enforce` and under `Audit`. */
export async function guardedAnswers(context: BenchContext, rows: Row[]): Promise<void> {
  await measured('policy', usualSpec(), context, rows);
  await measured('audit', usualSpec('Audit'), context, rows);
}

async function measured(name: string, guardrail: object, context: BenchContext, rows: Row[]): Promise<void> {
  const { upstream, folder, rounds, seconds } = context;
  const target = await standalone(upstream.port, folder, { everyAPI: true, guardrail, name: `${name}-by-turns` });
  const small = wholeCalls.map((call) => ({ figure: call.name, perSecond: PER_SECOND, call, size: {} }));
  const large = { figure: '1 MB up', perSecond: LARGE_PER_SECOND, call: wholeChat, size: { upBytes: megabyte } };
  const calls = [...small, large].map(({ figure, perSecond, call, size }) => ({
    figure,
    load: { perSecond, seconds },
    kinds: { one: callBytes(target, call, size), other: callBytes(target, call, { ...size, unguarded: true }) },
  }));
  try {
    for (let round = 0; round < rounds; round++) {
      for (const { figure, load, kinds } of calls) {
        const pairs = await measureAlternately(target, load, kinds);
        const cost = { section: 'Guardrails: CPU time per whole answer, by turns', figure, unit: 'µs' };
        record(rows, { ...cost, target: name }, median(pairs.map(({ one }) => one)));
        record(rows, { ...cost, target: `without ${name}` }, median(pairs.map(({ other }) => other)));
        const added = {
          section: 'Guardrails over none, by turns',
          figure: `${figure}, whole`,
          unit: '%',
          target: name,
        };
        record(rows, added, median(pairs.map(({ one, other }) => (one / other - 1) * 100)));
      }
    }
  } finally {
    await target.stop();
  }
}
