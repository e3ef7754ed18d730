import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  ANSWER_FORMS,
  type AnswerBlock,
  type AnswerForm,
  type AnswerText,
  written,
} from '../../../../test/support/answer-streams.ts';
import { chunked, cut, cuts } from '../../../../test/support/chunks.ts';
import { BLOCKED_WORD, IdentityJudge, masked, MaskingJudge, WORD } from '../../../../test/support/text-judges.ts';
import { responseHead } from '../../../../test/support/wire.ts';
import type { TextJudge } from './judge.ts';
import { streamRewriter } from './streams.ts';

function rewritten(form: AnswerForm, judge: TextJudge, chunks: readonly Buffer[]): Buffer {
  const rewriter = streamRewriter(form.operation, responseHead({ 'content-type': form.contentType }), judge);
  if (rewriter === undefined) throw new Error('the stream is not known');
  const out = chunks.flatMap((chunk) => {
    const pieces = rewriter.push(chunk).map((piece) => Buffer.from(piece));
    // The chunk is the caller's again.
    chunk.fill(0x21);
    return pieces;
  });
  return Buffer.concat([...out, ...rewriter.end()]);
}

const words = fc
  .array(
    fc.constantFrom(WORD, WORD.slice(0, 5), WORD.slice(5), '@', 'é', '🚀', ' plain words ', '"', '\\', '\n', 'secret'),
    {
      maxLength: 8,
    },
  )
  .map((parts) => parts.join(''));

/** A text cut into pieces, also within characters. */
function pieces(text: string, at: readonly number[]): readonly string[] {
  const ends = [...new Set(at.map((where) => Math.floor(where * text.length)))].sort((a, b) => a - b);
  return [...ends, text.length].map((end, i) => text.slice(ends[i - 1] ?? 0, end));
}

const blocksOf = ({ kinds }: AnswerForm): fc.Arbitrary<AnswerBlock[]> =>
  fc.array(
    fc.record({ kind: fc.constantFrom(...kinds), text: words, at: cuts }).map(({ kind, text, at }) => ({
      kind,
      pieces: pieces(kind === 'tool' ? JSON.stringify({ query: text }) : text, at),
    })),
    { maxLength: 4 },
  );

/** Texts of one kind, joined: a client may see their order change where an API does not say it. */
function byKind(texts: readonly AnswerText[]): Record<string, string> {
  const all: Record<string, string> = {};
  for (const { kind, text } of texts) all[kind] = (all[kind] ?? '') + text;
  return all;
}

/** The texts of an answer: one ends where the next block begins, or where an API does not tell blocks apart, the next kind. */
function textsIn({ hasBlocks }: AnswerForm, blocks: readonly AnswerBlock[]): readonly AnswerText[] {
  const texts: { kind: AnswerText['kind']; text: string }[] = [];
  for (const { kind, pieces } of blocks) {
    const text = pieces.join('');
    const last = texts.at(-1);
    if (!hasBlocks && kind !== 'tool' && last?.kind === kind) last.text += text;
    else if (text !== '') texts.push({ kind, text });
  }
  return texts;
}

const textsOf = (form: AnswerForm, bytes: Buffer): readonly AnswerText[] => form.texts(form.parse(bytes));

describe.each(ANSWER_FORMS)('a stream of $name', (form) => {
  test('that nobody changes leaves byte for byte as it came, however it is cut', () => {
    fc.assert(
      fc.property(blocksOf(form), cuts, fc.boolean(), (blocks, at, escapes) => {
        const bytes = written(form, blocks, escapes);
        const judge = new IdentityJudge();
        expect(rewritten(form, judge, cut(bytes, at)).equals(bytes)).toBe(true);
        expect(rewritten(form, judge, chunked(bytes, 1)).equals(bytes)).toBe(true);
        expect(judge.unreadables).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });

  test('says what masking each text whole would say, however texts and bytes are cut', () => {
    fc.assert(
      fc.property(blocksOf(form), cuts, fc.boolean(), (blocks, at, escapes) => {
        const bytes = written(form, blocks, escapes);
        const expected = textsIn(form, blocks).map(({ kind, text }) => ({ kind, text: masked(text) }));
        for (const chunks of [cut(bytes, at), chunked(bytes, 1)]) {
          const out = rewritten(form, new MaskingJudge(), chunks);
          form.check(form.parse(out));
          expect(byKind(textsOf(form, out))).toEqual(byKind(expected));
          expect(out.includes(WORD)).toBe(false);
        }
      }),
      { numRuns: 40 },
    );
  });

  test('that is blocked ends as the API ends one, and has nothing of what was blocked', () => {
    fc.assert(
      fc.property(blocksOf(form), fc.constantFrom(...form.kinds), cuts, cuts, (blocks, kind, inText, at) => {
        const text = kind === 'tool' ? JSON.stringify({ query: BLOCKED_WORD }) : ` ${BLOCKED_WORD} and more`;
        const bytes = written(form, [...blocks, { kind, pieces: pieces(text, inText) }], false);
        const out = rewritten(form, new MaskingJudge('Withheld.'), cut(bytes, at));
        expect(out.includes(BLOCKED_WORD)).toBe(false);
        form.check(form.parse(out));
        expect(byKind(textsOf(form, out))['text']).toMatch(/Withheld\.$/);
      }),
      { numRuns: 40 },
    );
  });

  test('whose beginning cannot be read ends as the API ends one', () => {
    const junk = form.frame(['{"odd":true}'], [{ odd: true, type: 'odd' }]);
    const out = rewritten(form, new MaskingJudge('Withheld.'), chunked(junk, 5));
    form.check(form.parse(out));
    expect(byKind(textsOf(form, out))).toEqual({ text: 'Withheld.' });
  });
});

describe('a stream that its upstream cuts', () => {
  const chat = ANSWER_FORMS[0]!;
  const event = (content: string): string => `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}`;
  const rewrite = (text: string): string =>
    rewritten(chat, new MaskingJudge('Withheld.'), [Buffer.from(text)]).toString();

  test('still says what was held of it', () => {
    const out = rewrite(`${event('mail secr')}\n\n`).split('\n\n');
    expect(out[0]).toBe(event('mail '));
    expect(JSON.parse(out[1]!.slice(6))).toMatchObject({
      object: 'chat.completion.chunk',
      choices: [{ delta: { content: 'secr' } }],
    });
  });

  test('behind an event: what is left comes in an event of its own', () => {
    expect(rewrite(event('mail secr'))).toMatch(/"content":"mail "}}\]}\n\ndata: .*"content":"secr"/);
  });

  test('within an event: what was begun cannot be read', () => {
    const out = rewrite(`${event('mail secr')}\n\n${event('et@example').slice(0, -9)}`);
    expect(out).not.toContain('secr');
    expect(out).toMatch(/Withheld\..*"finish_reason":"content_filter".*\[DONE\]\n\n$/s);
  });
});

test('a judge that lets pass what cannot be read gets the bytes as they came, and goes on to read', () => {
  const judge = new MaskingJudge();
  judge.unreadable = () => 'Pass';
  const [chat] = ANSWER_FORMS;
  const good = written(chat!, [{ kind: 'text', pieces: [WORD] }], false).toString();
  const out = rewritten(chat!, judge, [Buffer.from(`data: {"odd":1}\n\ndata: not JSON\n\n${good}`)]).toString();
  expect(out).toBe(`data: {"odd":1}\n\ndata: not JSON\n\n${masked(good)}`);
});

test('bytes that nobody changes are not copied, and leave as few pieces', () => {
  const form = ANSWER_FORMS[0]!;
  const rewriter = streamRewriter(
    form.operation,
    responseHead({ 'content-type': form.contentType }),
    new IdentityJudge(),
  );
  const chunk = written(form, [{ kind: 'text', pieces: ['a', 'b', 'c'] }], false);
  expect(rewriter!.push(chunk)).toEqual([chunk]);
});

describe.each(ANSWER_FORMS.filter(({ kinds }) => kinds.includes('tool')))('arguments in a stream of $name', (form) => {
  test('that are held are judged by the strings in their JSON, and come at once', () => {
    fc.assert(
      fc.property(words, cuts, cuts, (text, inText, at) => {
        const bytes = written(form, [{ kind: 'tool', pieces: pieces(JSON.stringify({ query: text }), inText) }], false);
        const out = textsOf(form, rewritten(form, new MaskingJudge('', true), cut(bytes, at)));
        expect(out.map(({ text }) => JSON.parse(text) as unknown)).toEqual([{ query: masked(text) }]);
      }),
      { numRuns: 40 },
    );
  });
});
