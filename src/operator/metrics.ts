/** Every metric of the room. Names of passes follow controller-runtime, so that dashboards and alerts know them. */
import { Counter, Gauge, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';

import { GUARDRAIL_REASONS, PROVIDER_REASONS } from '../api/conditions.ts';

/** Label value of the one controller. */
export const CONTROLLER = 'llmprovider';

export type OperatorMetrics = ReturnType<typeof createOperatorMetrics>;

/** Declares the metrics in a registry; once per process. */
export function createOperatorMetrics(registry: Registry) {
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: L[]) =>
    new Counter({ name, help, labelNames, registers });
  const gauge = <L extends string>(name: string, help: string, labelNames: L[] = []) =>
    new Gauge({ name, help, labelNames, registers });

  const metrics = {
    passes: counter('controller_runtime_reconcile_total', 'Passes. Labels: controller, result (success, error).', [
      'controller',
      'result',
    ]),
    passErrors: counter('controller_runtime_reconcile_errors_total', 'Passes that failed. Label: controller.', [
      'controller',
    ]),
    passSeconds: new Histogram({
      name: 'controller_runtime_reconcile_time_seconds',
      help: 'How long a pass takes. Label: controller.',
      labelNames: ['controller'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    }),
    compileSeconds: new Histogram({
      name: 'tidegate_operator_compile_seconds',
      help: 'How long compiling all providers takes.',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1],
      registers,
    }),
    publications: counter(
      'tidegate_operator_table_publications_total',
      'Writes of the routing table. Label: result (success, error).',
      ['result'],
    ),
    damages: counter(
      'tidegate_operator_table_damages_total',
      'Times that the published table was found changed by somebody else or unreadable.',
      [],
    ),
    tableBytes: gauge('tidegate_operator_table_bytes', 'Size of the published table, compressed.'),
    tableParts: gauge('tidegate_operator_table_parts', 'Secrets that the published table takes.'),
    providers: gauge(
      'tidegate_operator_providers',
      'LLMProviders by what their condition Active says. Label: reason.',
      ['reason'],
    ),
    guardrails: gauge('tidegate_operator_guardrails', 'Guardrails by what their condition Ready says. Label: reason.', [
      'reason',
    ]),
    proxies: gauge('tidegate_operator_proxies', 'Live proxies. Label: table that each serves (Newest, Other, None).', [
      'table',
    ]),
    secrets: gauge('tidegate_operator_secrets_held', 'Secrets whose contents are held, because they are referenced.'),
    namespacesRefused: gauge(
      'tidegate_operator_namespaces_refused',
      'Watched namespaces that cannot be read; what was served of them stays. Label: resource.',
      ['resource'],
    ),
    statusWrites: counter(
      'tidegate_operator_status_writes_total',
      'Writes of statuses. Label: result (success, error).',
      ['result'],
    ),
  };
  for (const result of ['success', 'error']) {
    metrics.passes.inc({ controller: CONTROLLER, result }, 0);
    metrics.publications.inc({ result }, 0);
    metrics.statusWrites.inc({ result }, 0);
  }
  metrics.passErrors.inc({ controller: CONTROLLER }, 0);
  for (const reason of PROVIDER_REASONS) metrics.providers.set({ reason }, 0);
  for (const reason of GUARDRAIL_REASONS) metrics.guardrails.set({ reason }, 0);
  for (const table of ['Newest', 'Other', 'None']) metrics.proxies.set({ table }, 0);
  return metrics;
}
