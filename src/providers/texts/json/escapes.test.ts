import { expect, test } from '@jest/globals';
import { withoutEscapes } from './escapes.ts';

test.each<[string, string, string | undefined]>([
  ['each of one character', String.raw`\"\\\/\b\f\n\r\t`, '"\\/\b\f\n\r\t'],
  ['of a code unit, in either case', String.raw`\u00e9\u00E9 é`, 'éé é'],
  ['two that are one character', String.raw`\ud83d\ude00!`, '😀!'],
  ['half of one', String.raw`\ud83d!\ude00\ud83d\ud83d\ude00`, '\ufffd!\ufffd\ufffd😀'],
  ['a backslash before what would be one', String.raw`\\n`, String.raw`\n`],
  ['cut off', String.raw`a\n\u00`, 'a\n\\u00'],
  ['cut off at once', 'a\\n\\', 'a\n\\'],
  ['that is none', String.raw`C:\new\stuff`, undefined],
  ['with too few digits', String.raw`\u00zz`, undefined],
])('an escape: %s', (_, written, expected) => {
  expect(withoutEscapes(Buffer.from(written))).toBe(expected);
});
