import { describe, expect, test } from '@jest/globals';
import { ManualClock } from '../../test/support/kube/manual-clock.ts';
import { MemoryApi, refusal } from '../../test/support/kube/memory-api.ts';
import { LeaseObserver, OwnLease } from './lease.ts';
import type { Lease } from './types.ts';

const path = '/apis/coordination.k8s.io/v1/namespaces/ns/leases/proxy-1';
const owner = { apiVersion: 'v1', kind: 'Pod', name: 'proxy-1', uid: 'u' };

function setUp() {
  const api = new MemoryApi();
  const clock = new ManualClock();
  const own = () =>
    new OwnLease({
      transport: api,
      namespace: 'ns',
      name: 'proxy-1',
      identity: 'pod-1',
      durationSeconds: 30,
      labels: { app: 'proxy' },
      ownerReferences: [owner],
      clock,
    });
  return { api, clock, own, lease: () => api.objects.get(path) as Lease | undefined };
}

describe("a process's own Lease", () => {
  test('is created with labels, annotations and owner, then renewed with one request', async () => {
    const { api, clock, own, lease } = setUp();
    const mine = own();
    await mine.renew({ annotations: { revision: 'r1' } });
    await clock.advance(10_000);
    await mine.renew({ annotations: { revision: 'r2' } });
    expect(api.methods).toEqual(['POST', 'PUT']);
    expect(lease()).toMatchObject({
      metadata: { labels: { app: 'proxy' }, annotations: { revision: 'r2' }, ownerReferences: [owner] },
      spec: {
        holderIdentity: 'pod-1',
        leaseDurationSeconds: 30,
        acquireTime: '2026-01-01T00:00:00.000000Z',
        renewTime: '2026-01-01T00:00:10.000000Z',
        leaseTransitions: 0,
      },
    });
  });

  test('of an earlier process is taken over', async () => {
    const { api, own, lease } = setUp();
    await own().renew();
    await own().renew({ annotations: { revision: 'r1' } });
    expect(api.methods).toEqual(['POST', 'POST', 'GET', 'PUT']);
    expect(lease()?.metadata.annotations).toEqual({ revision: 'r1' });
  });

  test('changed or deleted by someone is put right', async () => {
    const { api, own, lease } = setUp();
    const mine = own();
    await mine.renew();
    api.objects.set(path, { ...lease(), metadata: { name: 'proxy-1', resourceVersion: 'other' } });
    await mine.renew();
    expect(lease()?.metadata.labels).toEqual({ app: 'proxy' });
    api.objects.clear();
    await mine.renew();
    expect(lease()?.spec?.holderIdentity).toBe('pod-1');
  });

  test('that can not be written is an error, and the next renewal goes on', async () => {
    const { api, own, lease } = setUp();
    const mine = own();
    api.intercept = () => Promise.reject(refusal(403, 'Forbidden'));
    await expect(mine.renew()).rejects.toMatchObject({ code: 'Forbidden' });
    api.intercept = () => {};
    await mine.renew();
    expect(lease()).toBeDefined();
  });

  test('released, stays without a holder', async () => {
    const { own, lease } = setUp();
    const mine = own();
    await mine.release();
    expect(lease()).toBeUndefined();
    await mine.renew({ annotations: { revision: 'r1' } });
    await mine.release();
    expect(lease()).toMatchObject({ spec: { holderIdentity: '' }, metadata: { annotations: { revision: 'r1' } } });
  });
});

describe('an observer of Leases', () => {
  const lease = (resourceVersion: string, holderIdentity = 'pod-1', leaseDurationSeconds = 30): Lease => ({
    metadata: { name: 'proxy-1', namespace: 'ns', resourceVersion },
    spec: { holderIdentity, leaseDurationSeconds, renewTime: '2001-01-01T00:00:00.000000Z' },
  });

  test('counts a Lease as live for its duration after it was last seen to change, whatever its own times say', async () => {
    const clock = new ManualClock();
    const observer = new LeaseObserver(clock);
    expect(observer.isLive('ns/proxy-1')).toBe(false);
    observer.observe(lease('1'));
    await clock.advance(29_999);
    expect(observer.isLive('ns/proxy-1')).toBe(true);
    observer.observe(lease('1'));
    expect(observer.expiresInMs('ns/proxy-1')).toBe(1);
    await clock.advance(1);
    expect(observer.isLive('ns/proxy-1')).toBe(false);
    observer.observe(lease('2'));
    expect(observer.isLive('ns/proxy-1')).toBe(true);
  });

  test('lets no Lease count for 68 years', async () => {
    const clock = new ManualClock();
    const observer = new LeaseObserver(clock);
    observer.observe(lease('1', 'pod-1', 2_147_483_647));
    expect(observer.expiresInMs('ns/proxy-1')).toBe(60_000);
    await clock.advance(60_000);
    expect(observer.isLive('ns/proxy-1')).toBe(false);
  });

  test('knows at once when a Lease is released or deleted', () => {
    const observer = new LeaseObserver(new ManualClock());
    observer.observe(lease('1'));
    observer.observe(lease('2', ''));
    expect(observer.isLive('ns/proxy-1')).toBe(false);
    observer.observe(lease('3'));
    observer.forget('ns/proxy-1');
    expect(observer.isLive('ns/proxy-1')).toBe(false);
  });
});
