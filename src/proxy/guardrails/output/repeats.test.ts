import { expect, test } from '@jest/globals';
import { Repeats } from './repeats.ts';

test('a text that has grown, or has come whole, is said again when it comes whole', () => {
  const repeats = new Repeats();
  for (const piece of ['mail ', 'joe', '@example.com']) repeats.push('1', piece);
  expect(repeats.isRepeated('mail joe@example.com')).toBe(false);
  repeats.push('2', 'another');
  repeats.end('2');
  repeats.end('1');
  expect(repeats.isRepeated('another')).toBe(true);
  expect(repeats.isRepeated('mail joe@example.com')).toBe(true);
  expect(repeats.isRepeated('rehtona')).toBe(false);
  expect(repeats.isRepeated('rehtona')).toBe(true);
});
