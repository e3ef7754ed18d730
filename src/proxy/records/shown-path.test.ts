import { expect, test } from '@jest/globals';
import { shownPath } from './shown-path.ts';

test.each([
  ['/v1/chat/completions', '/v1/chat/completions'],
  ['/v1/chat/completions?key=sk-0123', '/v1/chat/completions'],
  ['/v1/messages/count_tokens', '/v1/messages/count_tokens'],
  ['/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse', '/v1beta/models/*:streamGenerateContent'],
  ['/v1beta/cachedContents/8a7f2c', '/v1beta/cachedContents/*'],
  ['/model/anthropic.claude-v2%3A0/invoke-with-response-stream', '/model/*/invoke-with-response-stream'],
  ['/openai/deployments/mine-4/chat/completions', '/openai/deployments/*/chat/completions'],
  ['/v1/files/file-abc123/content', '/v1/files/*/content'],
  ['/sk-proj-0a1b2c3d', '/*'],
  ['/eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl', '/*'],
  ['/AbCdEfGhIjKlMnOp', '/*'],
  ['/qwertyuiopasdfghjklzxcvbnmqwerty', '/*'],
  ['/%2e%2e/x:y', '/*/*:y'],
  ['//', '//'],
  ['*', '*'],
  ['', ''],
])('%s is told as %s', (target, shown) => {
  expect(shownPath(target, 0)).toBe(shown);
});

test('names that the gateway gives meaning to are told', () => {
  const prefix = '/llm/v1/namespaces/team-1/providers/gpt-5';
  expect(shownPath(`${prefix}/v1/models/gpt-5`, prefix.length)).toBe(`${prefix}/v1/models/*`);
  expect(shownPath(`${prefix}?key=secret`, prefix.length + 4)).toBe(prefix);
});

test('it is bounded', () => {
  const shown = shownPath(`/v1${'/word'.repeat(10_000)}`, 0);
  expect(shown.length).toBe(300);
  expect(shownPath(`/${'a1'.repeat(10_000)}`, 0)).toBe('/*');
  expect(shownPath(`/x:a${'Bcd'.repeat(80)}`, 0)).toBe('/*');
});

test('the beginning of what is cut off is not told, whatever it looks like', () => {
  const before = '/v1'.repeat(98); // 294 characters
  expect(shownPath(`${before}/acorn-0a1b2c3d`, 0)).toBe(`${before}/*`);
  expect(shownPath(`${before}/acorn`, 0)).toBe(`${before}/acorn`);
  expect(shownPath(`${before}/acorn/more`, 0)).toBe(`${before}/acorn`);
  expect(shownPath(`${before}/acorn?more`, 0)).toBe(`${before}/acorn`);
});
