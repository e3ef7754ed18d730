import { describe, expect, test } from '@jest/globals';
import { requestHead } from '../../../../test/support/wire.ts';
import type { Operation } from '../../wire.ts';
import { blockedAnswer } from './blocked-answer.ts';

const operation = (api: Operation['api'], name: Operation['name'], model = ''): Operation =>
  ({ api, name, model: { in: 'Head', model } }) as unknown as Operation;

const SECRET = 'what nobody may read';

function blocked(call: Operation, path: string, original: unknown, method = 'POST'): unknown {
  const body = Buffer.from(typeof original === 'string' ? original : JSON.stringify(original));
  const answer = blockedAnswer(call, requestHead(method, path), body, 'Withheld.');
  expect(answer?.toString() ?? '').not.toContain(SECRET);
  return answer === undefined ? undefined : JSON.parse(answer.toString());
}

const chat = operation('OpenAI', 'chat');
const completion = operation('OpenAI', 'text_completion');
const responses = operation('OpenAI', 'responses');
const messages = operation('Anthropic', 'chat');
const gemini = operation('Google', 'generate_content');
const bedrock = (model: string): Operation => operation('Bedrock', 'chat', model);

describe('an answer that is blocked is, in the form of its API, one that is withheld', () => {
  test('chat completions: as many choices as there were, and the usage', () => {
    const usage = {
      prompt_tokens: 3,
      completion_tokens: 4,
      total_tokens: 7,
      prompt_tokens_details: { cached_tokens: 1 },
    };
    const original = {
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 5,
      model: 'gpt-5',
      choices: [
        { index: 0, message: { content: SECRET } },
        { index: 1, message: { content: 'fine' } },
      ],
      usage,
      service_tier: 'default',
      provider_note: SECRET,
    };
    const message = { role: 'assistant', content: 'Withheld.', refusal: null };
    expect(blocked(chat, '/v1/chat/completions', original)).toEqual({
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 5,
      model: 'gpt-5',
      service_tier: 'default',
      choices: [0, 1].map((index) => ({ index, message, logprobs: null, finish_reason: 'content_filter' })),
      usage,
    });
  });

  test('completions', () => {
    const original = { id: 'cmpl-1', model: 'm', choices: [{ index: 0, text: SECRET }], usage: { total_tokens: 7 } };
    expect(blocked(completion, '/v1/completions', original)).toEqual({
      id: 'cmpl-1',
      object: 'text_completion',
      created: 0,
      model: 'm',
      choices: [{ index: 0, text: 'Withheld.', logprobs: null, finish_reason: 'content_filter' }],
      usage: { total_tokens: 7 },
    });
  });

  test.each([
    ['POST', '/v1/responses'],
    ['GET', '/v1/responses/resp_1'],
  ])('responses: %s %s', (method, path) => {
    const original = {
      id: 'resp_1',
      object: 'response',
      created_at: 9,
      status: 'completed',
      model: 'gpt-5',
      instructions: SECRET,
      output: [{ type: 'message', content: [{ type: 'output_text', text: SECRET }] }],
      metadata: { note: SECRET },
      usage: { input_tokens: 1, output_tokens: 2, total_tokens: 3 },
    };
    expect(blocked(responses, path, original, method)).toMatchObject({
      id: 'resp_1',
      object: 'response',
      created_at: 9,
      status: 'incomplete',
      incomplete_details: { reason: 'content_filter' },
      instructions: null,
      metadata: {},
      output: [
        {
          type: 'message',
          role: 'assistant',
          status: 'incomplete',
          content: [{ type: 'output_text', text: 'Withheld.', annotations: [] }],
        },
      ],
      usage: { input_tokens: 1, output_tokens: 2, total_tokens: 3 },
    });
  });

  test('messages', () => {
    const usage = {
      input_tokens: 1,
      output_tokens: 2,
      service_tier: 'standard',
      iterations: [{ type: 'message', input_tokens: 1 }],
    };
    const original = {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'claude',
      content: [{ type: 'thinking', thinking: SECRET, signature: SECRET }],
      stop_reason: 'end_turn',
      container: { id: SECRET },
      usage: { ...usage, remark: SECRET },
    };
    expect(blocked(messages, '/v1/messages', original)).toEqual({
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'claude',
      content: [{ type: 'text', text: 'Withheld.' }],
      stop_reason: 'refusal',
      stop_sequence: null,
      usage,
    });
  });

  test('generateContent', () => {
    const original = {
      candidates: [{ content: { parts: [{ text: SECRET }] }, finishReason: 'STOP', avgLogprobs: -1 }],
      usageMetadata: { promptTokenCount: 5, promptTokensDetails: [{ modality: 'TEXT', tokenCount: 5 }] },
      modelVersion: 'gemini-2.5-flash',
      responseId: 'r',
    };
    expect(blocked(gemini, '/v1beta/models/gemini-2.5-flash:generateContent', original)).toEqual({
      candidates: [{ content: { parts: [{ text: 'Withheld.' }], role: 'model' }, finishReason: 'SAFETY', index: 0 }],
      usageMetadata: original.usageMetadata,
      modelVersion: 'gemini-2.5-flash',
      responseId: 'r',
    });
  });

  test('Converse', () => {
    const original = {
      output: { message: { role: 'assistant', content: [{ text: SECRET }] } },
      stopReason: 'end_turn',
      usage: { inputTokens: 1, outputTokens: 2, totalTokens: 3 },
      metrics: { latencyMs: 44 },
      additionalModelResponseFields: { said: SECRET },
    };
    expect(blocked(bedrock('meta.llama3'), '/model/meta.llama3/converse', original)).toEqual({
      output: { message: { role: 'assistant', content: [{ text: 'Withheld.' }] } },
      stopReason: 'guardrail_intervened',
      usage: original.usage,
      metrics: original.metrics,
    });
  });

  test('ApplyGuardrail', () => {
    const original = {
      action: 'NONE',
      outputs: [{ text: SECRET }],
      usage: { topicPolicyUnits: 1 },
      assessments: [SECRET],
    };
    expect(blocked(operation('Bedrock', 'apply_guardrail'), '/guardrail/g/version/1/apply', original)).toEqual({
      action: 'GUARDRAIL_INTERVENED',
      outputs: [{ text: 'Withheld.' }],
      assessments: [],
      usage: { topicPolicyUnits: 1 },
    });
  });

  test.each([
    [
      'eu.anthropic.claude-sonnet-4-5',
      { content: [{ text: SECRET }], stop_reason: 'end_turn' },
      'stop_reason',
      'refusal',
    ],
    ['anthropic.claude-v2:1', { completion: SECRET, stop_reason: 'stop_sequence' }, 'stop_reason', 'refusal'],
    ['meta.llama3', { generation: SECRET, prompt_token_count: 4, stop_reason: 'stop' }, 'prompt_token_count', 4],
    [
      'amazon.nova-pro',
      { output: { message: { content: [{ text: SECRET }] } }, stopReason: 'x' },
      'stopReason',
      'guardrail_intervened',
    ],
    [
      'amazon.titan-text-lite',
      { inputTextTokenCount: 3, results: [{ tokenCount: 2, outputText: SECRET }] },
      'results',
      [{ tokenCount: 2, outputText: 'Withheld.', completionReason: 'CONTENT_FILTERED' }],
    ],
    [
      'mistral.mistral-7b',
      { outputs: [{ text: SECRET }] },
      'outputs',
      [{ text: 'Withheld.', stop_reason: 'content_filter' }],
    ],
    [
      'openai.gpt-oss-120b',
      { choices: [{ message: { content: SECRET } }], usage: { total_tokens: 2 } },
      'usage',
      { total_tokens: 2 },
    ],
    [
      'cohere.command-r',
      { text: SECRET, generation_id: 'g', chat_history: [{ message: SECRET }] },
      'finish_reason',
      'ERROR_TOXIC',
    ],
    [
      'cohere.command-text',
      { id: 'i', prompt: SECRET, generations: [{ id: 'i', text: SECRET }] },
      'generations',
      [{ id: 'i', text: 'Withheld.', finish_reason: 'ERROR_TOXIC' }],
    ],
  ])('InvokeModel of %s', (model, original, member, value) => {
    const answer = blocked(bedrock(model), `/model/${model}/invoke`, original);
    expect(answer).toHaveProperty(member, value);
    expect(JSON.stringify(answer)).toContain('Withheld.');
    // The model's id says the same of an answer that cannot be read.
    expect(Object.keys(blocked(bedrock(model), `/model/${model}/invoke`, '') as object)).toEqual(
      expect.arrayContaining(
        Object.keys(answer as object).filter((name) => !['id', 'usage', 'generation_id'].includes(name)),
      ),
    );
  });
});

test.each([
  [chat, '/v1/chat/completions', 'finish_reason":"content_filter'],
  [responses, '/v1/responses', '"status":"incomplete"'],
  [messages, '/v1/messages', '"stop_reason":"refusal"'],
  [gemini, '/v1beta/models/g:generateContent', '"finishReason":"SAFETY"'],
  [bedrock('x'), '/model/x/converse', '"stopReason":"guardrail_intervened"'],
])('an answer that cannot be read is withheld in the same form', (call, path, end) => {
  for (const original of ['', 'no JSON', '[]', '{"usage":"odd","choices":7,"candidates":{}}']) {
    expect(JSON.stringify(blocked(call, path, original))).toContain(end);
  }
});

test.each([
  [chat, 'GET', '/v1/chat/completions', { object: 'list', data: [] }],
  [chat, 'GET', '/v1/chat/completions/c/messages', { object: 'list' }],
  [responses, 'GET', '/v1/responses/r/input_items', { object: 'list' }],
  [responses, 'POST', '/v1/responses/compact', { object: 'response.compaction' }],
  [operation('OpenAI', 'audio'), 'POST', '/v1/audio/transcriptions', { text: SECRET }],
  [operation('OpenAI', 'other'), 'GET', '/v1/somewhere', {}],
  [gemini, 'POST', '/v1beta/interactions', {}],
  [bedrock('imported'), 'POST', '/model/imported/invoke', { odd: SECRET }],
])('a call to which the API has no such answer has none: %j %s %s', (call, method, path, original) => {
  expect(blocked(call, path, original, method)).toBeUndefined();
});
