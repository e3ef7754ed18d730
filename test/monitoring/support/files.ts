/** The alerts and the dashboard as the chart holds them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const folder = join(import.meta.dirname, '../../../charts/tidegate/files/monitoring');

export const alertsFile = join(folder, 'alerts.yaml');

/** One alerting rule. */
export interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export const alerts: readonly Alert[] = (
  parse(readFileSync(alertsFile, 'utf8')) as { groups: { rules: Alert[] }[] }
).groups.flatMap(({ rules }) => rules);

/** One query of a panel. */
export interface PanelQuery {
  readonly panel: string;
  readonly expr: string;
  readonly legendFormat: string;
}

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

export const dashboard = JSON.parse(readFileSync(join(folder, 'dashboard.json'), 'utf8')) as {
  readonly uid: string;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly query: unknown }[] };
};

export const panelQueries: readonly PanelQuery[] = dashboard.panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr, legendFormat }) => ({ panel: title, expr, legendFormat })),
);

/** Names of metrics in an expression, without what Prometheus puts behind those of histograms. */
export function metricsIn(expr: string): string[] {
  return [...expr.replaceAll(/"[^"]*"/g, '').matchAll(/\b(?:tidegate|gen_ai|process|nodejs)_[a-z0-9_]+/g)].map(
    ([name]) => name,
  );
}
