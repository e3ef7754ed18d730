import { elements, indexOf, type JSONObject } from '../stream/json-value.ts';
import { kept } from './kept.ts';

const NAMES = ['id', 'created', 'model', 'service_tier', 'system_fingerprint'] as const;

const REASON = 'content_filter';

/** Chat completions. */
export function blockedChat(original: JSONObject, content: string): JSONObject | undefined {
  // A list of stored ones is no answer of a model's.
  if (original['object'] === 'list') return undefined;
  const message = { role: 'assistant', content, refusal: null };
  const choices = indexes(original).map((index) => ({ index, message, logprobs: null, finish_reason: REASON }));
  const base = { id: 'chatcmpl-tidegate', object: 'chat.completion', created: 0, model: '' };
  return { ...base, ...kept(original, ...NAMES), choices, ...kept(original, 'usage') };
}

/** Completions. */
export function blockedCompletion(original: JSONObject, text: string): JSONObject {
  const choices = indexes(original).map((index) => ({ index, text, logprobs: null, finish_reason: REASON }));
  const base = { id: 'cmpl-tidegate', object: 'text_completion', created: 0, model: '' };
  return { ...base, ...kept(original, ...NAMES), choices, ...kept(original, 'usage') };
}

/** As many answers as there were, one if nobody knows. */
function indexes({ choices }: JSONObject): readonly number[] {
  const known = elements(choices).map((choice) => indexOf(choice));
  return known.length === 0 ? [0] : known;
}
