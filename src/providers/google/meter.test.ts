import { readFileSync } from 'node:fs';
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { chunked, cut, cuts } from '../../../test/support/chunks.ts';
import { type Headers, providerEntry, requestHead, responseHead } from '../../../test/support/wire.ts';
import type { MeteredUsage, TokenCounts } from '../../usage/record.ts';
import { googleWire } from './wire.ts';

interface Case {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly contentType: string;
  readonly headers?: Headers;
  readonly expected: MeteredUsage;
}

const corpus = new URL('../../../test/corpus/usage/google/', import.meta.url);
const cases = JSON.parse(readFileSync(new URL('cases.json', corpus), 'utf8')) as readonly Case[];
const body = (name: string): Buffer => readFileSync(new URL(`${name}.body`, corpus));
const caseOf = (name: string): Case => cases.find((one) => one.name === name) as Case;

type End = 'Complete' | 'ClientDisconnected' | 'UpstreamFailed';

/** What the wire's meter says of an answer to `call` that came in these chunks. */
async function metered(
  call: Case,
  chunks: readonly Buffer[],
  how: End = 'Complete',
  headers: Headers = {},
): Promise<MeteredUsage> {
  const operation = googleWire.classify(requestHead(call.method, call.path), providerEntry());
  const response = responseHead({ 'content-type': call.contentType, ...call.headers, ...headers }, call.status);
  const meter = googleWire.meter(operation, response);
  if (meter === undefined) return { kind: 'NotMetered' };
  for (const chunk of chunks) meter.push(chunk);
  return await meter.finish(how);
}

const sum = (tokens: TokenCounts): number => Object.values(tokens).reduce((total, count) => total + count, 0);

describe.each(cases)('the usage of $name', (call) => {
  const bytes = body(call.name);

  test('is read from the whole answer', async () => {
    expect(await metered(call, [bytes])).toEqual(call.expected);
  });

  test.each([1, 2, 7, 1000])('is read from chunks of %d bytes', async (size) => {
    expect(await metered(call, chunked(bytes, size))).toEqual(call.expected);
  });

  test('is read however the answer is cut', async () => {
    await fc.assert(
      fc.asyncProperty(cuts, async (at) => {
        expect(await metered(call, cut(bytes, at))).toEqual(call.expected);
      }),
      { numRuns: 20 },
    );
  });

  test.each([
    ['gzip', gzipSync(bytes)],
    ['deflate', deflateSync(bytes)],
    ['br', brotliCompressSync(bytes)],
    ['zstd', zstdCompressSync(bytes)],
  ])('is read from %s', async (encoding, compressed) => {
    expect(await metered(call, chunked(compressed, 1000), 'Complete', { 'content-encoding': encoding })).toEqual(
      call.expected,
    );
  });

  test('is whole, incomplete or honestly missing when the upstream is cut off anywhere', async () => {
    const step = Math.max(1, Math.floor(bytes.length / 200));
    for (let length = 0; length < bytes.length; length += step) {
      const result = await metered(call, [bytes.subarray(0, length)], 'UpstreamFailed');
      if (result.kind === 'Missing') expect(['upstream_failed', 'unparsable']).toContain(result.reason);
      if (result.kind === 'NotMetered') expect(call.expected.kind).toBe('NotMetered');
      if (result.kind !== 'Metered') continue;
      if (result.incomplete !== undefined) expect(result.incomplete).toBe('upstream_failed');
      const expected = call.expected.kind === 'Metered' ? call.expected.tokens : {};
      expect(sum(result.tokens)).toBeLessThanOrEqual(sum(expected));
      const stands = result.incomplete === undefined && call.name !== 'stream-usage-after-last-candidate';
      // The first of two candidates that finishes is one whose figures are final for itself only.
      if (stands && call.name !== 'stream-two-candidates') expect(result.tokens).toEqual(expected);
    }
  });
});

describe('an answer that ends early', () => {
  const stream = caseOf('stream');
  const bytes = body('stream');
  const afterFirstChunk = bytes.subarray(0, bytes.indexOf('\r\n\r\n') + 4);

  test.each([
    ['ClientDisconnected', 'client_disconnected'],
    ['UpstreamFailed', 'upstream_failed'],
  ] as const)(
    'mistake 1: usage lost with the stream: by %s it has the figures until then, as incomplete',
    async (how, reason) => {
      expect(await metered(stream, [afterFirstChunk], how)).toEqual({
        kind: 'Metered',
        tokens: { input: 8, output: 1 },
        model: 'gemini-2.5-flash',
        incomplete: reason,
      });
      expect(await metered(stream, [], how)).toEqual({ kind: 'Missing', reason });
    },
  );

  test('after the chunk that says why it finished is whole', async () => {
    for (const how of ['ClientDisconnected', 'UpstreamFailed'] as const) {
      expect(await metered(stream, [bytes], how)).toEqual(stream.expected);
    }
  });

  test('as an array before its end is incomplete, after it whole', async () => {
    const array = caseOf('stream-array');
    const whole = body('stream-array');
    expect(await metered(array, [whole.subarray(0, whole.indexOf('},\r\n{') + 1)], 'UpstreamFailed')).toMatchObject({
      tokens: { input: 8, output: 1 },
      incomplete: 'upstream_failed',
    });
    expect(await metered(array, [whole], 'ClientDisconnected')).toEqual(array.expected);
  });

  test('as one body in the middle of its figures is missing', async () => {
    const call = caseOf('generate');
    const whole = body('generate');
    const inFigures = whole.subarray(0, whole.indexOf('"candidatesTokenCount"'));
    expect(await metered(call, [inFigures], 'UpstreamFailed')).toEqual({ kind: 'Missing', reason: 'upstream_failed' });
  });
});

describe('mistake 2: cached tokens counted twice', () => {
  test('does not happen, whatever the figures: classes are disjoint and sum to the total', async () => {
    const count = fc.nat({ max: 1_000_000 });
    await fc.assert(
      fc.asyncProperty(
        fc.record({ prompt: count, part: fc.double({ min: 0, max: 1, noNaN: true }) }),
        count,
        count,
        count,
        fc.boolean(),
        async ({ prompt, part }, candidates, thoughts, toolUse, streamed) => {
          const cached = Math.floor(prompt * part);
          const usageMetadata = {
            promptTokenCount: prompt,
            cachedContentTokenCount: cached,
            candidatesTokenCount: candidates,
            thoughtsTokenCount: thoughts,
            toolUsePromptTokenCount: toolUse,
            totalTokenCount: prompt + candidates + thoughts + toolUse,
          };
          const chunk = { candidates: [{ finishReason: 'STOP' }], usageMetadata };
          // Twice the same figures, as in a stream: they replace each other.
          const text = streamed ? JSON.stringify([chunk, chunk]) : JSON.stringify(chunk);
          const call = caseOf(streamed ? 'stream-array' : 'generate');
          expect(await metered(call, chunked(Buffer.from(text), 11))).toEqual({
            kind: 'Metered',
            tokens: {
              input: prompt - cached + toolUse,
              cached_input: cached,
              output: candidates,
              reasoning: thoughts,
            },
          });
        },
      ),
    );
  });
});

describe('a stream', () => {
  test('has for each figure the last that was told, in any order of chunks and however it is cut', async () => {
    const names = [
      'promptTokenCount',
      'candidatesTokenCount',
      'thoughtsTokenCount',
      'cachedContentTokenCount',
    ] as const;
    const usage = fc.record(Object.fromEntries(names.map((name) => [name, fc.option(fc.nat({ max: 1000 }))])), {
      requiredKeys: [],
    }) as fc.Arbitrary<Partial<Record<(typeof names)[number], number | null>>>;
    await fc.assert(
      fc.asyncProperty(
        fc.array(usage, { minLength: 1, maxLength: 6 }),
        cuts,
        fc.boolean(),
        fc.constantFrom(undefined, 1, 2),
        async (usages, at, array, indent) => {
          const last = (name: (typeof names)[number]): number | undefined =>
            usages.map((one) => one[name]).findLast((value) => typeof value === 'number') ?? undefined;
          const documents = usages.map((usageMetadata, index) => ({
            candidates: [index === usages.length - 1 ? { finishReason: 'STOP' } : {}],
            usageMetadata,
          }));
          const text = array
            ? JSON.stringify(documents, undefined, indent)
            : documents.map((document) => `data: ${JSON.stringify(document)}\r\n\r\n`).join('');
          const result = await metered(caseOf(array ? 'stream-array' : 'stream'), cut(Buffer.from(text), at));
          const [prompt, candidates] = [last('promptTokenCount'), last('candidatesTokenCount')];
          const thoughts = last('thoughtsTokenCount');
          const cached = Math.min(last('cachedContentTokenCount') ?? 0, prompt ?? 0);
          if ((prompt ?? candidates ?? thoughts) === undefined) {
            expect(result).toEqual({ kind: 'Missing', reason: 'not_reported' });
            return;
          }
          const tokens = result.kind === 'Metered' ? result.tokens : {};
          expect(tokens.input).toBe(prompt === undefined ? undefined : prompt - cached);
          expect(tokens.reasoning).toBe(thoughts);
          expect(tokens.output ?? 0).toBe(candidates ?? 0);
        },
      ),
    );
  });

  test('of arbitrary bytes yields a result and no exception', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 200 }),
        fc.constantFrom('generate', 'stream', 'stream-array', 'interaction-stream', 'openai-chat'),
        fc.constantFrom('', 'gzip', 'br', 'zstd'),
        async (noise, name, encoding) => {
          const chunks = chunked(Buffer.from(noise), 50);
          const result = await metered(caseOf(name), chunks, 'Complete', { 'content-encoding': encoding });
          expect(result.kind).toBe('Missing');
        },
      ),
    );
  });

  test.each(['stream', 'stream-array'])(
    'mistake 5: memory grows with the answer: little is kept of a long %s',
    async (name) => {
      const call = caseOf(name);
      const operation = googleWire.classify(requestHead(call.method, call.path), providerEntry());
      const meter = googleWire.meter(operation, responseHead({ 'content-type': call.contentType }));
      const document = JSON.stringify({
        candidates: [{ content: { parts: [{ text: 'x'.repeat(1000) }] } }],
        usageMetadata: { promptTokenCount: 5, candidatesTokenCount: 7 },
        modelVersion: 'm',
      });
      const piece = Buffer.from(name === 'stream' ? `data: ${document}\r\n\r\n` : `,\r\n${document}`);
      if (name === 'stream-array') meter?.push(Buffer.from(`[${document}`));
      const half = piece.length >> 1;
      const before = process.memoryUsage().arrayBuffers;
      for (let i = 0; i < 50_000; i++) {
        meter?.push(piece.subarray(0, half));
        meter?.push(piece.subarray(half));
      }
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1024 * 1024);
      expect(await meter?.finish('ClientDisconnected')).toMatchObject({ tokens: { input: 5, output: 7 } });
    },
  );
});
