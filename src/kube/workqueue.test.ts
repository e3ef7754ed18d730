import { describe, expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { ManualClock, settle } from '../../test/support/kube/manual-clock.ts';
import { createKubeMetrics } from './metrics.ts';
import { WorkQueue } from './workqueue.ts';

function setUp() {
  const clock = new ManualClock();
  const registry = new Registry();
  const queue = new WorkQueue({ name: 'test', metrics: createKubeMetrics(registry), clock });
  return { clock, registry, queue };
}

describe('a work queue', () => {
  test('gives keys in the order of their first addition, each once', async () => {
    const { queue } = setUp();
    for (const key of ['a', 'b', 'a', 'c', 'b']) queue.add(key);
    expect(queue.depth).toBe(3);
    expect([await queue.get(), await queue.get(), await queue.get()]).toEqual(['a', 'b', 'c']);
  });

  test('a key added while it is worked on comes once more afterwards, to no second worker meanwhile', async () => {
    const { queue } = setUp();
    queue.add('a');
    await queue.get();
    queue.add('a');
    queue.add('a');
    let second: string | undefined;
    void queue.get().then((key) => (second = key));
    await settle();
    expect(second).toBeUndefined();
    queue.done('a');
    await settle();
    expect(second).toBe('a');
    queue.done('a');
    expect(queue.depth).toBe(0);
  });

  test('waiting workers are served as keys come', async () => {
    const { queue } = setUp();
    const workers = Promise.all([queue.get(), queue.get()]);
    queue.add('a');
    queue.add('b');
    expect(await workers).toEqual(['a', 'b']);
  });

  test('a failing key waits 5 ms, doubled up to 1000 s, and starts over once forgotten', async () => {
    const { clock, queue } = setUp();
    const waits: number[] = [];
    for (let failure = 0; failure < 20; failure += 1) {
      queue.addRateLimited('a');
      waits.push(clock.waits[0] ?? 0);
      await clock.advance(clock.waits[0] ?? 0);
      queue.done((await queue.get()) ?? '');
    }
    expect(waits.slice(0, 4)).toEqual([5, 10, 20, 40]);
    expect(waits.at(-1)).toBe(1_000_000);
    expect(queue.retries('a')).toBe(20);
    queue.forget('a');
    queue.addRateLimited('a');
    expect(clock.waits).toEqual([5]);
  });

  test('many keys that fail together come back at 10 per second', () => {
    const { clock, queue } = setUp();
    for (let key = 0; key < 120; key += 1) queue.addRateLimited(`key-${key}`);
    expect(clock.waits.filter((wait) => wait === 5)).toHaveLength(100);
    expect(clock.waits.at(-1)).toBeCloseTo(2_000);
  });

  test('of several delays of one key the shortest counts', async () => {
    const { clock, queue } = setUp();
    queue.addAfter('a', 100);
    queue.addAfter('a', 50);
    queue.addAfter('a', 70);
    expect(clock.waits).toEqual([50]);
    await clock.advance(50);
    expect(queue.depth).toBe(1);
    queue.addAfter('b', 0);
    expect(queue.depth).toBe(2);
  });

  test('shut down, lets work end, hands out nothing more and leaves no timer', async () => {
    const { clock, queue } = setUp();
    queue.add('a');
    queue.add('b');
    queue.addAfter('c', 1000);
    await queue.get();
    let ended = false;
    void queue.shutDown().then(() => (ended = true));
    await settle();
    expect(ended).toBe(false);
    expect(await queue.get()).toBeUndefined();
    queue.add('d');
    queue.addAfter('e', 1);
    queue.addRateLimited('f');
    expect(clock.pending).toBe(0);
    queue.done('a');
    await settle();
    expect(ended).toBe(true);
  });

  test('shut down, releases the workers that wait', async () => {
    const { queue } = setUp();
    const worker = queue.get();
    await queue.shutDown();
    expect(await worker).toBeUndefined();
  });

  test('shows its state, and nothing any more once it is shut down', async () => {
    const { clock, registry, queue } = setUp();
    queue.add('a');
    await clock.advance(2_000);
    await queue.get();
    queue.add('b');
    await clock.advance(3_000);
    const text = await registry.metrics();
    expect(text).toContain('workqueue_depth{name="test"} 1');
    expect(text).toContain('workqueue_adds_total{name="test"} 2');
    expect(text).toContain('workqueue_retries_total{name="test"} 0');
    expect(text).toContain('workqueue_queue_duration_seconds_sum{name="test"} 2');
    expect(text).toContain('workqueue_unfinished_work_seconds{name="test"} 3');
    expect(text).toContain('workqueue_longest_running_processor_seconds{name="test"} 3');
    queue.done('a');
    expect(await registry.metrics()).toContain('workqueue_work_duration_seconds_sum{name="test"} 3');
    await queue.shutDown();
    expect(await registry.metrics()).not.toContain('workqueue_depth{');
  });
});
