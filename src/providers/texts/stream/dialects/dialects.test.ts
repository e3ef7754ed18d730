import { describe, expect, test } from '@jest/globals';
import { BLOCKED_WORD, MASK, MaskingJudge, WORD } from '../../../../../test/support/text-judges.ts';
import { SSEFrames } from '../framing/sse-frames.ts';
import type { JSONObject } from '../json-value.ts';
import type { Dialect } from '../dialect.ts';
import { StreamRewriter } from '../rewriter.ts';
import { AnthropicDialect } from './anthropic.ts';
import { CompletionsDialect } from './completions.ts';
import { ConverseDialect } from './converse.ts';
import { GeminiDialect } from './gemini.ts';
import { InvokeDialect } from './invoke.ts';
import { ResponsesDialect } from './responses.ts';
import { COHERE, COMPLETE, MISTRAL, SingleTextDialect, TITAN } from './single-text.ts';

const HEAD = WORD.slice(0, 4);
const TAIL = WORD.slice(4);

/** The events that a client is sent of these. */
function sent(dialect: Dialect, events: readonly JSONObject[], judge = new MaskingJudge('Withheld.')): JSONObject[] {
  const rewriter = new StreamRewriter(new SSEFrames(), dialect, judge);
  const bytes = Buffer.from(events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(''));
  const out = Buffer.concat([...rewriter.push(bytes), ...rewriter.end()]).toString();
  return [...out.matchAll(/^data: (.*)$/gm)].flatMap(([, data]) =>
    data === '[DONE]' ? [] : [JSON.parse(data!) as JSONObject],
  );
}

const chat = (choice: JSONObject, more: JSONObject = {}): JSONObject => ({
  id: 'c',
  choices: [{ index: 0, ...choice }],
  ...more,
});

describe('chat', () => {
  test('tokens with their likelihood go where their text changes, and stay where it does not', () => {
    const logprobs = { content: [{ token: 'x', logprob: 0 }] };
    const said = (content: string): JSONObject => chat({ delta: { content }, logprobs });
    const events = sent(new CompletionsDialect(true), [said('plain '), said(HEAD), said(TAIL), said(' after')]);
    expect(events.map(({ choices }) => (choices as JSONObject[])[0]!['logprobs'])).toEqual([
      logprobs,
      null,
      null,
      null,
    ]);
  });

  test('what is held of a text goes out before the next kind of text begins, and before a tool', () => {
    const events = sent(new CompletionsDialect(true), [
      chat({ delta: { reasoning_content: `so ${HEAD}` } }),
      chat({ delta: { content: `hm ${HEAD}` } }),
      chat({ delta: { tool_calls: [{ index: 0, id: 'a', function: { name: 'f', arguments: '' } }] } }),
      chat({ delta: { tool_calls: [{ index: 0, function: { arguments: HEAD } }] } }),
      chat({ delta: { tool_calls: [{ index: 1, id: 'b', function: { name: 'g', arguments: '{}' } }] } }),
      chat({ delta: {}, finish_reason: 'tool_calls' }),
    ]);
    expect(events.map(({ choices }) => (choices as JSONObject[])[0]!['delta'])).toEqual([
      { reasoning_content: 'so ' },
      { reasoning_content: HEAD },
      { content: 'hm ' },
      { content: HEAD },
      { tool_calls: [{ index: 0, id: 'a', function: { name: 'f', arguments: '' } }] },
      { tool_calls: [{ index: 0, function: { arguments: '' } }] },
      { tool_calls: [{ index: 0, function: { arguments: HEAD } }] },
      { tool_calls: [{ index: 1, id: 'b', function: { name: 'g', arguments: '{}' } }] },
      {},
    ]);
  });

  test('tokens that come without a text are those of a text that is held', () => {
    const events = sent(new CompletionsDialect(true), [
      chat({ delta: { content: HEAD } }),
      chat({ delta: { content: '' }, logprobs: { content: [{ token: HEAD }] } }),
      chat({ delta: { content: TAIL } }),
    ]);
    expect(JSON.stringify(events)).not.toContain(HEAD);
  });

  test.each<[string, JSONObject]>([
    ['a call', { delta: { tool_calls: [{ index: 0, function: { name: 'f', arguments: { to: [WORD] } } }] } }],
    ['an older call', { delta: { function_call: { name: 'f', arguments: { to: WORD } } } }],
    ['a message', { message: { tool_calls: [{ function: { name: 'f', arguments: { to: WORD } } }] } }],
    ['thoughts in a message', { message: { reasoning_content: WORD }, finish_reason: 'stop' }],
  ])('%s that comes whole is judged', (_, choice) => {
    const event = chat(choice);
    expect(JSON.stringify(sent(new CompletionsDialect(true), [event]))).toBe(
      JSON.stringify([event]).replace(WORD, MASK),
    );
  });

  test.each(['reasoning', 'reasoning_text', 'thinking'])('what a model thinks grows in %s', (name) => {
    const events = sent(new CompletionsDialect(true), [
      chat({ delta: { [name]: HEAD } }),
      chat({ delta: { [name]: TAIL } }),
    ]);
    expect(events.map(({ choices }) => (choices as JSONObject[])[0]!['delta'])).toEqual([
      { [name]: '' },
      { [name]: MASK },
    ]);
  });

  test('what a failure tells of the answer is judged', () => {
    const event = { error: { message: 'm', code: 'tool_use_failed', failed_generation: WORD } };
    expect(sent(new CompletionsDialect(true), [event])).toEqual([
      { error: { message: 'm', code: 'tool_use_failed', failed_generation: MASK } },
    ]);
  });

  test('choices do not mix; what ends one leaves the other', () => {
    const both = (one: string, two: string, finish: string | null = null): JSONObject => ({
      choices: [
        { index: 0, delta: { content: one }, finish_reason: finish },
        { index: 1, delta: { content: two } },
      ],
    });
    const events = sent(new CompletionsDialect(true), [both(HEAD, HEAD), both('', TAIL, 'stop')]);
    const all = events.flatMap(({ choices }) => choices as JSONObject[]);
    const textOf = (index: number): string =>
      all
        .filter((one) => one['index'] === index)
        .map((one) => (one['delta'] as { content: string }).content)
        .join('');
    expect([textOf(0), textOf(1)]).toEqual([HEAD, MASK]);
  });

  test.each<[string, (text: string) => JSONObject]>([
    ['function_call', (text) => ({ delta: { function_call: { arguments: text } } })],
    ['custom tools', (text) => ({ delta: { tool_calls: [{ index: 0, custom: { input: text } }] } })],
    ['refusals', (text) => ({ delta: { refusal: text } })],
    [
      'reasoning',
      (text) => ({ delta: { reasoning: text, reasoning_details: [{ type: 'reasoning.text', text, index: 0 }] } }),
    ],
    ['summaries', (text) => ({ delta: { reasoning_details: [{ type: 'reasoning.summary', summary: text }] } })],
    ['transcripts', (text) => ({ delta: { audio: { id: 'a', transcript: text } } })],
    ['Mistral’s parts', (text) => ({ delta: { content: [{ type: 'text', text }] } })],
    [
      'Mistral’s thoughts',
      (text) => ({ delta: { content: [{ type: 'thinking', thinking: [{ type: 'text', text }] }] } }),
    ],
    ['Mistral’s messages on Bedrock', (text) => ({ message: { role: 'assistant', content: text }, stop_reason: null })],
    ['arguments in those', (text) => ({ message: { tool_calls: [{ function: { name: 'f', arguments: text } }] } })],
    ['completions', (text) => ({ text })],
  ])('reads %s', (_, choice) => {
    const dialect = new CompletionsDialect(true);
    const all = JSON.stringify(
      sent(
        dialect,
        [HEAD, TAIL, HEAD].map((text) => chat(choice(text))),
      ),
    );
    expect(all).not.toContain(WORD);
    expect(all).toContain(MASK);
    // What was held to the end comes in an event of its own, of the same form.
    expect(all.split(HEAD).length).toBeGreaterThan(1);
  });

  test('texts of members that nobody knows are judged whole', () => {
    const event = (title: string): JSONObject =>
      chat({ delta: { role: 'assistant', annotations: [{ url_citation: { title } }] } });
    expect(sent(new CompletionsDialect(true), [event(WORD)])).toEqual([event(MASK)]);
  });

  test.each([
    ['thinking_blocks', (text: string) => ({ thinking_blocks: [{ type: 'thinking', thinking: text }] })],
    [
      'thinking_blocks of one provider',
      (text: string) => ({ provider_specific_fields: { thinking_blocks: [{ type: 'thinking', thinking: text }] } }),
    ],
    ['reasoning of one provider', (text: string) => ({ provider_specific_fields: { reasoning_content: text } })],
  ])('a word that LiteLLM cuts in two does not pass in its %s', (_, delta) => {
    const events = [HEAD, TAIL, HEAD].map((text) => chat({ delta: delta(text) }));
    const all = JSON.stringify(sent(new CompletionsDialect(true), events));
    expect(all).not.toContain(TAIL);
    expect(all).toContain(MASK);
    expect(all.split(HEAD)).toHaveLength(2);
  });

  test('calls of tools that a server numbers all alike stay apart, each with arguments of its own', () => {
    const began = (id: string, name: string, text: string): JSONObject =>
      chat({ delta: { tool_calls: [{ index: 0, id, function: { name, arguments: text } }] } });
    const events = sent(new CompletionsDialect(true), [
      began('a', 'f', `1 ${HEAD}`),
      // Not every piece has the id of its call.
      chat({ delta: { tool_calls: [{ index: 0, id: 'odd', function: { arguments: `${TAIL} ${HEAD}` } }] } }),
      began('b', 'g', TAIL),
      chat({ delta: {}, finish_reason: 'tool_calls' }),
    ]);
    const args = events.map(({ choices }) => {
      const [call] = ((choices as JSONObject[])[0]!['delta'] as { tool_calls?: JSONObject[] }).tool_calls ?? [];
      return [call?.['id'], (call?.['function'] as JSONObject | undefined)?.['arguments']];
    });
    expect(args).toEqual([
      ['a', '1 '],
      ['odd', `${MASK} `],
      [undefined, HEAD],
      ['b', TAIL],
      [undefined, undefined],
    ]);
  });

  test('a server that says everything so far in each chunk does not say what is held', () => {
    const chunk = (content: string, all: string, finish_reason: string | null = null): JSONObject =>
      chat({ delta: { content }, message: { role: 'assistant', content: all }, finish_reason });
    const events = sent(new CompletionsDialect(true), [
      chunk('so ', 'so '),
      chunk(HEAD, `so ${HEAD}`),
      chunk('', `so ${HEAD}`),
      chunk(TAIL, `so ${WORD}`),
      chunk('', `so ${WORD}`, 'stop'),
    ]);
    const choices = events.map((event) => (event['choices'] as JSONObject[])[0]!);
    const repeated = choices.map(({ message }) => (message as JSONObject | undefined)?.['content']);
    expect(repeated).toEqual(['so ', '', '', '', `so ${MASK}`]);
  });

  test('an error of the server comes after what was held', () => {
    const error = { error: { message: 'overloaded' } };
    const events = sent(new CompletionsDialect(true), [chat({ delta: { content: HEAD } }), error]);
    expect(events).toHaveLength(3);
    expect(events.at(-1)).toEqual(error);
  });
});

test('what stands before that which is blocked goes out, and nothing of the same event behind it', () => {
  const two = {
    choices: [
      { index: 0, delta: { content: `before ${BLOCKED_WORD} after` }, logprobs: { content: [] } },
      { index: 1, delta: { content: 'other' } },
    ],
  };
  const [first] = sent(new CompletionsDialect(true), [two]);
  expect(first).toEqual({
    choices: [
      { index: 0, delta: { content: 'before ' }, logprobs: null },
      { index: 1, delta: { content: '' } },
    ],
  });
});

describe('messages of Anthropic', () => {
  const start = { type: 'message_start', message: { usage: { input_tokens: 1 } } };
  const delta = (text: string): JSONObject => ({
    type: 'content_block_delta',
    index: 0,
    delta: { type: 'text_delta', text },
  });

  test('a block may begin with text', () => {
    const events = sent(new AnthropicDialect(), [
      start,
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: `hm ${HEAD}` } },
      delta(`${TAIL} and ${HEAD}`),
      { type: 'content_block_stop', index: 0 },
    ]);
    expect(events.slice(1)).toEqual([
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: 'hm ' } },
      delta(`${MASK} and `),
      delta(HEAD),
      { type: 'content_block_stop', index: 0 },
    ]);
  });

  test.each<[string, JSONObject]>([
    [
      'citations',
      { type: 'content_block_delta', index: 0, delta: { type: 'citations_delta', citation: { cited_text: WORD } } },
    ],
    [
      'results of tools',
      {
        type: 'content_block_start',
        index: 0,
        content_block: { type: 'web_search_tool_result', content: [{ title: WORD }] },
      },
    ],
    [
      'input that comes whole',
      { type: 'content_block_start', index: 0, content_block: { type: 'tool_use', input: { deep: [WORD] } } },
    ],
  ])('%s are judged whole', (_, event) => {
    expect(JSON.stringify(sent(new AnthropicDialect(), [start, event])[1])).toBe(
      JSON.stringify(event).replace(WORD, MASK),
    );
  });

  test('kinds of deltas that nobody knows cannot be read', () => {
    const unknown = { type: 'content_block_delta', index: 0, delta: { type: 'new_delta', words: 'x' } };
    expect(sent(new AnthropicDialect(), [start, unknown]).at(-2)).toMatchObject({ delta: { stop_reason: 'refusal' } });
  });
});

test('an input that is nested without end cannot be read', () => {
  let input: JSONObject = {};
  for (let i = 0; i < 1000; i++) input = { input };
  const start = { type: 'content_block_start', index: 0, content_block: { type: 'tool_use', input } };
  expect(sent(new AnthropicDialect(), [start]).at(-2)).toMatchObject({ delta: { stop_reason: 'refusal' } });
});

describe('responses', () => {
  const numbered = (events: readonly JSONObject[]): JSONObject[] =>
    events.map((event, i) => ({ ...event, sequence_number: i }));

  test('tools to come are read by the pattern of their events', () => {
    const place = { item_id: 'i', output_index: 0 };
    const events = sent(
      new ResponsesDialect(),
      numbered([
        { type: 'response.new_tool_call_code.delta', ...place, delta: `a ${HEAD}`, obfuscation: 'zz' },
        { type: 'response.new_tool_call_code.delta', ...place, delta: TAIL + HEAD },
        { type: 'response.new_tool_call_code.done', ...place, code: `a ${WORD}${HEAD}` },
        { type: 'response.new_tool_call.searching', ...place },
      ]),
    );
    expect(events).toEqual(
      numbered([
        { type: 'response.new_tool_call_code.delta', ...place, delta: 'a ', obfuscation: 'zz' },
        { type: 'response.new_tool_call_code.delta', ...place, delta: MASK },
        { type: 'response.new_tool_call_code.delta', ...place, delta: HEAD },
        { type: 'response.new_tool_call_code.done', ...place, code: `a ${MASK}${HEAD}` },
        { type: 'response.new_tool_call.searching', ...place },
      ]),
    );
  });

  test.each<[string, JSONObject]>([
    [
      'arguments, within their JSON',
      { type: 'response.output_item.done', item: { type: 'function_call', arguments: `{"q":"${WORD}"}` } },
    ],
    [
      'outputs of tools',
      {
        type: 'response.output_item.done',
        item: { type: 'code_interpreter_call', outputs: [{ type: 'logs', logs: WORD }] },
      },
    ],
    [
      'questions to a search',
      { type: 'response.output_item.done', item: { type: 'web_search_call', action: { type: 'search', query: WORD } } },
    ],
    [
      'annotations',
      { type: 'response.output_text.annotation.added', annotation: { type: 'url_citation', title: WORD } },
    ],
    [
      'pages that a tool is to open',
      {
        type: 'response.output_item.done',
        item: { type: 'web_search_call', action: { type: 'open_page', url: WORD } },
      },
    ],
    [
      'what a computer is to do',
      { type: 'response.output_item.done', item: { type: 'computer_call', actions: [{ type: 'type', text: WORD }] } },
    ],
    ['commands', { type: 'response.shell_call_command.done', command: WORD }],
    ['changes of files', { type: 'response.apply_patch_call_operation_diff.done', diff: WORD }],
    ['all that was said', { type: 'response.completed', response: { output: [], output_text: WORD } }],
    ['a content that is no list', { type: 'response.output_item.done', item: { type: 'message', content: WORD } }],
    ['transcripts', { type: 'transcript.text.done', text: WORD }],
    ['deltas that are objects', { type: 'response.mcp_call_arguments.delta', delta: { deep: WORD } }],
  ])('%s are judged whole', (_, event) => {
    expect(JSON.stringify(sent(new ResponsesDialect(), [event])[0])).toBe(JSON.stringify(event).replace(WORD, MASK));
  });

  test('sound is not read', () => {
    const event = { type: 'response.audio.delta', delta: WORD };
    expect(sent(new ResponsesDialect(), [event])).toEqual([event]);
  });

  test('the caller’s own words in a response stay', () => {
    const event = { type: 'response.created', response: { id: 'r', instructions: WORD, output: [] } };
    expect(sent(new ResponsesDialect(), [event])).toEqual([event]);
  });
});

describe('Converse', () => {
  test('what the end hands back of the model’s own answer is judged', () => {
    const stop = {
      messageStop: { stopReason: 'end_turn', additionalModelResponseFields: { content: [{ text: WORD }] } },
    };
    expect(JSON.stringify(sent(new ConverseDialect(true, false), [{ messageStart: {} }, stop])[1])).toBe(
      JSON.stringify(stop).replace(WORD, MASK),
    );
  });
});

describe('Gemini', () => {
  const chunk = (parts: readonly JSONObject[], more: JSONObject = {}): JSONObject => ({
    candidates: [{ content: { parts, role: 'model' }, index: 0, ...more }],
    usageMetadata: { totalTokenCount: 3 },
  });

  test('the rest of a text goes out with the chunk that ends it, with its usage and reason', () => {
    const events = sent(new GeminiDialect(), [
      chunk([{ text: HEAD }]),
      chunk([{ text: `${TAIL} ${HEAD}` }], { finishReason: 'STOP' }),
    ]);
    expect(events).toEqual([chunk([{ text: '' }]), chunk([{ text: `${MASK} ${HEAD}` }], { finishReason: 'STOP' })]);
  });

  test('a call of a function ends the text before it, and its arguments are judged whole', () => {
    const call = (query: string): JSONObject => ({
      functionCall: { name: 'f', args: { list: [query] } },
      thoughtSignature: 's',
    });
    const events = sent(new GeminiDialect(), [chunk([{ text: HEAD }]), chunk([call(WORD)]), chunk([{ text: TAIL }])]);
    expect(events).toEqual([
      chunk([{ text: '' }]),
      chunk([{ text: HEAD }]),
      chunk([call(MASK)]),
      chunk([{ text: TAIL }]),
    ]);
  });

  test.each<[string, JSONObject]>([
    ['code', { executableCode: { language: 'PYTHON', code: WORD } }],
    ['what nobody knows', { newPart: { words: WORD } }],
    ['its output', { codeExecutionResult: { outcome: 'OUTCOME_OK', output: WORD } }],
  ])('%s is judged whole', (_, part) => {
    expect(JSON.stringify(sent(new GeminiDialect(), [chunk([part])]))).toBe(
      JSON.stringify([chunk([part])]).replace(WORD, MASK),
    );
  });
});

describe('other families on Bedrock', () => {
  test.each([
    ['Titan', TITAN],
    ['Mistral', MISTRAL],
    ['Cohere', COHERE],
    ['Anthropic’s text completions', COMPLETE],
  ])('%s: a text is masked and what is left of it comes before the end', (_, form) => {
    const last = { ...form.event('', true), done: true };
    const events = sent(new SingleTextDialect(form), [
      form.event(HEAD, false),
      form.event(`${TAIL}, ${HEAD}`, false),
      last,
    ]);
    expect(events).toEqual([form.event('', false), form.event(`${MASK}, `, false), form.event(HEAD, false), last]);
  });

  test.each<[string, JSONObject]>([
    [
      'the last event, which repeats all',
      { is_finished: true, response: { text: WORD, chat_history: [{ message: WORD }] } },
    ],
    [
      'citations',
      { is_finished: false, event_type: 'citation-generation', citations: [{ text: WORD, document_ids: [WORD] }] },
    ],
    [
      'calls of tools',
      { is_finished: false, event_type: 'tool-calls-generation', tool_calls: [{ parameters: { a: WORD } }] },
    ],
    [
      'what is looked for',
      { is_finished: false, event_type: 'search-queries-generation', search_queries: [{ text: WORD }] },
    ],
  ])('of Cohere: %s', (_, event) => {
    const masked = JSON.stringify(event)
      .replaceAll(`"${WORD}"`, `"${MASK}"`)
      .replace(`"document_ids":["${MASK}"]`, `"document_ids":["${WORD}"]`);
    expect(JSON.stringify(sent(new SingleTextDialect(COHERE), [event]))).toBe(`[${masked}]`);
  });

  test('arguments of Cohere in pieces cannot be read', () => {
    const event = { is_finished: false, event_type: 'tool-calls-chunk', tool_call_delta: { parameters: HEAD } };
    const judge = new MaskingJudge('Withheld.');
    sent(new SingleTextDialect(COHERE), [event], judge);
    expect(judge.blocked).toBe('Withheld.');
  });

  test('several answers of Cohere do not mix', () => {
    const said = (text: string, index: number): JSONObject => ({ text, is_finished: false, index });
    const events = sent(new SingleTextDialect(COHERE), [said(HEAD, 0), said(HEAD, 1), said(TAIL, 0), said(TAIL, 1)]);
    const textOf = (of: number): string => events.map(({ text, index }) => (index === of ? text : '')).join('');
    expect([textOf(0), textOf(1)]).toEqual([MASK, MASK]);
  });

  test.each<[string, JSONObject]>([
    ['amazon.nova-pro-v1:0', { messageStop: { stopReason: 'guardrail_intervened' } }],
    [
      'us.meta.llama4',
      {
        generation: 'Withheld.',
        prompt_token_count: null,
        generation_token_count: null,
        stop_reason: 'content_filter',
      },
    ],
    ['anthropic.claude-opus-5', { type: 'message_stop' }],
    ['mistral.mistral-7b', { outputs: [{ text: 'Withheld.', stop_reason: 'content_filter' }] }],
    ['openai.gpt-oss-20b', { id: 'chatcmpl-tidegate' }],
  ])('an answer of %s that cannot be read from its first event on ends in its own form', (model, event) => {
    const events = sent(new InvokeDialect(model, false), [{ odd: true }]);
    expect(
      events.some((one) =>
        Object.entries(event).every(([name, value]) => JSON.stringify(one[name]) === JSON.stringify(value)),
      ),
    ).toBe(true);
  });

  test('Converse: results of tools are judged whole', () => {
    const event = { contentBlockDelta: { contentBlockIndex: 0, delta: { toolResult: [{ text: WORD }] } } };
    expect(JSON.stringify(sent(new ConverseDialect(true, false), [event]))).toBe(
      JSON.stringify([event]).replace(WORD, MASK),
    );
  });
});

test.each([
  [
    'ConverseStream',
    new ConverseDialect(true, false),
    (text: string): JSONObject => ({ metadata: { usage: {}, trace: { guardrail: { modelOutput: [text] } } } }),
  ],
  [
    'InvokeModel',
    new InvokeDialect('anthropic.claude', false),
    (text: string): JSONObject => ({
      type: 'message_stop',
      'amazon-bedrock-trace': { guardrail: { output: [{ piiEntities: [{ type: 'EMAIL', match: text }] }] } },
    }),
  ],
])('what the trace of Bedrock’s guardrail quotes is judged: %s', (_, dialect, event) => {
  expect(sent(dialect, [event(WORD)])).toEqual([event(MASK)]);
});

test('titles of what a part of a response cites are judged', () => {
  const event = (title: string): JSONObject => ({
    type: 'response.content_part.done',
    part: { type: 'output_text', text: 'x', annotations: [{ type: 'url_citation', url: WORD, title }] },
  });
  expect(sent(new ResponsesDialect(), [event(WORD)])).toEqual([event(MASK)]);
});

test('what is shown of a search says its queries once more, and is judged', () => {
  const event = (text: string): JSONObject => ({
    candidates: [{ groundingMetadata: { searchEntryPoint: { renderedContent: text } } }],
  });
  expect(sent(new GeminiDialect(), [event(WORD)])).toEqual([event(MASK)]);
});

test('arguments of Gemini in pieces cannot be read', () => {
  const part = { functionCall: { name: 'f', partialArgs: [{ jsonPath: '$.to', stringValue: HEAD }] } };
  const reading = new GeminiDialect().read({ candidates: [{ content: { parts: [part] } }] });
  expect(reading?.isTooMuch).toBe(true);
});
