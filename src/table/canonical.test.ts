import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { canonicalJSON } from './canonical.ts';

describe('canonicalJSON', () => {
  test('sorts members at every depth and leaves out undefined ones', () => {
    expect(canonicalJSON({ b: [{ z: 1, a: 'x' }], a: null, c: undefined })).toBe('{"a":null,"b":[{"a":"x","z":1}]}');
  });

  test('is JSON of the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) =>
        expect(JSON.parse(canonicalJSON(value))).toEqual(JSON.parse(JSON.stringify(value))),
      ),
    );
  });

  test('refuses what has no JSON form', () => {
    expect(() => canonicalJSON([undefined])).toThrow('no JSON form');
  });
});
