/** The alerts, judged by promtool: their syntax, and when each fires. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { anchorsOf, read } from '../../hack/docs/markdown.ts';
import { alerts, alertsFile } from './support/files.ts';
import { describePrometheus, promtool } from './support/prometheus.ts';

const cases = join(import.meta.dirname, 'testdata/alerts.test.yaml');

describePrometheus('the alerts', () => {
  test('are rules that promtool accepts', async () => {
    expect(await promtool(['check', 'rules', alertsFile])).toMatchObject({ ok: true });
  });

  test('fire when they must and are silent when they must be', async () => {
    const { ok, output } = await promtool(['test', 'rules', cases]);
    expect(output).toContain('SUCCESS');
    expect(ok).toBe(true);
  });

  test('are refused by promtool when they are broken, so that the checks above can fail', async () => {
    expect(await promtool(['check', 'rules', cases])).toMatchObject({ ok: false });
  });
});

test('every alert has a case in which it fires and one in which it does not', () => {
  const { tests } = parse(readFileSync(cases, 'utf8')) as {
    tests: { alert_rule_test: { alertname: string; exp_alerts: unknown[] }[] }[];
  };
  const tested = tests.flatMap(({ alert_rule_test }) => alert_rule_test);
  const names = (fires: boolean): string[] =>
    alerts
      .filter(({ alert }) => !tested.some((one) => one.alertname === alert && one.exp_alerts.length > 0 === fires))
      .map(({ alert }) => alert);
  expect({ neverFires: names(true), neverSilent: names(false) }).toEqual({ neverFires: [], neverSilent: [] });
});

test('every alert has a severity, a summary, a description, and a section in docs/alerts.md', () => {
  const sections = anchorsOf(read('docs/alerts.md'));
  for (const { alert, labels, annotations } of alerts) {
    expect(['info', 'warning', 'critical']).toContain(labels['severity']);
    expect(annotations['summary']).not.toBe('');
    expect(annotations['description']).toMatch(/\.$/);
    expect(annotations['runbook']).toBe(`docs/alerts.md#${alert.toLowerCase()}`);
    expect(sections).toContain(alert.toLowerCase());
  }
});
