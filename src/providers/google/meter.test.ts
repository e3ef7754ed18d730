import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { chunked, cut, cuts } from '../../../test/support/chunks.ts';
import { describeCorpus, UsageCorpus } from '../../../test/support/usage-corpus.ts';
import { providerEntry, requestHead, responseHead } from '../../../test/support/wire.ts';
import { googleWire } from './wire.ts';

const corpus = new UsageCorpus('google', googleWire, providerEntry([], { type: 'GoogleAI' }));
const metered = corpus.metered.bind(corpus);
const body = corpus.body.bind(corpus);

describeCorpus(corpus, { late: new Set(['stream-usage-after-last-candidate', 'stream-two-candidates']) });

describe('an answer that ends early', () => {
  const stream = corpus.find('stream');
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
    const array = corpus.find('stream-array');
    const whole = body('stream-array');
    expect(await metered(array, [whole.subarray(0, whole.indexOf('},\r\n{') + 1)], 'UpstreamFailed')).toMatchObject({
      tokens: { input: 8, output: 1 },
      incomplete: 'upstream_failed',
    });
    expect(await metered(array, [whole], 'ClientDisconnected')).toEqual(array.expected);
  });

  test('as one body in the middle of its figures is missing', async () => {
    const call = corpus.find('generate');
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
          const call = corpus.find(streamed ? 'stream-array' : 'generate');
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
          const result = await metered(corpus.find(array ? 'stream-array' : 'stream'), cut(Buffer.from(text), at));
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

  test.each(['stream', 'stream-array'])(
    'mistake 5: memory grows with the answer: little is kept of a long %s',
    async (name) => {
      const call = corpus.find(name);
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

describe('chunks of the same form, of which the first and the last are read', () => {
  const count = fc.constantFrom(0, 1, 9, 10, 150, 1e20, -1, 1.5, null, 'x');
  const details = fc.array(fc.record({ modality: fc.constantFrom('TEXT', 'AUDIO'), tokenCount: count }), {
    maxLength: 2,
  });
  const usage = fc.record(
    {
      promptTokenCount: count,
      candidatesTokenCount: count,
      thoughtsTokenCount: count,
      totalTokenCount: count,
      promptTokensDetails: details,
      serviceTier: fc.constantFrom('STANDARD', 'PRIORITY'),
    },
    { requiredKeys: [] },
  );
  const text = fc.constantFrom('a', 'Tide "1"\n', '\\', 'ü', '"usageMetadata":{"promptTokenCount":7}', '');
  const document = fc.record(
    {
      candidates: fc.record(
        { content: fc.record({ parts: fc.array(fc.record({ text }), { maxLength: 2 }) }), finishReason: text },
        { requiredKeys: ['content'] },
      ),
      usageMetadata: fc.oneof({ weight: 9, arbitrary: usage }, count),
      modelVersion: fc.constantFrom('gemini-2.5-flash', 'gemini-2.0-flash', ''),
      error: fc.record({ text }),
    },
    { requiredKeys: [] },
  );
  /** Mostly the same document again, with other figures and words; sometimes another, or one with another model or tier. */
  const variation = fc.record({
    number: fc.nat({ max: 200 }),
    text,
    modelVersion: fc.option(fc.constantFrom('gemini-2.5-flash', '')),
    serviceTier: fc.option(fc.constantFrom('STANDARD', 'PRIORITY')),
    modality: fc.option(fc.constantFrom('TEXT', 'AUDIO')),
  });
  const documents = fc
    .array(fc.tuple(document, fc.array(variation, { maxLength: 5 })), { maxLength: 4 })
    .map((groups) => groups.flatMap(([first, others]) => [first, ...others.map((other) => varied(first, other))]));

  type Variation = typeof variation extends fc.Arbitrary<infer T> ? T : never;

  function varied(value: unknown, by: Variation, name?: string): unknown {
    if (typeof value === 'number') return by.number;
    if (typeof value === 'string') return (Object.hasOwn(by, name ?? '') ? by[name as keyof Variation] : null) ?? value;
    if (Array.isArray(value)) return value.map((element) => varied(element, by));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([member, inner]) => [member, varied(inner, by, member)]));
  }

  test.each(['stream', 'stream-array'])('give the figures that all of them give: %s', async (name) => {
    const call = corpus.find(name);
    const asArray = name === 'stream-array';
    const ends = fc.constantFrom('Complete', 'ClientDisconnected', 'UpstreamFailed');
    await fc.assert(
      fc.asyncProperty(documents, fc.nat(), fc.boolean(), ends, async (all, cutAt, isWhole, how) => {
        const chunks = all.map((one, index) =>
          Buffer.from(
            asArray
              ? `${index === 0 ? '[' : ',\r\n'}${JSON.stringify(one, undefined, 2)}`
              : `data: ${JSON.stringify(one)}\r\n\r\n`,
          ),
        );
        if (isWhole && asArray) chunks.push(Buffer.from(']'));
        if (!isWhole) {
          const last = chunks.pop();
          if (last !== undefined) chunks.push(last.subarray(0, cutAt % last.length));
        }
        // Cut in the middle of everything, nothing is left out.
        const pieces = chunked(Buffer.concat(chunks), 7);
        expect(await metered(call, chunks, how)).toEqual(await metered(call, pieces, how));
      }),
      { numRuns: 1000 },
    );
  });
});
