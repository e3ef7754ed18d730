import { expect, test } from '@jest/globals';
import { KubeError } from './errors.ts';
import type { KubeErrorCode } from './errors.ts';
import { recoverFrom } from './recovery.ts';
import type { FailureContext } from './recovery.ts';
import { WatchStalledError } from './watch.ts';

const watching: FailureContext = { during: 'Watch', goneInARow: 1, paged: false };
const listing: FailureContext = { during: 'List', goneInARow: 1, paged: false };
const failure = (code: KubeErrorCode, retryAfterSeconds?: number) =>
  new KubeError({ code, message: 'test', retryAfterSeconds });

test.each([
  ['silence', new WatchStalledError('test'), watching, { wait: 'None' }],
  ['410 to a watch', failure('Gone'), watching, { relist: 'Paged', wait: 'None' }],
  ['410 once more', failure('Gone'), { ...watching, goneInARow: 2 }, { relist: 'Paged', wait: 'Backoff' }],
  ['410 to a page', failure('Gone'), { ...listing, paged: true }, { relist: 'Latest', wait: 'None' }],
  ['a version from the future', failure('ResourceVersionTooLarge'), watching, { relist: 'Paged', wait: 'Backoff' }],
  ['a list too large', failure('ResponseTooLarge'), listing, { relist: 'Paged', wait: 'Backoff' }],
  ['a right that is missing', failure('Forbidden'), watching, { wait: 'Slow' }],
  ['a kind that is missing', failure('NotFound'), listing, { wait: 'Slow' }],
  ['a refusal with a time', failure('TooManyRequests', 9), watching, { wait: { seconds: 9 } }],
  ['a refusal without', failure('ServiceUnavailable'), watching, { wait: 'Backoff' }],
  ['a token refused', failure('Unauthorized'), watching, { wait: 'Backoff' }],
  ['a broken connection', failure('Unreachable'), watching, { wait: 'Backoff' }],
  ['garbage', failure('Malformed'), watching, { wait: 'Backoff' }],
  ['anything else', new Error('test'), watching, { wait: 'Backoff' }],
] as const)('after %s', (_what, error, context, recovery) => expect(recoverFrom(error, context)).toEqual(recovery));
