/** Answers of InvokeModel: the model's own, known by their members, else by the model's id. */
import { elements, type JSONObject } from '../stream/json-value.ts';
import { blockedMessage, blockedTextCompletion } from './anthropic.ts';
import { blockedConverse } from './converse.ts';
import { kept } from './kept.ts';
import { blockedChat, blockedCompletion } from './openai-chat.ts';

type Form = (original: JSONObject, text: string) => JSONObject | undefined;

const LLAMA: Form = (original, generation) => ({
  prompt_token_count: 0,
  generation_token_count: 0,
  ...kept(original, 'prompt_token_count', 'generation_token_count'),
  generation,
  stop_reason: 'content_filter',
});

const TITAN: Form = (original, outputText) => ({
  inputTextTokenCount: 0,
  ...kept(original, 'inputTextTokenCount'),
  results: [
    {
      tokenCount: 0,
      ...kept(first(original['results']), 'tokenCount'),
      outputText,
      completionReason: 'CONTENT_FILTERED',
    },
  ],
});

const MISTRAL: Form = (_original, text) => ({ outputs: [{ text, stop_reason: 'content_filter' }] });

const COHERE_CHAT: Form = (original, text) => ({
  ...kept(original, 'response_id', 'generation_id'),
  text,
  finish_reason: 'ERROR_TOXIC',
});

const COHERE: Form = (original, text) => {
  const id = kept(original, 'id');
  return { ...id, generations: [{ ...id, text, finish_reason: 'ERROR_TOXIC' }] };
};

const CHAT: Form = (original, text) =>
  typeof first(original['choices'])['text'] === 'string'
    ? blockedCompletion(original, text)
    : blockedChat(original, text);

/** What a member says of an answer's form. */
const BY_MEMBER: readonly (readonly [member: string, form: Form])[] = [
  ['choices', CHAT],
  ['completion', blockedTextCompletion],
  ['generation', LLAMA],
  ['stop_reason', blockedMessage],
  ['results', TITAN],
  ['stopReason', blockedConverse],
  ['outputs', MISTRAL],
  ['generations', COHERE],
  ['text', COHERE_CHAT],
];

/** What a model's id says, for an answer that cannot be read. */
const BY_MODEL: readonly (readonly [id: RegExp, form: Form])[] = [
  [/anthropic\.claude-(?:v2|instant)/, blockedTextCompletion],
  [/anthropic\./, blockedMessage],
  [/amazon\.nova/, blockedConverse],
  [/amazon\.titan-t/, TITAN],
  [/meta\./, LLAMA],
  [/mistral\.(?:mistral-7b|mixtral|mistral-(?:large|small)-2402)/, MISTRAL],
  [/cohere\.command-r/, COHERE_CHAT],
  [/cohere\.command/, COHERE],
  [/(?:openai|deepseek|qwen|moonshot|moonshotai|minimax|google|nvidia|zai|writer|mistral|ai21)\./, CHAT],
];

/** Undefined: nobody knows what the model's answers look like. */
export function blockedInvoke(original: JSONObject, text: string, model: string): JSONObject | undefined {
  const form =
    BY_MEMBER.find(([member]) => member in original)?.[1] ?? BY_MODEL.find(([id]) => id.test(model.toLowerCase()))?.[1];
  return form?.(original, text);
}

function first(list: unknown): JSONObject {
  return (elements(list)[0] ?? {}) as JSONObject;
}
