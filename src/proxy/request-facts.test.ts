import { expect, test } from '@jest/globals';
import { factsOf } from './request-facts.ts';
import type { RequestRecord } from './request-record.ts';

const record: RequestRecord = {
  requestId: '0b6c0a4e-6a0e-4f0f-9a53-6f8b1d9a0001',
  identity: undefined,
  entry: undefined,
  operation: undefined,
  model: undefined,
  method: 'GET',
  protocol: 'HTTP/2.0',
  target: '/',
  namedCharacters: 0,
  requested: undefined,
  revision: undefined,
  status: 404,
  error: 'NotFound',
  reason: undefined,
  message: undefined,
  usage: undefined,
  counted: undefined,
  guardrails: undefined,
  streamed: false,
  clientDisconnected: false,
  totalMilliseconds: 1,
  upstreamMilliseconds: undefined,
  ownMilliseconds: undefined,
  waitedMilliseconds: undefined,
  firstByteMilliseconds: undefined,
  requestBytes: 0,
  responseBytes: 0,
};

test('what the client chose is bounded: a method of HTTP/2, and the name of a model', () => {
  const long = 'M'.repeat(10_000);
  const { method, model } = factsOf({ ...record, method: long, model: long }, undefined);
  expect([method, model]).toEqual(['M'.repeat(20), 'M'.repeat(200)]);
  expect(factsOf({ ...record, method: 'BASELINE-CONTROL' }, undefined).method).toBe('BASELINE-CONTROL');
});
