import { Readable } from 'node:stream';
import Anthropic from '@anthropic-ai/sdk';
import {
  BedrockRuntimeClient,
  ConverseStreamCommand,
  InvokeModelWithResponseStreamCommand,
} from '@aws-sdk/client-bedrock-runtime';
import { GoogleGenAI } from '@google/genai';
import { describe, expect, test } from '@jest/globals';
import OpenAI from 'openai';
import { ANSWER_FORMS, type AnswerBlock, type AnswerForm, written } from '../../../../test/support/answer-streams.ts';
import { BLOCKED_WORD, MASK, MaskingJudge, WORD } from '../../../../test/support/text-judges.ts';
import { responseHead } from '../../../../test/support/wire.ts';
import { streamRewriter } from './streams.ts';

function formOf(name: string): AnswerForm {
  const form = ANSWER_FORMS.find((one) => one.name === name);
  if (form === undefined) throw new Error(`no form ${name}`);
  return form;
}

/** What a client is sent of an answer with these texts. */
function sent(form: AnswerForm, blocks: readonly AnswerBlock[], holds = false): Buffer {
  const head = responseHead({ 'content-type': form.contentType });
  const rewriter = streamRewriter(form.operation, head, new MaskingJudge('Withheld.', holds));
  if (rewriter === undefined) throw new Error('the stream is not known');
  return Buffer.concat([...rewriter.push(written(form, blocks, false)), ...rewriter.end()]);
}

const answering =
  (form: AnswerForm, blocks: readonly AnswerBlock[], holds = false) =>
  async (): Promise<Response> =>
    Promise.resolve(
      new Response(new Uint8Array(sent(form, blocks, holds)), { headers: { 'content-type': form.contentType } }),
    );

const halves = (text: string): readonly string[] => [text.slice(0, -3), text.slice(-3)];

const TEXT: AnswerBlock = { kind: 'text', pieces: ['mail ', ...halves(WORD), ' now', ...halves(WORD)] };
const SAID = `mail ${MASK} now${MASK}`;
const TOOL: AnswerBlock = { kind: 'tool', pieces: ['{"query":"', ...halves(WORD), '"}'] };
const BAD: AnswerBlock = { kind: 'text', pieces: ['so far ', ...halves(BLOCKED_WORD), ' never'] };
const BAD_TOOL: AnswerBlock = { kind: 'tool', pieces: ['{"query":"', ...halves(BLOCKED_WORD), '"}'] };
const FOUND = { query: MASK };

/** Blocked at once, in a text, and in arguments of a tool after a text. */
const BLOCKED: readonly (readonly [where: string, blocks: readonly AnswerBlock[], text: string])[] = [
  ['at once', [{ kind: 'text', pieces: [BLOCKED_WORD] }], 'Withheld.'],
  ['within a text', [BAD], 'so far \n\nWithheld.'],
  ['within arguments', [{ kind: 'text', pieces: ['hm'] }, BAD_TOOL], 'hm'],
];

describe('the SDK of OpenAI', () => {
  const client = (fetch: () => Promise<Response>): OpenAI => new OpenAI({ apiKey: 'k', fetch, maxRetries: 0 });
  const request = { model: 'gpt-5', messages: [{ role: 'user' as const, content: 'hi' }] };

  test.each([false, true])('reads chat that was masked (arguments held: %s)', async (holds) => {
    const stream = client(answering(formOf('chat completions'), [TEXT, TOOL], holds)).chat.completions.stream(request);
    const { choices, usage } = await stream.finalChatCompletion();
    const { message, finish_reason } = choices[0]!;
    expect(message.content).toBe(SAID);
    const [call] = message.tool_calls!;
    expect(call!.type === 'function' && JSON.parse(call!.function.arguments)).toEqual(FOUND);
    expect(finish_reason).toBe('stop');
    expect(usage?.total_tokens).toBe(7);
  });

  test.each(BLOCKED)('reads chat that was blocked %s', async (_, blocks, text) => {
    const fetch = answering(formOf('chat completions'), blocks);
    const stream = client(fetch).chat.completions.stream(request);
    const { choices } = await stream.finalChatCompletion();
    expect(choices[0]!.finish_reason).toBe('content_filter');
    expect(choices[0]!.message.content?.startsWith(text)).toBe(true);
    expect(choices[0]!.message.content).toMatch(/Withheld\.$/);
  });

  test('reads completions that were blocked', async () => {
    const fetch = answering(formOf('completions'), [BAD]);
    const stream = await client(fetch).completions.create({ model: 'gpt-5', prompt: 'hi', stream: true });
    const choices = [];
    for await (const chunk of stream) choices.push(chunk.choices[0]!);
    expect(choices.map(({ text }) => text).join('')).toBe('so far \n\nWithheld.');
    expect(choices.at(-1)!.finish_reason).toBe('content_filter');
  });

  test('reads a response that was masked', async () => {
    const fetch = answering(formOf('responses'), [{ kind: 'thinking', pieces: TEXT.pieces }, TEXT, TOOL]);
    const response = await client(fetch).responses.stream({ model: 'gpt-5', input: 'hi' }).finalResponse();
    expect(response.output_text).toBe(SAID);
    expect(JSON.stringify(response)).not.toContain(WORD);
    expect(response.output.map(({ type }) => type)).toEqual(['reasoning', 'message', 'function_call']);
  });

  test.each(BLOCKED)('reads a response that was blocked %s', async (_, blocks, text) => {
    const stream = client(answering(formOf('responses'), blocks)).responses.stream({ model: 'gpt-5', input: 'hi' });
    const deltas: string[] = [];
    stream.on('response.output_text.delta', ({ delta }) => deltas.push(delta));
    let last;
    for await (const event of stream) last = event;
    if (last?.type !== 'response.incomplete') throw new Error(`it ended with ${last?.type}`);
    const { status, incomplete_details, output } = last.response;
    expect({ status, incomplete_details }).toEqual({
      status: 'incomplete',
      incomplete_details: { reason: 'content_filter' },
    });
    expect(deltas.join('').startsWith(text)).toBe(true);
    const texts = output.flatMap((item) => (item.type === 'message' ? item.content : []));
    expect(texts.map((part) => (part.type === 'output_text' ? part.text : '')).join('')).toBe(deltas.join(''));
  });
});

describe('the SDK of Anthropic', () => {
  const stream = (fetch: () => Promise<Response>) =>
    new Anthropic({ apiKey: 'k', fetch, maxRetries: 0 }).messages.stream({
      model: 'claude-opus-5',
      max_tokens: 10,
      messages: [{ role: 'user', content: 'hi' }],
    });

  test.each([false, true])('reads a message that was masked (arguments held: %s)', async (holds) => {
    const blocks = [{ kind: 'thinking', pieces: TEXT.pieces } as const, TEXT, TOOL];
    const { content, stop_reason, usage } = await stream(answering(formOf('messages'), blocks, holds)).finalMessage();
    expect(content).toMatchObject([
      { type: 'thinking', thinking: SAID },
      { type: 'text', text: SAID },
      { type: 'tool_use', input: FOUND },
    ]);
    expect(stop_reason).toBe('end_turn');
    expect(usage).toMatchObject({ input_tokens: 12, output_tokens: 9 });
  });

  test.each(BLOCKED)('reads a message that was blocked %s', async (_, blocks, text) => {
    const { content, stop_reason } = await stream(answering(formOf('messages'), blocks)).finalMessage();
    expect(stop_reason).toBe('refusal');
    const texts = content.flatMap((block) => (block.type === 'text' ? [block.text] : []));
    expect(texts.join('').startsWith(text)).toBe(true);
    expect(texts.join('')).toMatch(/Withheld\.$/);
  });
});

describe('the SDK of Google reads an answer', () => {
  const form = formOf('streamGenerateContent');
  const stream = async (fetch: () => Promise<Response>) => {
    const ai = new GoogleGenAI({ apiKey: 'k', httpOptions: { fetch } });
    return await ai.models.generateContentStream({ model: 'gemini-2.5-flash', contents: 'hi' });
  };

  test('that was masked', async () => {
    let text = '';
    let thought = '';
    for await (const chunk of await stream(answering(form, [{ kind: 'thinking', pieces: TEXT.pieces }, TEXT]))) {
      for (const part of chunk.candidates?.[0]?.content?.parts ?? []) {
        if (part.thought === true) thought += part.text;
        else text += part.text;
      }
    }
    expect({ text, thought }).toEqual({ text: SAID, thought: SAID });
  });

  test('that was blocked', async () => {
    const chunks = [];
    for await (const chunk of await stream(answering(form, [BAD]))) chunks.push(chunk);
    expect(chunks.map(({ text }) => text ?? '').join('')).toBe('so far \n\nWithheld.');
    expect(chunks.at(-1)?.candidates?.[0]?.finishReason).toBe('SAFETY');
  });
});

describe('the SDK of AWS', () => {
  const client = (form: AnswerForm, blocks: readonly AnswerBlock[]): BedrockRuntimeClient =>
    new BedrockRuntimeClient({
      region: 'us-east-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 's' },
      requestHandler: {
        handle: async () =>
          Promise.resolve({
            response: {
              statusCode: 200,
              headers: { 'content-type': form.contentType },
              body: Readable.from([sent(form, blocks)]),
            },
          }),
      } as object,
    });

  test.each(BLOCKED)('reads ConverseStream that was masked, and blocked %s', async (_, blocks) => {
    const answer = client(formOf('ConverseStream'), [TEXT, ...blocks]);
    const { stream } = await answer.send(new ConverseStreamCommand({ modelId: 'm' }));
    const texts: string[] = [];
    let stopReason;
    let last;
    for await (const event of stream!) {
      texts.push(event.contentBlockDelta?.delta?.text ?? '');
      stopReason ??= event.messageStop?.stopReason;
      last = event;
    }
    expect(texts.join('')).toMatch(/^mail {MASKED} now{MASKED}.*Withheld\.$/s);
    expect(stopReason).toBe('guardrail_intervened');
    expect(last).toHaveProperty('metadata');
  });

  test.each(['InvokeModel with Claude', 'InvokeModel with Nova', 'InvokeModel with Llama'])(
    'reads %s',
    async (name) => {
      const form = formOf(name);
      const answer = client(form, [TEXT]);
      const { body } = await answer.send(new InvokeModelWithResponseStreamCommand({ modelId: 'm' }));
      const events = [];
      for await (const { chunk } of body!) {
        events.push(JSON.parse(Buffer.from(chunk!.bytes!).toString()) as Record<string, unknown>);
      }
      expect(form.texts(events)).toEqual([{ kind: 'text', text: SAID }]);
    },
  );
});
