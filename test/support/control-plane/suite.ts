/** `describe` for suites that need a control plane. */
import { describe } from '@jest/globals';
import { missingVariable } from './connection.ts';

/**
 * A suite that is skipped, and counted as skipped, on a machine where the run's
 * global set-up found no control plane. With `CI=true` the set-up fails instead.
 */
export const describeControlPlane: typeof describe | typeof describe.skip =
  process.env[missingVariable] === undefined ? describe : describe.skip;
