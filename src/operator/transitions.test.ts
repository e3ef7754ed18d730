import { describe, expect, test } from '@jest/globals';

import type { Condition, Reason } from '../api/conditions.ts';
import type { GuardrailStatus } from '../api/generated/guardrail.ts';
import type { LLMProviderStatus } from '../api/generated/llmprovider.ts';
import { guardrailTransitions, providerTransitions } from './transitions.ts';

const status = (reason: Reason, type: Condition['type'] = 'Active'): LLMProviderStatus & GuardrailStatus => ({
  conditions: [
    {
      type,
      status: reason === 'Active' || reason === 'Ready' ? 'True' : reason === 'Pending' ? 'Unknown' : 'False',
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

describe('events about a Guardrail', () => {
  test.each<[Reason | undefined, Reason, string[]]>([
    ['Pending', 'Ready', ['Normal Ready']],
    [undefined, 'Ready', ['Normal Ready']],
    ['Ready', 'Ready', []],
    ['Pending', 'TestsFailed', ['Warning TestsFailed']],
    ['TestsFailed', 'TestsFailed', []],
    ['TestsFailed', 'InvalidPattern', ['Warning InvalidPattern']],
    ['Ready', 'TestsFailed', ['Warning TestsFailed']],
    ['TestsFailed', 'Ready', ['Normal Ready']],
  ])('from %s to %s are %j', (before, after, events) => {
    const told = guardrailTransitions(before && status(before, 'Ready'), status(after, 'Ready'));
    expect(told.map(({ type, reason }) => `${type} ${reason}`)).toEqual(events);
    expect(told.every(({ note }) => note === `because ${after}`)).toBe(true);
  });
});
