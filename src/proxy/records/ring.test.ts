import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { TextRing } from './ring.ts';

/** What an entry takes beside its text and key. */
const HEADER_BYTES = 16;

const key = fc.integer({ min: 0, max: 12 }).map((n) => `k${n}`);
/** Also characters of two, three and four bytes, and halves of pairs. */
const text = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.integer({ min: 0, max: 600 }).map((n) => 'x'.repeat(n)),
  fc.constantFrom('\ud800', 'é'.repeat(30), '中'.repeat(30), '😀'.repeat(30)),
);

test('whatever is put in: the newest texts are there as they came, others are gone, and none is another one', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2000 }), fc.array(fc.tuple(key, text), { maxLength: 60 }), (size, puts) => {
      const ring = new TextRing(size);
      const room = ring.byteLength;
      expect(room).toBeLessThanOrEqual(Math.max(size, 8));
      const newest = new Map<string, string>();
      /** Bytes that came after the newest entry of each key, that entry included. */
      const since = new Map<string, number>();
      let longest = 0;
      for (const [name, value] of puts) {
        const bytes = HEADER_BYTES + name.length + Buffer.byteLength(value);
        const isKept = ring.put(name, value);
        expect(isKept).toBe(bytes <= room - bucketsOf(size));
        if (!isKept) continue;
        longest = Math.max(longest, bytes);
        newest.set(name, value);
        since.set(name, 0);
        for (const [each, before] of since) since.set(each, before + bytes);
        // What was put last is there, always.
        expect(ring.get(name)).toBe(Buffer.from(value).toString());
        for (const [each, last] of newest) {
          const found = ring.get(each);
          // What is left free at the end is shorter than the longest entry.
          const mustBeThere = (since.get(each) ?? 0) + longest <= room - bucketsOf(size);
          if (found !== undefined || mustBeThere) expect(found).toBe(Buffer.from(last).toString());
        }
        expect(ring.byteLength).toBe(room);
      }
      expect(ring.get('never')).toBeUndefined();
    }),
    { numRuns: 500 },
  );
});

/** Bytes of what finds texts, in a ring of `size`. */
function bucketsOf(size: number): number {
  return 8 * Math.max(1, Math.floor(size / 520));
}

test('the oldest fall out, the newest stay, however often it has gone round', () => {
  const ring = new TextRing(10_000);
  for (let i = 0; i < 5000; i += 1) ring.put(`id-${i}`, `text ${i} ${'x'.repeat(i % 97)}`);
  const kept = Array.from({ length: 5000 }, (_, i) => i).filter((i) => ring.get(`id-${i}`) !== undefined);
  expect(kept.at(-1)).toBe(4999);
  expect(kept).toEqual(Array.from({ length: kept.length }, (_, i) => 5000 - kept.length + i));
  expect(kept.length).toBeGreaterThan(90);
  expect(ring.get('id-4999')).toBe(`text 4999 ${'x'.repeat(4999 % 97)}`);
});

test('a text that is longer than the ring is not kept, and nothing is lost for it', () => {
  const ring = new TextRing(1000);
  ring.put('a', 'small');
  expect(ring.put('b', 'x'.repeat(1000))).toBe(false);
  expect(ring.get('a')).toBe('small');
  expect(ring.get('b')).toBeUndefined();
});
