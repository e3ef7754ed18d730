import { expect, test } from '@jest/globals';
import { HoldTime } from './hold-time.ts';

test('text waits from when its first held unit came to when that leaves', () => {
  const hold = new HoldTime();
  expect(hold.step(5, 5, 0)).toBe(0);
  expect(hold.isEmpty).toBe(true);
  expect(hold.step(4, 0, 10)).toBe(0);
  expect(hold.step(4, 0, 30)).toBe(0);
  expect(hold.isEmpty).toBe(false);
  // Two units of the first piece leave, then the rest of it with one of the second.
  expect(hold.step(0, 2, 50)).toBe(40);
  expect(hold.step(0, 3, 60)).toBe(50);
  expect(hold.step(1, 3, 70)).toBe(40);
  expect(hold.step(0, 1, 90)).toBe(20);
  expect(hold.isEmpty).toBe(true);
});
