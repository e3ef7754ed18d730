/** What a reflector does after a failure: decided here, done there. */
import { KubeError } from './errors.ts';
import { WatchStalledError } from './watch.ts';

export interface Recovery {
  /** Forget the resourceVersion and list before watching again, with a list of this kind. */
  readonly relist?: 'Latest' | 'Paged';
  readonly wait: 'None' | 'Backoff' | 'Slow' | { readonly seconds: number };
}

export interface FailureContext {
  readonly during: 'List' | 'Watch';
  /** Answers of 410 in a row, this one included, without an event or a list between. */
  readonly goneInARow: number;
  /** The list that failed came in pages. */
  readonly paged: boolean;
}

/** kubernetes.md's table as a function. */
export function recoverFrom(error: unknown, { during, goneInARow, paged }: FailureContext): Recovery {
  if (error instanceof WatchStalledError) return { wait: 'None' };
  if (!(error instanceof KubeError)) return { wait: 'Backoff' };
  switch (error.code) {
    case 'Gone':
      // A continue token can expire faster than a slow client pages; one whole list can't.
      return { relist: during === 'List' && paged ? 'Latest' : 'Paged', wait: goneInARow > 1 ? 'Backoff' : 'None' };
    case 'ResourceVersionTooLarge':
      // This server lags behind the one before, or etcd was restored from a backup.
      return { relist: 'Paged', wait: 'Backoff' };
    case 'ResponseTooLarge':
      return during === 'List' ? { relist: 'Paged', wait: 'Backoff' } : { wait: 'Backoff' };
    case 'Forbidden':
    case 'NotFound':
      return { wait: 'Slow' };
    default:
      return { wait: error.retryAfterSeconds === undefined ? 'Backoff' : { seconds: error.retryAfterSeconds } };
  }
}
