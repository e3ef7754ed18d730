import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Registry } from 'prom-client';

import { aProvider } from '../../test/support/compile.ts';
import { ManualClock, settle } from '../../test/support/kube/manual-clock.ts';
import { QuietLog } from '../../test/support/kube/quiet-log.ts';
import { MemoryCluster } from '../../test/support/operator/memory-cluster.ts';
import { defaultConfiguration } from '../config/load.ts';
import { KubeError } from '../kube/errors.ts';
import { createKubeMetrics } from '../kube/metrics.ts';
import type { KubeRequest } from '../kube/types.ts';
import { Operator } from './operator.ts';

describe('an operator', () => {
  let cluster: MemoryCluster;
  let clock: ManualClock;
  let log: QuietLog;
  let stopping: AbortController;
  let operator: Operator;
  let running: Promise<unknown>;
  let isStopped: boolean;

  const start = async (): Promise<void> => {
    const registry = new Registry();
    operator = new Operator({
      transport: cluster,
      kubeMetrics: createKubeMetrics(registry),
      registry,
      log,
      config: { ...defaultConfiguration(), watchNamespaces: { kind: 'List', names: ['team-a', 'team-b'] } },
      namespace: 'tg',
      tableSecret: 'tidegate-table',
      identity: 'op',
      onLost: () => undefined,
      clock,
    });
    running = operator.run(stopping.signal).then(() => (isStopped = true));
    await settle();
  };
  const pass = async (ms: number): Promise<void> => {
    for (let at = 0; at < ms; at += 50) await clock.advance(50);
  };
  /** From now on these requests are not answered before they are given up. */
  const hang = (isOne: (request: KubeRequest) => boolean): void => {
    cluster.intercept = (request) => {
      if (!isOne(request)) return undefined;
      const aborted = new KubeError({ code: 'Aborted', message: 'given up by the caller' });
      return new Promise((_, reject) => request.signal?.addEventListener('abort', () => reject(aborted)));
    };
  };

  beforeEach(() => {
    cluster = new MemoryCluster();
    clock = new ManualClock();
    log = new QuietLog();
    stopping = new AbortController();
    isStopped = false;
    for (let i = 0; i < 12; i++) {
      const name = `p${String(i)}`;
      const { metadata, spec } = aProvider({}, { name, uid: name });
      cluster.put(`/apis/tidegate.io/v1alpha1/namespaces/team-a/llmproviders/${name}`, { metadata, spec });
    }
  });

  afterEach(async () => {
    stopping.abort();
    await pass(8000);
    await running;
  });

  test('stops within seconds although its events are not answered', async () => {
    hang(({ path }) => path.includes('/events'));
    await start();
    await pass(3000);
    expect(cluster.requests.some(({ path }) => path.includes('/events'))).toBe(true);
    stopping.abort();
    await pass(3500);
    expect(isStopped).toBe(true);
    const lease = cluster.objects.get('/apis/coordination.k8s.io/v1/namespaces/tg/leases/tidegate-operator');
    expect(lease).toMatchObject({ spec: { holderIdentity: '' } });
  });

  test('logs no error when it is told to stop while it publishes', async () => {
    hang(({ method, path }) => method === 'PATCH' && path.endsWith('/tidegate-table'));
    await start();
    await pass(3000);
    expect(cluster.count('PATCH')).toBeGreaterThan(0);
    stopping.abort();
    await pass(3500);
    expect(isStopped).toBe(true);
    expect(log.lines.filter(({ level }) => level === 'error')).toEqual([]);
  });

  test('says what it waits for until it is ready', async () => {
    cluster.intercept = ({ path }) => {
      if (path.endsWith('/team-b/secrets')) throw new KubeError({ code: 'ServerError', message: 'no' });
    };
    await start();
    await pass(1000);
    expect(operator.ready()).toEqual({ ok: false, reason: 'not listed yet: Secrets in team-b' });
    await pass(12_000);
    expect(operator.ready()).toEqual({ ok: true });
  });

  test('is ready although a watched namespace is gone with its Role', async () => {
    cluster.intercept = ({ path }) => {
      if (path.includes('/team-b/')) throw new KubeError({ code: 'Forbidden', message: 'no' });
    };
    await start();
    await pass(1000);
    expect(operator.ready()).toEqual({ ok: true });
  });
});
