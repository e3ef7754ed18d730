import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import {
  acknowledgementMetadata,
  proxyLeaseName,
  readAcknowledgement,
  type Acknowledgement,
} from './acknowledgement.ts';

const revision = 'ab'.repeat(32);

describe('an acknowledgement', () => {
  test.each<Acknowledgement>([
    {},
    { revision },
    { tableError: { code: 'PartMismatch', message: 'part 1 of the table is damaged' } },
    { revision, tableError: { code: 'EntryInvalid', message: 'the entry lacks `baseURL`: refused' } },
  ])('%j is read back as written', (acknowledgement) => {
    const { annotations } = acknowledgementMetadata('tidegate-table', acknowledgement);
    expect(readAcknowledgement(annotations)).toEqual(acknowledgement);
  });

  test('of any other form says nothing', () => {
    expect(readAcknowledgement(undefined)).toEqual({});
    expect(readAcknowledgement({ 'tidegate.io/revision': 'latest', 'tidegate.io/table-error': '' })).toEqual({});
  });

  test('is one line however the error reads', () => {
    const { annotations } = acknowledgementMetadata('t', { tableError: { code: 'X', message: 'a\nb\u0000c' } });
    expect(annotations['tidegate.io/table-error']).toBe('X: a b c');
  });
});

describe('proxyLeaseName', () => {
  test('is a valid object name with the prefix for any identity', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), (identity) => {
        const name = proxyLeaseName(identity);
        expect(name).toMatch(/^tidegate-proxy-[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/);
        expect(name.length).toBeLessThanOrEqual(253);
      }),
    );
  });

  test('keeps the name of a pod', () => {
    expect(proxyLeaseName('tidegate-proxy-5d9c7-x2b4z')).toBe('tidegate-proxy-tidegate-proxy-5d9c7-x2b4z');
  });
});
