/** Every metric of the room; names follow client-go and prometheus-operator, so that dashboards know them. */
import { Counter, Gauge, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';

export type KubeMetrics = ReturnType<typeof createKubeMetrics>;

/** What a work queue tells when it is scraped. */
export interface QueueState {
  readonly depth: number;
  /** Seconds of work that was begun and is not done, all keys together. */
  readonly unfinishedSeconds: number;
  readonly longestSeconds: number;
}

const durationBuckets = [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1, 10, 100, 1000];

/** Declares the metrics in a registry; once per process. */
export function createKubeMetrics(registry: Registry) {
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: L[]) =>
    new Counter({ name, help, labelNames, registers });
  const perResource = (name: string, help: string) => counter(name, help, ['resource']);
  return {
    requests: counter(
      'rest_client_requests_total',
      'Calls to the API server. Labels: status code or <error>, method, host.',
      ['code', 'method', 'host'],
    ),
    lists: perResource('tidegate_kube_list_operations_total', 'Lists begun. Label: resource.'),
    failedLists: perResource('tidegate_kube_list_operations_failed_total', 'Lists that failed. Label: resource.'),
    watches: perResource('tidegate_kube_watch_operations_total', 'Watches begun. Label: resource.'),
    failedWatches: perResource('tidegate_kube_watch_operations_failed_total', 'Watches that broke. Label: resource.'),
    malformedEvents: perResource(
      'tidegate_kube_watch_malformed_total',
      'Watches given up because what came was not an event. Label: resource.',
    ),
    stalledWatches: perResource('tidegate_kube_watch_stalled_total', 'Watches given up for silence. Label: resource.'),
    cacheMisses: perResource(
      'tidegate_kube_cache_misses_total',
      'Changes that the periodic relist found and the watch had missed. Stays 0 while watches are sound. Label: resource.',
    ),
    handlerErrors: perResource('tidegate_kube_handler_errors_total', 'Change handlers that threw. Label: resource.'),
    leader: new Gauge({
      name: 'leader_election_master_status',
      help: '1 while this process leads. Label: name of the Lease.',
      labelNames: ['name'],
      registers,
    }),
    events: counter('tidegate_kube_events_total', 'Events: sent, dropped by the rate limit, failed. Label: result.', [
      'result',
    ]),
    queue: createQueueMetrics(registry),
  };
}

/** Zeroes what a reflector of this resource counts. */
export function initializeResource(metrics: KubeMetrics, resource: string): void {
  const { lists, failedLists, watches, failedWatches, malformedEvents, stalledWatches, cacheMisses, handlerErrors } =
    metrics;
  for (const metric of [
    lists,
    failedLists,
    watches,
    failedWatches,
    malformedEvents,
    stalledWatches,
    cacheMisses,
    handlerErrors,
  ]) {
    metric.inc({ resource }, 0);
  }
}

function createQueueMetrics(registry: Registry) {
  const registers = [registry];
  const labelNames = ['name'];
  const states = new Map<string, () => QueueState>();
  const gauge = (name: string, help: string, read: (state: QueueState) => number) =>
    new Gauge({
      name,
      help,
      labelNames,
      registers,
      collect() {
        for (const [queue, state] of states) this.set({ name: queue }, read(state()));
      },
    });
  const gauges = [
    gauge('workqueue_depth', 'Keys waiting. Label: queue.', (state) => state.depth),
    gauge(
      'workqueue_unfinished_work_seconds',
      'Seconds of work begun and not done. Label: queue.',
      (s) => s.unfinishedSeconds,
    ),
    gauge(
      'workqueue_longest_running_processor_seconds',
      'Age of the oldest work. Label: queue.',
      (s) => s.longestSeconds,
    ),
  ];
  return {
    adds: new Counter({ name: 'workqueue_adds_total', help: 'Keys added. Label: queue.', labelNames, registers }),
    retries: new Counter({
      name: 'workqueue_retries_total',
      help: 'Keys added again. Label: queue.',
      labelNames,
      registers,
    }),
    queued: new Histogram({
      name: 'workqueue_queue_duration_seconds',
      help: 'How long a key waits. Label: queue.',
      labelNames,
      buckets: durationBuckets,
      registers,
    }),
    worked: new Histogram({
      name: 'workqueue_work_duration_seconds',
      help: 'How long a key is worked on. Label: queue.',
      labelNames,
      buckets: durationBuckets,
      registers,
    }),
    /** Shows a queue in the gauges until the returned function is called. */
    track(name: string, state: () => QueueState): () => void {
      states.set(name, state);
      return () => {
        states.delete(name);
        for (const metric of gauges) metric.remove({ name });
      };
    },
  };
}
