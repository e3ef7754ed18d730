import { expect, test } from '@jest/globals';
import { parseRetryAfter } from './retry.ts';

const now = Date.UTC(2026, 0, 1);

test.each([
  ['7', 7],
  [' 0 ', 0],
  [['3', '9'], 3],
  ['Thu, 01 Jan 2026 00:01:00 GMT', 60],
  ['Thu, 01 Jan 2025 00:00:00 GMT', 0],
  ['', undefined],
  ['soon', undefined],
  ['99999999999999', undefined],
  [undefined, undefined],
])('Retry-After %j is %p seconds', (value, seconds) => expect(parseRetryAfter(value, now)).toBe(seconds));
