import { describe, expect, test } from '@jest/globals';

import { aProvider } from '../../test/support/compile.ts';
import type { LLMProvider } from '../api/generated/llmprovider.ts';
import { BrokenSince } from './broken-since.ts';

const now = Date.parse('2026-01-01T00:00:00Z');
const second = 1000;
const key = 'team-a/openai';

describe('BrokenSince', () => {
  const broken = { outcome: { kind: 'Broken', reason: 'SecretNotFound' } } as const;
  const told = (reason: string, lastTransitionTime = '2025-12-31T23:00:00Z'): LLMProvider =>
    ({
      ...aProvider(),
      status: {
        conditions: [{ type: 'Ready', status: 'False', reason, message: '', lastTransitionTime }],
      },
    }) as unknown as LLMProvider;

  test('counts from when it is first seen, as long as the reason stays', () => {
    const since = new BrokenSince();
    expect(since.observe(key, broken, undefined, now)).toBe(now);
    expect(since.observe(key, broken, undefined, now + second)).toBe(now);
    const other = { outcome: { kind: 'Broken', reason: 'SecretKeyEmpty' } } as const;
    expect(since.observe(key, other, undefined, now + 2 * second)).toBe(now + 2 * second);
  });

  test('does not believe a status from the future', () => {
    const future = told('SecretNotFound', '2100-01-01T00:00:00Z');
    expect(new BrokenSince().observe(key, broken, future, now)).toBe(now);
  });

  test('goes on after a restart where the status says so', () => {
    expect(new BrokenSince().observe(key, broken, told('SecretNotFound'), now)).toBe(now - 3600 * second);
    expect(new BrokenSince().observe(key, broken, told('InvalidSpec'), now)).toBe(now);
  });

  test('begins anew when it was whole in between, or was deleted', () => {
    const since = new BrokenSince();
    since.observe(key, broken, undefined, now);
    since.observe(key, { outcome: { kind: 'Servable' } }, undefined, now + second);
    expect(since.observe(key, broken, undefined, now + 2 * second)).toBe(now + 2 * second);
    since.keepOnly(new Map());
    expect(since.observe(key, broken, undefined, now + 3 * second)).toBe(now + 3 * second);
  });
});
