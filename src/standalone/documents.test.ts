import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseManifests } from './documents.ts';

const values = (text: string) => parseManifests(text, 'f.yaml').documents.map(({ value }) => value);
const problems = (text: string) =>
  parseManifests(text, 'f.yaml').problems.map(({ line, column, message }) => `${line}:${column}: ${message}`);

describe('manifest files', () => {
  test('hold several documents, empty ones among them', () => {
    expect(values('# nothing\n---\na: 1\n---\n---\nb: 2\n--- # comment\nc: 3\n...\n')).toEqual([
      { a: 1 },
      { b: 2 },
      { c: 3 },
    ]);
  });

  test('are read as kubectl reads them', () => {
    const text =
      'a: yes\nb: off\nc: 010\nd: 1:30\ne: 2001-01-01\nf: 1_000\ng: ~\nh: "yes"\ni: 1e3\nj: 0x1F\nk: 0o17\nl: -0o7';
    expect(values(text)).toEqual([
      { a: true, b: false, c: 8, d: '1:30', e: '2001-01-01', f: 1000, g: null, h: 'yes', i: 1000, j: 31, k: 15, l: -7 },
    ]);
  });

  test('may be JSON, and may begin with a byte order mark', () => {
    expect(values('\uFEFF{"a": [1, {"b": null}]}')).toEqual([{ a: [1, { b: null }] }]);
  });

  test('may be lists, whose items are objects of their own', () => {
    const [, second] = parseManifests(
      'apiVersion: v1\nkind: List\nitems:\n  - a: 1\n  - b: 2\n    c: 3\n',
      'f.yaml',
    ).documents;
    expect(second?.value).toEqual({ b: 2, c: 3 });
    expect(second?.position([])).toEqual({ line: 5, column: 5 });
    expect(second?.position(['c'])).toEqual({ line: 6, column: 5 });
  });

  test('a broken document does not affect its neighbours', () => {
    const text = 'a: 1\n---\nb: "unclosed\n---\nc: [\n---\nd: 4\n';
    expect(values(text)).toEqual([{ a: 1 }, { d: 4 }]);
    expect(parseManifests(text, 'f.yaml').problems.map(({ line }) => line)).toEqual(
      [4, 5].map(() => expect.any(Number)),
    );
  });

  test.each([
    ['a key twice', 'a: 1\nb: 2\na: 3\n', '3:1: Map keys must be unique'],
    ['a key twice in a nested map', 'a:\n  - {b: 1, "b": 2}\nc: 3\n', '2:12: Map keys must be unique'],
    ['a key twice before another', 'a: {b: 1, b: 2}\na: 3\n', '1:11: Map keys must be unique'],
    ['a key twice in a later document', 'x: 1\n---\na: 1\na: 3\n', '4:1: Map keys must be unique'],
    ['no object', '- a\n- b\n', '1:1: a manifest must be an object'],
    ['half a character', 'a:\n  b: "\\ud800"\n', '2:3: the value has no form in JSON'],
    ['half a character in a key', 'a:\n  "\\ud800": b\n', '1:1: the value has no form in JSON'],
    [
      'an item of a List that is no object',
      'apiVersion: v1\nkind: List\nitems:\n- 5\n- a: 1\n',
      '4:3: an item of a List must be an object',
    ],
    ['a number that JSON does not have', 'a:\n  b: .inf\n', '2:3: the value has no form in JSON'],
    ['an unknown tag', 'a: !!binary aGk=\n', '1:4: The tag is not known here'],
    ['an alias without an anchor', 'a: *b\n', '1:1: An alias cannot be resolved'],
  ])('%s is a problem with its place', (_, text, expected) => {
    expect(problems(text)).toEqual([expected]);
  });

  test('an alias bomb is refused', () => {
    const levels = Array.from(
      { length: 12 },
      (_, level) => `l${level + 1}: &l${level + 1} [${Array.from({ length: 10 }, () => `*l${level}`).join(', ')}]`,
    );
    expect(problems(['l0: &l0 [x]', ...levels].join('\n'))).toEqual(['1:1: The document has too many aliases']);
  });

  test('absurd nesting is refused', () => {
    expect(problems(`a: ${'['.repeat(200_000)}`)).toEqual([expect.stringMatching(/The document is nested too deeply/)]);
  });

  test('a map with 50,000 keys is read, and each of them found, within the time of a test', () => {
    const keys = Array.from({ length: 50_000 }, (_, index) => `k${index}`);
    const text = keys.map((key) => `${key}: v`).join('\n');
    const [document] = parseManifests(text, 'f.yaml').documents;
    expect(keys.map((key) => document?.position([key]).line)).toEqual(keys.map((_, index) => index + 1));
    expect(problems(`${text}\nk7: w`)).toEqual(['50001:1: Map keys must be unique']);
  });

  test('several maps may be merged into one', () => {
    expect(values('a: &a {k: 1}\nb: &b {l: 2}\nc:\n  <<: *a\n  <<: *b\n')).toMatchObject([{ c: { k: 1, l: 2 } }]);
  });

  test('too many documents are refused', () => {
    expect(problems('a: 1\n---\n'.repeat(2001))).toEqual(['1:1: the file has 2002 documents; at most 2000 are read']);
  });

  test.each([
    ['an unexpected scalar', 'a: |sk-secret\n  x\n'],
    ['a bad escape', 'a: "\\qsk-secret"\n'],
    ['an unclosed value', 'a: "sk-secret\n'],
    ['a tag', 'a: !sk-secret x\n'],
    ['an alias', 'a: *sk-secret\n'],
    ['a value beside a value', 'a: "x" sk-secret\n'],
    ['a value where a key should be', 'a: 1\nsk-secret\nb: 2\n'],
    ['a directive', '%sk-secret\n---\na: 1\n'],
    ['a bad start', 'a: @sk-secret\n'],
    ['flow trouble', 'a: {x: 1, ]sk-secret\n'],
  ])('the message about %s does not quote the file', (_, text) => {
    const found = problems(text);
    expect(found.length).toBeGreaterThan(0);
    expect(found.join('\n')).not.toContain('secret');
  });

  test('positions: of a member its key, of an item the item, of what is missing its parent', () => {
    const text = 'metadata:\n  name: a\nspec:\n  models:\n    - name: x\n    - {name: y}\n  "base": z\n';
    const [document] = parseManifests(`first: 1\n---\n${text}`, 'f.yaml').documents.slice(1);
    const at = (...path: (string | number)[]) => document?.position(path);
    expect(at()).toEqual({ line: 3, column: 1 });
    expect(at('metadata', 'name')).toEqual({ line: 4, column: 3 });
    expect(at('spec', 'models', 1)).toEqual({ line: 8, column: 7 });
    expect(at('spec', 'models', 1, 'name')).toEqual({ line: 8, column: 8 });
    expect(at('spec', 'base')).toEqual({ line: 9, column: 3 });
    expect(at('spec', 'missing')).toEqual({ line: 5, column: 1 });
    expect(at('missing', 'deeper')).toEqual({ line: 3, column: 1 });
    expect(at('spec', 'models', 7)).toEqual({ line: 6, column: 3 });
  });

  test('no text makes the parser throw, and every place is in the file', () => {
    const piece = fc.constantFrom(
      'a: ',
      '- ',
      '---\n',
      '\n',
      '"',
      "'",
      '{',
      '}',
      '[',
      ']',
      '&x ',
      '*x',
      '!t ',
      '|',
      '>',
      '#',
      ' ',
      '\t',
      '? ',
      ':',
      '<<: ',
      '%',
      'é',
      '\u0000',
      '...\n',
      '@',
      '\\',
      ',',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join('')),
          fc.string({ unit: 'binary' }),
        ),
        (text) => {
          const parsed = parseManifests(text, 'f.yaml');
          const lines = text.split('\n').length;
          for (const problem of parsed.problems) {
            expect(problem.line).toBeGreaterThanOrEqual(1);
            expect(problem.line).toBeLessThanOrEqual(lines);
            expect(problem.column).toBeGreaterThanOrEqual(1);
          }
          for (const document of parsed.documents)
            expect(document.position(['spec', 'x']).line).toBeLessThanOrEqual(lines);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('any JSON object is read as it was written', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ noUnicodeString: false })), (object) => {
        const text = JSON.stringify(object);
        const [value] = values(text);
        expect(JSON.stringify(value)).toBe(JSON.stringify(JSON.parse(text)));
      }),
    );
  });
});
