import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Registry } from 'prom-client';

import { aProvider } from '../../test/support/compile.ts';
import { ManualClock, settle } from '../../test/support/kube/manual-clock.ts';
import { QuietLog } from '../../test/support/kube/quiet-log.ts';
import { MemoryCluster } from '../../test/support/operator/memory-cluster.ts';
import type { LLMProvider } from '../api/generated/llmprovider.ts';
import { KubeError } from '../kube/errors.ts';
import { createKubeMetrics } from '../kube/metrics.ts';
import { createOperatorMetrics } from './metrics.ts';
import { Reach } from './reach.ts';
import { watchProviders, type Watched } from './sources.ts';

describe('the watched namespaces', () => {
  let cluster: MemoryCluster;
  let clock: ManualClock;
  let log: QuietLog;
  let registry: Registry;
  let watched: Watched<LLMProvider>;
  let reach: Reach;
  let changes: number;

  beforeEach(() => {
    cluster = new MemoryCluster();
    clock = new ManualClock();
    log = new QuietLog();
    registry = new Registry();
    changes = 0;
    const { metadata, spec } = aProvider();
    cluster.put('/apis/tidegate.io/v1alpha1/namespaces/team-a/llmproviders/openai', { metadata, spec });
  });

  afterEach(async () => {
    reach.stop();
    await watched.stop();
  });

  const start = async (...namespaces: string[]): Promise<void> => {
    const metrics = createKubeMetrics(new Registry());
    watched = watchProviders(namespaces, { transport: cluster, metrics, log, clock, onChange: () => undefined });
    watched.start();
    reach = new Reach({
      metrics: createOperatorMetrics(registry),
      log,
      clock,
      sources: { LLMProviders: watched },
      onChange: () => changes++,
    });
    await settle();
    reach.start();
  };
  const fail = (code: 'Forbidden' | 'ServerError', namespace: string): void => {
    cluster.intercept = ({ path }) => {
      if (path.includes(`/${namespace}/`)) throw new KubeError({ code, message: code });
    };
  };
  const refused = async (): Promise<number | undefined> =>
    (await registry.getSingleMetric('tidegate_operator_namespaces_refused')?.get())?.values[0]?.value;

  test('are listed consistently: a server that lags behind must not take a route away', async () => {
    await start('team-a');
    expect(watched.list()).toHaveLength(1);
    expect(cluster.requests[0]?.query).not.toHaveProperty('resourceVersion');
  });

  test('do not wait for one that is refused, which log and metric name', async () => {
    fail('Forbidden', 'gone');
    await start('team-a', 'gone');
    expect(watched.isSettled).toBe(true);
    expect(reach.pending).toBeUndefined();
    expect(watched.knowledgeOf('gone/p')).toBe('Refused');
    expect(watched.knowledgeOf('never-watched/p')).toBe('Unwatched');
    expect(await refused()).toBe(1);
    expect(log.lines).toContainEqual(
      expect.objectContaining({ level: 'error', fields: { resource: 'LLMProviders', namespaces: ['gone'] } }),
    );
    expect(changes).toBe(1);
    cluster.intercept = () => undefined;
    await clock.advance(30_000);
    expect(await refused()).toBe(0);
    expect(changes).toBe(2);
  });

  test('wait ten seconds for one that fails, and say which', async () => {
    fail('ServerError', 'ill');
    await start('team-a', 'ill');
    expect(watched.isSettled).toBe(false);
    expect(reach.pending).toBe('LLMProviders in ill');
    await clock.advance(10_000);
    expect(watched.isSettled).toBe(true);
    expect(watched.knowledgeOf('ill/p')).toBe('Refused');
  });

  test('are not given up when every one fails: then the API server is ill', async () => {
    cluster.intercept = () => {
      throw new KubeError({ code: 'ServerError', message: 'down' });
    };
    await start('team-a', 'team-b');
    await clock.advance(60_000);
    expect(watched.isSettled).toBe(false);
    expect(reach.pending).toBe('LLMProviders in team-a, team-b');
  });
});
