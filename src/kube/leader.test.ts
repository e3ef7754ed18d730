import { describe, expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { waitFor } from '../../test/support/control-plane/wait.ts';
import { ManualClock, settle } from '../../test/support/kube/manual-clock.ts';
import { MemoryApi, refusal } from '../../test/support/kube/memory-api.ts';
import { QuietLog } from '../../test/support/kube/quiet-log.ts';
import { LeaderElector } from './leader.ts';
import type { LeaderElectorOptions } from './leader.ts';
import { createKubeMetrics } from './metrics.ts';
import type { Lease } from './types.ts';

const path = '/apis/coordination.k8s.io/v1/namespaces/ns/leases/operator';
const soon = { intervalMilliseconds: 2 };

class Candidate {
  readonly events: string[] = [];
  readonly stopping = new AbortController();
  readonly registry = new Registry();
  readonly elector: LeaderElector;
  /** Resolve to let the work wind down. */
  readonly winding = Promise.withResolvers<void>();

  constructor(api: MemoryApi, clock: ManualClock, identity: string, options: Partial<LeaderElectorOptions> = {}) {
    this.elector = new LeaderElector({
      transport: api,
      metrics: createKubeMetrics(this.registry),
      log: new QuietLog(),
      namespace: 'ns',
      name: 'operator',
      identity,
      clock,
      random: () => 0,
      lead: async (signal) => {
        this.events.push('leads');
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
        this.events.push('winds down');
        await this.winding.promise;
        this.events.push('ended');
      },
      onLost: () => this.events.push('lost'),
      ...options,
    });
  }

  run() {
    return this.elector.run(this.stopping.signal);
  }

  async status(): Promise<number | undefined> {
    return (await this.registry.getSingleMetric('leader_election_master_status')?.get())?.values[0]?.value;
  }
}

function setUp() {
  const api = new MemoryApi();
  const clock = new ManualClock();
  const candidate = (identity: string, options: Partial<LeaderElectorOptions> = {}) =>
    new Candidate(api, clock, identity, options);
  const lease = () => api.objects.get(path) as Lease | undefined;
  return { api, clock, candidate, lease };
}

describe('a leader elector', () => {
  test('takes a Lease that nobody holds, with times of six digits', async () => {
    const { candidate, lease } = setUp();
    const one = candidate('one');
    expect(await one.status()).toBe(0);
    const outcome = one.run();
    await waitFor('leadership', () => one.elector.isLeader, soon);
    expect(lease()?.spec).toEqual({
      holderIdentity: 'one',
      leaseDurationSeconds: 15,
      acquireTime: '2026-01-01T00:00:00.000000Z',
      renewTime: '2026-01-01T00:00:00.000000Z',
      leaseTransitions: 0,
    });
    expect(await one.status()).toBe(1);
    one.winding.resolve();
    one.stopping.abort();
    expect(await outcome).toBe('Stopped');
    expect(await one.status()).toBe(0);
  });

  test('renews every two seconds with one request', async () => {
    const { api, candidate, clock, lease } = setUp();
    const one = candidate('one');
    void one.run();
    await waitFor('leadership', () => one.elector.isLeader, soon);
    const before = api.requests.length;
    await clock.advance(6_000);
    expect(api.methods.slice(before)).toEqual(['PUT', 'PUT', 'PUT']);
    expect(lease()?.spec).toMatchObject({
      acquireTime: '2026-01-01T00:00:00.000000Z',
      renewTime: '2026-01-01T00:00:06.000000Z',
      leaseTransitions: 0,
    });
  });

  test('never leads beside another that renews', async () => {
    const { candidate, clock } = setUp();
    const [one, two] = [candidate('one'), candidate('two')];
    void one.run();
    await settle();
    void two.run();
    await clock.advance(300_000);
    expect([one.elector.isLeader, two.elector.isLeader]).toEqual([true, false]);
  });

  test('takes over from one that has died, 15 s after it last saw a renewal, whatever the clock in the Lease says', async () => {
    const { api, candidate, clock, lease } = setUp();
    const dead = candidate('dead');
    await settle();
    api.objects.set(path, {
      metadata: { name: 'operator', namespace: 'ns', resourceVersion: '0' },
      spec: {
        holderIdentity: 'dead',
        leaseDurationSeconds: 15,
        renewTime: '2001-01-01T00:00:00.000000Z',
        leaseTransitions: 3,
      },
    });
    const two = candidate('two');
    void two.run();
    await settle();
    await clock.advance(14_000);
    expect(two.elector.isLeader).toBe(false);
    await clock.advance(2_000);
    expect(two.elector.isLeader).toBe(true);
    expect(lease()?.spec).toMatchObject({ holderIdentity: 'two', leaseTransitions: 4 });
    expect(dead.elector.isLeader).toBe(false);
  });

  test('two that contend for an expired Lease: one gets it', async () => {
    const { candidate, clock } = setUp();
    const all = [candidate('one'), candidate('two'), candidate('three')];
    for (const each of all) void each.run();
    await clock.advance(60_000);
    expect(all.filter(({ elector }) => elector.isLeader)).toHaveLength(1);
  });

  test('stopped, releases the Lease only after its work has ended, and renews it until then', async () => {
    const { candidate, clock, lease } = setUp();
    const [one, two] = [candidate('one'), candidate('two')];
    const outcome = one.run();
    await settle();
    void two.run();
    one.stopping.abort();
    await clock.advance(60_000);
    expect(one.events).toEqual(['leads', 'winds down']);
    expect([one.elector.isLeader, two.elector.isLeader]).toEqual([true, false]);
    one.winding.resolve();
    expect(await outcome).toBe('Stopped');
    expect(lease()?.spec?.holderIdentity).toBe('');
    await clock.advance(2_000);
    expect(two.elector.isLeader).toBe(true);
    expect(lease()?.spec).toMatchObject({ holderIdentity: 'two', leaseTransitions: 1 });
  });

  test('releases also when the renewal on the way reached the server without its answer', async () => {
    const { api, candidate, clock, lease } = setUp();
    const one = candidate('one');
    const outcome = one.run();
    await waitFor('leadership', () => one.elector.isLeader, soon);
    const held = lease();
    api.objects.set(path, { ...held, metadata: { ...held?.metadata, resourceVersion: 'moved' } });
    one.winding.resolve();
    one.stopping.abort();
    await outcome;
    expect(lease()?.spec?.holderIdentity).toBe('');
    expect(clock.pending).toBe(0);
  });

  test('that can not renew for ten seconds has lost, says so before its work has ended, and does not touch the Lease', async () => {
    const { api, candidate, clock, lease } = setUp();
    const one = candidate('one');
    const outcome = one.run();
    await waitFor('leadership', () => one.elector.isLeader, soon);
    await clock.advance(4_000);
    api.intercept = () => Promise.reject(refusal(500, 'InternalError'));
    await clock.advance(8_000);
    expect(one.elector.isLeader).toBe(true);
    await clock.advance(2_000);
    expect(one.elector.isLeader).toBe(false);
    expect(one.events).toEqual(['leads', 'lost', 'winds down']);
    one.winding.resolve();
    expect(await outcome).toBe('Lost');
    expect(lease()?.spec?.renewTime).toBe('2026-01-01T00:00:04.000000Z');
    expect(await one.status()).toBe(0);
  });

  test('bridges failures shorter than that', async () => {
    const { api, candidate, clock } = setUp();
    const one = candidate('one');
    void one.run();
    await waitFor('leadership', () => one.elector.isLeader, soon);
    for (let outage = 0; outage < 5; outage += 1) {
      api.intercept = () => Promise.reject(refusal(503, 'ServiceUnavailable'));
      await clock.advance(7_000);
      api.intercept = () => {};
      await clock.advance(3_000);
    }
    expect(one.events).toEqual(['leads']);
  });

  test('that finds another holder has lost at once', async () => {
    const { api, candidate, clock, lease } = setUp();
    const one = candidate('one');
    void one.run();
    await waitFor('leadership', () => one.elector.isLeader, soon);
    const held = lease();
    api.objects.set(path, {
      ...held,
      metadata: { ...held?.metadata, resourceVersion: 'taken' },
      spec: { ...held?.spec, holderIdentity: 'two' },
    });
    await clock.advance(2_000);
    expect(one.events).toEqual(['leads', 'lost', 'winds down']);
  });

  test('makes a Lease anew that was deleted under it', async () => {
    const { api, candidate, clock, lease } = setUp();
    const one = candidate('one');
    void one.run();
    await waitFor('leadership', () => one.elector.isLeader, soon);
    api.objects.clear();
    await clock.advance(2_000);
    expect(lease()?.spec?.holderIdentity).toBe('one');
    expect(one.events).toEqual(['leads']);
  });

  test('that was frozen past its deadline does not go on, even if the Lease could still be renewed', async () => {
    const { api, candidate, clock } = setUp();
    const one = candidate('one');
    void one.run();
    await waitFor('leadership', () => one.elector.isLeader, soon);
    const thaw = Promise.withResolvers<void>();
    api.intercept = () => thaw.promise;
    await clock.advance(2_000);
    await clock.advance(60_000);
    api.intercept = () => {};
    thaw.resolve();
    await settle();
    await clock.advance(0);
    expect(one.elector.isLeader).toBe(false);
  });

  test('is unhealthy when it leads on a Lease long run out', async () => {
    const { api, candidate, clock } = setUp();
    const one = candidate('one');
    expect(one.elector.check(0)).toBeUndefined();
    void one.run();
    await waitFor('leadership', () => one.elector.isLeader, soon);
    api.intercept = () => new Promise(() => {});
    await clock.advance(35_000);
    expect(one.elector.check(20_000)).toBeUndefined();
    await clock.advance(1);
    expect(one.elector.check(20_000)).toBeInstanceOf(Error);
  });

  test('whose work fails releases the Lease and passes the failure on', async () => {
    const { candidate, lease } = setUp();
    const one = candidate('one', { lead: () => Promise.reject(new Error('test: work')) });
    await expect(one.run()).rejects.toThrow('test: work');
    expect(lease()?.spec?.holderIdentity).toBe('');
  });

  test('stopped while waiting, ends without having led', async () => {
    const { candidate, clock } = setUp();
    const [one, two] = [candidate('one'), candidate('two')];
    void one.run();
    await settle();
    const outcome = two.run();
    await clock.advance(5_000);
    two.stopping.abort();
    expect(await outcome).toBe('Stopped');
    expect(two.events).toEqual([]);
  });

  test.each([
    ['a lease not longer than the deadline', { leaseMs: 10_000 }],
    ['a deadline not longer than the jittered retry', { retryMs: 9_000 }],
    ['an empty identity', { identity: '' }],
  ])('refuses %s', (_what, options) => {
    const { candidate } = setUp();
    expect(() => candidate('one', options)).toThrow(RangeError);
  });
});
