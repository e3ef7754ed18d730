import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { Redacted } from './redacted.ts';

describe('Redacted', () => {
  const secret = new Redacted('sk-not-to-be-seen');

  test.each([
    ['String()', String(secret)],
    // oxlint-disable-next-line typescript/restrict-template-expressions -- that is what is tested
    ['template literal', `${secret}`],
    ['concatenation', '' + secret],
    ['JSON.stringify', JSON.stringify({ secret })],
    ['util.inspect', inspect({ secret }, { depth: 5, showHidden: true })],
    // oxlint-disable-next-line typescript/no-misused-spread -- that is what is tested
    ['structured spread', JSON.stringify({ ...secret })],
  ])('does not show its value through %s', (_name, text) => {
    expect(text).not.toContain('not-to-be-seen');
  });

  test('gives its value only when asked to reveal it', () => {
    expect(secret.reveal()).toBe('sk-not-to-be-seen');
    expect(secret.equals(new Redacted('sk-not-to-be-seen'))).toBe(true);
    expect(secret.equals(new Redacted('other'))).toBe(false);
  });
});
