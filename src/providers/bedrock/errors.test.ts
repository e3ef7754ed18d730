import { describe, expect, test } from '@jest/globals';
import { providerEntry, requestHead, responseHead } from '../../../test/support/wire.ts';
import type { Operation, Refusal } from '../wire.ts';
import { frameKind } from './frame-headers.ts';
import { FrameReader } from './frame-reader.ts';
import { bedrockWire } from './wire.ts';

const entry = providerEntry([], { baseURL: 'https://bedrock-runtime.us-east-1.amazonaws.com' });
const operation = (path: string): Operation => bedrockWire.classify(requestHead('POST', path), entry);
const own = operation('/model/amazon.nova-lite-v1:0/converse-stream');
const rejected = (status: number): Refusal => ({ status, code: 'Code', message: 'What is wrong.', requestId: 'r1' });

describe('a refusal', () => {
  test.each([
    [400, 'ValidationException'],
    [401, 'AccessDeniedException'],
    [403, 'AccessDeniedException'],
    [404, 'ResourceNotFoundException'],
    [405, 'ValidationException'],
    [408, 'ModelTimeoutException'],
    [413, 'ValidationException'],
    [429, 'ThrottlingException'],
    [500, 'InternalServerException'],
    [502, 'ServiceUnavailableException'],
    [503, 'ServiceUnavailableException'],
    [504, 'ModelTimeoutException'],
  ])('with %d is a %s', (status, name) => {
    const { contentType, headers, body } = bedrockWire.refusal(rejected(status), own);
    expect([contentType, headers]).toEqual(['application/json', [['x-amzn-errortype', name]]]);
    expect(JSON.parse(body.toString())).toEqual({ message: 'What is wrong.' });
  });

  test('has the shape of the API that is called', () => {
    const text = (path: string): unknown =>
      JSON.parse(bedrockWire.refusal(rejected(403), operation(path)).body.toString());
    expect(text('/openai/v1/chat/completions')).toMatchObject({ error: { message: 'What is wrong.', code: 'code' } });
    expect(text('/anthropic/v1/messages')).toMatchObject({ type: 'error', error: { type: 'permission_error' } });
    expect(bedrockWire.refusal(rejected(403), undefined).headers).toBeDefined();
  });
});

describe('a failure of a stream', () => {
  const frames = responseHead({ 'content-type': 'application/vnd.amazon.eventstream' });

  test.each([
    [500, 'internalServerException'],
    [502, 'modelStreamErrorException'],
    [503, 'serviceUnavailableException'],
    [504, 'modelStreamErrorException'],
  ])('with %d is a frame: %s', (status, type) => {
    const seen: unknown[] = [];
    const reader = new FrameReader({
      begin: (headers) => {
        seen.push(frameKind(headers));
        return true;
      },
      payload: (piece) => {
        seen.push(JSON.parse(piece.toString()));
      },
    });
    reader.push(bedrockWire.streamError(rejected(status), own, frames) ?? Buffer.alloc(0));
    expect(seen).toEqual([{ message: 'exception', type }, { message: 'What is wrong.' }]);
    expect(reader.isBetweenFrames).toBe(true);
  });

  test('cannot be told in an answer that is no stream', () => {
    expect(bedrockWire.streamError(rejected(502), own, responseHead({ 'content-type': 'application/json' }))).toBe(
      undefined,
    );
  });

  test('of the APIs of others is theirs', () => {
    const events = responseHead({ 'content-type': 'text/event-stream' });
    const told = (path: string): string =>
      bedrockWire.streamError(rejected(502), operation(path), events)?.toString() ?? '';
    expect(told('/openai/v1/chat/completions')).toMatch(/^\n\ndata: \{"error"/);
    expect(told('/anthropic/v1/messages')).toContain('event: error');
  });
});
