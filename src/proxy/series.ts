/**
 * Numbers that the hot path adds to without an allocation, and that a scrape turns into Prometheus series. prom-client's
 * own counters hash a label object at every increment; here the object that counts is found once per provider, model and
 * operation, and is thrown away with its provider.
 */
import type { Metric, Registry } from 'prom-client';

export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  readonly metricName?: string;
  readonly labels: Record<string, string | number>;
  readonly value: number;
}

/** Cumulative buckets are made at the scrape: an observation touches three numbers. */
export class Histogram {
  readonly #bounds: readonly number[];
  readonly #counts: Float64Array;
  #sum = 0;
  #count = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = new Float64Array(bounds.length);
  }

  observe(value: number): void {
    this.#sum += value;
    this.#count += 1;
    const bounds = this.#bounds;
    for (let i = 0; i < bounds.length; i += 1) {
      if (value <= (bounds[i] ?? 0)) {
        this.#counts[i] = (this.#counts[i] ?? 0) + 1;
        return;
      }
    }
  }

  get count(): number {
    return this.#count;
  }

  samples(name: string, labels: Labels): Sample[] {
    let cumulative = 0;
    const samples: Sample[] = this.#bounds.map((le, i) => {
      cumulative += this.#counts[i] ?? 0;
      return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: cumulative };
    });
    samples.push(
      { metricName: `${name}_bucket`, labels: { ...labels, le: '+Inf' }, value: this.#count },
      { metricName: `${name}_sum`, labels: { ...labels }, value: this.#sum },
      { metricName: `${name}_count`, labels: { ...labels }, value: this.#count },
    );
    return samples;
  }
}

export interface MetricDescription {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
}

/** Registers a metric whose samples are read when a scrape asks for them. */
export function registerMetric(registry: Registry, metric: MetricDescription, samples: () => Iterable<Sample>): void {
  const collected = {
    ...metric,
    aggregator: 'sum',
    get: async () => ({ ...metric, aggregator: 'sum', values: [...samples()] }),
    reset: () => undefined,
  };
  // A registry asks of a metric no more than `name` and `get`; its type names prom-client's own classes only.
  registry.registerMetric(collected as unknown as Metric);
}
