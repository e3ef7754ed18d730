import { describe, expect, test } from '@jest/globals';
import { providerEntry, requestHead } from '../../../test/support/wire.ts';
import type { Operation } from '../wire.ts';
import { bedrockWire } from './wire.ts';

const entry = (baseURL = 'https://bedrock-runtime.us-east-1.amazonaws.com') =>
  providerEntry([], { type: 'Bedrock', baseURL, region: 'us-east-1' });

const classify = (method: string, target: string, headers = {}, baseURL?: string): Operation =>
  bedrockWire.classify(requestHead(method, target, headers), entry(baseURL));

const REFUSE = { in: 'None', allowlisted: 'Refuse' };
const PASS = { in: 'None', allowlisted: 'Pass' };
const head = (model: string): object => ({ in: 'Head', model });
const ARN = 'arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/q8w2e4r6t8y0';

describe('calls of a model', () => {
  test.each([
    ['invoke', 'chat', true],
    ['invoke-with-response-stream', 'chat', true],
    ['converse', 'chat', true],
    ['converse-stream', 'chat', true],
    ['count-tokens', 'count_tokens', false],
  ])('%s', (action, name, metered) => {
    expect(classify('POST', `/model/us.amazon.nova-pro-v1%3A0/${action}`)).toMatchObject({
      name,
      api: 'Bedrock',
      metered,
      model: head('us.amazon.nova-pro-v1:0'),
      modelList: false,
    });
  });

  test.each([
    ['/model/amazon.titan-embed-text-v2:0/invoke', 'embeddings'],
    ['/model/cohere.rerank-v3-5:0/invoke', 'rerank'],
  ])('%s is called by its own name', (path, name) => {
    expect(classify('POST', path).name).toBe(name);
  });

  test('mistake 16: a model is decoded once, and only to be compared', () => {
    for (const path of [encodeURIComponent(ARN), ARN, ARN.replaceAll('/', '%2f')]) {
      expect(classify('POST', `/model/${path}/converse`).model).toEqual(head(ARN));
    }
    expect(classify('POST', `/model/${encodeURIComponent(encodeURIComponent(ARN))}/converse`).model).toEqual(
      head(encodeURIComponent(ARN)),
    );
    const sent = requestHead('POST', `/model/${encodeURIComponent(ARN)}/converse`);
    expect(bedrockWire.joinPath(entry(), sent)).toBe(`/model/${encodeURIComponent(ARN)}/converse`);
  });

  test('a bidirectional stream is unsupported, in words', () => {
    const operation = classify('POST', '/model/amazon.nova-sonic-v1:0/invoke-with-bidirectional-stream');
    expect(operation.unsupported).toContain('cannot be metered');
  });
});

describe('calls of no model', () => {
  test.each([
    ['POST', '/guardrail/gr1/version/DRAFT/apply', 'apply_guardrail', PASS],
    ['POST', '/guardrail-checks/invoke', 'apply_guardrail', PASS],
    ['POST', '/async-invoke', 'other', REFUSE],
    ['GET', '/async-invoke', 'other', PASS],
    ['GET', '/async-invoke/arn%3Aaws%3Abedrock', 'other', PASS],
    ['HEAD', '/', 'other', PASS],
    ['GET', '', 'other', PASS],
  ])('%s %s', (method, path, name, model) => {
    expect(classify(method, path)).toMatchObject({ name, model, metered: false, api: 'Bedrock' });
  });
});

describe('reads of the control plane', () => {
  test.each(['/inference-profiles', '/inference-profiles?type=SYSTEM_DEFINED', '/foundation-models?byProvider=meta'])(
    '%s is a list',
    (target) => {
      expect(classify('GET', target)).toMatchObject({
        name: 'models',
        controlPlane: true,
        modelList: true,
        model: PASS,
      });
    },
  );

  test('one of them has its model checked', () => {
    const one = { controlPlane: true, modelList: false, model: head(ARN) };
    expect(classify('GET', `/inference-profiles/${encodeURIComponent(ARN)}`)).toMatchObject(one);
    expect(classify('GET', '/foundation-models/amazon.nova-lite-v1:0').model).toEqual(head('amazon.nova-lite-v1:0'));
  });

  test('go to the root of the control plane, whatever path the base URL has', () => {
    const mantle = entry('https://bedrock-mantle.us-east-1.api.aws/v1');
    expect(bedrockWire.joinPath(mantle, requestHead('GET', '/inference-profiles'))).toBe('/inference-profiles');
    expect(bedrockWire.controlPlaneURL?.(mantle)).toBe('https://bedrock.us-east-1.amazonaws.com');
    expect(bedrockWire.joinPath(mantle, requestHead('POST', '/chat/completions'))).toBe('/v1/chat/completions');
  });

  test.each(['POST', 'PUT', 'DELETE'])('%s is none', (method) => {
    const operation = classify(method, '/inference-profiles');
    expect([operation.controlPlane, operation.model]).toEqual([undefined, REFUSE]);
  });
});

describe('the APIs of others', () => {
  test.each([
    ['/openai/v1/chat/completions', 'chat', 'OpenAI', true],
    ['/openai/v1/responses', 'responses', 'OpenAI', true],
    ['/v1/chat/completions', 'chat', 'OpenAI', true],
    ['/anthropic/v1/messages', 'chat', 'Anthropic', true],
    ['/anthropic/v1/messages/count_tokens', 'count_tokens', 'Anthropic', false],
  ])('%s', (path, name, api, metered) => {
    expect(classify('POST', path)).toMatchObject({ name, api, metered, model: { in: 'JSONBody' } });
  });

  test('are known by the base URL, too', () => {
    const base = 'https://bedrock-mantle.us-east-1.api.aws';
    for (const [suffix, path, api] of [
      ['/v1', '/chat/completions', 'OpenAI'],
      ['/v1', '/v1/chat/completions', 'OpenAI'],
      ['/openai/v1', '/responses', 'OpenAI'],
      ['/anthropic', '/v1/messages', 'Anthropic'],
    ]) {
      const operation = classify('POST', path ?? '', {}, base + suffix);
      expect([operation.api, operation.model.in]).toEqual([api, 'JSONBody']);
    }
  });

  test('list their models in their own form', () => {
    const operation = classify('GET', '/openai/v1/models');
    expect([operation.api, operation.modelList, operation.controlPlane]).toEqual(['OpenAI', true, undefined]);
  });
});

describe('what is not known does not pass an allowlist', () => {
  test.each([
    ['POST', '/Model/amazon.nova-lite-v1:0/invoke'],
    ['POST', '/model/amazon.nova-lite-v1:0/Invoke'],
    ['POST', '/model/amazon.nova-lite-v1:0/invoke/'],
    ['POST', '/model/amazon.nova-lite-v1:0'],
    ['POST', '/model/%ff/invoke'],
    ['POST', '//model/amazon.nova-lite-v1:0/invoke'],
    ['PUT', '/model/amazon.nova-lite-v1:0/invoke'],
    ['GET', '/model/amazon.nova-lite-v1:0/invoke'],
    ['POST', '/foundation-models'],
    ['GET', '/inference-profiles/'],
    ['GET', '/guardrails'],
    ['POST', '/openai'],
    ['POST', '/OpenAI/v1/chat/completions'],
    ['POST', '/openaix/v1/chat/completions'],
    ['POST', '/v1x/chat/completions'],
    ['POST', '/guardrail/a/b/version/1/apply'],
  ])('%s %s', (method, path) => {
    expect(classify(method, path).model).toEqual(REFUSE);
  });

  test('nor a call whose method a header overrides', () => {
    const headers = { 'x-http-method-override': 'GET' };
    expect(classify('POST', '/model/amazon.nova-lite-v1:0/invoke', headers).model).toEqual(REFUSE);
  });
});
