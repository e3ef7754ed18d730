/** What the real SDK makes of the gateway's own failures. */
import { describe, expect, test } from '@jest/globals';
import Anthropic from '@anthropic-ai/sdk';
import { providerEntry, requestHead, responseHead } from '../../../test/support/wire.ts';
import type { Refusal } from '../wire.ts';
import { anthropicWire } from './wire.ts';

const operation = anthropicWire.classify(requestHead('POST', '/v1/messages'), providerEntry());
const openAIOperation = anthropicWire.classify(requestHead('POST', '/v1/chat/completions'), providerEntry());
const refusal = (status: number, code: string, message = 'claude-opus-5 is not allowed'): Refusal => ({
  status,
  code,
  message,
  requestId: 'req-1',
});

/** An SDK whose every call is answered with `body`. */
function sdk(status: number, headers: Record<string, string>, body: Buffer): Anthropic {
  return new Anthropic({
    apiKey: 'token',
    maxRetries: 0,
    fetch: () => Promise.resolve(new Response(new Uint8Array(body), { status, headers })),
  });
}

const ask = { model: 'claude-opus-5', max_tokens: 10, messages: [{ role: 'user' as const, content: 'hi' }] };

describe('mistake 13: a refusal in the shape of the API that was called', () => {
  test.each([
    [400, 'InvalidRequest', Anthropic.BadRequestError, 'invalid_request_error'],
    [401, 'Unauthenticated', Anthropic.AuthenticationError, 'authentication_error'],
    [403, 'ModelNotAllowed', Anthropic.PermissionDeniedError, 'permission_error'],
    [404, 'ProviderNotFound', Anthropic.NotFoundError, 'not_found_error'],
    [408, 'RequestTimeout', Anthropic.APIError, 'invalid_request_error'],
    [413, 'RequestTooLarge', Anthropic.APIError, 'request_too_large'],
    [429, 'BudgetExceeded', Anthropic.RateLimitError, 'rate_limit_error'],
    [502, 'UpstreamUnreachable', Anthropic.InternalServerError, 'api_error'],
    [503, 'CredentialsUnavailable', Anthropic.APIError, 'api_error'],
    [504, 'UpstreamTimeout', Anthropic.APIError, 'timeout_error'],
  ])('with status %d and code %s raises its typed error', async (status, code, errorClass, type) => {
    const { contentType, headers = [], body } = anthropicWire.refusal(refusal(status, code), operation);
    const error: unknown = await sdk(status, { 'content-type': contentType, ...Object.fromEntries(headers) }, body)
      .messages.create(ask)
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(errorClass);
    expect(error).toMatchObject({
      status,
      type,
      requestID: 'req-1',
      error: { type: 'error', error: { type, message: 'claude-opus-5 is not allowed' }, request_id: 'req-1' },
    });
  });

  test("is OpenAI's where OpenAI's API was called", () => {
    const { body } = anthropicWire.refusal(refusal(403, 'ModelNotAllowed'), openAIOperation);
    expect(JSON.parse(body.toString())).toMatchObject({ error: { code: 'model_not_allowed' } });
  });
});

describe('a failure in the middle of a stream', () => {
  const stop = 'event: message_stop\ndata: {"type":"message_stop"}\n';
  const eventStream = { 'content-type': 'text/event-stream' };
  const failure = refusal(502, 'UpstreamUnreachable', 'the upstream ended the answer early');

  test.each([
    ['between events', `${stop}\n`],
    ['before the empty line', stop],
    ['inside of a name', `${stop}\nevent: mess`],
    ['inside of data', `${stop}\nevent: content_block_delta\ndata: {"type`],
  ])('%s raises an error after what came before', async (where, before) => {
    const told = anthropicWire.streamError(failure, operation, responseHead(eventStream));
    const body = Buffer.concat([Buffer.from(before), told ?? Buffer.alloc(0)]);
    const stream = await sdk(200, eventStream, body).messages.create({ ...ask, stream: true });
    const items: unknown[] = [];
    const error: unknown = await (async () => {
      for await (const item of stream) items.push(item);
    })().catch((thrown: unknown) => thrown);
    expect(items).toEqual([{ type: 'message_stop' }]);
    expect(error).toBeInstanceOf(Anthropic.APIError);
    expect(String(error)).toContain(failure.message);
    if (where !== 'inside of data') expect(error).toMatchObject({ type: 'api_error' });
  });

  test('is not told where there are no events', () => {
    expect(anthropicWire.streamError(failure, operation, responseHead({ 'content-type': 'application/json' }))).toBe(
      undefined,
    );
  });

  test("is OpenAI's where OpenAI's API was called", () => {
    const told = anthropicWire.streamError(failure, openAIOperation, responseHead(eventStream))?.toString();
    expect(told).toMatch(/^\n\ndata: \{"error"/);
  });
});
