import { describe, expect, test } from '@jest/globals';

import type { Condition, Reason } from '../api/conditions.ts';
import type { LLMProviderStatus } from '../api/generated/llmprovider.ts';
import { providerTransitions } from './transitions.ts';

const status = (reason: Reason): LLMProviderStatus => ({
  conditions: [
    {
      type: 'Active',
      status: reason === 'Active' ? 'True' : reason === 'Pending' ? 'Unknown' : 'False',
      reason,
      message: `because ${reason}`,
      lastTransitionTime: '2026-01-01T00:00:00Z',
    } satisfies Condition,
  ],
});

describe('events about a provider', () => {
  test.each<[Reason | undefined, Reason, string[]]>([
    ['Pending', 'Active', ['Normal Activated']],
    [undefined, 'Active', ['Normal Activated']],
    ['Active', 'Active', []],
    ['Pending', 'NotServed', []],
    ['Pending', 'SecretNotFound', ['Warning SecretNotFound']],
    ['SecretNotFound', 'SecretNotFound', []],
    ['SecretNotFound', 'SecretKeyEmpty', ['Warning SecretKeyEmpty']],
    ['SecretNotFound', 'Active', ['Normal Activated']],
    ['Active', 'SecretNotFound', ['Warning Deactivated', 'Warning SecretNotFound']],
    ['Active', 'NotServed', ['Warning Deactivated']],
    ['Active', 'Disabled', ['Normal Deactivated', 'Normal Disabled']],
  ])('from %s to %s are %j', (before, after, events) => {
    const told = providerTransitions(before && status(before), status(after));
    expect(told.map(({ type, reason }) => `${type} ${reason}`)).toEqual(events);
    expect(told.every(({ note }) => note === `because ${after}`)).toBe(true);
  });
});
