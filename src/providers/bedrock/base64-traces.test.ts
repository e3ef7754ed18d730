import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { base64Traces, traceSearch } from './base64-traces.ts';

describe('the traces of a text in base64', () => {
  const traces = base64Traces(Buffer.from('oken'));

  test('stand in whatever holds the text', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20 }), fc.uint8Array({ maxLength: 20 }), (before, after) => {
        const encoded = Buffer.concat([before, Buffer.from('oken'), after]).toString('base64');
        expect(traces.some((trace) => encoded.includes(trace.toString()))).toBe(true);
      }),
    );
  });

  test('are as long as they can be, so that they stand in little else', () => {
    expect(traces.map(String)).toEqual(['b2tlb', '9rZW', 'va2Vu']);
    const other = Buffer.from('{"type":"content_block_delta","delta":{"text":" customer"}}').toString('base64');
    expect(traces.some((trace) => other.includes(trace.toString()))).toBe(false);
  });

  test('are found at once where they are found singly', () => {
    const search = traceSearch(traces);
    const part = fc.oneof(
      fc.constantFrom('b2tlb', '9rZW', 'va2Vu', 'b2tl', '9rZ', 'va2V', 'b', 'v', '9', 'W', 'u'),
      fc.base64String(),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
        const base64 = Buffer.from(parts.join(''));
        expect(search(base64)).toBe(traces.some((trace) => base64.includes(trace)));
      }),
      { numRuns: 2000 },
    );
  });
});
