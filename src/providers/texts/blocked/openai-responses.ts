import type { JSONObject } from '../stream/json-value.ts';
import { RESPONSE_START } from '../stream/dialects/response-state.ts';
import { kept } from './kept.ts';

/** A response: one that was made, one that is looked up again. */
export function blockedResponse(original: JSONObject, text: string): JSONObject | undefined {
  if (original['object'] !== undefined && original['object'] !== 'response') return undefined;
  const part = { type: 'output_text', annotations: [], logprobs: [], text };
  const item = { id: 'msg_tidegate', type: 'message', status: 'incomplete', role: 'assistant', content: [part] };
  return {
    ...RESPONSE_START,
    ...kept(original, 'id', 'created_at', 'model', 'service_tier', 'previous_response_id', 'background', 'store'),
    status: 'incomplete',
    incomplete_details: { reason: 'content_filter' },
    output: [item],
    ...kept(original, 'usage'),
  };
}
