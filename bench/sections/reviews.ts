/** How often the API server is asked about callers, while many call often. */
import { clusterTarget, hasControlPlane, startCluster } from '../cluster.ts';
import type { BenchContext } from '../context.ts';
import { chatBytes } from '../load/client.ts';
import { measureLatency } from '../measures/latency.ts';
import { addCallers, reviewsSoFar } from '../measures/reviews.ts';
import { record, type Row } from '../report.ts';

const callers = 100;
const perSecond = 1000;
/** Three lives of a permission that is cached. */
const seconds = 90;

/** Runs the section `reviews`. */
export async function reviews({ upstream }: BenchContext, rows: Row[]): Promise<void> {
  if (!(await hasControlPlane())) return;
  await using running = await startCluster(upstream.port);
  const target = clusterTarget(running);
  const tokens = await addCallers(running, callers);
  const bytes = tokens.map((token) => chatBytes({ ...target, token }));

  const before = await reviewsSoFar(running);
  const { p99 } = await measureLatency(target, perSecond, seconds, { bytes, until: 'End' });
  const after = await reviewsSoFar(running);

  const key = { section: `${callers} callers, ${perSecond} requests/s for ${seconds} s`, target: target.name };
  const rate = (kind: keyof typeof after): number => (after[kind] - before[kind]) / seconds;
  record(rows, { ...key, figure: 'SubjectAccessReviews', unit: '/s' }, rate('subjectAccess'));
  record(rows, { ...key, figure: 'TokenReviews', unit: '/s' }, rate('token'));
  record(rows, { ...key, figure: 'latency p99', unit: 'ms' }, p99);
}
