import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { systemClock } from './clock.ts';

const day = 24 * 60 * 60 * 1000;

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

test.each([[5], [2 ** 31 - 1], [2 ** 31], [100 * day]])('what is scheduled in %d ms comes then, not at once', (ms) => {
  const callback = jest.fn();
  systemClock.schedule(ms, callback);
  jest.advanceTimersByTime(ms - 1);
  expect(callback).not.toHaveBeenCalled();
  jest.advanceTimersByTime(1);
  expect(callback).toHaveBeenCalledTimes(1);
});

test('what is scheduled far away can be prevented at any time', () => {
  const callback = jest.fn();
  const cancel = systemClock.schedule(100 * day, callback);
  jest.advanceTimersByTime(60 * day);
  cancel();
  expect(jest.getTimerCount()).toBe(0);
  jest.advanceTimersByTime(60 * day);
  expect(callback).not.toHaveBeenCalled();
});
