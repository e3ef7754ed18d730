/**
 * Events made of one another by small changes, as no server writes them: whatever may be told by its bytes comes to what
 * parsing each event makes of it.
 */
import { afterEach, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { ANSWER_FORMS, type AnswerForm } from '../../../../test/support/answer-streams.ts';
import { cut, cuts } from '../../../../test/support/chunks.ts';
import { BLOCKED_WORD, MASK, MaskingJudge, WORD } from '../../../../test/support/text-judges.ts';
import { responseHead } from '../../../../test/support/wire.ts';
import { message } from '../../../../test/upstreams/bedrock/frames.ts';
import { EventShape } from './event-shape.ts';
import { AWSFrames } from './framing/aws-frames.ts';
import { parseJSON } from './json-value.ts';
import { streamRewriter } from './streams.ts';

const RUNS = Number(process.env['TIDEGATE_PROPERTY_RUNS'] ?? 200);

/** What cannot be read goes on, so that more of a stream is seen. */
class LenientJudge extends MaskingJudge {
  override unreadable(): 'Pass' {
    return 'Pass';
  }
}

const STARTS: Readonly<Record<string, readonly string[]>> = {
  OpenAI: [
    '{"id":"c","choices":[{"index":0,"delta":{"content":"x"},"finish_reason":null}]}',
    '{"id":"c","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"x"}}]}}]}',
    '{"id":"c","choices":[{"index":0,"delta":{"refusal":"x"},"logprobs":null}],"usage":null,"obfuscation":"p"}',
  ],
  Responses: [
    '{"type":"response.output_text.delta","sequence_number":1,"item_id":"m","output_index":0,"content_index":0,"delta":"x","logprobs":[],"obfuscation":"p"}',
  ],
  Bedrock: [
    '{"contentBlockIndex":0,"delta":{"text":"x"},"p":"abc"}',
    '{"contentBlockIndex":0,"delta":{"reasoningContent":{"text":"x"}},"p":"abc"}',
  ],
  Invoke: [
    '{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"x"}}',
    '{"contentBlockDelta":{"delta":{"text":"x"},"contentBlockIndex":0}}',
    '{"generation":"x","prompt_token_count":null,"generation_token_count":1,"stop_reason":null}',
  ],
  Anthropic: [
    '{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"x"}}',
    '{"type":"content_block_start","index":0,"content_block":{"type":"text","text":"x"}}',
  ],
  Google: [
    '{"candidates":[{"content":{"parts":[{"text":"x"}],"role":"model"},"index":0}],"usageMetadata":{"candidatesTokenCount":1,"totalTokenCount":2}}',
    '{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":{}}},{"text":"x"}],"role":"model"},"index":0}]}',
  ],
};

const TEXT = /"(?:content|text|delta|generation|refusal|arguments|thinking|obfuscation|p)":"(?:[^"\\]|\\.)*"/g;

type Mutation = (document: string, word: string, n: number) => string;

/** Replaces the `n`th of what `of` finds. */
const nth = (document: string, of: RegExp, n: number, by: (found: string) => string): string => {
  const found = [...document.matchAll(of)];
  const one = found.length === 0 ? undefined : found[n % found.length];
  return one === undefined
    ? document
    : document.slice(0, one.index) + by(one[0]) + document.slice(one.index + one[0].length);
};

const says: Mutation = (document, word, n) =>
  nth(document, TEXT, n, (found) => `${found.slice(0, found.indexOf(':'))}:${word}`);

const MUTATIONS: readonly Mutation[] = [
  // What most events differ in comes often.
  ...Array.from({ length: 12 }, () => (document: string, word: string) => says(document, word, 0)),
  says,
  (document, word, n) => nth(document, TEXT, n, (found) => `${found},"${String(found.split('"')[1])}":${word}`),
  (document, _word, n) =>
    nth(document, /"[a-z_]+":/gi, n, (name) => `"\\u00${name.charCodeAt(1).toString(16)}${name.slice(2)}`),
  (document, _word, n) => nth(document, /[{},:[\]]/g, n, (mark) => `${mark} `),
  (document, _word, n) => nth(document, /\b\d+\b/g, n, () => ['0', '1', '2', '01', '1.5', '-1', '1e2'][n % 7]!),
  (document, word, n) => nth(document, /[{]/g, n, (mark) => `${mark}"logprobs":{"tokens":[${word}]},`),
  (document, _word, n) => nth(document, /[{]/g, n, (mark) => `${mark}"finish_reason":"stop",`),
  (document, _word, n) => nth(document, /[{]/g, n, (mark) => `${mark}"finishReason":"STOP",`),
  (document, word, n) => nth(document, /[{]/g, n, (mark) => `${mark}"content":${word},`),
  (document, word, n) => nth(document, /[{]/g, n, (mark) => `${mark}"obfuscation":${word},"p":${word},`),
  (document, word, n) => nth(document, /[{]/g, n, (mark) => `${mark}"audio":{"id":"a","transcript":${word}},`),
  (document, _word, n) =>
    nth(document, /"thought":true,|\{(?="text")/g, n, (f) => (f === '{' ? '{"thought":true,' : '')),
  (document, word) =>
    document.replace('"parts":[', `"parts":[{"functionCall":{"name":"f","args":{}}},{"text":${word}},`),
  (document, word, n) =>
    document.replace('"delta":{', `"delta":{"tool_calls":[{"index":${n % 3},"function":{"arguments":${word}}}],`),
  (document, _word, n) => document.replaceAll('"index":', n % 2 === 0 ? '"Index":' : '"index": '),
];

/** How an event is written. */
const FRAMES: readonly ((document: string, name: string) => string)[] = [
  ...Array.from({ length: 12 }, () => (document: string) => `data: ${document}\n\n`),
  (document, name) => `event: ${name}\ndata: ${document}\n\n`,
  (document) => `data:${document}\r\n\r\n`,
  (document) => `data: ${document}\r\r`,
  (document) => `data: ${document.replace(',', ',\ndata: ')}\n\n`,
  (document) => `id: 1\ndata: ${document}\nretry: 5\n\n`,
  (document) => `\u{feff}data: ${document}\n\n`,
  (document) => `: waits\n\ndata: ${document}\n\n`,
  () => 'data: [DONE]\n\n',
];

const words = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom('x', WORD.slice(0, 5), WORD.slice(5), WORD, 'é', '"', '\\', '\n', '\ud83d', ''),
  },
  { weight: 1, arbitrary: fc.constantFrom(BLOCKED_WORD, BLOCKED_WORD.slice(0, 4), BLOCKED_WORD.slice(4)) },
);

const literals = fc
  .tuple(words, fc.boolean())
  .map(([word, isEscaped]) => JSON.stringify(word).replaceAll('e', isEscaped ? String.raw`\u0065` : 'e'));

interface Step {
  readonly mutation: Mutation;
  readonly frame: number;
  readonly literal: string;
  readonly n: number;
  /** The next event is made of the one before it, and not of this one. */
  readonly isPassing: boolean;
}

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    mutation: fc.constantFrom(...MUTATIONS),
    frame: fc.nat(FRAMES.length * 2),
    literal: literals,
    n: fc.nat(20),
    isPassing: fc.boolean(),
  }),
  { minLength: 2, maxLength: 16 },
);

/** The events, framed. Most are framed as the one before. */
function streamOf(start: string, all: readonly Step[]): readonly Buffer[] {
  let document = start;
  let write = FRAMES[0]!;
  const name = (JSON.parse(start) as { type?: string }).type ?? 'message';
  return all.map(({ mutation, frame, literal, n, isPassing }) => {
    const next = mutation(document, literal, n);
    const own = FRAMES[frame] ?? write;
    const bytes = Buffer.from(own(next, name));
    if (!isPassing) [document, write] = [next, own];
    return bytes;
  });
}

/** Events of Bedrock. Most are of the kind of the one before. */
function framesOf(start: string, all: readonly Step[], isInvoke: boolean): readonly Buffer[] {
  let document = start;
  let name = isInvoke ? 'chunk' : 'contentBlockDelta';
  return all.map(({ mutation, frame, literal, n, isPassing }) => {
    const next = mutation(document, literal, n);
    const other = frame < AWS_NAMES.length && !isInvoke ? AWS_NAMES[frame]! : name;
    const outer = JSON.stringify({ bytes: Buffer.from(next).toString('base64'), p: 'abcdefgh'.slice(n % 8) });
    const headers = { ':event-type': other, ':content-type': 'application/json', ':message-type': 'event' };
    if (!isPassing) [document, name] = [next, other];
    return message(headers, Buffer.from(isInvoke ? outer : next));
  });
}

const AWS_NAMES: readonly string[] = ['contentBlockDelta', 'contentBlockStart', 'contentBlockStop', 'messageStart'];

/** What a client reads of it: names and values of events. */
function readFrames(bytes: Buffer): unknown {
  const framing = new AWSFrames();
  return [...framing.push(bytes), ...framing.end()].map((frame) =>
    frame.kind === 'Event' ? [frame.name, parseJSON(frame.data) ?? frame.data.toString()] : [frame.kind],
  );
}

/** What a client reads of it: lines, their JSON as values. */
function readLines(bytes: Buffer): unknown {
  const lines = bytes.toString().split(/\r\n|\r|\n/);
  return lines.map((line) => {
    const value = line.replace(/^data: ?/, '');
    try {
      return JSON.parse(value) as unknown;
    } catch {
      return line;
    }
  });
}

function outcome({ operation, contentType }: AnswerForm, chunks: readonly Buffer[], isLenient: boolean): unknown {
  const judge = isLenient ? new LenientJudge('No.') : new MaskingJudge('No.');
  const rewriter = streamRewriter(operation, responseHead({ 'content-type': contentType }), judge)!;
  const out = Buffer.concat([...chunks.flatMap((chunk) => rewriter.push(chunk)), ...rewriter.end()]);
  return { said: isSSE(contentType) ? readLines(out) : readFrames(out), texts: [...judge.texts] };
}

const isSSE = (contentType: string): boolean => contentType.startsWith('text/event-stream');

afterEach(() => {
  jest.restoreAllMocks();
});

// Elements of an array are cut like events, and told by their data alone, as those of Bedrock are.
const forms = ANSWER_FORMS.filter(({ contentType }) => !contentType.startsWith('application/json'));

test.each(forms)('a stream of $name comes to the same, parsed event by event', (form) => {
  const { name, operation, contentType } = form;
  const isInvoke = operation.api === 'Bedrock' && operation.model.in === 'Head' && operation.model.model !== '';
  const kind = operation.name === 'responses' ? 'Responses' : isInvoke ? 'Invoke' : operation.api;
  const starts = STARTS[kind] ?? [];
  expect([name, starts.length]).not.toEqual([name, 0]);
  fc.assert(
    fc.property(fc.constantFrom(...starts), steps, cuts, fc.boolean(), (start, all, at, isLenient) => {
      const events = isSSE(contentType) ? streamOf(start, all) : framesOf(start, all, isInvoke);
      jest.spyOn(EventShape, 'of').mockReturnValue(undefined);
      const expected = outcome(form, events, isLenient);
      jest.restoreAllMocks();
      expect(outcome(form, events, isLenient)).toEqual(expected);
      expect(outcome(form, cut(Buffer.concat(events), at), isLenient)).toEqual(expected);
    }),
    { numRuns: RUNS },
  );
});

test('such streams have events that are told by their bytes', () => {
  const read = jest.spyOn(EventShape.prototype, 'read');
  const form = forms[0]!;
  const event = (text: string): Buffer => Buffer.from(`data: ${STARTS['OpenAI']![0]!.replace('"x"', `"${text}"`)}\n\n`);
  const said = outcome(form, [event('a '), event(WORD.slice(0, 5)), event(WORD.slice(5)), event('!')], false);
  expect(JSON.stringify(said)).toContain(MASK);
  expect(read.mock.results.filter(({ value }) => value !== undefined)).toHaveLength(3);
});
