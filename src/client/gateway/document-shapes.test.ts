import { expect, test } from '@jest/globals';
import { isAuthentication, isConnectionTest, isProvider, isProviderList } from './document-shapes.ts';

const provider = (more: object = {}): object => ({ name: 'up-2', namespace: 'team-a', conditions: [], ...more });

test.each([
  ['the least', {}],
  ['fields of a later version', { novel: [null], auth: { mode: 'Novel', more: 1 } }],
  ['what a gateway tells', { type: 'OpenAI', models: [{ name: 'gpt-5' }], url: '/llm/v1/providers/up-2' }],
  ['an absolute URL', { url: 'https://llm.example.com/llm/v1/providers/up-2' }],
])('%s is a provider', (_what, more) => {
  expect(isProvider(provider(more))).toBe(true);
  expect(isProviderList({ providers: [provider(more)] })).toBe(true);
});

test.each([
  ['nothing', null],
  ['a name for a shell', provider({ name: 'x;reboot' })],
  ['a name for a terminal', provider({ name: 'x\u001b[2J' })],
  ['a name that leads elsewhere', provider({ name: '..' })],
  ['a condition that is none', provider({ conditions: [null] })],
  ['models that are no list', provider({ models: {} })],
  ['a model without a name', provider({ models: [{}] })],
  ['a URL that is none', provider({ url: 'http://[' })],
])('%s is none', (_what, value) => {
  expect(isProvider(value)).toBe(false);
  expect(isProviderList({ providers: [value] })).toBe(false);
});

test.each([
  [true, { anonymous: true, jwt: [] }],
  [true, { anonymous: false, jwt: [{ issuer: 'https://login.example.com' }], caller: { username: 'a', groups: [] } }],
  [false, { anonymous: false, jwt: [null] }],
  [false, { anonymous: false, jwt: [{ issuer: 'https://x/\u001b[2J' }] }],
  [false, { anonymous: false, jwt: [], caller: { username: 'a' } }],
])('says how callers are known: %p for %j', (expected, value) => {
  expect(isAuthentication(value)).toBe(expected);
});

test.each([
  [true, { passed: true }],
  [true, { passed: false, message: 'no', upstream: { status: 401 } }],
  [false, { passed: 'true' }],
  [false, { passed: false, message: 5 }],
  [false, { passed: false, upstream: { status: 401, message: {} } }],
])('is a connection test: %p for %j', (expected, value) => {
  expect(isConnectionTest(value)).toBe(expected);
});
