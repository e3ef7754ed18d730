import { describe, expect, test } from '@jest/globals';
import { providerEntry } from '../../test/support/wire.ts';
import { hasAllowlist, isModelAllowed } from './allowlist.ts';

describe('the allowlist', () => {
  test('allows every model when it is empty', () => {
    expect(hasAllowlist(providerEntry())).toBe(false);
    expect(isModelAllowed(providerEntry(), 'anything')).toBe(true);
  });

  test.each([
    ['gpt-4o', true],
    ['gpt-4o[1m]', true],
    ['claude-opus', true],
    ['claude-opus[1m]', true],
    ['gpt-4o[1m][1m]', false],
    ['gpt-4o ', false],
    ['GPT-4o', false],
    ['gpt-4o-mini', false],
    ['', false],
    ['[1m]', false],
    ['__proto__', false],
  ])('says of %j: %s', (model, allowed) => {
    const entry = providerEntry(['gpt-4o', 'claude-opus[1m]']);
    expect(hasAllowlist(entry)).toBe(true);
    expect(isModelAllowed(entry, model)).toBe(allowed);
  });
});
