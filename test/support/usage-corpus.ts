/** A corpus of real-shaped answers with the usage that each has, and what every wire's meter must make of it. */
import { readFileSync } from 'node:fs';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Meter, Wire } from '../../src/providers/wire.ts';
import type { ProviderEntry } from '../../src/table/types.ts';
import type { MeteredUsage, TokenCounts } from '../../src/usage/record.ts';
import { chunked, cut, cuts } from './chunks.ts';
import { type Headers, requestHead, responseHead } from './wire.ts';

/** One answer of the corpus; its bytes are in `<name>.body`. */
export interface CorpusCase {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly contentType: string;
  /** Of the answer, beside its content type. */
  readonly headers?: Headers;
  readonly expected: MeteredUsage;
}

type End = Parameters<Meter['finish']>[0];

/** The corpus of one wire: `test/corpus/usage/<folder>/`. */
export class UsageCorpus {
  readonly cases: readonly CorpusCase[];
  readonly #folder: URL;
  readonly #wire: Wire;
  readonly #entry: ProviderEntry;

  constructor(folder: string, wire: Wire, entry: ProviderEntry) {
    this.#folder = new URL(`../corpus/usage/${folder}/`, import.meta.url);
    this.#wire = wire;
    this.#entry = entry;
    this.cases = JSON.parse(readFileSync(new URL('cases.json', this.#folder), 'utf8')) as readonly CorpusCase[];
  }

  find(name: string): CorpusCase {
    const found = this.cases.find((one) => one.name === name);
    if (found === undefined) throw new Error(`the corpus has no ${name}`);
    return found;
  }

  body(name: string): Buffer {
    return readFileSync(new URL(`${name}.body`, this.#folder));
  }

  /** The wire's meter for an answer like `call`'s. */
  meter(call: CorpusCase, headers: Headers = {}): Meter | undefined {
    const operation = this.#wire.classify(requestHead(call.method, call.path), this.#entry);
    const all = { 'content-type': call.contentType, ...call.headers, ...headers };
    return this.#wire.meter(operation, responseHead(all, call.status));
  }

  /** What that meter says when the answer came in these chunks. */
  async metered(
    call: CorpusCase,
    chunks: readonly Buffer[],
    how: End = 'Complete',
    headers: Headers = {},
  ): Promise<MeteredUsage> {
    const meter = this.meter(call, headers);
    if (meter === undefined) return { kind: 'NotMetered' };
    for (const chunk of chunks) meter.push(chunk);
    return await meter.finish(how);
  }
}

/** Tokens of all classes. */
export function sumOf(tokens: TokenCounts): number {
  return Object.values(tokens).reduce((total, count) => total + count, 0);
}

/** Names of cases that the rule for answers which are cut off does not fit. */
export interface CutExceptions {
  /** A figure that looks final comes before the last one. */
  readonly late?: ReadonlySet<string>;
  /** A later figure is smaller than an earlier one. */
  readonly shrinking?: ReadonlySet<string>;
}

/** Any chunking, any encoding, any truncation: the right figure, or one that is honest about what it lacks. */
export function describeCorpus(corpus: UsageCorpus, exceptions: CutExceptions = {}): void {
  describe.each(corpus.cases)('the usage of $name', (call) => {
    const bytes = corpus.body(call.name);

    test('is read from the whole answer', async () => {
      expect(await corpus.metered(call, [bytes])).toEqual(call.expected);
    });

    test.each([1, 2, 7, 1000])('is read from chunks of %d bytes', async (size) => {
      expect(await corpus.metered(call, chunked(bytes, size))).toEqual(call.expected);
    });

    test('is read however the answer is cut', async () => {
      await fc.assert(
        fc.asyncProperty(cuts, async (at) => {
          expect(await corpus.metered(call, cut(bytes, at))).toEqual(call.expected);
        }),
        { numRuns: 20 },
      );
    });

    test.each([
      ['gzip', gzipSync(bytes)],
      ['x-gzip', gzipSync(bytes)],
      ['deflate', deflateSync(bytes)],
      ['deflate', deflateRawSync(bytes)],
      ['br', brotliCompressSync(bytes)],
      ['zstd', zstdCompressSync(bytes)],
    ])('is read from %s', async (encoding, compressed) => {
      const usage = await corpus.metered(call, chunked(compressed, 1000), 'Complete', { 'content-encoding': encoding });
      expect(usage).toEqual(call.expected);
    });

    test('is the same, incomplete or honestly missing when the upstream is cut off anywhere', async () => {
      const expected = call.expected.kind === 'Metered' ? call.expected.tokens : {};
      const step = Math.max(1, Math.floor(bytes.length / 200));
      for (let length = 0; length < bytes.length; length += step) {
        const result = await corpus.metered(call, [bytes.subarray(0, length)], 'UpstreamFailed');
        if (result.kind === 'Missing') expect(['upstream_failed', 'unparsable']).toContain(result.reason);
        if (result.kind === 'NotMetered') expect(call.expected.kind).toBe('NotMetered');
        if (result.kind !== 'Metered') continue;
        if (result.incomplete !== undefined) expect(['upstream_failed', 'unparsable']).toContain(result.incomplete);
        if (result.incomplete === undefined && exceptions.late?.has(call.name) !== true) {
          expect(withoutZeros(result.tokens)).toEqual(withoutZeros(expected));
        } else if (exceptions.shrinking?.has(call.name) !== true) {
          expect(sumOf(result.tokens)).toBeLessThanOrEqual(sumOf(expected));
        }
      }
    });
  });

  describe('an answer that cannot be read', () => {
    // Headers that tell figures would stand in for the body.
    const calls = corpus.cases.filter(({ expected, headers }) => expected.kind === 'Metered' && headers === undefined);

    test.each([
      ['an unknown encoding', 'compress'],
      ['stacked encodings', 'gzip, br'],
      ['an encoding that is none', 'gzip'],
      ['an encoding named like a property', 'constructor'],
    ])('because of %s is undecodable', async (_, encoding) => {
      for (const call of calls) {
        const usage = await corpus.metered(call, [corpus.body(call.name)], 'Complete', {
          'content-encoding': encoding,
        });
        expect(usage).toEqual({ kind: 'Missing', reason: 'undecodable' });
      }
    });

    test('of arbitrary bytes yields a result and no exception', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.uint8Array({ maxLength: 200 }),
          fc.constantFrom(...calls),
          fc.constantFrom('', 'gzip', 'deflate', 'br', 'zstd'),
          async (noise, other, encoding) => {
            const chunks = chunked(Buffer.from(noise), 50);
            const usage = await corpus.metered(other, chunks, 'Complete', { 'content-encoding': encoding });
            expect(usage.kind).toBe('Missing');
          },
        ),
      );
    });
  });
}

function withoutZeros(tokens: TokenCounts): object {
  return Object.fromEntries(Object.entries(tokens).filter(([, count]) => count > 0));
}
