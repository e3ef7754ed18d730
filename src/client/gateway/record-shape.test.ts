import { expect, test } from '@jest/globals';
import { isRequestRecord } from './record-shape.ts';

const requestId = '0b6c0a4e-6a0e-4f0f-9a53-6f8b1d9a0001';
const record = (more: object = {}): object => ({ proxy: 'p', request: { requestId, status: 200, ...more } });

test.each([
  ['the least', {}],
  ['fields of a later version', { novel: { a: [null] } }],
  ['all kinds', { user: 'ann', groups: ['a'], totalMs: 0.5, streamed: true, tokens: { input: 3 }, provider: 'up-2' }],
  ['what a URL named', { requested: { namespace: 'team', provider: '-x' } }],
  ['guardrails', { guardrails: [{ guardrail: 'a/b', direction: 'Input', action: 'Mask', mode: 'Audit', rules: {} }] }],
])('%s is a record', (_what, more) => {
  expect(isRequestRecord(record(more), requestId)).toBe(true);
});

test.each([
  ['no object', null],
  ['no request', { proxy: 'p' }],
  ['no proxy', { request: { requestId, status: 200 } }],
  ['no status', { proxy: 'p', request: { requestId } }],
  ['another request', record({ requestId: '0b6c0a4e-6a0e-4f0f-9a53-6f8b1d9a0002' })],
  ['null for a list', record({ groups: null })],
  ['a text for a list', record({ groups: 'dev' })],
  ['a list of others', record({ groups: [{}] })],
  ['a text for a figure', record({ totalMs: '3' })],
  ['a figure for a text', record({ revision: 3 })],
  ['no finite figure', JSON.parse(JSON.stringify(record({ totalMs: 0 })).replace('"totalMs":0', '"totalMs":1e999'))],
  ['a list for a map', record({ tokens: [3] })],
  ['a text in a map of figures', record({ tokens: { input: '3' } })],
  ['a figure in a map of texts', record({ costUSDByClass: { input: 3 } })],
  ['an outcome without a Guardrail', record({ guardrails: [{ direction: 'Input', action: 'Mask', mode: 'Audit' }] })],
  ['an option for a name', record({ provider: '--server=http://evil' })],
  ['words of a shell for a name', record({ namespace: 'a;b' })],
])('%s is none', (_what, value) => {
  expect(isRequestRecord(value, requestId)).toBe(false);
});
