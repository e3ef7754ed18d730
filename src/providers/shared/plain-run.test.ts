import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { hasControlBytes } from './plain-run.ts';

const bytes = fc.oneof(fc.nat({ max: 255 }), fc.constantFrom(0x1f, 0x20, 0x7f, 0x80, 0x9f, 0xa0, 0xff));

test('control bytes are found wherever they are and whatever is next to them', () => {
  fc.assert(
    fc.property(fc.array(bytes, { maxLength: 40 }), fc.nat({ max: 3 }), (all, shift) => {
      const chunk = Buffer.from([...Array.from({ length: shift }, () => 0), ...all]).subarray(shift);
      expect(hasControlBytes(chunk)).toBe(all.some((byte) => byte < 0x20));
      const none = chunk.map((byte) => byte | 0x20);
      expect(hasControlBytes(Buffer.from(none))).toBe(false);
    }),
    { numRuns: 2000 },
  );
});
