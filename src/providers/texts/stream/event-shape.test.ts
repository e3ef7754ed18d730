import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ANSWER_FORMS, type AnswerBlock, type AnswerForm } from '../../../../test/support/answer-streams.ts';
import { MaskingJudge, WORD } from '../../../../test/support/text-judges.ts';
import { responseHead } from '../../../../test/support/wire.ts';
import type { EventReading } from './dialect.ts';
import { EventShape } from './event-shape.ts';
import type { EventFrame } from './framing/frame.ts';
import type { JSONObject } from './json-value.ts';
import { streamRewriter } from './streams.ts';

const ONE: EventReading = {
  pieces: [{ block: { id: '0', scope: 'Assistant', kind: 'Text' }, path: ['delta', 'text'], text: 'one' }],
  wholes: [],
  echoes: [],
  ends: [],
};

function shapeOf(document: string, reading = ONE): EventShape | undefined {
  return EventShape.of(frameOf(document), JSON.parse(document) as JSONObject, reading);
}

function frameOf(document: string, before = '', after = ''): EventFrame {
  const data = Buffer.from(document);
  const raw = Buffer.from(before + document + after);
  const dataStart = before === '' ? undefined : before.length;
  return { kind: 'Event', raw, name: undefined, data, dataStart, with: () => raw };
}

const DELTA = '{"type":"delta","delta":{"text":"one"},"n":[1]}';

describe('an event of the same shape', () => {
  test.each([
    ['plain', '"two and more"', 'two and more'],
    ['not ASCII', '"naïve 🚀"', 'naïve 🚀'],
    ['with escapes', String.raw`"a \"quoted\" \u00e9\\"`, 'a "quoted" é\\'],
    ['that ends in a backslash', String.raw`"\\"`, '\\'],
  ])('is read, and says another text: %s', (_name, literal, text) => {
    const shape = shapeOf(DELTA)!;
    const data = Buffer.from(DELTA.replace('"one"', literal));
    expect(shape.read(data)).toBe(text);
    shape.say('it "is"\nsaid 🚀');
    const expected = { type: 'delta', delta: { text: 'it "is"\nsaid 🚀' }, n: [1] };
    expect(shape.event).toEqual(expected);
    expect(JSON.parse(shape.with(data, 'it "is"\nsaid 🚀').toString())).toEqual(expected);
  });

  test('need not have the same number, figures or padding', () => {
    const event = (sequence_number: number, text: string, obfuscation: string, tokens: number): string =>
      JSON.stringify({ sequence_number, delta: { text }, obfuscation, usageMetadata: { totalTokenCount: tokens } });
    const shape = shapeOf(event(7, 'one', 'abc', 9))!;
    expect(shape.read(Buffer.from(event(12, 'two', 'defghij', 10)))).toBe('two');
    expect(shape.event).toMatchObject({ sequence_number: 7, usageMetadata: { totalTokenCount: 9 } });
    shape.say('two');
    expect(shape.event).toMatchObject({ sequence_number: 12, usageMetadata: { totalTokenCount: 10 } });
    expect(JSON.parse(shape.with(Buffer.from(event(12, 'two', '', 10)), '').toString())).toMatchObject({
      sequence_number: 12,
      delta: { text: '' },
    });
  });
});

describe('an event that is told by all its bytes', () => {
  const shape = (): EventShape =>
    EventShape.of(frameOf(DELTA, 'event: a\ndata: ', '\n\n'), JSON.parse(DELTA) as JSONObject, ONE)!;
  const raw = (text: string, name = 'a'): Buffer =>
    Buffer.from(`event: ${name}\ndata: ${DELTA.replace('one', text)}\n\n`);

  test.each(['two', 'é', String.raw`\u0074wo`])('is read and written with what stands around its data: %s', (text) => {
    const told = shape();
    expect(told.isWhole).toBe(true);
    expect(told.read(raw(text))).toBe(JSON.parse(`"${text}"`));
    expect(told.with(raw(text), '2').equals(raw('2'))).toBe(true);
  });

  test.each([
    ['of another name', raw('two', 'b')],
    ['with another behind it', Buffer.concat([raw('two'), raw('two')])],
    ['that has not ended', raw('two').subarray(0, -1)],
  ])('is not one %s', (_name, bytes) => {
    expect(shape().read(bytes)).toBeUndefined();
  });
});

test.each([
  ['another member', DELTA.replace('"delta",', '"delta","x":1,')],
  ['another value', DELTA.replace('[1]', '[2]')],
  ['nothing to say', DELTA.replace('one', '')],
  ['a text that is no string', DELTA.replace('"one"', '1')],
  ['something behind it', `${DELTA}x`],
  ['no end', DELTA.slice(0, -1)],
  ['no end of its text', DELTA.slice(0, 30)],
  ['a raw line break in its text', DELTA.replace('one', 'o\ne')],
  ['an escape that is none', DELTA.replace('one', String.raw`o\xe`)],
])('another shape: %s', (_name, document) => {
  expect(shapeOf(DELTA)!.read(Buffer.from(document))).toBeUndefined();
});

test('a text that is not UTF-8 is of no shape', () => {
  const data = Buffer.from(DELTA);
  data[data.indexOf('one')] = 0xff;
  expect(shapeOf(DELTA)!.read(data)).toBeUndefined();
});

test.each(['01', '1.5', '-1', '1e2', '12345678901234567', '"1"'])(
  'a running number is a natural one, not %s',
  (number) => {
    const event = (written: string): string => `{"sequence_number":${written},"delta":{"text":"one"}}`;
    expect(shapeOf(event('1'))!.read(Buffer.from(event(number)))).toBeUndefined();
  },
);

test.each([String.raw`a\"b`, String.raw`a\q`, 'é', '\n'])('padding is plain, not %j', (padding) => {
  const event = (p: string): string => `{"p":"${p}","delta":{"text":"one"}}`;
  expect(shapeOf(event('abc'))!.read(Buffer.from(event(padding)))).toBeUndefined();
});

test('the mark with which a stream begins is no part of what tells an event', () => {
  const shape = EventShape.of(frameOf(DELTA, '\u{feff}data: ', '\n\n'), JSON.parse(DELTA) as JSONObject, ONE)!;
  expect(shape.isWhole).toBe(false);
});

test.each([
  ['says its text twice', '{"delta":{"text":"no"},"delta":{"text":"one"}}', ONE],
  ['ends something', DELTA, { ...ONE, ends: ['0'] }],
  ['says two texts', DELTA, { ...ONE, pieces: [...ONE.pieces, ...ONE.pieces] }],
  ['ends a text before it says another', DELTA, { ...ONE, breaksTexts: true }],
  ['says no text', DELTA, { ...ONE, pieces: [] }],
  ['is long', DELTA.replace('[1]', `["${'x'.repeat(3000)}"]`), ONE],
] as const)('an event gives no shape that %s', (_name, document, reading) => {
  expect(shapeOf(document, reading)).toBeUndefined();
});

const texts = fc.array(fc.constantFrom(WORD.slice(0, 5), WORD.slice(5), WORD, 'é', ' and ', '"', '\n', 'x'), {
  minLength: 1,
  maxLength: 12,
});

/** What becomes of a stream; `isPadded`: no two neighbours are alike byte for byte. */
function rewritten(form: AnswerForm, blocks: readonly AnswerBlock[], isPadded: boolean, isApart: boolean): unknown {
  const values = form.events(blocks);
  const documents = values.map((value, i) => `${isPadded && i % 2 === 1 ? ' ' : ''}${JSON.stringify(value)}`);
  const rewriter = streamRewriter(
    form.operation,
    responseHead({ 'content-type': form.contentType }),
    new MaskingJudge('No.'),
  )!;
  const bytes = form.frame(documents, values);
  const chunks = isApart ? eventsOf(bytes) : [bytes];
  const out = [...chunks.flatMap((chunk) => rewriter.push(chunk)), ...rewriter.end()];
  return form.parse(Buffer.concat(out));
}

/** Cut where an empty line ends an event, if the form has such. */
function eventsOf(bytes: Buffer): readonly Buffer[] {
  const events: Buffer[] = [];
  let from = 0;
  for (let end = bytes.indexOf('\n\n'); end >= 0; end = bytes.indexOf('\n\n', from)) {
    events.push(bytes.subarray(from, end + 2));
    from = end + 2;
  }
  return [...events, bytes.subarray(from)];
}

test.each(ANSWER_FORMS)('a stream of $name comes to the same, whether its events are alike or not', (form) => {
  const block = fc.record({ kind: fc.constantFrom(...form.kinds.filter((kind) => kind !== 'tool')), pieces: texts });
  fc.assert(
    fc.property(fc.array(block, { maxLength: 4 }), fc.boolean(), (blocks, isBlocked) => {
      const all: AnswerBlock[] = isBlocked
        ? [...blocks, { kind: 'text', pieces: ['a', ' forb', 'idden!', '.'] }]
        : blocks;
      const expected = rewritten(form, all, true, false);
      for (const isApart of [false, true]) expect(rewritten(form, all, false, isApart)).toEqual(expected);
    }),
    { numRuns: 100 },
  );
});
