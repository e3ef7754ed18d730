import { describe, expect, it } from '@jest/globals';
import { beginOfEscape, endOfEscape, escapedBefore, isHexEscape, NO_ESCAPE } from './escapes.ts';

describe('escapes', () => {
  it.each([
    ['\\n', 0x0a],
    ['\\r', 0x0d],
    ['\\t', 0x09],
    ['\\b', 0x08],
    ['\\f', 0x0c],
    ['\\0', 0x00],
    ['\\/', 0x2f],
    ['\\x20', 0x20],
    ['\\xe9', 0xe9],
    ['\\u00e9', 0xe9],
    ['\\uD83D', 0xd83d],
  ])('%s means one code unit, and ends and begins where it is written', (escape, meant) => {
    for (const head of ['', 'a', '\\', '\\\\', '\\u00']) {
      const text = `${head}${escape}1f`;
      const end = head.length + escape.length;
      expect(escapedBefore(text, end)).toBe(meant);
      expect(beginOfEscape(text, end)).toBe(head.length);
      expect(endOfEscape(text, head.length)).toBe(end);
      expect(isHexEscape(text, end)).toBe(escape.length > 2);
    }
  });

  it.each([
    '',
    'n',
    '\\',
    'ab',
    '\\z',
    '\\N',
    '\\"',
    '\\é',
    '\\x',
    '\\x2',
    '\\x2g',
    '\\u',
    '\\u00e',
    '\\u00g9',
    '/u0020',
    '\\X20',
  ])('%j is none', (text) => {
    for (let at = 0; at <= text.length; at += 1) {
      expect(escapedBefore(text, at)).toBe(NO_ESCAPE);
      expect(beginOfEscape(text, at)).toBe(at);
      expect(endOfEscape(text, at)).toBe(NO_ESCAPE);
    }
  });
});
