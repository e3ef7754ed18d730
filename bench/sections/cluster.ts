/** Operator and proxy with few and with many providers. */
import { hasControlPlane, startCluster } from '../cluster.ts';
import { megabyte, type BenchContext } from '../context.ts';
import { measureCluster } from '../measures/cluster.ts';
import { record, type Row } from '../report.ts';

/** Runs the section `cluster`. */
export async function cluster({ upstream, manyProviders }: BenchContext, rows: Row[]): Promise<void> {
  if (!(await hasControlPlane())) return;
  await using running = await startCluster(upstream.port);
  const figures = await measureCluster(running, upstream.port, manyProviders, 10);
  const key = { section: `In a cluster, ${manyProviders} providers` };
  const mb = { ...key, unit: 'MB' };
  record(rows, { ...mb, figure: 'RSS idle', target: 'operator' }, figures.operatorIdleBytes / megabyte);
  record(rows, { ...mb, figure: 'RSS idle', target: 'proxy' }, figures.proxyIdleBytes / megabyte);
  record(rows, { ...mb, figure: 'RSS with all providers', target: 'operator' }, figures.operatorFullBytes / megabyte);
  record(rows, { ...mb, figure: 'RSS with all providers', target: 'proxy' }, figures.proxyFullBytes / megabyte);
  const all = { ...key, figure: 'kubectl apply of all to the last one served', unit: 's', target: 'operator + proxy' };
  record(rows, all, figures.allServedSeconds);
  for (const { total, afterApply } of figures.changes) {
    const change = { ...key, unit: 'ms', target: 'operator + proxy' };
    record(rows, { ...change, figure: 'kubectl apply of a change to served' }, total);
    record(rows, { ...change, figure: 'the same, after kubectl has returned' }, afterApply);
  }
}
