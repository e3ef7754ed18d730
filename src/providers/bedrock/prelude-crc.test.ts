import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { crc32 } from 'node:zlib';
import { crcOfLengths } from './prelude-crc.ts';

test('the sum of eight bytes is that of zlib, wherever they are', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 8, maxLength: 20 }), fc.nat(), (all, place) => {
      const bytes = Buffer.from(all);
      const at = place % (bytes.length - 7);
      expect(crcOfLengths(bytes, at)).toBe(crc32(bytes.subarray(at, at + 8)));
    }),
  );
});
