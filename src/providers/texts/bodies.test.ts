import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parse } from 'yaml';
import { spliced } from '../../../test/support/texts.ts';
import { type Headers, providerEntry, requestHead, responseHead } from '../../../test/support/wire.ts';
import type { ProviderType } from '../../table/types.ts';
import { wireFor } from '../registry.ts';
import { answerTexts, requestTexts } from './bodies.ts';
import type { TextReading } from './types.ts';

/** See test/corpus/texts/README.md. */
interface Case {
  readonly name: string;
  readonly provider: ProviderType;
  readonly call: string;
  readonly request?: unknown;
  readonly answer?: unknown;
  readonly json?: string;
  /** Of `json`; a request if it does not say. */
  readonly side?: 'answer';
  readonly contentType?: string;
  readonly headers?: Headers;
  readonly texts?: readonly string[];
  readonly unreadable?: string;
}

const folder = new URL('../../../test/corpus/texts/', import.meta.url);

const corpus = readdirSync(folder)
  .filter((file) => file.endsWith('.yaml'))
  .map((file): [string, Case[]] => [file, parse(readFileSync(new URL(file, folder), 'utf8')) as Case[]]);

const bodyOf = ({ request, answer, json }: Case): Buffer => Buffer.from(json ?? JSON.stringify(request ?? answer));

function read(one: Case, body: Buffer, status = 200, more: Headers = {}): TextReading {
  const [method = '', target = ''] = one.call.split(' ');
  const headers = { 'content-type': one.contentType ?? 'application/json', ...one.headers, ...more };
  const isAnswer = one.answer !== undefined || one.side === 'answer';
  const head = requestHead(method, target, isAnswer ? {} : headers);
  const baseURL = 'https://api.example.com';
  const operation = wireFor(one.provider).classify(head, providerEntry([], { type: one.provider, baseURL }));
  return isAnswer
    ? answerTexts(operation, head, responseHead(headers, status), body)
    : requestTexts(operation, head, body);
}

const listed = (reading: TextReading): readonly string[] | string =>
  reading.kind === 'Texts' ? reading.texts.map(({ scope, text }) => `${scope}: ${text}`) : reading.reason;

/** The value of a document, with what JSON in its strings means. */
function valueOf(document: Buffer): unknown {
  return JSON.parse(document.toString(), (_, value: unknown) =>
    typeof value === 'string' && /^\{.*\}$/.test(value) ? (JSON.parse(value) as unknown) : value,
  );
}

describe.each(corpus)('texts of %s', (_, cases) => {
  test.each(cases.map((one): [string, Case] => [one.name, one]))('%s', (_, one) => {
    expect(listed(read(one, bodyOf(one)))).toEqual(one.unreadable ?? one.texts);
  });

  test.each(cases.filter(({ texts = [] }) => texts.length > 0).map((one): [string, Case] => [one.name, one]))(
    '%s: each can be replaced, and nothing else changes',
    (_, one) => {
      const body = bodyOf(one);
      const replace = (from: Buffer, replacements: (i: number, text: string) => string): Buffer => {
        const reading = read(one, from);
        if (reading.kind === 'Unreadable') throw new Error(reading.reason);
        const splices = reading.texts.flatMap((found, i) =>
          found.splice([{ start: 0, end: found.text.length, replacement: replacements(i, found.text) }]),
        );
        return spliced(from, splices);
      };
      const marked = replace(body, (i) => `"<${i}>\\`);
      const marks = one.texts?.map((text, i) => `${text.slice(0, text.indexOf(':'))}: "<${i}>\\`);
      expect(listed(read(one, marked))).toEqual(marks);
      const originals = one.texts?.map((text) => text.slice(text.indexOf(':') + 2)) ?? [];
      expect(valueOf(replace(marked, (i) => originals[i] ?? ''))).toEqual(valueOf(body));
    },
  );
});

const chat: Case = { name: 'a chat', provider: 'OpenAI', call: 'POST /v1/chat/completions', request: {} };
const answer: Case = { ...chat, answer: {} };

describe('whole bodies', () => {
  test('of no bytes hold no texts', () => {
    expect(listed(read(chat, Buffer.alloc(0)))).toEqual([]);
    expect(listed(read(answer, Buffer.alloc(0)))).toEqual([]);
  });

  test('that are compressed or not UTF-8 cannot be read', () => {
    expect(listed(read(chat, Buffer.from('{}'), 200, { 'content-encoding': 'gzip' }))).toBe(
      'the body is compressed, so that no guardrail can read it',
    );
    expect(listed(read({ ...chat, contentType: 'application/json; charset=utf-16' }, Buffer.from('{}')))).toBe(
      'the body is not application/json in UTF-8, so that no guardrail can read it',
    );
  });

  test('of a failure hold no words of a model', () => {
    expect(listed(read(answer, Buffer.from('<html>'), 502))).toEqual([]);
  });

  test('that are streams are not read whole', () => {
    const stream = { ...answer, contentType: 'text/event-stream' };
    expect(listed(read(stream, Buffer.from('data: {}\n\n')))).toBe(
      'the answer is not JSON, so that no guardrail can read it',
    );
  });
});

describe('whatever the bytes', () => {
  const all = corpus.flatMap(([, cases]) => cases).filter(({ contentType }) => contentType === undefined);

  test('a damaged body is read only if it still is JSON', () => {
    const damage = fc.array(
      fc.tuple(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.nat(3),
        fc.constantFrom('{', '}', '[', ']', '"', ',', ':', '\\', 'u0', ' '),
      ),
      { minLength: 1, maxLength: 3 },
    );
    fc.assert(
      fc.property(fc.constantFrom(...all), damage, (one, places) => {
        let json = bodyOf(one).toString();
        for (const [share, length, character] of places) {
          const at = Math.floor(share * json.length);
          json = json.slice(0, at) + character + json.slice(at + length);
        }
        const reading = read(one, Buffer.from(json));
        if (reading.kind === 'Unreadable') return;
        // An empty body, and one whose call holds no texts, is not looked at.
        if (reading.texts.length > 0) JSON.parse(json);
        for (const { text } of reading.texts) expect(typeof text).toBe('string');
      }),
      { numRuns: 3000 },
    );
  });
});

test('arguments that break off are one text, of which the escapes are undone and what is not replaced stays', () => {
  const broken = String.raw`{"to":"ann\u0040example.com","text":"\u00e4\n`;
  const answer = { choices: [{ message: { tool_calls: [{ function: { name: 'f', arguments: broken } }] } }] };
  const one: Case = { name: '', provider: 'OpenAI', call: 'POST /v1/chat/completions', answer };
  const body = bodyOf(one);
  const reading = read(one, body);
  if (reading.kind === 'Unreadable') throw new Error(reading.reason);
  const [text] = reading.texts;
  expect(text?.text).toBe('{"to":"ann@example.com","text":"ä\n');
  const masked = spliced(body, text!.splice([{ start: 7, end: 22, replacement: '{EMAIL}' }]));
  expect(masked.toString()).toBe(body.toString().replace(String.raw`ann\\u0040example.com`, '{EMAIL}'));
});
