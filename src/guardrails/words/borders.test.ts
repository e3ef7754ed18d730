import { describe, expect, it } from '@jest/globals';
import { isBorder } from './borders.ts';

describe('word borders', () => {
  it.each([
    ['letters', 'ab|c', false],
    ['a letter and a digit', 'b|2', false],
    ['a letter and a connector', 'b|_', false],
    ['a connector and a letter', '_|b', false],
    ['a letter and a space', 'b| ', true],
    ['a letter and an apostrophe', 'b|’s', true],
    ['a hyphen and a letter', '-|b', true],
    ['punctuation', '+|+', true],
    ['a letter and a mark', 'b|\u0301', false],
    ['a mark and a letter', 'b\u0301|c', false],
    ['a space and a mark', ' |\u0301', false],
    ['Han letters', '漢|字', true],
    ['Hiragana', 'か|な', true],
    ['Thai letters', 'ก|น', true],
    ['a Thai letter and its vowel', 'ก|\u0e31', false],
    ['Katakana', 'ネ|コ', false],
    ['Katakana and a long vowel', 'ラ|ー', false],
    ['Latin and Katakana', 'E|ス', true],
    ['Hangul', '가|나', false],
    ['Cyrillic', 'д|а', false],
    ['letters beyond the BMP', '\u{10400}|\u{10401}', false],
    ['an emoji and a letter', '\u{1f600}|a', true],
    ['the beginning', '|a', true],
    ['the end', 'a|', true],
  ])('%s', (_, marked, border) => {
    expect(isBorder(marked.replace('|', ''), marked.indexOf('|'))).toBe(border);
  });
});
