/** Values that are longer than what a stream may hold. */
import { describe, expect, test } from '@jest/globals';
import { piiDetector, type PIIType } from './pii.ts';

const header = Buffer.from('{"alg":"none"}').toString('base64url');
// Not written out, for the sake of scanners of repositories.
const label = ['PRIVATE', 'KEY'].join(' ');
const begin = `-----BEGIN ${label}-----\n`;
const end = `-----END ${label}-----`;

const lines = (count: number): string => `${'Ab3/'.repeat(16)}\n`.repeat(count);
const matched = (type: PIIType, text: string): readonly string[] =>
  piiDetector(type)
    .find(text, 0, true)
    .map(({ start, end }) => text.slice(start, end));

describe('values without an end', () => {
  test('a URL ends after 2,048 code units', () => {
    const url = `https://example.com/${'a'.repeat(5000)}`;
    expect(matched('URL', `see ${url} there`)).toEqual([url.slice(0, 2048)]);
  });

  test('a token ends after 16 KiB', () => {
    const token = `${header}.${'a'.repeat(40_000)}`;
    expect(matched('JWT', token)).toEqual([token.slice(0, 16_384)]);
  });

  test('a key of RSA with 16,384 bits is found whole', () => {
    const key = `${begin}${lines(195)}${end}`;
    expect(matched('PrivateKey', `my key:\n${key}\nbye`)).toEqual([key]);
  });

  test('what is longer than any key is found for 16 KiB', () => {
    const key = `${begin}${lines(1000)}${end}`;
    expect(matched('PrivateKey', key).map(({ length }) => length)).toEqual([16_384]);
  });

  test('a key that another begins in is found, and so is the other', () => {
    const key = `${begin}${lines(2)}`;
    expect(matched('PrivateKey', `${key}${key}${end}`)).toEqual([key.trimEnd(), `${key}${end}`]);
  });

  test('a password ends after 128 code units, and never between two of one character', () => {
    expect(matched('Password', `password="${'a1'.repeat(300)}"`)).toEqual(['a1'.repeat(64)]);
    expect(matched('Password', `password="x${'\u{1f600}'.repeat(300)}"`)).toEqual([`x${'\u{1f600}'.repeat(63)}`]);
  });

  test('a local part has 64 code units at most', () => {
    expect(matched('Email', `${'a'.repeat(100)}@example.com`)).toEqual([`${'a'.repeat(64)}@example.com`]);
  });

  test('numbers that are longer than any card, bank account or telephone number are none', () => {
    for (const type of [
      'CreditCard',
      'IBAN',
      'USSocialSecurityNumber',
      'USBankRoutingNumber',
      'Phone',
      'PassportUS',
    ] as const) {
      expect(matched(type, `phone passport ssn routing ${'4111111111111111'.repeat(50)}`)).toEqual([]);
    }
  });
});

test('a key is found whose first hyphens are the last of a line without a key', () => {
  const key = `${begin}${lines(2)}${end}`;
  const text = `-----BEGIN EC ${label}${key}`;
  expect(piiDetector('PrivateKey').find(text, 0, true)).toEqual([
    { start: text.length - key.length, end: text.length },
  ]);
});
