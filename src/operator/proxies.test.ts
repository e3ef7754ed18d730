import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Registry } from 'prom-client';

import { ManualClock, settle } from '../../test/support/kube/manual-clock.ts';
import { QuietLog } from '../../test/support/kube/quiet-log.ts';
import { MemoryCluster } from '../../test/support/operator/memory-cluster.ts';
import { KubeError } from '../kube/errors.ts';
import { createKubeMetrics } from '../kube/metrics.ts';
import { acknowledgementMetadata } from '../table/index.ts';
import { Proxies } from './proxies.ts';

const revision = 'a'.repeat(64);

describe('Proxies', () => {
  let cluster: MemoryCluster;
  let clock: ManualClock;
  let log: QuietLog;
  let proxies: Proxies;

  /** The proxy renews its Lease. */
  const renew = (name: string): unknown =>
    cluster.put(`/apis/coordination.k8s.io/v1/namespaces/tg/leases/tidegate-proxy-${name}`, {
      metadata: {
        name: `tidegate-proxy-${name}`,
        namespace: 'tg',
        ...acknowledgementMetadata('tidegate-table', { revision }),
      },
      spec: { holderIdentity: name, leaseDurationSeconds: 15 },
    });

  const pass = async (seconds: number, each: () => unknown = () => undefined): Promise<void> => {
    for (let i = 0; i < seconds; i++) {
      each();
      await clock.advance(1000);
    }
  };

  beforeEach(async () => {
    cluster = new MemoryCluster();
    clock = new ManualClock();
    log = new QuietLog();
    renew('one');
    renew('two');
    proxies = new Proxies({
      transport: cluster,
      metrics: createKubeMetrics(new Registry()),
      log,
      clock,
      namespace: 'tg',
      tableSecret: 'tidegate-table',
      onChange: () => undefined,
    });
    proxies.start();
    await settle();
  });

  afterEach(() => proxies.stop());

  test('does not call a proxy dead because the watch of Leases fell silent', async () => {
    expect(proxies.summary().live).toBe(2);
    let fewest = 2;
    await pass(60, () => {
      renew('one');
      renew('two');
      fewest = Math.min(fewest, proxies.summary().live);
    });
    expect(fewest).toBe(2);
    expect(log.lines.map(({ message }) => message)).not.toContain('a proxy no longer renews its Lease');
  });

  test('tells a dead one from those that the silent watch hides', async () => {
    await pass(40, () => renew('one'));
    expect(proxies.summary().live).toBe(1);
    expect(proxies.summary().byRevision).toEqual(new Map([[revision, 1]]));
  });

  test('calls nobody dead while the Leases cannot be listed', async () => {
    cluster.intercept = () => {
      throw new KubeError({ code: 'Unreachable', message: 'away' });
    };
    await pass(60);
    expect(proxies.summary().live).toBe(2);
    cluster.intercept = () => undefined;
    await pass(20);
    expect(proxies.summary().live).toBe(0);
  });
});
