import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Splice } from '../providers/wire.ts';
import { HeldBody, mergedSplices, spliced } from './held-body.ts';

/** `text` cut at `cuts`. */
function cut(text: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [...new Set([0, ...cuts.map((place) => place % (text.length + 1)), text.length])].sort(
    (a, b) => a - b,
  );
  return places.slice(1).map((end, i) => text.subarray(places[i], end));
}

describe('splices', () => {
  test.each([
    ['an insertion', [{ start: 3, end: 3, bytes: Buffer.from('XY') }], 'abcXYdef'],
    ['a replacement', [{ start: 1, end: 5, bytes: Buffer.from('-') }], 'a-f'],
    ['a removal', [{ start: 0, end: 2, bytes: Buffer.alloc(0) }], 'cdef'],
    ['at the end', [{ start: 6, end: 6, bytes: Buffer.from('!') }], 'abcdef!'],
    [
      'two',
      [
        { start: 0, end: 0, bytes: Buffer.from('<') },
        { start: 6, end: 6, bytes: Buffer.from('>') },
      ],
      '<abcdef>',
    ],
  ])('%s is made wherever the body is cut', (_what, splices, expected) => {
    const text = Buffer.from('abcdef');
    for (let at = 0; at <= 6; at += 1) {
      for (let then = at; then <= 6; then += 1) {
        expect(Buffer.concat(spliced(cut(text, [at, then]), splices)).toString()).toBe(expected);
      }
    }
  });

  test('equal those made on one string, for any body, cuts and ranges', () => {
    const ranges = fc.array(fc.tuple(fc.nat(60), fc.nat(8), fc.string({ maxLength: 5 })), { maxLength: 5 });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.array(fc.nat(60)), ranges, (bytes, cuts, wanted) => {
        const text = Buffer.from(bytes);
        let from = 0;
        const splices = wanted
          .map(([start, length, insert]) => ({ start: start % (text.length + 1), length, insert }))
          .sort((a, b) => a.start - b.start)
          .flatMap(({ start, length, insert }) => {
            if (start < from) return [];
            const end = Math.min(text.length, start + length);
            from = end + 1;
            return [{ start, end, bytes: Buffer.from(insert) }];
          });
        const expected = splices.reduceRight(
          (result, { start, end, bytes: insert }) =>
            Buffer.concat([result.subarray(0, start), insert, result.subarray(end)]),
          text,
        );
        expect(Buffer.concat(spliced(cut(text, cuts), splices)).equals(expected)).toBe(true);
      }),
    );
  });
});

test('splices of two who do not know of each other are made in order', () => {
  const splice = (start: number, end: number, text: string): Splice => ({ start, end, bytes: Buffer.from(text) });
  const [some, others] = [[splice(0, 1, 'A'), splice(5, 5, '!')], [splice(2, 3, 'C')]];
  for (const merged of [mergedSplices(some, others), mergedSplices(others, some)]) {
    expect(Buffer.concat(spliced([Buffer.from('abcde')], merged)).toString()).toBe('AbCde!');
  }
  expect(mergedSplices(some, [])).toBe(some);
  expect(mergedSplices([], others)).toBe(others);
});

describe('a held body', () => {
  test('that was looked at as a whole goes on as if it had not been', async () => {
    const bodies = fc.array(fc.integer({ min: 0, max: 90_000 }), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(bodies, async (sizes) => {
        const body = new HeldBody(true);
        const chunks = sizes.map((size, i) => Buffer.alloc(size, i + 1));
        for (const chunk of chunks) body.push(chunk);
        const expected = Buffer.concat(chunks);
        expect(body.whole().equals(expected)).toBe(true);
        expect(body.length).toBe(expected.length);
        const taken = body.take([]);
        expect(taken.sha256()).toBe(createHash('sha256').update(expected).digest('hex'));
        expect([taken.length, taken.isChanged]).toEqual([expected.length, false]);
        const parts: Buffer[] = [];
        if (Buffer.isBuffer(taken.body)) parts.push(taken.body);
        else for await (const part of (taken.body ?? []) as AsyncIterable<Buffer>) parts.push(part);
        expect(parts.length > 1 && parts.some((part) => part.length > 64 * 1024)).toBe(false);
        expect(Buffer.concat(parts).equals(expected)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  test('is handed on as the very buffer that came when it came in one piece', () => {
    const body = new HeldBody();
    const chunk = Buffer.from('x');
    body.push(chunk);
    expect(body.take([]).body).toBe(chunk);
  });

  test('is handed on as a stream of its chunks when it is large', async () => {
    const body = new HeldBody();
    const chunks = Array.from({ length: 20 }, (_, i) => Buffer.alloc(64 * 1024, i));
    for (const chunk of chunks) body.push(chunk);
    const taken = body.take([]);
    expect(taken.length).toBe(20 * 64 * 1024);
    const parts: Buffer[] = [];
    for await (const part of taken.body as AsyncIterable<Buffer>) parts.push(part);
    expect(Buffer.concat(parts).equals(Buffer.concat(chunks))).toBe(true);
  });

  test('in tiny chunks takes few buffers, and keeps its bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(3000), { maxLength: 60 }), (sizes) => {
        const body = new HeldBody();
        const chunks = sizes.map((size, i) => Buffer.alloc(size, i));
        for (const chunk of chunks) body.push(chunk);
        const { body: taken } = body.take([]);
        const whole = Buffer.concat(chunks);
        if (Buffer.isBuffer(taken)) expect(taken.equals(whole)).toBe(true);
        expect(body.length).toBe(whole.length);
      }),
    );
    const body = new HeldBody();
    for (let i = 0; i < 100_000; i += 1) body.push(Buffer.from('x'));
    expect(body.pieces).toBeLessThan(10);
    expect(body.take([]).length).toBe(100_000);
  });

  test('has the hash of what is sent, changed or not, however it came', () => {
    const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
    const splices = fc.constantFrom([], [{ start: 0, end: 0, bytes: Buffer.from('first') }]);
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 3000 })),
        splices,
        fc.boolean(),
        (parts, changes, willBeSigned) => {
          const body = new HeldBody(willBeSigned);
          for (const part of parts) body.push(Buffer.from(part));
          const sent = Buffer.concat([...changes.map(({ bytes }) => bytes), ...parts]);
          expect(body.take(changes).sha256()).toBe(sha256(sent));
        },
      ),
    );
  });

  test('that is empty is none', () => {
    expect(new HeldBody().take([])).toMatchObject({ body: null, length: 0 });
  });
});
