import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { chunked, cut, cuts } from '../../../test/support/chunks.ts';
import { providerEntry, requestHead, responseHead } from '../../../test/support/wire.ts';
import { UsageChunkFilter } from './usage-filter.ts';
import { openAIWire } from './wire.ts';

const USAGE = '"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}';
const text = (content: string): string =>
  `data: {"id":"1","choices":[{"index":0,"delta":{"content":${JSON.stringify(content)}}}],"usage":null}\n\n`;
const usageChunk = `data: {"id":"1","object":"chat.completion.chunk","choices":[],${USAGE}}\n\n`;
const done = 'data: [DONE]\n\n';

function filtered(chunks: readonly Buffer[]): string {
  const filter = new UsageChunkFilter();
  return Buffer.concat([...chunks.flatMap((chunk) => filter.push(chunk)), ...filter.end()]).toString();
}

/** Bytes that a filter has taken and not given on. */
function heldAfter(text: string): number {
  const filter = new UsageChunkFilter();
  let held = 0;
  for (const chunk of chunked(Buffer.from(text), 1)) {
    held += chunk.length - Buffer.concat([...filter.push(chunk)]).length;
  }
  return held;
}

const removed: readonly (readonly [string, string])[] = [
  ['as OpenAI sends it', usageChunk],
  ['with usage before choices', `data: {${USAGE},"choices":[]}\n\n`],
  ['with white space', `data: { "choices" : [ ] , "usage" : {"prompt_tokens": 1} } \n\n`],
  ['with an event name and an id', `event: chunk\nid: 5\n${usageChunk}`],
  ['over several data lines', `data: {"choices":\ndata: [],\ndata: ${USAGE}}\n\n`],
  ['without a space after data', usageChunk.replace('data: ', 'data:')],
  ['with padding', usageChunk.replace('"id"', `"obfuscation":"${'x'.repeat(500)}","id"`)],
  ['with error null', usageChunk.replace('"id"', '"error":null,"id"')],
];

const kept: readonly (readonly [string, string])[] = [
  ['a text chunk', text('hello')],
  ['a text chunk about usage', text(`"choices":[],${USAGE}`)],
  ['usage in the finish chunk', `data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],${USAGE}}\n\n`],
  ['usage before filled choices', `data: {${USAGE},"choices":[{"index":0}]}\n\n`],
  ['empty choices without usage', 'data: {"choices":[],"prompt_filter_results":[{"prompt_index":0}]}\n\n'],
  ['empty choices with usage null', 'data: {"choices":[],"usage":null}\n\n'],
  ['usage without choices', `data: {${USAGE}}\n\n`],
  ['choices that are null', `data: {"choices":null,${USAGE}}\n\n`],
  ['an error', `data: {"choices":[],${USAGE},"error":{"message":"x"}}\n\n`],
  ['the end', done],
  ['a comment', ': ping\n\n'],
  ['an event without data', 'event: ping\n\n'],
  ['broken JSON', `data: {"choices":[],${USAGE}\n\n`],
  ['two documents', `data: {"choices":[],${USAGE}}{}\n\n`],
  ['nested empty choices', `data: {"a":{"choices":[]},${USAGE}}\n\n`],
  ['the usage chunk, cut off', usageChunk.slice(0, -2)],
  ['the usage chunk, cut off after its line', usageChunk.slice(0, -1)],
  ['something that is no event stream', '{"choices":[],"usage":{}}'],
  ['empty lines', '\n\n\n'],
];

describe('the usage filter', () => {
  test.each(removed)('removes the usage chunk %s', (_, event) => {
    for (const lineEnd of ['\n', '\r\n', '\r']) {
      const before = `${text('a')}${text('b')}`.replaceAll('\n', lineEnd);
      const after = done.replaceAll('\n', lineEnd);
      const bytes = Buffer.from(before + event.replaceAll('\n', lineEnd) + after);
      for (const size of [1, 2, 3, 5, 64, 10_000]) expect(filtered(chunked(bytes, size))).toBe(before + after);
    }
  });

  test.each(kept)('keeps %s', (_, event) => {
    for (const lineEnd of ['\n', '\r\n', '\r']) {
      const bytes = Buffer.from((text('a') + event).replaceAll('\n', lineEnd));
      for (const size of [1, 2, 3, 5, 64, 10_000]) expect(filtered(chunked(bytes, size))).toBe(bytes.toString());
    }
  });

  test('removes exactly the usage chunks of any stream, however it is cut', () => {
    const part = fc.oneof(
      fc.constantFrom(...removed.map(([, event]) => ({ event, keep: false }))),
      fc.constantFrom(
        ...kept.filter(([, event]) => event.endsWith('\n\n')).map(([, event]) => ({ event, keep: true })),
      ),
      fc.string().map((content) => ({ event: text(content), keep: true })),
    );
    fc.assert(
      fc.property(fc.array(part), fc.constantFrom('\n', '\r\n', '\r'), cuts, (parts, lineEnd, at) => {
        const stream = (list: readonly { event: string }[]): string =>
          list.map(({ event }) => event.replaceAll('\n', lineEnd)).join('');
        const expected = stream(parts.filter(({ keep }) => keep));
        expect(filtered(cut(Buffer.from(stream(parts)), at))).toBe(expected);
      }),
      { numRuns: 1000 },
    );
  });

  test('loses no byte of what is no event stream, however it is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('data:', '\n', '\r', '{', '}', 'x', '"choices":', '[]', ',', USAGE)),
        cuts,
        (parts, at) => {
          const bytes = Buffer.from(parts.join(''));
          const whole = filtered([bytes]);
          expect(filtered(cut(bytes, at))).toBe(whole);
          if (!parts.includes(USAGE)) expect(whole).toBe(bytes.toString());
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('passes a chunk on as it is when nothing in it can be the usage chunk', () => {
    const chunk = Buffer.from(text('a') + text('b'));
    const out = new UsageChunkFilter().push(chunk);
    expect(out).toHaveLength(1);
    expect(out[0]).toBe(chunk);
  });

  test.each([
    ['its first choice', 'data: {"id":"1","choices":[{', 0],
    ['a usage that is null', 'data: {"usage":null', 0],
    ['text that is no JSON', 'data: [DONE', 0],
    ['the end of an event', text('a'), 0],
    ['a comment', ': keep-alive', 0],
    ['nothing yet but empty choices', 'data: {"choices":[],', 20],
    ['nothing yet', 'data: {"id":"1"', 15],
  ])('holds no more than needed after %s', (_, part, held) => {
    expect(heldAfter(text('x') + part)).toBe(held);
  });

  test('gives up on an event that is larger than any usage chunk', () => {
    const bytes = Buffer.from(`data: {"choices":[],"x":"${'x'.repeat(100_000)}",${USAGE}}\n\n`);
    expect(filtered(chunked(bytes, 1000))).toBe(bytes.toString());
    expect(heldAfter(bytes.toString())).toBe(0);
  });
});

describe('a usage filter is offered', () => {
  const chat = openAIWire.classify(requestHead('POST', '/v1/chat/completions'), providerEntry());
  const responses = openAIWire.classify(requestHead('POST', '/v1/responses'), providerEntry());
  const stream = { 'content-type': 'text/event-stream; charset=utf-8' };

  test('for streams of calls whose usage has to be asked for', () => {
    expect(openAIWire.usageFilter(chat, responseHead(stream))).toBeDefined();
    expect(openAIWire.usageFilter(chat, responseHead({ ...stream, 'content-encoding': 'identity' }))).toBeDefined();
  });

  test('for nothing else', () => {
    expect(openAIWire.usageFilter(responses, responseHead(stream))).toBeUndefined();
    expect(openAIWire.usageFilter(chat, responseHead(stream, 500))).toBeUndefined();
    expect(openAIWire.usageFilter(chat, responseHead({ 'content-type': 'application/json' }))).toBeUndefined();
    expect(openAIWire.usageFilter(chat, responseHead({ ...stream, 'content-encoding': 'gzip' }))).toBeUndefined();
  });
});
