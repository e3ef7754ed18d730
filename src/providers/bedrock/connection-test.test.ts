import { describe, expect, test } from '@jest/globals';
import { providerEntry, requestHead } from '../../../test/support/wire.ts';
import type { ConnectionTestFinding } from '../wire.ts';
import { bedrockWire } from './wire.ts';

const entry = providerEntry([], {
  type: 'Bedrock',
  baseURL: 'https://bedrock-runtime.eu-central-1.amazonaws.com',
  region: 'eu-central-1',
});

describe('the call', () => {
  test('without a model lists the models of the region, which is free', () => {
    const call = bedrockWire.connectionTest(entry, undefined);
    expect(call).toMatchObject({
      url: 'https://bedrock.eu-central-1.amazonaws.com/foundation-models',
      method: 'GET',
      billed: false,
      operation: { controlPlane: true, api: 'Bedrock' },
    });
  });

  test('with a model is one token of Converse', () => {
    const call = bedrockWire.connectionTest(entry, 'eu.amazon.nova-lite-v1:0');
    expect(call).toMatchObject({
      url: 'https://bedrock-runtime.eu-central-1.amazonaws.com/model/eu.amazon.nova-lite-v1%3A0/converse',
      method: 'POST',
      billed: true,
      operation: { name: 'chat', model: { in: 'Head', model: 'eu.amazon.nova-lite-v1:0' } },
    });
    expect(JSON.parse(call.body ?? '')).toMatchObject({ inferenceConfig: { maxTokens: 1 } });
  });

  test('goes where a base URL of one’s own leads', () => {
    const own = { ...entry, baseURL: 'http://127.0.0.1:9/bedrock' };
    expect(bedrockWire.connectionTest(own, undefined).url).toBe('http://127.0.0.1:9/bedrock/foundation-models');
    expect(bedrockWire.classify(requestHead('GET', '/foundation-models'), own).controlPlane).toBe(true);
  });
});

describe('the answer', () => {
  const finding = (status: number, type: string, message: string, member = 'message'): ConnectionTestFinding =>
    bedrockWire.connectionTestFinding(entry, bedrockWire.connectionTest(entry, undefined), {
      status,
      header: (name) => (name === 'x-amzn-errortype' ? type : undefined),
      body: JSON.stringify({ [member]: message }),
    });

  test('passes', () => {
    expect(finding(200, '', '')).toEqual({ kind: 'Passed' });
  });

  test('passes when AWS knows who asks and lets it call models only', () => {
    const message =
      'User: arn:aws:sts::1:assumed-role/gateway/s is not authorized to perform: bedrock:ListFoundationModels because no identity-based policy allows the action';
    expect(finding(403, 'AccessDeniedException', message)).toEqual({ kind: 'Passed' });
  });

  test.each([
    [403, 'UnrecognizedClientException', 'The security token included in the request is invalid.', /rejects the key/],
    [403, 'InvalidSignatureException', 'The request signature we calculated does not match', /rejects the key/],
    [403, 'InvalidSignatureException', 'Signature expired: 20261121T1 is now earlier than', /clocks differ/],
    [403, 'ExpiredTokenException', 'The security token included in the request is expired', /have expired/],
    [403, 'InvalidSignatureException', 'Credential should be scoped to a valid region.', /for eu-central-1.*baseURL/],
    [403, 'InvalidSignatureException', 'Credential should be scoped to correct service.', /another service.*baseURL/],
    [403, 'AccessDeniedException', "You don't have access to the model with the specified model ID.", /Request access/],
    [
      403,
      'AccessDeniedException',
      'User x is not authorized to perform: bedrock:InvokeModel on y',
      /policy must allow/,
    ],
    [
      400,
      'ValidationException:http://internal.amazon.com/coral/com.amazon.bedrock/',
      'Invocation of model ID a with on-demand throughput isn’t supported. Retry your request with',
      /inference profile/,
    ],
    [
      400,
      'ValidationException',
      'The provided model identifier is invalid.',
      /No such model in the region eu-central-1/,
    ],
    [404, 'ResourceNotFoundException', 'This model version has reached the end of its life.', /No such model/],
    [400, 'ValidationException', "This action doesn't support the model that you provided.", /speaks Converse/],
    [429, 'ThrottlingException', 'Too many requests, please wait before trying again.', /quota/],
  ])('%d %s: %s', (status, type, message, hint) => {
    expect(finding(status, type, message)).toEqual({
      kind: 'Failed',
      message: `${type.split(':')[0]}: ${message}`,
      hint: expect.stringMatching(hint),
    });
  });

  test('tells AWS’s words in either spelling, and others as they are', () => {
    expect(finding(403, '', 'Missing Authentication Token', 'Message')).toMatchObject({
      message: 'Missing Authentication Token',
    });
    const answer = { status: 502, header: () => undefined, body: '<html>' };
    const call = bedrockWire.connectionTest(entry, undefined);
    expect(bedrockWire.connectionTestFinding(entry, call, answer)).toEqual({ kind: 'Failed', message: '<html>' });
  });
});
