import { expect, test } from '@jest/globals';
import { judgeWhole } from './whole-text.ts';

const ARGUMENTS = { scope: 'ToolInput', kind: 'Arguments' } as const;
const judge = {
  whole: (text: string) => {
    const start = text.indexOf('a@b.co');
    return start < 0 ? [] : [{ start, end: start + 6, replacement: '{EMAIL}' }];
  },
};

test.each([
  ['whole', String.raw`{"to":"a\u0040b.co","n":"\u00e4"}`, String.raw`{"to":"{EMAIL}","n":"\u00e4"}`],
  ['that break off', String.raw`{"n":"\u00e4","to":"\u0061@b.co`, String.raw`{"n":"\u00e4","to":"{EMAIL}`],
  ['that break off within an escape', String.raw`{"to":"a\u0040b.co \u00`, String.raw`{"to":"{EMAIL} \u00`],
  ['with escapes that are none', String.raw`{"to":"a@b.co \x`, String.raw`{"to":"{EMAIL} \x`],
  ['of another form', String.raw`C:\a@b.co`, String.raw`C:\{EMAIL}`],
])('arguments %s', (_, text, masked) => {
  expect(judgeWhole(judge, text, ARGUMENTS)).toBe(masked);
});

test('arguments of megabytes that break off do no harm', () => {
  const text = `{"a":"${String.raw`\n\\`.repeat(500_000)}a@b.co`;
  expect(judgeWhole(judge, text, ARGUMENTS)).toBe(`${text.slice(0, -6)}{EMAIL}`);
});
