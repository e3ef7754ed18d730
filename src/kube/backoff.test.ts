import { expect, test } from '@jest/globals';
import { ManualClock } from '../../test/support/kube/manual-clock.ts';
import { Backoff } from './backoff.ts';

function setUp(random: () => number) {
  const clock = new ManualClock();
  return { clock, backoff: new Backoff({ initialMs: 800, maxMs: 30_000, resetMs: 120_000, clock, random }) };
}

test('waits double up to the longest', () => {
  const { backoff } = setUp(() => 1);
  expect([1, 2, 3, 4, 5, 6, 7].map(() => backoff.next())).toEqual([800, 1600, 3200, 6400, 12_800, 25_600, 30_000]);
});

test('waits are spread, so that replicas do not come back together', () => {
  expect([setUp(() => 0).backoff.next(), setUp(() => 0.5).backoff.next()]).toEqual([400, 600]);
});

test('after two quiet minutes the first wait is short again', async () => {
  const { backoff, clock } = setUp(() => 1);
  backoff.next();
  backoff.next();
  await clock.advance(120_000);
  expect(backoff.next()).toBe(3200);
  await clock.advance(120_001);
  expect(backoff.next()).toBe(800);
});
