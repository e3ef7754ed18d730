import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Registry } from 'prom-client';

import { aProvider } from '../../test/support/compile.ts';
import { ManualClock, settle } from '../../test/support/kube/manual-clock.ts';
import { QuietLog } from '../../test/support/kube/quiet-log.ts';
import { MemoryCluster } from '../../test/support/operator/memory-cluster.ts';
import type { LLMProvider, LLMProviderStatus } from '../api/generated/llmprovider.ts';
import { KubeError } from '../kube/errors.ts';
import { createKubeMetrics } from '../kube/metrics.ts';
import { createOperatorMetrics } from './metrics.ts';
import { PROVIDER_STATUS, type WantedProvider } from './provider-status.ts';
import { StatusWriter } from './status-writer.ts';

const key = 'team-a/openai';
const path = '/apis/tidegate.io/v1alpha1/namespaces/team-a/llmproviders/openai/status';

describe('StatusWriter', () => {
  let cluster: MemoryCluster;
  let clock: ManualClock;
  let log: QuietLog;
  let cached: LLMProvider;
  let writer: StatusWriter<LLMProviderStatus, WantedProvider>;

  beforeEach(() => {
    cluster = new MemoryCluster();
    clock = new ManualClock();
    log = new QuietLog();
    cached = aProvider({}, { resourceVersion: '0' });
    cluster.objects.set(path, structuredClone(cached) as never);
    const registry = new Registry();
    writer = new StatusWriter({
      kind: PROVIDER_STATUS,
      transport: cluster,
      kubeMetrics: createKubeMetrics(registry),
      metrics: createOperatorMetrics(registry),
      log,
      object: () => cached,
      tell: () => undefined,
      clock,
    });
    writer.start();
  });

  afterEach(() => writer.stop());

  const wanted = (serving = 1): WantedProvider => ({
    verdict: {
      namespace: 'team-a',
      name: 'openai',
      uid: 'uid-1',
      generation: 3,
      outcome: { kind: 'Servable' },
      modelSummary: 'all models',
    },
    proxies: { live: serving, serving, outdated: 0, obstacle: undefined },
    url: '/u',
    now: clock.now(),
    brokenSince: clock.now(),
  });
  const want = async (item = wanted()): Promise<void> => {
    writer.want(new Map([[key, item]]));
    await settle();
  };
  /** The watch brings what is stored. */
  const seeStored = (): void => {
    cached = structuredClone(cluster.objects.get(path)) as unknown as LLMProvider;
  };

  test('keeps to the growing waits of a status that fails, however many passes there are, and logs it once', async () => {
    cluster.intercept = () => {
      throw new KubeError({ code: 'Forbidden', message: 'no' });
    };
    for (let pass = 0; pass < 800; pass++) {
      await want();
      await clock.advance(75);
    }
    expect(cluster.count('PATCH')).toBeLessThan(20);
    expect(log.lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
    cluster.intercept = () => undefined;
    await clock.advance(60_000);
    expect(cluster.objects.get(path)).toMatchObject({ status: { proxies: '1/1' } });
    await want(wanted(0));
    expect(cluster.objects.get(path)).toMatchObject({ status: { proxies: '0/0' } });
  });

  test('does not fight without end with another release that writes the same status', async () => {
    await want();
    for (let pass = 0; pass < 3600; pass++) {
      seeStored();
      if (cached.status?.proxies === '1/1') {
        const status = { ...cached.status, proxies: '0/0', conditions: [] };
        cluster.put(path, { ...(cached as never as Parameters<typeof cluster.put>[1]), status });
        seeStored();
      }
      await want();
      await clock.advance(1000);
    }
    expect(cluster.count('PATCH')).toBeLessThan(25);
    expect(log.lines.filter(({ message }) => message.startsWith('another release'))).not.toHaveLength(0);
  });

  test('mends at once what somebody has changed by mistake', async () => {
    await want();
    seeStored();
    cluster.put(path, { ...(cached as never as Parameters<typeof cluster.put>[1]), status: { proxies: 'nonsense' } });
    seeStored();
    await want();
    expect(cluster.objects.get(path)).toMatchObject({ status: { proxies: '1/1' } });
  });

  test('gives up at its end what the API server does not answer', async () => {
    cluster.intercept = ({ signal }) =>
      new Promise((_, reject) =>
        signal?.addEventListener('abort', () => reject(new KubeError({ code: 'Aborted', message: 'aborted' }))),
      );
    await want();
    let isStopped = false;
    void writer.stop().then(() => (isStopped = true));
    await clock.advance(2_900);
    expect(isStopped).toBe(false);
    await clock.advance(200);
    expect(isStopped).toBe(true);
  });
});
