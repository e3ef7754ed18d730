/** What is counted of guardrails. Labels come from Guardrails of the table alone; the series of one go when it goes. */
import type { Registry } from 'prom-client';
import type { Direction } from '../../guardrails/types.ts';
import type { GuardrailEntry } from '../../table/types.ts';
import { Histogram, registerMetric } from '../series.ts';
import type { Labels, Sample } from '../series.ts';
import type { GuardrailOutcome, GuardrailReport } from './report.ts';

const DURATION_BUCKETS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
const DELAY_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const DIRECTIONS: readonly Direction[] = ['Input', 'Output'];

/** One number for each combination of labels. */
class Counts {
  readonly #counts = new Map<string, { readonly labels: Labels; value: number }>();

  add(labels: Labels, by: number): void {
    const key = Object.values(labels).join('\n');
    const counter = this.#counts.get(key);
    if (counter === undefined) this.#counts.set(key, { labels, value: by });
    else counter.value += by;
  }

  samples(): Sample[] {
    return Array.from(this.#counts.values(), ({ labels, value }) => ({ labels: { ...labels }, value }));
  }
}

/** What is counted of one Guardrail, whatever its version. */
class GuardrailSeries {
  readonly checks = new Counts();
  readonly findings = new Counts();
  readonly failures = new Counts();
}

export class GuardrailMetrics {
  #series = new Map<string, GuardrailSeries>();
  readonly #durations: Readonly<Record<Direction, Histogram>> = {
    Input: new Histogram(DURATION_BUCKETS),
    Output: new Histogram(DURATION_BUCKETS),
  };
  readonly #delay = new Histogram(DELAY_BUCKETS);

  constructor(registry: Registry) {
    const counter = (name: string, help: string, pick: (series: GuardrailSeries) => Counts): void =>
      registerMetric(registry, { name, help, type: 'counter' }, () =>
        [...this.#series.values()].flatMap((series) => pick(series).samples()),
      );
    counter(
      'tidegate_guardrail_checks_total',
      'Requests and answers that a Guardrail looked at, by the strictest that it came to; in Audit, by what it would have done.',
      ({ checks }) => checks,
    );
    counter(
      'tidegate_guardrail_findings_total',
      'Matches of the rules of a Guardrail, and what each leads to.',
      ({ findings }) => findings,
    );
    counter(
      'tidegate_guardrail_failures_total',
      'Checks that could not be made, because whom the Guardrail asks did not answer.',
      ({ failures }) => failures,
    );
    const duration = 'tidegate_guardrail_duration_seconds';
    registerMetric(
      registry,
      { name: duration, help: 'CPU time that guardrails took for a request or an answer.', type: 'histogram' },
      () => DIRECTIONS.flatMap((direction) => this.#durations[direction].samples(duration, { direction })),
    );
    const delay = 'tidegate_guardrail_stream_delay_seconds';
    registerMetric(
      registry,
      { name: delay, help: 'The longest that text of a streamed answer was held back.', type: 'histogram' },
      () => this.#delay.samples(delay, {}),
    );
  }

  /** The Guardrails in force: the series of all others go, and nothing is counted on them any more. */
  keep(guardrails: readonly GuardrailEntry[]): void {
    const before = this.#series;
    this.#series = new Map(
      guardrails.map(({ namespace, name }) => {
        const key = `${namespace}/${name}`;
        return [key, before.get(key) ?? new GuardrailSeries()];
      }),
    );
  }

  /** Once for each call, at its end. */
  count(report: GuardrailReport): void {
    for (const outcome of report.outcomes()) this.#countOutcome(outcome);
    for (const { guardrail: key, reason } of report.failures) {
      const [namespace = '', guardrail = ''] = key.split('/');
      this.#series.get(key)?.failures.add({ namespace, guardrail, reason }, 1);
    }
    for (const direction of DIRECTIONS) {
      if (report.hasChecked(direction)) this.#durations[direction].observe(report.milliseconds[direction] / 1000);
    }
    if (report.streamDelayMilliseconds !== undefined) this.#delay.observe(report.streamDelayMilliseconds / 1000);
  }

  #countOutcome({ namespace, guardrail, direction, mode, action, rule, tallies }: GuardrailOutcome): void {
    const series = this.#series.get(`${namespace}/${guardrail}`);
    if (series === undefined) return;
    series.checks.add({ namespace, guardrail, direction, action, rule, mode }, 1);
    for (const tally of tallies) {
      const labels = { namespace, guardrail, direction, rule: tally.rule, action: tally.action, mode };
      series.findings.add(labels, tally.count);
    }
  }
}
