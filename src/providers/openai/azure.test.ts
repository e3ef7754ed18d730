import { describe, expect, test } from '@jest/globals';
import { providerEntry, requestHead, scanBody } from '../../../test/support/wire.ts';
import { isAzure } from './azure.ts';
import { openAIWire } from './wire.ts';

const AZURE = 'https://my-resource.openai.azure.com/openai';
const REFUSE = { in: 'None', allowlisted: 'Refuse' };

const entryAt = (baseURL: string, models: readonly string[] = []): ReturnType<typeof providerEntry> =>
  providerEntry(models, { baseURL });
const chat = (target = '/deployments/my-gpt/chat/completions?api-version=2025-01-01'): ReturnType<typeof requestHead> =>
  requestHead('POST', target, { 'content-type': 'application/json' });

describe('the hosts of Azure', () => {
  test.each([
    'https://x.openai.azure.com/openai/v1',
    'https://X.OpenAI.Azure.com',
    'https://x.cognitiveservices.azure.com/openai',
    'https://x.services.ai.azure.com/openai/v1',
    'https://x.openai.azure.us/openai',
    'https://x.openai.azure.cn:443/openai',
    'https://x.privatelink.openai.azure.com/openai',
  ])('%s takes its key in api-key', (baseURL) => {
    expect(isAzure(baseURL)).toBe(true);
    expect(openAIWire.credentialHeaders(entryAt(baseURL), 'OpenAI')).toEqual([['api-key', 'sk-provider']]);
  });

  test.each([
    'https://api.openai.com/v1',
    'https://openai.azure.com/v1',
    'https://x.openai.azure.com.evil.example/openai',
    'https://evil.example/x.openai.azure.com',
    'https://xopenai.azure.com',
    'http://127.0.0.1:8080/openai',
  ])('%s is none of them', (baseURL) => {
    expect(isAzure(baseURL)).toBe(false);
    expect(openAIWire.credentialHeaders(entryAt(baseURL), 'OpenAI')).toEqual([['authorization', 'Bearer sk-provider']]);
  });
});

describe('a deployment in the path', () => {
  test.each(['/deployments/my-gpt/chat/completions', '/openai/deployments/my-gpt/chat/completions'])(
    '%s is a chat that is metered, and asked for its usage',
    (path) => {
      for (const base of [AZURE, 'http://127.0.0.1:1/openai']) {
        expect(openAIWire.classify(chat(path), entryAt(base))).toMatchObject({
          name: 'chat',
          model: { in: 'JSONBody' },
          metered: true,
          usageOnRequest: true,
        });
      }
    },
  );

  test.each([
    [AZURE, '{"messages":[]}', []],
    [AZURE, '{"model":"gpt-4o","messages":[]}', []],
    ['http://127.0.0.1:1/openai', '{"model":"gpt-4o","messages":[]}', ['gpt-4o']],
  ])('is the model; on %s the body %s names %j beside it', (base, body, others) => {
    const entry = entryAt(base, ['my-gpt']);
    const scanner = openAIWire.bodyScanner(openAIWire.classify(chat(), entry), chat(), entry);
    expect(scanBody(scanner, [Buffer.from(body)])).toMatchObject({
      kind: 'Valid',
      model: 'my-gpt',
      toolModels: others,
    });
  });

  test('may carry the suffix of a long context', () => {
    const head = chat('/deployments/my-gpt%5B1m%5D/chat/completions');
    const entry = entryAt(AZURE, ['my-gpt']);
    const scanner = openAIWire.bodyScanner(openAIWire.classify(head, entry), head, entry);
    expect(scanBody(scanner, [Buffer.from('{}')])).toMatchObject({ model: 'my-gpt[1m]' });
  });

  test('of a form is the model of the form', () => {
    const head = requestHead('POST', '/deployments/whisper/audio/transcriptions', {
      'content-type': 'multipart/form-data; boundary=x',
    });
    const entry = entryAt(AZURE, ['whisper']);
    const scanner = openAIWire.bodyScanner(openAIWire.classify(head, entry), head, entry);
    const form = '--x\r\ncontent-disposition: form-data; name="language"\r\n\r\nde\r\n--x--\r\n';
    expect(scanBody(scanner, [Buffer.from(form)])).toMatchObject({ kind: 'Valid', model: 'whisper' });
  });

  test.each([
    ['POST', '/deployments/my-gpt/unknown'],
    ['GET', '/deployments/my-gpt/models'],
    ['GET', '/deployments/my-gpt/realtime?model=my-gpt'],
    ['POST', '/deployments//chat/completions'],
    ['POST', '/deployments/a%2Fb/chat/completions'],
    ['POST', '/deployments/my-gpt//chat/completions'],
    ['POST', '/deployments/my-gpt/chat%2Fcompletions'],
    ['POST', '/Deployments/my-gpt/chat/completions'],
    ['POST', '/deployments/a/deployments/b/chat/completions'],
  ])('lets %s %s not past an allowlist', (method, target) => {
    expect(openAIWire.classify(requestHead(method, target), entryAt(AZURE)).model).toEqual(REFUSE);
  });
});

describe('other calls on Azure', () => {
  test.each([
    ['POST', '/openai/v1/responses', { name: 'responses', model: { in: 'JSONBody' } }],
    ['POST', '/responses?api-version=preview', { name: 'responses', model: { in: 'JSONBody' } }],
    ['GET', '/openai/v1/realtime?model=my-rt', { name: 'realtime', model: { in: 'Head', model: 'my-rt' } }],
    ['GET', '/openai/realtime?api-version=x&deployment=my-rt', { model: { in: 'Head', model: 'my-rt' } }],
    ['GET', '/realtime?api-version=x&deployment=my-rt', { model: { in: 'Head', model: 'my-rt' } }],
    ['GET', '/realtime?deployment=my-rt&model=other', { model: REFUSE }],
    ['GET', '/realtime?deployment=my-rt&deployment=other', { model: REFUSE }],
    ['GET', '/openai//realtime?deployment=my-rt', { model: REFUSE }],
  ])('%s %s is %j, also behind another host', (method, target, expected) => {
    for (const base of [AZURE, 'https://gateway.example/apis/openai']) {
      expect(openAIWire.classify(requestHead(method, target), entryAt(base))).toMatchObject(expected);
    }
  });

  test('are nothing known elsewhere', () => {
    const elsewhere = entryAt('https://api.openai.com/v1');
    expect(openAIWire.classify(requestHead('GET', '/realtime?deployment=x'), elsewhere).model).toEqual(REFUSE);
    expect(openAIWire.classify(requestHead('GET', '/openai/models'), elsewhere).model).toEqual(REFUSE);
  });
});

test.each([
  [
    AZURE,
    '/openai/deployments/d/chat/completions?api-version=1',
    '/openai/deployments/d/chat/completions?api-version=1',
  ],
  [AZURE, '/deployments/d/chat/completions?api-version=1', '/openai/deployments/d/chat/completions?api-version=1'],
  [`${AZURE}/v1`, '/openai/v1/responses', '/openai/v1/responses'],
  [`${AZURE}/v1`, '/v1/responses', '/openai/v1/responses'],
  [`${AZURE}/v1`, '/responses', '/openai/v1/responses'],
  ['https://my-resource.openai.azure.com', '/openai/v1/responses', '/openai/v1/responses'],
  ['https://api.openai.com/v1', '/openai/x', '/v1/openai/x'],
])('%s and %s make %s', (base, target, url) => {
  expect(openAIWire.joinPath(entryAt(base), requestHead('POST', target))).toBe(url);
});
