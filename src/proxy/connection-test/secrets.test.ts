import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { providerEntry } from '../../../test/support/wire.ts';
import { Redacted } from '../../redacted.ts';
import { secretsOf, withoutSecrets } from './secrets.ts';

const key = 'sk-proj-0a1b2c/d+e"f4567';

describe('an upstream’s message', () => {
  test.each([
    [`Incorrect API key provided: ${key}.`, 'Incorrect API key provided: [redacted].'],
    [`twice ${key} ${key}`, 'twice [redacted] [redacted]'],
    [`?key=${encodeURIComponent(key)}&alt=sse`, '?key=[redacted]&alt=sse'],
    [`?key=${encodeURIComponent(key).replace('%2F', '%2f').replace('%2B', '%2b')}`, '?key=[redacted]'],
    [`{"key":${JSON.stringify(key)}}`, '{"key":"[redacted]"}'],
    [`{"key":${JSON.stringify(key).replace('/', '\\/')}}`, '{"key":"[redacted]"}'],
    [`basic ${Buffer.from(key).toString('base64')}`, 'basic [redacted]'],
    ['Incorrect API key provided: sk-proj-********4567. See', 'Incorrect API key provided: [redacted] See'],
    ['key "sk-proj..." is unknown', 'key "[redacted]" is unknown'],
    ['key …4567', 'key [redacted]'],
    ['the key that begins with sk-proj-0a1 is unknown', 'the key that begins with [redacted] is unknown'],
    [`the text was cut: ${key.slice(0, 19)}`, 'the text was cut: [redacted]'],
    [`cut in the encoding: ${encodeURIComponent(key).slice(0, 18)}`, 'cut in the encoding: [redacted]'],
    ['all is well... or **not**', 'all is well... or **not**'],
  ])('%s', (text, expected) => {
    expect(withoutSecrets(text, [key])).toBe(expected);
  });

  test('never holds a secret, wherever it stood', () => {
    fc.assert(
      fc.property(fc.string(), fc.string({ minLength: 6 }), fc.string(), (before, secret, after) => {
        const text = withoutSecrets(before + secret + after, [secret]);
        // What is put in its place may by chance be part of the secret.
        expect(text.replaceAll('[redacted]', '')).not.toContain(secret);
      }),
    );
  });

  test('holds nothing of a secret that has another one inside', () => {
    expect(withoutSecrets('for team-blue-0123456789 only', ['team-blue', 'team-blue-0123456789'])).toBe(
      'for [redacted] only',
    );
  });

  test('is not spoilt by a header with a short value', () => {
    expect(withoutSecrets('a true story', ['true', ''])).toBe('a true story');
  });
});

test('the key, static headers, the client’s own credential and what signs are secrets', () => {
  const entry = providerEntry([], {
    credential: { kind: 'APIKey', value: new Redacted('the-key') },
    headers: [{ name: 'x-team', value: 'the-header' }],
  });
  const signing = { accessKeyID: 'the-id', secretAccessKey: 'the-secret' };
  expect(secretsOf(entry, ['authorization', 'Bearer the-token', 'x-api-key', 'the-own-key'], signing)).toEqual(
    expect.arrayContaining(['the-key', 'the-header', 'the-token', 'the-own-key', 'the-id', 'the-secret']),
  );
});
