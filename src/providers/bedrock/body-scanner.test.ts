import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { cut, cuts } from '../../../test/support/chunks.ts';
import { providerEntry, requestHead, scanBody } from '../../../test/support/wire.ts';
import type { BodyScan, BodyScanner } from '../wire.ts';
import { bedrockWire } from './wire.ts';

const CLAUDE = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';

function scannerFor(action: string, models: readonly string[] = [CLAUDE], headers = {}): BodyScanner | undefined {
  const entry = providerEntry(models, { baseURL: 'https://bedrock-runtime.us-east-1.amazonaws.com' });
  const head = requestHead('POST', `/model/${encodeURIComponent(CLAUDE)}/${action}`, headers);
  return bedrockWire.bodyScanner(bedrockWire.classify(head, entry), head, entry);
}

const scan = (action: string, body: object | string, at: readonly number[] = []): BodyScan => {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return scanBody(scannerFor(action), cut(Buffer.from(text), at));
};

test('a body is looked at under an allowlist only, and not where no model runs', () => {
  for (const action of ['invoke', 'invoke-with-response-stream', 'converse', 'converse-stream']) {
    expect([scannerFor(action) !== undefined, scannerFor(action, [])]).toEqual([true, undefined]);
  }
  expect(scannerFor('count-tokens')).toBeUndefined();
});

describe.each(['invoke', 'invoke-with-response-stream'])('the body of %s', (action) => {
  test('runs the model of the path', () => {
    const body = {
      anthropic_version: 'bedrock-2023-05-31',
      max_tokens: 9,
      messages: [{ role: 'user', content: 'model' }],
    };
    expect(scan(action, body)).toMatchObject({ kind: 'Valid', model: CLAUDE, toolModels: [], splices: [] });
  });

  test('may name further models, which must be allowed, too', () => {
    const body = { model: 'a', tools: [{ type: 'advisor', model: 'b' }], fallbacks: [{ model: 'c' }] };
    expect(scan(action, body)).toMatchObject({ kind: 'Valid', model: CLAUDE, toolModels: ['a', 'b', 'c'] });
  });

  test.each([{ fallback_models: ['x'] }, '{"model":"a","model":"b"}', '[]', '{', 'a,b\n1,2'])(
    '%j is invalid',
    (body) => {
      expect(scan(action, body).kind).toBe('Invalid');
    },
  );

  test('is read whatever its content type, as Bedrock does', () => {
    const scanner = scannerFor(action, [CLAUDE], { 'content-type': 'application/octet-stream' });
    expect(scanBody(scanner, [Buffer.from('{"prompt":"x"}')])).toMatchObject({ kind: 'Valid', model: CLAUDE });
  });
});

describe.each(['converse', 'converse-stream'])('the body of %s', (action) => {
  test('runs the model of the path, however it is cut', () => {
    const body = {
      messages: [{ role: 'user', content: [{ text: 'model', toolUse: { input: { model: 'x', fallbacks: [] } } }] }],
      toolConfig: { tools: [{ toolSpec: { inputSchema: { json: { properties: { model: {} } } } } }] },
      additionalModelRequestFields: { thinking: { type: 'enabled', budget_tokens: 1024 }, top_k: 5 },
      additionalModelResponseFieldPaths: ['/stop_sequence'],
    };
    fc.assert(
      fc.property(cuts, (at) => {
        expect(scan(action, body, at)).toMatchObject({ kind: 'Valid', model: CLAUDE, toolModels: [] });
      }),
    );
  });

  test.each([
    { fallbacks: [{ model: 'x' }] },
    { tools: [{ type: 'advisor', model: 'x' }] },
    { a: { b: [[{ MODEL: 'x' }]] } },
  ])('names no further model for the model itself: %j', (fields) => {
    const body = { messages: [], additionalModelRequestFields: fields };
    fc.assert(
      fc.property(cuts, (at) => {
        expect(scan(action, body, at).kind).toBe('Invalid');
      }),
    );
    expect(scan(action, { ...body, additionalModelRequestFields: {}, requestMetadata: fields }).kind).toBe('Valid');
  });

  test.each(['[]', '', '{"messages":'])('%j is invalid', (body) => {
    expect(scan(action, body).kind).toBe('Invalid');
  });
});
