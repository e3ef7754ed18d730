import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { requestHead } from '../../../test/support/wire.ts';
import type { ModelLocation, OperationName } from '../wire.ts';
import { classify } from './classify.ts';

const JSON_BODY = { in: 'JSONBody' } as const;
const PASS = { in: 'None', allowlisted: 'Pass' } as const;
const REFUSE = { in: 'None', allowlisted: 'Refuse' } as const;
const named = (model: string): ModelLocation => ({ in: 'Head', model });

/** method, path, operation, place of the model, metered */
const calls: readonly (readonly [string, string, OperationName, ModelLocation, boolean])[] = [
  ['POST', 'chat/completions', 'chat', JSON_BODY, true],
  ['GET', 'chat/completions', 'chat', PASS, false],
  ['GET', 'chat/completions/chatcmpl-1', 'chat', PASS, false],
  ['GET', 'chat/completions/chatcmpl-1/messages', 'chat', PASS, false],
  ['POST', 'chat/completions/chatcmpl-1', 'other', REFUSE, true],
  ['DELETE', 'chat/completions/chatcmpl-1', 'chat', PASS, false],
  ['PUT', 'chat/completions', 'other', REFUSE, true],
  ['POST', 'completions', 'text_completion', JSON_BODY, true],
  ['POST', 'responses', 'responses', JSON_BODY, true],
  ['GET', 'responses/resp_1', 'responses', PASS, false],
  ['DELETE', 'responses/resp_1', 'responses', PASS, false],
  ['GET', 'responses/resp_1/input_items', 'responses', PASS, false],
  ['POST', 'responses/resp_1/cancel', 'responses', PASS, false],
  ['POST', 'responses/input_tokens', 'responses', JSON_BODY, false],
  ['POST', 'responses/compact', 'responses', JSON_BODY, true],
  ['POST', 'responses/resp_1', 'other', REFUSE, true],
  ['POST', 'embeddings', 'embeddings', JSON_BODY, true],
  ['POST', 'moderations', 'moderation', JSON_BODY, false],
  ['POST', 'images/generations', 'image', JSON_BODY, true],
  ['POST', 'images/edits', 'image', JSON_BODY, true],
  ['POST', 'images/variations', 'image', JSON_BODY, true],
  ['POST', 'audio/speech', 'audio', JSON_BODY, true],
  ['POST', 'audio/transcriptions', 'audio', JSON_BODY, true],
  ['POST', 'audio/translations', 'audio', JSON_BODY, true],
  ['POST', 'videos', 'other', JSON_BODY, false],
  ['POST', 'videos/video_1/remix', 'other', REFUSE, false],
  ['GET', 'videos/video_1/content', 'other', PASS, false],
  ['GET', 'models', 'models', PASS, false],
  ['HEAD', 'models', 'models', PASS, false],
  ['POST', 'models', 'other', REFUSE, true],
  ['GET', 'models/gpt-4o', 'models', named('gpt-4o'), false],
  ['GET', 'models/meta-llama/Llama-3', 'models', named('meta-llama/Llama-3'), false],
  ['GET', 'models/meta-llama%2FLlama-3', 'models', named('meta-llama/Llama-3'), false],
  ['GET', 'models/ft:gpt-4o:acme::1', 'models', named('ft:gpt-4o:acme::1'), false],
  ['GET', 'models/gpt-4o[1m]', 'models', named('gpt-4o[1m]'), false],
  ['GET', 'models/%ff', 'models', REFUSE, false],
  ['DELETE', 'models/ft:gpt-4o', 'models', named('ft:gpt-4o'), false],
  ['POST', 'models/gpt-4o', 'models', REFUSE, false],
  ['POST', 'files', 'files', REFUSE, false],
  ['GET', 'files', 'files', REFUSE, false],
  ['GET', 'files/file-1/content', 'files', REFUSE, false],
  ['POST', 'uploads/u1/parts', 'files', REFUSE, false],
  ['POST', 'batches', 'batches', REFUSE, false],
  ['GET', 'batches/b1', 'batches', REFUSE, false],
  ['POST', 'fine_tuning/jobs', 'other', REFUSE, false],
  ['GET', 'fine_tuning/jobs', 'other', PASS, false],
  ['POST', 'vector_stores/vs1/search', 'other', REFUSE, false],
  ['GET', 'vector_stores', 'other', PASS, false],
  ['POST', 'conversations', 'other', PASS, false],
  ['POST', 'conversations/conv_1/items', 'other', PASS, false],
  ['DELETE', 'conversations/conv_1', 'other', PASS, false],
  ['GET', 'conversations/conv_1/items', 'other', PASS, false],
  ['POST', 'assistants', 'other', REFUSE, false],
  ['POST', 'threads/t1/runs', 'other', REFUSE, true],
  ['GET', 'threads/t1/runs/r1', 'other', PASS, false],
  ['GET', 'realtime?model=gpt-realtime', 'realtime', named('gpt-realtime'), false],
  ['GET', 'realtime?model=a&model=b', 'realtime', REFUSE, false],
  ['GET', 'realtime?model=a&deployment=b', 'realtime', REFUSE, false],
  ['GET', 'realtime?Model=a', 'realtime', REFUSE, false],
  ['GET', 'realtime', 'realtime', REFUSE, false],
  ['POST', 'realtime/client_secrets', 'other', REFUSE, true],
  ['POST', 'rerank', 'other', REFUSE, true],
  ['GET', 'health', 'other', REFUSE, false],
  ['GET', 'organization/usage/completions', 'other', REFUSE, false],
  ['TRACE', 'models', 'other', REFUSE, true],
];

describe('classify', () => {
  test.each(calls)('%s %s is %s, model in %o, metered: %s', (method, path, name, model, metered) => {
    for (const prefix of ['/', '/v1/', '/v4/', '/v1beta/']) {
      expect(classify(requestHead(method, prefix + path))).toMatchObject({ name, model, metered });
    }
  });

  test('asks for usage only where the API leaves it out of streams', () => {
    const asking = calls.filter(([method, path]) => classify(requestHead(method, `/${path}`)).usageOnRequest);
    expect(asking.map(([method, path]) => `${method} ${path}`)).toEqual(['POST chat/completions', 'POST completions']);
  });

  test('knows the model list', () => {
    const lists = calls.filter(([method, path]) => classify(requestHead(method, `/${path}`)).modelList);
    expect(lists.map(([method, path]) => `${method} ${path}`)).toEqual(['GET models', 'HEAD models']);
  });

  test.each([
    'images/edits',
    'images/variations',
    'audio/transcriptions',
    'audio/translations',
    'videos',
    'chat/completions',
  ])('looks for the model of a multipart %s in its form', (path) => {
    const head = requestHead('POST', `/v1/${path}`, { 'content-type': 'Multipart/Form-Data; boundary=x' });
    expect(classify(head).model).toEqual({ in: 'Multipart', field: 'model' });
  });

  test.each([
    '/chat/completions/',
    '/v1/chat/completions/',
    '//chat//completions',
    '/v1//chat/completions',
    '/Chat/Completions',
    '/V1/CHAT/COMPLETIONS',
    '/chat/%63ompletions',
    '/chat%2Fcompletions',
    '/chat%2fcompletions',
  ])('checks and meters the variant %s as the call it may be', (path) => {
    expect(classify(requestHead('POST', path))).toMatchObject({ name: 'chat', model: JSON_BODY, metered: true });
  });

  test.each([
    ['GET', '/models/'],
    ['GET', '/Models'],
    ['GET', '//models'],
    ['GET', '/%6dodels'],
    ['GET', '/responses/resp_1/'],
    ['GET', '/responses//resp_1'],
    ['GET', '/responses/resp%5f1'],
    ['GET', '/responses/resp_1;x=y'],
    ['POST', '/responses/resp_1/Cancel'],
    ['DELETE', '/responses/%2e%2e'],
    ['DELETE', '/responses/..'],
    ['GET', '/Models/gpt-4o'],
    ['GET', ''],
    ['GET', '/'],
    ['POST', ''],
    ['POST', '/chat/completions;x=y'],
    ['POST', '/chat/completions%20'],
    ['POST', '/chat/completions%00'],
    ['POST', '/chat/completions.json'],
    ['POST', '/chat/%2563ompletions'],
    ['POST', '/chat/completions%'],
    ['POST', '/v1/v1/chat/completions'],
    ['POST', '/openai/deployments/gpt-4o/chat/completions'],
    ['POST', '/engines/gpt-4o/completions'],
    ['POST', '/models/gpt-4o:generateContent'],
    ['post', '/responses/resp_1/cancel'],
  ])('lets %s %s not past an allowlist', (method, path) => {
    expect(classify(requestHead(method, path)).model).toEqual(REFUSE);
  });

  test.each([
    ['a body', {}, true],
    ['a method override', { 'x-http-method-override': 'POST' }, false],
    ['a path override', { 'x-original-url': '/v1/chat/completions' }, false],
  ])('lets reading with %s not past an allowlist', (_, headers, hasBody) => {
    for (const path of ['/chat/completions', '/models', '/models/gpt-4o', '/realtime?model=x']) {
      expect(classify(requestHead('GET', path, headers, hasBody)).model).toEqual(REFUSE);
    }
  });

  test('never lets a write pass unchecked but for the few that run no model', () => {
    const segment = fc.constantFrom(
      'chat',
      'completions',
      'responses',
      'compact',
      'cancel',
      'models',
      'v1',
      'threads',
      'conversations',
      'runs',
      '..',
      '%2e',
      '',
      'a;b',
      'CHAT',
      '%63hat',
      'x',
    );
    fc.assert(
      fc.property(
        fc.constantFrom('POST', 'PUT', 'PATCH', 'DELETE'),
        fc.array(segment, { maxLength: 5 }),
        (method, segments) => {
          const path = segments.map((part) => `/${part}`).join('');
          const { model } = classify(requestHead(method, path));
          if (model.in !== 'None' || model.allowlisted === 'Refuse') return;
          expect(`${method} ${path}`).toMatch(
            /^(?:POST (?:\/v1)?\/responses\/\w+\/cancel|DELETE (?:\/v1)?\/(?:responses|chat\/completions)\/\w+|\w+ (?:\/v1)?\/conversations(?:\/\w+)*)$/,
          );
        },
      ),
      { numRuns: 5000 },
    );
  });
});
