import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { difference, EditedJSON } from './edited-json.ts';
import type { JSONObject, Path } from './json-value.ts';

/** Every string in `value`, with its path. */
function strings(value: unknown, path: Path = []): readonly (readonly [Path, string])[] {
  if (typeof value === 'string') return [[path, value]];
  if (Array.isArray(value)) return value.flatMap((one, i) => strings(one, [...path, i]));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, one]) => strings(one, [...path, name]));
}

function withChanges(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((one) => withChanges(one, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, withChanges(one, change)]));
}

const key = fc.constantFrom('a', 'b', 'text', 'é', '"', '');
const { document } = fc.letrec<{ document: unknown }>((tie) => ({
  document: fc.oneof(
    { maxDepth: 4 },
    fc.string({ unit: 'binary' }),
    fc.integer(),
    fc.constant(null),
    fc.array(tie('document'), { maxLength: 4 }),
    fc.dictionary(key, tie('document'), { maxKeys: 4 }),
  ),
}));

describe('an edited document', () => {
  test('says what its strings were changed to, however many they are and wherever they stand', () => {
    const change = (text: string): string => text.toUpperCase().replaceAll('A', 'é"\\🚀');
    fc.assert(
      fc.property(fc.array(document), fc.boolean(), (value, isPretty) => {
        const bytes = Buffer.from(JSON.stringify(value, undefined, isPretty ? 2 : undefined));
        const edited = new EditedJSON(bytes);
        for (const [path, text] of strings(value)) edited.set(path, change(text));
        expect(JSON.parse(edited.bytes().toString())).toEqual(
          JSON.parse(JSON.stringify(withChanges(value, change))) as unknown,
        );
      }),
    );
  });

  test('says what one of its strings was changed to, and nothing else', () => {
    fc.assert(
      fc.property(fc.array(document), fc.boolean(), (value, isPretty) => {
        const written = (one: unknown): string => JSON.stringify(one, undefined, isPretty ? 2 : undefined);
        const text = written(value);
        for (const [path, before] of strings(JSON.parse(text))) {
          const after = `é"${before}\\`;
          const edited = new EditedJSON(Buffer.from(text));
          edited.set(path, after);
          const expected = JSON.parse(text) as JSONObject;
          const places: readonly string[] = ['0', ...path.map(String)];
          const holder = places
            .slice(0, -1)
            .reduce<unknown>((one, place) => Reflect.get(Object(one) as object, place), [expected]);
          Object.defineProperty(Object(holder), places.at(-1) ?? '', { value: after });
          expect(edited.bytes().toString()).toBe(written(expected));
          const applied = JSON.parse(text) as JSONObject;
          edited.apply(applied);
          expect(applied).toEqual(expected);
        }
      }),
    );
  });

  test('keeps every byte that does not change: white space, order, numbers, the escapes of the rest of a string', () => {
    const edited = new EditedJSON(
      Buffer.from('{ "n": 1.50e3,\t"t": "\\u0040 mail \\/ \\u00e9", "u": [null, {"v": 7}] }'),
    );
    edited.set(['t'], '@ MAIL / é');
    edited.replace(['u', 1, 'v'], '[]');
    expect(edited.bytes().toString()).toBe('{ "n": 1.50e3,\t"t": "\\u0040 MAIL \\/ \\u00e9", "u": [null, {"v": []}] }');
  });

  test('a member that is there twice changes twice: readers differ in which one they take', () => {
    const edited = new EditedJSON(Buffer.from('{"t":"one","\\u0074":"two"}'));
    edited.set(['t'], 'X');
    expect(edited.bytes().toString()).toBe('{"t":"X","\\u0074":"X"}');
    const other = new EditedJSON(Buffer.from('{"u":"","t":"one","\\u0074":"two"}'));
    for (const name of ['t', 'u']) other.set([name], 'X');
    expect(other.bytes().toString()).toBe('{"u":"X","t":"X","\\u0074":"X"}');
  });
});

test.each([
  ['behind a very long name', ['x'.repeat(1000)]],
  ['very deep', Array.from({ length: 600 }, () => 'd')],
  ['behind a name that objects have of themselves', ['__proto__', 'constructor']],
])('a string %s changes, too', (_, path) => {
  const written = (text: string): string =>
    path.reduceRight((inner, name) => `{${JSON.stringify(name)}:${inner}}`, JSON.stringify(text));
  const edited = new EditedJSON(Buffer.from(written('old')));
  edited.set(path, 'new');
  expect(edited.bytes().toString()).toBe(written('new'));
  const value = JSON.parse(written('old')) as JSONObject;
  edited.apply(value);
  expect(JSON.stringify(value)).toBe(written('new'));
});

test('the difference of two texts is one edit, as small as can be', () => {
  expect(difference('mail a@b now', 'mail {X} now')).toEqual({ start: 5, end: 8, replacement: '{X}' });
  expect(difference('aa', 'aaa')).toEqual({ start: 2, end: 2, replacement: 'a' });
  expect(difference('same', 'same')).toEqual({ start: 4, end: 4, replacement: '' });
});
