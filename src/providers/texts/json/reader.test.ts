import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  anyText as anyString,
  edited,
  edits,
  literal,
  literalChoices,
  spliced,
} from '../../../../test/support/texts.ts';
import type { TextReading } from '../types.ts';
import { MAX_TEXTS, readTexts } from './reader.ts';
import { anyText, either, jsonText, list, mapOf, object, type Owner, refuse, type Shape, text } from './shape.ts';

const read = (document: string | Buffer, shape: Shape): TextReading =>
  readTexts(Buffer.from(document), shape, 'the body');

const found = (document: string, shape: Shape): readonly string[] => {
  const reading = read(document, shape);
  if (reading.kind === 'Unreadable') return [reading.reason];
  return reading.texts.map(({ scope, text }) => `${scope}: ${text}`);
};

const role: Owner = {
  by: new Set(['role']),
  scope: (members) => (members.get('role') === 'assistant' ? 'Assistant' : 'Owner'),
};

const kind: Owner = {
  by: new Set(['type']),
  scope: (members) => (members.get('type') === 'base64' ? 'None' : 'Owner'),
};

const part = object({ text: text('Owner'), source: object({ data: text('Owner') }, kind) });
const message = object({ content: either(text('Owner'), list(part)) }, role);
const chat = object({ messages: list(message), system: text('System'), input: anyText('ToolInput') });

describe('texts of a document', () => {
  test.each<[string, string, readonly string[]]>([
    ['in a member', '{"system":"a"}', ['System: a']],
    ['not elsewhere', '{"x":"a","system":{"y":"b"},"messages":"c","z":[{"system":"d"}]}', []],
    ['of an owner that comes first', '{"messages":[{"role":"assistant","content":"a"}]}', ['Assistant: a']],
    [
      'of an owner that comes last',
      '{"messages":[{"content":[{"text":"a"},"b"],"role":"assistant"}]}',
      ['Assistant: a'],
    ],
    ['of no owner', '{"messages":[{"content":"a"},{"role":7,"content":"b"}]}', ['User: a', 'User: b']],
    [
      'each with its own',
      '{"messages":[{"role":"assistant","content":"a"},{"content":"b"}]}',
      ['Assistant: a', 'User: b'],
    ],
    [
      'unless their object says that they are none',
      '{"messages":[{"content":[{"source":{"data":"AAAA","type":"base64"},"text":"a"}]}]}',
      ['User: a'],
    ],
    [
      'through an object that leaves it to the one around it',
      '{"messages":[{"content":[{"source":{"type":"text","data":"a"}}],"role":"assistant"}]}',
      ['Assistant: a'],
    ],
    [
      'of any depth',
      '{"input":{"a":"x","b":[["y",{"c":"z"}],1,null]}}',
      ['ToolInput: x', 'ToolInput: y', 'ToolInput: z'],
    ],
    ['of a member that is there twice', '{"system":"a","system":"b"}', ['System: a', 'System: b']],
    ['of a name with escapes', String.raw`{"syst\u0065m":"a"}`, ['System: a']],
    [
      'of a name in another case',
      '{"SYSTEM":"a","\u017fystem":"b","sys_tem":"c"}',
      ['System: a', 'System: b', 'System: c'],
    ],
    ['of a member by the same name in an object that is passed over', '{"x":{"messages":[{"content":"a"}]}}', []],
  ])('are found %s', (_, document, texts) => {
    expect(found(document, chat)).toEqual(texts);
  });

  test('are found at the root, in lists of lists, and by names that nobody knows', () => {
    expect(found('"a"', text('User'))).toEqual(['User: a']);
    expect(found('[["a"],["b"]]', list(list(text('User'))))).toEqual(['User: a', 'User: b']);
    expect(found('{"x":{"y":"a"},"z":{"y":"b","w":"c"}}', mapOf(object({ y: text('User') })))).toEqual([
      'User: a',
      'User: b',
    ]);
  });
});

describe('JSON in a string', () => {
  const call = object({ arguments: jsonText('ToolInput') });
  const nested = (inner: string): readonly string[] => found(JSON.stringify({ arguments: inner }), call);

  test.each<[string, string, readonly string[]]>([
    ['holds texts', String.raw` {"a":"x\u0041","b":["y"],"c":1}`, ['ToolInput: xA', 'ToolInput: y']],
    ['that is a string', '"x"', ['ToolInput: x']],
    ['that holds none', '{"a":1}', []],
    ['that is none is a text', '{"a":"x', ['ToolInput: {"a":"x']],
    ['a number is a text', '4111111111111111', ['ToolInput: 4111111111111111']],
    ['empty', '', ['ToolInput: ']],
    ['nested too deep is a text', '['.repeat(600), [`ToolInput: ${'['.repeat(600)}`]],
  ])('%s', (_, inner, texts) => {
    expect(nested(inner)).toEqual(texts);
  });

  test('is edited with the escapes of both', () => {
    const document = Buffer.from(String.raw`{"arguments":"{\"a\": \"x \\u00e9 \\\"secret\\\" \u00e9\",\"b\":\"y\"}"}`);
    const reading = read(document, call);
    const [a, b] = reading.kind === 'Texts' ? reading.texts : [];
    expect(a?.text).toBe('x é "secret" é');
    const splices = [
      ...(a?.splice([{ start: 5, end: 11, replacement: '"\n' }]) ?? []),
      ...(b?.splice([{ start: 1, end: 1, replacement: '!' }]) ?? []),
    ];
    expect(spliced(document, splices).toString()).toBe(
      String.raw`{"arguments":"{\"a\": \"x \\u00e9 \\\"\\\"\\n\\\" \u00e9\",\"b\":\"y!\"}"}`,
    );
  });
});

describe('a text that is JSON', () => {
  const said = (inner: string): Buffer => Buffer.from(JSON.stringify({ system: inner }));
  const undone = (document: Buffer): TextReading => readTexts(document, chat, 'the body', { undoesJSON: true });
  const textOf = (document: Buffer): string => {
    const reading = undone(document);
    return reading.kind === 'Texts' ? (reading.texts[0]?.text ?? '') : reading.reason;
  };

  test.each<[string, string, string]>([
    [
      'an object, with its names and numbers',
      String.raw`{"out": "a\nBlue, M\u00f6we", "n": 1}`,
      '{"out": "a\nBlue, Möwe", "n": 1}',
    ],
    ['a list', String.raw`["a\tb\\"]`, '["a\tb\\"]'],
    ['a string', String.raw`"said \"so\""`, '"said "so""'],
    ['none', String.raw`[C:\temp\bob]`, String.raw`[C:\temp\bob]`],
    ['one that breaks off', String.raw`{"cut": "a\nb`, String.raw`{"cut": "a\nb`],
    ['prose', String.raw`a\nb`, String.raw`a\nb`],
  ])('reads as what its escapes mean: %s', (_, inner, expected) => {
    expect(textOf(said(inner))).toBe(expected);
  });

  test('reads so however the document around it writes its backslashes', () => {
    expect(textOf(Buffer.from(String.raw`{"system":"[\u0022a\u005cnb\u0022]"}`))).toBe('["a\nb"]');
  });

  test('stays JSON when it is edited', () => {
    const document = said(String.raw`{"f": "x\nada é 😀 \u00e9", "g": "\nbob"}`);
    const reading = undone(document);
    const [found] = reading.kind === 'Texts' ? reading.texts : [];
    const places = ['ada', 'bob'].map((name) => found?.text.indexOf(name) ?? -1);
    const splices = found?.splice(places.map((start) => ({ start, end: start + 3, replacement: '{"A"}' }))) ?? [];
    const { system } = JSON.parse(spliced(document, splices).toString()) as { system: string };
    expect(system).toBe(String.raw`{"f": "x\n{\"A\"} é 😀 \u00e9", "g": "\n{\"A\"}"}`);
  });
});

describe('what cannot be read', () => {
  test.each<[string, string | Buffer, string]>([
    ['nothing', '', 'at byte 0: unexpected end of the document'],
    ['a byte order mark', '\ufeff{}', 'at byte 0: expected a value'],
    ['something behind the end', '{} {}', 'at byte 3: unexpected bytes after the end of the document'],
    ['an end before its time', '{"system":"a"', 'at byte 13: unexpected end of the document'],
    ['bytes that are not UTF-8', Buffer.from('7b2273797374656d223a22ff227d', 'hex'), 'at byte 11: not UTF-8'],
    ['too deep', '['.repeat(513), 'at byte 512: nested deeper than 512'],
    ['two owners', '{"messages":[{"role":"user","role":"assistant"}]}', 'at byte 35: "role" is there twice'],
    ['two owners in two cases', '{"messages":[{"role":"user","Role":"user"}]}', 'at byte 35: "role" is there twice'],
  ])('%s', (_, document, reason) => {
    expect(read(document, chat)).toEqual({ kind: 'Unreadable', reason: `the body cannot be read as JSON ${reason}` });
  });

  test('values in which a text is that nobody can judge', () => {
    const prompt = object({ prompt: either(text('User'), list(refuse('holds tokens', 'number', 'array'))) });
    const reason = 'the body holds tokens';
    expect(read('{"prompt":[1,2]}', prompt)).toEqual({ kind: 'Unreadable', reason });
    expect(read('{"prompt":[[1]]}', prompt)).toEqual({ kind: 'Unreadable', reason });
    expect(read('{"prompt":["a"],"x":[1]}', prompt)).toMatchObject({ kind: 'Texts' });
  });

  test('more texts than can be looked at, in the document or in its strings', () => {
    const many = `[${'"",'.repeat(MAX_TEXTS)}""]`;
    const reason = `the body holds more than ${MAX_TEXTS} texts`;
    expect(read(many, list(text('User')))).toEqual({ kind: 'Unreadable', reason });
    expect(read(JSON.stringify(many), jsonText('User'))).toEqual({ kind: 'Unreadable', reason });
    expect(read(many.replace('"",', ''), list(text('User')))).toMatchObject({ kind: 'Texts' });
  });
});

/** Whole documents, with white space and escapes as they come. */
const { document: anyDocument } = fc.letrec<{ document: string }>((tie) => ({
  document: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.tuple(anyString, literalChoices).map(([value, choices]) => literal(value, choices)),
    fc.constantFrom('null', 'true', '-1.5e+3', '0'),
    fc
      .tuple(fc.array(tie('document'), { maxLength: 4 }), space())
      .map(([items, blank]) => `[${blank}${items.join(`,${blank}`)}]`),
    fc
      .tuple(
        fc.uniqueArray(fc.tuple(anyString, tie('document')), { maxLength: 4, selector: ([name]) => name }),
        space(),
      )
      .map(([members, blank]) => {
        const written = members.map(([name, value]) => `${literal(`k${name}`, [0, 2])}${blank}:${value}`);
        return `{${blank}${written.join(`${blank},`)}}`;
      }),
  ),
}));

function space(): fc.Arbitrary<string> {
  return fc.constantFrom('', ' ', '\r\n\t');
}

/** The strings of a value, in order; `change` gives what each is to be. */
function mapStrings(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => mapStrings(item, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, mapStrings(item, change)]));
}

describe('any document', () => {
  test.each<[string, Shape, (document: string) => string, (document: string) => unknown]>([
    ['as it is', anyText('User'), (document) => document, (document) => JSON.parse(document) as unknown],
    [
      'in a string of another',
      object({ a: jsonText('User') }),
      (document) => `{"a":${literal(document, [0, 0, 3, 1])},"b":"x"}`,
      (document) => JSON.parse((JSON.parse(document) as { a: string }).a) as unknown,
    ],
  ])('%s is edited as its value would be', (_, shape, wrap, parse) => {
    fc.assert(
      fc.property(
        anyDocument.filter((document) => /^["{[]/.test(document)),
        fc.infiniteStream(fc.nat(99)),
        fc.gen(),
        (inner, seeds, gen) => {
          const document = Buffer.from(wrap(inner));
          const reading = read(document, shape);
          if (reading.kind === 'Unreadable') throw new Error(reading.reason);
          const texts: string[] = [];
          mapStrings(parse(document.toString()), (string) => {
            texts.push(string);
            return string;
          });
          expect(reading.texts.map(({ text }) => text)).toEqual(texts);
          const changes = texts.map((string) => ((seeds.next().value ?? 0) < 50 ? gen(edits, string.length) : []));
          const backwards = reading.texts.map((found, i) => ({ found, i })).toReversed();
          const splicesBackwards = backwards.map(({ found, i }) => found.splice(changes[i] ?? [])).toReversed();
          expect(reading.texts.map((found, i) => found.splice(changes[i] ?? []))).toEqual(splicesBackwards);
          const after = spliced(
            document,
            reading.texts.flatMap((found, i) => found.splice(changes[i] ?? [])),
          );
          let i = 0;
          const expected = mapStrings(parse(document.toString()), (string) => edited(string, changes[i++] ?? []));
          expect(parse(after.toString())).toEqual(expected);
        },
      ),
      { numRuns: 1000 },
    );
  });
});
