import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { chunked, cuts, cut } from '../../../test/support/chunks.ts';
import { JSONScanner } from './json-scanner.ts';
import { type JSONKind, type JSONVisitor, namesOfInterest, onlyNames } from './json-visitor.ts';

interface Report {
  readonly path: readonly (string | undefined)[];
  readonly kind: JSONKind;
  readonly text: string;
}

/** Records every value down to depth 2 with the names above it, capturing up to `cap` bytes at depth `captureDepth`. */
class Recorder implements JSONVisitor {
  readonly values: { path: (string | undefined)[]; kind: JSONKind; start: number; end: number }[] = [];
  readonly captures: (string | undefined)[] = [];
  readonly #names: (string | undefined)[] = [];
  readonly #captureDepth: number;
  readonly #cap: number;

  constructor(captureDepth = -1, cap = 0) {
    this.#captureDepth = captureDepth;
    this.#cap = cap;
  }

  key(depth: number, name: string | undefined): void {
    this.#names[depth] = name;
  }

  begin(depth: number): number {
    return depth === this.#captureDepth ? this.#cap : 0;
  }

  end(depth: number, kind: JSONKind, start: number, end: number, raw: Buffer | undefined): void {
    this.values.push({ path: this.#names.slice(1, depth + 1), kind, start, end });
    if (depth === this.#captureDepth) this.captures.push(raw?.toString('utf8'));
  }
}

function scan(
  chunks: readonly Buffer[],
  visitor: JSONVisitor = new Recorder(),
  maxDepth = 100,
  validateUTF8 = true,
): JSONScanner {
  const scanner = new JSONScanner(visitor, {
    reportDepth: 2,
    maxDepth,
    validateUTF8,
    nameLengths: namesOfInterest('a', 'bb'),
  });
  for (const chunk of chunks) scanner.push(chunk);
  scanner.end();
  return scanner;
}

function isJSON(bytes: Buffer): boolean {
  try {
    JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
    return true;
  } catch {
    return false;
  }
}

function reports(text: string): readonly Report[] {
  const recorder = new Recorder();
  const bytes = Buffer.from(text);
  expect(scan([bytes], recorder).fault).toBeUndefined();
  return recorder.values.map(({ path, kind, start, end }) => ({
    path,
    kind,
    text: bytes.toString('utf8', start, end),
  }));
}

const json = fc.json({ maxDepth: 5 });
const mutation = fc.record({
  at: fc.nat(),
  remove: fc.nat({ max: 3 }),
  insert: fc.oneof(
    fc.constantFrom(
      '"',
      '\\',
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '0',
      '-',
      '.',
      'e',
      'u',
      '\u0000',
      '\n',
      ' ',
      'true',
      '\\u00',
      '\ufeff',
    ),
    fc.string({ maxLength: 2 }),
  ),
});

describe('JSONScanner', () => {
  test('accepts and rejects exactly what JSON.parse does, however mutated and cut', () => {
    fc.assert(
      fc.property(json, fc.array(mutation, { maxLength: 3 }), cuts, (text, mutations, at) => {
        let bytes = Buffer.from(text);
        for (const { at: position, remove, insert } of mutations) {
          const start = position % (bytes.length + 1);
          bytes = Buffer.concat([bytes.subarray(0, start), Buffer.from(insert), bytes.subarray(start + remove)]);
        }
        expect(scan(cut(bytes, at)).fault === undefined).toBe(isJSON(bytes));
      }),
      { numRuns: 3000 },
    );
  });

  test('takes a chunk that ends within a long string, at any length and wherever the chunk lies in memory', () => {
    for (let offset = 0; offset < 8; offset++) {
      for (let length = 40; length < 80; length++) {
        const text = Buffer.from(`["${'a'.repeat(length)}"]`);
        const memory = Buffer.alloc(offset + text.length);
        text.copy(memory, offset);
        const bytes = memory.subarray(offset);
        const scanned = (end: number): unknown => scan([bytes.subarray(0, end), bytes.subarray(end)]).fault;
        for (let end = 40; end <= text.length; end++) expect(scanned(end)).toBeUndefined();
      }
    }
  });

  test('accepts and rejects exactly what JSON.parse does for arbitrary bytes', () => {
    const bytes = fc.array(
      fc.constantFrom(...Buffer.from('{}[]",:\\u0123eE+-. truefalsn\n\u00e9\x00'), 0xff, 0xc0, 0xed, 0xa0, 0xf0),
    );
    fc.assert(
      fc.property(bytes, cuts, (values, at) => {
        expect(scan(cut(Buffer.from(values), at)).fault === undefined).toBe(isJSON(Buffer.from(values)));
      }),
      { numRuns: 3000 },
    );
  });

  test('finds the same fault at the same byte however the text is cut', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), json, cuts, (noise, text, at) => {
        const half = text.length >> 1;
        const bytes = Buffer.concat([Buffer.from(text.slice(0, half)), noise, Buffer.from(text.slice(half))]);
        expect(scan(cut(bytes, at)).fault).toEqual(scan([bytes]).fault);
      }),
      { numRuns: 2000 },
    );
  });

  test('reports the same values however the text is cut', () => {
    fc.assert(
      fc.property(json, cuts, fc.nat({ max: 2 }), (text, at, captureDepth) => {
        const whole = new Recorder(captureDepth, 20);
        const inPieces = new Recorder(captureDepth, 20);
        scan([Buffer.from(text)], whole);
        scan(cut(Buffer.from(text), at), inPieces);
        expect(inPieces.values).toEqual(whole.values);
        expect(inPieces.captures).toEqual(whole.captures);
      }),
    );
  });

  test('reports members with the names above them and the bytes of their values', () => {
    expect(reports(' { "a" : "x" , "bb":{"a":[1,{"a":2}],"other":true}, "\\u0061": -1.5e+3 } ')).toEqual([
      { path: ['a'], kind: 'string', text: '"x"' },
      { path: ['bb', 'a'], kind: 'array', text: '[1,{"a":2}]' },
      { path: ['bb', undefined], kind: 'true', text: 'true' },
      { path: ['bb'], kind: 'object', text: '{"a":[1,{"a":2}],"other":true}' },
      { path: ['a'], kind: 'number', text: '-1.5e+3' },
      { path: [], kind: 'object', text: '{ "a" : "x" , "bb":{"a":[1,{"a":2}],"other":true}, "\\u0061": -1.5e+3 }' },
    ]);
  });

  test('captures a value up to its cap and none of a longer one', () => {
    const text = Buffer.from('{"a":"12345678","bb":"123456789"}');
    for (const size of [1, 3, 100]) {
      const recorder = new Recorder(1, 10);
      scan(chunked(text, size), recorder);
      expect(recorder.captures).toEqual(['"12345678"', undefined]);
    }
  });

  test.each<[string, string, number, RegExp]>([
    ['an empty text', '', 0, /end of the document/],
    ['a byte order mark', '\ufeff{}', 0, /expected a value/],
    ['a second document', '{} {}', 3, /after the end/],
    ['a trailing comma', '{"a":1,}', 7, /member name/],
    ['single quotes', "{'a':1}", 1, /member name/],
    ['a comment', '{/*x*/}', 1, /member name/],
    ['a leading zero', '[01]', 2, /','/],
    ['NaN', '[NaN]', 1, /a value/],
    ['a raw line feed in a string', '["a\nb"]', 3, /control character/],
    ['NUL after the document', '{}\0', 2, /after the end/],
    ['a short \\u escape', '["\\u12"]', 6, /\\u escape/],
    ['an unfinished string', '["a', 3, /end of the document/],
    ['an unfinished number', '-', 1, /end of the document/],
  ])('says where %s is', (_, text, offset, problem) => {
    const { fault } = scan([Buffer.from(text)]);
    expect(fault).toEqual({ offset, problem: expect.stringMatching(problem) });
  });

  test.each([
    ['a lone continuation byte', [0x22, 0x80, 0x22], 1],
    ['an overlong quote', [0x22, 0xc0, 0xa2, 0x22], 1],
    ['an encoded surrogate', [0x22, 0xed, 0xa0, 0x80, 0x22], 1],
    ['a sequence cut off', [0x22, 0x61, 0xe2, 0x82, 0x22], 2],
  ])('rejects %s', (_, bytes, offset) => {
    for (const size of [1, 2, 100]) {
      expect(scan(chunked(Buffer.from(bytes), size)).fault).toEqual({ offset, problem: 'not UTF-8' });
    }
  });

  test('allows nesting up to its depth and no deeper', () => {
    expect(scan([Buffer.from('['.repeat(100) + ']'.repeat(100))]).fault).toBeUndefined();
    expect(scan([Buffer.from('['.repeat(101) + ']'.repeat(101))]).fault?.offset).toBe(100);
  });

  test('finds what is wrong in large chunks, with control characters elsewhere and without', () => {
    const long = 'x'.repeat(5000);
    for (const space of ['', '\n', '\r\n\t']) {
      for (const [text, valid] of [
        ['', true],
        ['\\n \\" \\u00e9 é', true],
        ['\\x', false],
        ['\u0001', false],
        ['\n', false],
        ['"', false],
      ] as const) {
        for (const whole of [
          `{"a":${space}"${long}${text}${long}"}`,
          `{"a":${space}"${text}${long}",${space}"b":"${long}${text}"}`,
        ]) {
          const bytes = Buffer.from(whole);
          expect(scan([bytes]).fault === undefined).toBe(valid);
          // The fault is where it is without the help of marks.
          const small = Array.from({ length: Math.ceil(bytes.length / 100) }, (_, i) =>
            bytes.subarray(i * 100, i * 100 + 100),
          );
          expect(scan(small).fault).toEqual(scan([bytes]).fault);
        }
      }
    }
  });

  test('finds the end of a long string at every alignment', () => {
    for (let length = 40; length < 80; length++) {
      for (const [tail, valid] of [
        ['"', true],
        ['\\n"', true],
        ['\\x"', false],
        ['\u0001"', false],
        ['é"', true],
      ] as const) {
        const bytes = Buffer.from(`"${'x'.repeat(length)}${tail}`);
        for (let shift = 0; shift < 4; shift++) {
          const shifted = Buffer.concat([Buffer.alloc(shift), bytes]).subarray(shift);
          expect(scan([shifted]).fault === undefined).toBe(valid);
        }
      }
    }
  });
});

describe('a scanner that does not check what strings hold', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 12 }),
    // Long enough for the search by marks, with quotes and escapes at any place.
    fc
      .array(fc.constantFrom('plain text '.repeat(9), '"', '\\', '\n', 'é'), { maxLength: 12 })
      .map((parts) => parts.join('')),
  );
  const document = fc.dictionary(fc.constantFrom('a', 'bb', 'other'), fc.oneof(text, fc.array(text, { maxLength: 4 })));

  test('reports of valid documents what the other one does, however they are cut', () => {
    fc.assert(
      fc.property(document, cuts, (value, places) => {
        const bytes = Buffer.from(JSON.stringify(value));
        const [strict, lenient] = [new Recorder(1, 4096), new Recorder(1, 4096)];
        scan([bytes], strict);
        const scanner = scan(cut(bytes, places), lenient, 100, false);
        expect(scanner.fault).toBeUndefined();
        expect(lenient.values).toEqual(strict.values);
        expect(lenient.captures).toEqual(strict.captures);
      }),
      { numRuns: 400 },
    );
  });

  test('takes a raw line feed in a string', () => {
    expect(scan([Buffer.from('["a\nb"]')], new Recorder(), 100, false).fault).toBeUndefined();
  });
});

test('of exact names tells those and no other, however the text is cut', () => {
  const names = fc.constantFrom('usage', 'model', 'parts', 'usag', 'usages', '', 'größe', 'x'.repeat(300));
  const known = new Set(['usage', 'model']);
  const told = (chunks: readonly Buffer[]): (string | undefined)[] => {
    const heard: (string | undefined)[] = [];
    const visitor = { key: (_: number, name: string | undefined) => heard.push(name), begin: () => 0, end: () => {} };
    const options = { reportDepth: 2, maxDepth: 9, validateUTF8: false, nameLengths: onlyNames(...known) };
    const scanner = new JSONScanner(visitor, options);
    for (const chunk of chunks) scanner.push(chunk);
    scanner.end();
    expect(scanner.fault).toBeUndefined();
    return heard;
  };
  fc.assert(
    fc.property(fc.array(names), cuts, (members, at) => {
      const bytes = Buffer.from(`{${members.map((name) => `${JSON.stringify(name)}: {"parts": 1}`).join(', ')}}`);
      const expected = members.flatMap((name) => [known.has(name) ? name : undefined, undefined]);
      expect(told(cut(bytes, at))).toEqual(expected);
    }),
  );
  // A name that holds escapes is decoded.
  expect(told([Buffer.from('{"us\\u0061ge": 1}')])).toEqual(['usage']);
});
