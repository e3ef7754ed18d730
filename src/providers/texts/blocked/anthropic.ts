import type { JSONObject } from '../stream/json-value.ts';
import { kept } from './kept.ts';

/** Messages, also those of Claude on Bedrock. */
export function blockedMessage(original: JSONObject, text: string): JSONObject {
  return {
    id: 'msg_tidegate',
    model: '',
    ...kept(original, 'id', 'model'),
    type: 'message',
    role: 'assistant',
    content: [{ type: 'text', text }],
    stop_reason: 'refusal',
    stop_sequence: null,
    usage: { input_tokens: 0, output_tokens: 0, ...usageOf(original) },
  };
}

/** Text completions, the API before. */
export function blockedTextCompletion(original: JSONObject, completion: string): JSONObject {
  return { type: 'completion', ...kept(original, 'id', 'model'), completion, stop_reason: 'refusal', stop: null };
}

const usageOf = (original: JSONObject): object => Object(kept(original, 'usage')['usage']) as object;
