/** What the real SDK makes of the gateway's own failures. */
import { describe, expect, test } from '@jest/globals';
import OpenAI from 'openai';
import { providerEntry, requestHead, responseHead } from '../../../test/support/wire.ts';
import type { Refusal } from '../wire.ts';
import { openAIWire } from './wire.ts';

const operationOf = (path: string) => openAIWire.classify(requestHead('POST', path), providerEntry());
const refusal = (status: number, code: string, message = 'gpt-5 is not allowed'): Refusal => ({
  status,
  code,
  message,
  requestId: 'req-1',
});

/** An SDK whose every call is answered with `body`. */
function sdk(status: number, contentType: string, body: Buffer): OpenAI {
  return new OpenAI({
    apiKey: 'token',
    maxRetries: 0,
    fetch: () =>
      Promise.resolve(new Response(new Uint8Array(body), { status, headers: { 'content-type': contentType } })),
  });
}

const ask = { model: 'gpt-5', messages: [{ role: 'user' as const, content: 'hi' }] };

describe('a refusal', () => {
  test.each([
    [400, 'InvalidRequest', OpenAI.BadRequestError, 'invalid_request_error', 'invalid_request'],
    [401, 'Unauthenticated', OpenAI.AuthenticationError, 'authentication_error', 'unauthenticated'],
    [403, 'ModelNotAllowed', OpenAI.PermissionDeniedError, 'permission_error', 'model_not_allowed'],
    [404, 'ProviderNotFound', OpenAI.NotFoundError, 'not_found_error', 'provider_not_found'],
    [413, 'RequestTooLarge', OpenAI.APIError, 'invalid_request_error', 'request_too_large'],
    [429, 'BudgetExceeded', OpenAI.RateLimitError, 'rate_limit_error', 'budget_exceeded'],
    [502, 'UpstreamUnreachable', OpenAI.InternalServerError, 'server_error', 'upstream_unreachable'],
    [503, 'CredentialsUnavailable', OpenAI.InternalServerError, 'server_error', 'credentials_unavailable'],
    [504, 'UpstreamTimeout', OpenAI.InternalServerError, 'server_error', 'upstream_timeout'],
  ])('with status %d and code %s raises its typed error', async (status, code, errorClass, type, sdkCode) => {
    const { contentType, body } = openAIWire.refusal(refusal(status, code), undefined);
    const error: unknown = await sdk(status, contentType, body)
      .chat.completions.create(ask)
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(errorClass);
    expect(error).toMatchObject({
      status,
      type,
      code: sdkCode,
      param: null,
      message: `${status} gpt-5 is not allowed`,
    });
  });
});

describe('a failure in the middle of a stream', () => {
  const eventStream = { 'content-type': 'text/event-stream' };
  const failure = refusal(502, 'UpstreamUnreachable', 'the upstream ended the answer early');

  async function readAll(stream: AsyncIterable<unknown>): Promise<{ items: number; error: unknown }> {
    let items = 0;
    try {
      for await (const item of stream) if (item !== undefined) items++;
      return { items, error: undefined };
    } catch (error) {
      return { items, error };
    }
  }

  test('raises an error after the chunks of a chat', async () => {
    const ending = openAIWire.streamError(failure, operationOf('/chat/completions'), responseHead(eventStream));
    const body = Buffer.concat([Buffer.from('data: {"id":"1","choices":[]}\n\n'), ending ?? Buffer.alloc(0)]);
    const stream = await sdk(200, 'text/event-stream', body).chat.completions.create({ ...ask, stream: true });
    const { items, error } = await readAll(stream);
    expect(items).toBe(1);
    expect(error).toBeInstanceOf(OpenAI.APIError);
    expect(error).toMatchObject({ code: 'upstream_unreachable', type: 'server_error', message: failure.message });
  });

  test('raises an error after the events of a response', async () => {
    const ending = openAIWire.streamError(failure, operationOf('/responses'), responseHead(eventStream));
    const body = Buffer.concat([
      Buffer.from('event: response.created\ndata: {"type":"response.created","sequence_number":0}\n\n'),
      ending ?? Buffer.alloc(0),
    ]);
    const stream = await sdk(200, 'text/event-stream', body).responses.create({
      model: 'gpt-5',
      input: 'hi',
      stream: true,
    });
    const { items, error } = await readAll(stream);
    expect(items).toBe(1);
    expect(error).toBeInstanceOf(OpenAI.APIError);
    expect(error).toMatchObject({ code: 'upstream_unreachable', message: failure.message });
  });

  test('has the members of the error event of the Responses API', () => {
    const ending =
      openAIWire.streamError(failure, operationOf('/responses'), responseHead(eventStream))?.toString() ?? '';
    const match = /^\n\nevent: error\ndata: (.*)\n\n$/.exec(ending);
    expect(JSON.parse(match?.[1] ?? '')).toMatchObject({
      type: 'error',
      code: 'upstream_unreachable',
      message: failure.message,
      param: null,
      sequence_number: 0,
    });
  });

  test('cannot be told in an answer that is no event stream', () => {
    const json = responseHead({ 'content-type': 'application/json' });
    expect(openAIWire.streamError(failure, operationOf('/chat/completions'), json)).toBeUndefined();
  });
});
