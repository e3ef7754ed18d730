import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { hasSameForm } from './repeated-form.ts';

function same(earlier: string, later: string): boolean {
  const kept = Buffer.from(earlier);
  // What is kept may have been longer once.
  return hasSameForm(Buffer.concat([kept, Buffer.from('rest')]), kept.length, Buffer.from(later));
}

describe('documents that have the same form', () => {
  test.each([
    ['{}', '{}'],
    ['{"text":"a","n":1}', '{"text":"longer \\" \\u00e9 \\\\","n":123}'],
    ['{"text":"\\"","n":1}', '{"text":"","n":1}'],
    ['data: {"text": "a1"}\r\n\r\n', 'data: {"text": "ü"}\r\n\r\n'],
    ['{"a":-1.5e3,"b":0}', '{"a":-22.75e10,"b":7}'],
    ['{"a":"\\u12","b":1}', '{"a":"\\u12","b":2}'],
    ['[10,20]', '[1,2]'],
  ])('%s and %s', (earlier, later) => {
    expect(same(earlier, later)).toBe(true);
  });
});

describe('documents that differ in more', () => {
  test.each([
    ['another word', '{"modality":"TEXT"}', '{"modality":"AUDIO"}'],
    ['digits in a string that is no text', '{"model":"gemini-2.5"}', '{"model":"gemini-3.0"}'],
    ['digits in a name', '{"a1":1}', '{"a2":1}'],
    ['a further member', '{"a":1}', '{"a":1,"b":1}'],
    ['a member less', '{"a":1,"b":1}', '{"a":1}'],
    ['the beginning only', '{"a":1}', '{"a":1'],
    ['null for a number', '{"a":1}', '{"a":null}'],
    ['null for a text', '{"text":"a"}', '{"text":null}'],
    ['a name that ends alike', '{"a\\"text":"a"}', '{"a\\"text":"b"}'],
    ['an element that is called text', '["text","a"]', '["text","b"]'],
    ['a text that holds the text of a member', '{"text":"a"}', '{"text":"a","b":"a"}'],
    ['an exponent', '{"a":1}', '{"a":1e2}'],
    ['a sign', '{"a":1}', '{"a":-1}'],
    ['space', '{"a":1}', '{"a": 1}'],
    ['an open string', '{"text":"a"}', '{"text":"a}'],
    ['an open string at the end of both', '{"a":1,"', '{"a":2,"'],
    ['a name as text', '{"text":"a","text2":1}', '{"text":"b","text3":1}'],
  ])('%s', (_what, earlier, later) => {
    expect(same(earlier, later)).toBe(false);
  });

  test.each([
    ['a raw control character in a text', '{"text":"a"}', '{"text":"a\n"}'],
    ['a raw control character in both', '{"a":"\n","b":1}', '{"a":"\n","b":2}'],
    ['an unknown escape', '{"text":"a"}', '{"text":"\\x"}'],
    ['an escape that is cut', '{"text":"a"}', '{"text":"\\u12"}'],
    ['an escape that is changed in its middle', '{"text":"\\u0041"}', '{"text":"\\u004g"}'],
    ['a leading zero', '{"a":1}', '{"a":01}'],
  ])('what is no JSON any more: %s', (_what, earlier, later) => {
    expect(same(earlier, later)).toBe(false);
  });
});

/** What must be alike. */
function form(value: unknown, name?: string): unknown {
  if (typeof value === 'number') return 0;
  if (typeof value === 'string') return name === 'text' ? '' : value;
  if (Array.isArray(value)) return value.map((element) => form(element));
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value).map(([member, inner]) => [member, form(inner, member)]);
}

const names = fc.constantFrom('text', 'a', 'b1', 'te"xt', '');
const documents = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.nat({ max: 30 }),
    fc.constantFrom(null, true, -1.5, 1e30, 'text', 'a', '\\"', '1'),
    fc.string({ maxLength: 3 }),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(names, tie('value'), { maxKeys: 3 }),
  ),
})).value;

test('is never said of documents whose members or words differ', () => {
  const spaces = fc.constantFrom(undefined, 2);
  fc.assert(
    fc.property(documents, documents, spaces, (one, other, space) => {
      const [earlier, later] = [JSON.stringify(one, undefined, space), JSON.stringify(other, undefined, space)];
      if (same(earlier, later)) expect(form(JSON.parse(later))).toEqual(form(JSON.parse(earlier)));
    }),
    { numRuns: 2000 },
  );
});

test('whatever a byte becomes: a document that was valid is valid then, or has not the same form', () => {
  fc.assert(
    fc.property(documents, fc.nat(), fc.nat({ max: 127 }), (document, at, byte) => {
      const earlier = JSON.stringify({ text: 'a\\"1', n: 10, document });
      const changed = Buffer.from(earlier);
      changed[at % changed.length] = byte;
      const later = changed.toString();
      if (same(earlier, later)) expect(form(JSON.parse(later))).toEqual(form(JSON.parse(earlier)));
    }),
    { numRuns: 2000 },
  );
});
